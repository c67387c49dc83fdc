"""The charter in plain words: the sentence by which a team knows each measure, and how often it is looked at."""

from __future__ import annotations

from typing import Any

from .. import catalogue
from ..kinds import Charter
from ..steps import charter as step
from ..steps import versions
from . import charter as charter_page
from .fields import Field, Values
from .forms import Form
from .plain import PlainList
from .table_editor import Column
from .workshop import Workshop

REVIEWS = {"weekly": "every week", "monthly": "every month", "quarterly": "every quarter"}


def form(here: Workshop, *, team: str = "") -> Form | PlainList:
    """The plain sentence and the review rhythm of each measure of one team's charter; a change makes a new version."""
    engagement = here.engagement
    teams = list(engagement.records.current(Charter, as_of=here.as_of))
    if not teams:
        return PlainList("", nothing="No team has a charter yet.")
    chosen = {"team": team if team in teams else teams[0]}

    def held() -> Charter | None:
        return engagement.records.get(Charter, chosen["team"])

    def load() -> Values:
        charter = held()
        rows = [
            {
                "id": line.measure,
                "measure": catalogue.name_of(line.measure),
                "sentence": line.sentence,
                "review": line.review,
            }
            for line in (charter.lines if charter else ())
        ]
        return {"team": chosen["team"], "lines": rows, "why": "", "by": ""}

    def save(values: Values) -> str:
        charter = held()
        if charter is None:
            return ""
        given: dict[str, dict[str, Any]] = {row["id"]: row for row in values["lines"]}
        lines = [_line(line, given.get(line.measure, {})) for line in charter.lines]
        saved = step.choose(
            engagement,
            charter.team,
            lines=lines,
            reason=charter.exception_reason,
            why=values["why"] or "",
            by=values["by"] or "",
            as_of=here.as_of,
        )
        return f"Charter {saved.version} of {saved.team}."

    columns = (
        Column("id", "", hidden=True),
        Column("measure", "Measure", fixed=True),
        Column("sentence", "In plain words", kind="long", help=f"{step.SENTENCE_WORDS} words at the most."),
        Column("review", "Looked at", kind="choice", choices=REVIEWS),
    )
    fields = (
        Field("team", "Team", kind="choice", choices=teams, needed=True),
        Field("lines", "Its measures", "table", columns=columns, noun="measure", grows=False),
        Field("why", "Why it changes", help="Needed once people have answered to it."),
        Field("by", "Decided by", help="Needed once people have answered to it."),
    )
    return Form(
        "In plain words",
        fields,
        load=load,
        save=save,
        tell=lambda: _told(held()),
        store=engagement.records,
        kinds=(Charter,),
        undo=lambda: charter_page.undo(engagement, chosen["team"], as_of=here.as_of),
        undoable=lambda: versions.can_take_back(engagement, chosen["team"]),
        chooser="team",
        choose=lambda name: chosen.update(team=name),
        button="Save these words",
        help="The sentence stands on the charter and on the hand-out: write it as the team says it.",
    )


def _line(line: Any, row: dict[str, Any]) -> Any:
    """The line with what was written; emptied words fall back on the catalogue's, another rhythm on a new baseline."""
    known = catalogue.find(line.measure)
    sentence = (row.get("sentence") or "").strip() or (known.sentence if known else "")
    review = row.get("review") or line.review
    update = {"sentence": sentence, "review": review} | ({} if review == line.review else {"baseline": None})
    return line.model_copy(update=update)


def _told(charter: Charter | None) -> str:
    if charter is None:
        return "There is no charter yet."
    longest = max((len(line.sentence.split()) for line in charter.lines), default=0)
    return f"{charter.team}: the longest of its sentences has {longest} words."

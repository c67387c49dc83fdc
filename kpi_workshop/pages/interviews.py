"""The pages of step 3: whom to ask, the guide in hand, quick capture, and what was heard.

Everything here but the two private forms is a shared view: no names, no quotes, no group of fewer people than the
engagement allows. The private forms put nothing into the notebook; they talk to an open page only.
"""

from __future__ import annotations

import datetime as dt
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt

from .. import catalogue
from ..engagement import Engagement
from ..kinds import Team
from ..steps import guides
from ..steps import interviews as step
from . import plain
from .forms import Field, PrivateForm, Values
from .picture import ACCENT, GREY, PALE, Picture
from .plain import PlainList, PlainTable
from .table_editor import Column
from .workshop import Workshop

if TYPE_CHECKING:
    import pandas as pd

COVERAGE_WORDS = {
    "full": "as listed: enough of every role",
    "thin": "thin: every role was heard, not yet by two people",
    "too few": "not every role was heard yet",
    "unknown": "not known here: the private store is elsewhere",
}
ROWS_DRAWN = 20
TOO_FEW_TO_TELL = "everyone"


class OwnScreen(PrivateForm):
    """A private table to look at: its one button shows what is recorded now."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.status = ""

    def _save(self, *, over_theirs: bool) -> None:
        self.reload()
        self.status = "As recorded now."


@dataclass(frozen=True)
class GuidePage:
    """An interview guide as a page to read from or to print."""

    guide: guides.Guide

    def _repr_html_(self) -> str:
        guide = self.guide
        questions = "".join(_question(question) for question in guide.questions)
        return (
            f'<article style="max-width:44em"><h3>{_e(guide.title)}</h3><p>About {guide.minutes} minutes.</p>'
            f"<h4>To send beforehand</h4><p>{_e(guide.invitation)}</p>"
            f"<h4>To say first</h4>{_paragraphs(guide.purpose)}"
            f"<h4>What stays between us</h4>{_paragraphs(guide.confidential)}"
            f"<h4>To ask</h4><ol>{questions}</ol>"
            f"<h4>To say at the end</h4><p>{_e(guide.closing)}</p></article>"
        )

    def __repr__(self) -> str:
        return "\n".join([self.guide.title, *(f"{n}. {q.ask}" for n, q in enumerate(self.guide.questions, start=1))])


def roster(here: Workshop) -> PlainTable:
    """How far each team's interviews are, in words."""
    states = step.coverage(here.engagement, as_of=here.as_of)
    rows = [{"team": team, "state": COVERAGE_WORDS[state]} for team, state in states.items()]
    if not rows:
        return plain.table([], {}, says="There is no team yet: enter the org chart first.")
    full = sum(state == "full" for state in states.values())
    says = f"{_count(full, 'team')} of {len(states)} heard as widely as the method asks. {_interviewed(here)}"
    return plain.table(rows, {"team": "Team", "state": "Interviews so far"}, says=says)


def guide(here: Workshop, *, role: str = "top") -> GuidePage:
    """The guide for one role: top, middle, low, manager or executive."""
    return GuidePage(guides.guide(role))


def form(here: Workshop) -> PrivateForm:
    """One interview: whom, their role, for which teams, and each suggestion with the words as spoken."""
    engagement = here.engagement
    saved: list[str] = []
    teams = list(engagement.records.current(Team, as_of=here.as_of))

    def load() -> Values:
        return {"held_on": dt.date.today(), "teams": teams if len(teams) == 1 else [], "suggestions": []}

    def save(values: Values) -> str:
        pairs = [(row["text"], row["words"]) for row in values["suggestions"]]
        saved.append(
            step.record(
                engagement,
                interviewee=values["interviewee"],
                role=values["role"],
                teams=values["teams"],
                held_on=values["held_on"],
                suggestions=pairs,
                notes=values["notes"],
                seal=_seal,
                effective=min(values["held_on"], here.as_of),
            )
        )
        return ""

    columns = (
        Column("text", "Suggestion, in a few words", suggest=_measure_names(), help="Shown to others: no names."),
        Column("words", "The words as spoken", help="Stays private."),
    )
    fields = (
        Field(
            "interviewee",
            "Who",
            needed=True,
            suggest=step.interviewees(engagement, as_of=here.as_of),
            help="Stays in the private store.",
        ),
        Field("role", "Interviewed as", kind="choice", choices=step.ROLE_WORDS, needed=True),
        Field("teams", "Counts for", kind="choices", choices=teams, needed=True),
        Field("held_on", "Day", kind="day", needed=True),
        Field("suggestions", "What they suggest", kind="table", columns=columns, noun="suggestion"),
        Field("notes", "Notes", kind="long", help="Private."),
    )
    return PrivateForm(
        "One interview",
        fields,
        load=load,
        save=save,
        undo=lambda: step.withdraw(engagement, saved.pop()),
        value=lambda: step.groups(engagement, as_of=here.as_of),
        tell=lambda: _interviewed(here),
        store=engagement.records,
        clear=True,
        button="Save this interview",
        help="Saving the first interview of a team seals that team's hypothesis. The form is empty again afterwards.",
    )


def gaps(here: Workshop) -> PrivateForm:
    """Whom is still to be asked, team by team and role by role: on the leader's own screen only."""

    def load() -> Values:
        rows = []
        for team in here.engagement.records.current(Team, as_of=here.as_of):
            for row in step.roster(here.engagement, team=team, as_of=here.as_of).to_dict("records"):
                rows.append({"team": team, "people": row["people"], "held": row["held"], "still": row["still"]})
        return {"gaps": rows}

    columns = (
        Column("team", "Team", fixed=True),
        Column("people", "Role", fixed=True),
        Column("held", "Heard", kind="whole", fixed=True),
        Column("still", "Still to ask", kind="whole", fixed=True),
    )
    return _own_screen(here, "Still to be asked", "gaps", columns, load, noun="role")


def by_role(here: Workshop) -> PrivateForm:
    """Who says what by role as interviewed, and what only one role says: on the leader's own screen only."""

    def load() -> Values:
        table = step.heard_by_role(here.engagement, as_of=here.as_of)
        rows = table.astype(object).to_dict("records")
        return {"heard": [row | {"only": step.ROLE_WORDS.get(row["only"], "")} for row in rows]}

    columns = (
        Column("suggestion", "Suggestion", fixed=True),
        *(Column(role, words.capitalize(), kind="whole", fixed=True) for role, words in step.ROLE_WORDS.items()),
        Column("only", "Said only by", fixed=True),
    )
    return _own_screen(here, "Who says what", "heard", columns, load, noun="suggestion")


def heard(here: Workshop) -> PlainTable:
    """The distinct suggestions and how many people of which group made them, as far as it may be told."""
    table = step.heard(here.engagement, as_of=here.as_of).astype(object)
    if table.empty:
        return plain.table([], {}, says="No suggestion is recorded yet.")
    groups = _groups_shown(table)
    rows = []
    for words, part in table.groupby("suggestion", sort=False):
        said = {row.group: row.said_by for row in part.itertuples() if row.said_by == row.said_by}
        whole = said.get(TOO_FEW_TO_TELL)
        note = part["note"].iloc[0]
        rows.append(
            {"suggestion": words, "measure": _measure_name(part["measure"].iloc[0])}
            | {name: said.get(name, "") for name in groups}
            | {"note": f"{whole} people. {note}".strip() if whole is not None and note else note}
        )
    unmatched = sum(not row["measure"] for row in rows)
    says = f"{_count(len(rows), 'distinct suggestion')}"
    says += f", {unmatched} of them not in the catalogue under these words." if unmatched else ", all in the catalogue."
    columns = {"suggestion": "Suggestion", "measure": "Measure in the catalogue"}
    columns |= {name: f"{name.capitalize()} who say so" for name in groups} | {"note": ""}
    return plain.table(rows, columns, says=says)


def picture(here: Workshop) -> Picture | PlainList:
    """Who says what: one bar for each suggestion and group that may be shown."""
    table = step.heard(here.engagement, as_of=here.as_of)
    told = table.dropna(subset=["said_by"]).astype({"said_by": int, "of": int})
    if told.empty:
        why = "Nothing can be drawn yet: no suggestion was made by enough people to be counted."
        return PlainList("", nothing=why if len(table) else "No suggestion is recorded yet.")
    order = list(dict.fromkeys(told["suggestion"]))[:ROWS_DRAWN]
    told = told[told["suggestion"].isin(order)]
    groups = [*_groups_shown(told), *([TOO_FEW_TO_TELL] if TOO_FEW_TO_TELL in set(told["group"]) else [])]
    sizes = told.groupby("group")["of"].max()
    heading = {
        g: f"{'groups not told apart' if len(groups) > 1 and g == 'everyone' else g}, of {sizes[g]}" for g in groups
    }
    most = int(told["said_by"].max())
    panels = [_bars(told[told["group"] == g], order, heading[g], most, first=at == 0) for at, g in enumerate(groups)]
    top = order[0]
    count = int(told.loc[told["suggestion"] == top, "said_by"].sum())
    title = (
        f"{top}: suggested by {count} people, more than anything else" if _leads(told, order) else "What people suggest"
    )
    chart = alt.hconcat(*panels, spacing=24).properties(title=title)
    says = " ".join(
        f"{words}: " + ", ".join(f"{int(row.said_by)} of {row.of} {row.group}" for row in part.itertuples()) + "."
        for words, part in told.groupby("suggestion", sort=False)
    )
    return Picture(chart, f"How many people made each suggestion. {says}")


def missing(here: Workshop) -> PlainList:
    """What is still missing before the next step."""
    return plain.missing(step.missing(here.engagement, as_of=here.as_of))


def _seal(engagement: Engagement, team: str) -> object:
    from ..steps import hypothesis

    return hypothesis.seal(engagement, team)


def _own_screen(
    here: Workshop, title: str, name: str, columns: tuple[Column, ...], load: object, *, noun: str
) -> PrivateForm:
    return OwnScreen(
        title,
        [Field(name, title, kind="table", columns=columns, noun=noun, grows=False)],
        load=load,  # type: ignore[arg-type]
        save=lambda values: None,
        tell=lambda: "Shown on an open page only, and in no file.",
        button="Show it as it is now",
        help="For your own screen: nothing of this is saved with the notebook.",
    )


def _bars(told: pd.DataFrame, order: list[str], heading: str, most: int, *, first: bool) -> Any:
    rows = told[["suggestion", "said_by"]].to_dict("records")
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y(
            "suggestion:N",
            sort=order,
            scale=alt.Scale(domain=order, paddingInner=0.35),
            axis=alt.Axis(title=None, labelLimit=280, domain=False, ticks=False) if first else None,
        ),
        x=alt.X("said_by:Q", scale=alt.Scale(domain=[0, most], nice=False), axis=None),
    )
    colour = GREY if heading.startswith("groups") else ACCENT
    bars = base.mark_bar(color=colour)
    words = base.mark_text(align="left", dx=4).encode(text="said_by:Q")
    return alt.layer(bars, words).properties(
        width=170,
        height=22 * len(order),
        title=alt.TitleParams(heading, fontSize=12, fontWeight="normal", color=GREY, anchor="start"),
    )


def _leads(told: pd.DataFrame, order: list[str]) -> bool:
    totals = told.groupby("suggestion")["said_by"].sum()
    return len(order) > 1 and totals[order[0]] > totals.drop(order[0]).max()


def _groups_shown(table: pd.DataFrame) -> list[str]:
    """The groups told apart, in the order of the method; "everyone" stands beside them, not among them."""
    known = [name for partition in step.PARTITIONS for name in partition if name != TOO_FEW_TO_TELL]
    present = set(table["group"])
    return [name for name in dict.fromkeys(known) if name in present]


def _interviewed(here: Workshop) -> str:
    engagement = here.engagement
    if not step.is_private_store_here(engagement):
        return step.NO_PRIVATE_STORE
    sizes = step.groups(engagement, as_of=here.as_of)
    if not sizes:
        least = engagement.settings.smallest_group
        nobody = not step.held(engagement, as_of=here.as_of)
        return "Nobody was interviewed yet." if nobody else f"Fewer than {least} people were interviewed so far."
    parts = ", ".join(f"{size} {name}" for name, size in sizes.items() if name != TOO_FEW_TO_TELL)
    return f"{sum(sizes.values())} people were interviewed{f': {parts}' if parts else ''}."


def _measure_names() -> list[str]:
    return [measure.name for measure in catalogue.measures().values()]


def _measure_name(measure: str) -> str:
    return catalogue.get(measure).name if measure else ""


def _question(question: guides.Question) -> str:
    probes = "".join(f"<li>{_e(probe)}</li>" for probe in question.probes)
    probing = f"<p>If the answer is thin:</p><ul>{probes}</ul>" if probes else ""
    listen = f'<p style="color:{GREY}">Listen for: {_e(question.listen_for)}</p>' if question.listen_for else ""
    rule = f'<div style="border-bottom:1px solid {PALE};height:2em"></div>'
    return f"<li><p><strong>{_e(question.ask)}</strong></p>{listen}{probing}{rule}</li>"


def _paragraphs(sentences: tuple[str, ...]) -> str:
    return "".join(f"<p>{_e(sentence)}</p>" for sentence in sentences)


def _count(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else one + 's'}"


def _e(text: str) -> str:
    return html.escape(text)

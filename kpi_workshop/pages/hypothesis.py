"""The pages of step 2: the leader's private form, and how far each team is without a word of what it says."""

from __future__ import annotations

from .. import catalogue
from ..errors import WorkshopError
from ..kinds import Hypothesis, HypothesisLink
from ..steps import hypothesis as step
from . import plain
from .drawing import Sheet, fits
from .fields import Field, Values, measures_offered
from .forms import PrivateForm, Refused
from .picture import ACCENT, GREY, PALE, Picture
from .plain import PlainList, PlainTable
from .table_editor import Column
from .together import live
from .workshop import Workshop

_WIDTH = 880


def form(here: Workshop, team: str = "") -> PrivateForm | PlainList:
    """The guess of one team, to be changed by the leader alone; `team` is where it starts, the others are chosen in it.

    Nothing that is entered reaches the notebook: it goes to the private store and back to this page only.
    """
    engagement = here.engagement
    found = step.state(engagement)
    names = [s.team for s in found]
    if not names:
        return plain.PlainList("", nothing="There is no team yet: enter the org chart first.")
    if not step.is_private_store_here(engagement):
        return plain.PlainList("", nothing="The private store is not here, as in a packed copy: nothing can be shown.")
    if team:
        step.of(engagement, team)
    chosen = {"team": team or next((s.team for s in found if not s.complete), names[0])}

    def load() -> Values:
        guess = step.of(engagement, chosen["team"])
        rows = [
            link.model_dump()
            | {
                "key": link.activity,
                "activity": catalogue.name_of(link.activity),
                "moves": catalogue.name_of(link.moves),
                "size": _percent(link.size),
            }
            for link in guess.links
        ]
        metrics = [{"metric": catalogue.name_of(metric), "key": metric} for metric in guess.metrics]
        sealed = step.seal_words(engagement, chosen["team"])
        return {
            "team": chosen["team"], "metrics": metrics, "activities": rows, "reason": guess.reason, "sealed": sealed,
        }  # fmt: skip

    def save(values: Values) -> str:
        guess = _hypothesis(values)
        if needs := step.needs_a_reason(guess):
            raise Refused({"reason": needs})
        if wrong := step.problems(guess):
            raise Refused(rows=_at_rows(wrong, values))
        return " ".join(step.save(engagement, guess))

    def fields() -> list[Field]:
        known = measures_offered()
        activities = (
            Column("key", "", hidden=True),
            Column("activity", "Activity", suggest=known, needed=True),
            Column("moves", "Metric it should move", suggest_from=("metrics", "metric"), needed=True),
            Column("direction", "The metric goes", kind="choice", choices=("up", "down")),
            Column("size", "By how much, in %", kind="number", in_percent=True),
            Column("delay_weeks", "After how many weeks", kind="whole"),
        )
        metrics = (Column("key", "", hidden=True), Column("metric", "Metric", suggest=known, needed=True))
        teams = [s.team for s in step.state(engagement)]
        results, does = "Metrics: the results you expect to matter", "Activities: what sellers do that should move them"
        each = "Three or four. Each names one of the metrics above."
        why = "Needed for a fourth metric or a fifth activity."
        return [
            Field("team", "Team", kind="choice", choices=teams, needed=True),
            Field("metrics", results, "table", "Two or three.", columns=metrics, noun="metric", key="key"),
            Field("activities", does, "table", each, columns=activities, noun="activity", key="key"),
            Field("links", "What moves what", kind="links", draws=("activities", "metrics")),
            Field("reason", "Why more than that", help=why),
            Field("sealed", "Sealed", kind="note"),
        ]

    return PrivateForm(
        "Your hypothesis",
        fields,
        load=load,
        save=save,
        value=lambda: step.of(engagement, chosen["team"]),
        tell=lambda: _tell(here),
        store=engagement.private,
        kinds=(Hypothesis,),
        at_once=True,
        chooser="team",
        choose=lambda name: chosen.update(team=name),
        help="Keep this to yourself: it is stored privately and appears in no notebook, report or shared copy. Saved "
        "at every change.",
    )


@live
def state(here: Workshop) -> PlainTable | PlainList:
    """How far each team's hypothesis is: how many, complete or not, sealed when."""
    if not step.is_private_store_here(here.engagement):
        return PlainList("", nothing=step.missing(here.engagement, as_of=here.as_of)[0])
    found = step.state(here.engagement, as_of=here.as_of)
    rows = [
        {"team": s.team, "metrics": s.metrics, "activities": s.activities, "sealed": _when(s), "says": s.says}
        for s in found
    ]
    columns = {"team": "Team", "metrics": "Metrics", "activities": "Activities", "sealed": "Sealed", "says": "State"}
    return plain.table(rows, columns, says=_tell(here))


@live
def picture(here: Workshop) -> Picture | PlainList:
    """One line a team: how many metrics and activities are written down, and whether it is sealed. No names of them."""
    found = step.state(here.engagement, as_of=here.as_of)
    if not found or not step.is_private_store_here(here.engagement):
        return plain.missing(step.missing(here.engagement, as_of=here.as_of))
    sheet = Sheet(_WIDTH)
    for x, words in ((240, "Metrics"), (360, "Activities"), (520, "State")):
        sheet.words(x, 8, words, size=12, colour=GREY)
    for i, one in enumerate(found):
        y = 38 + i * 32
        sheet.line(0, y - 16, _WIDTH, y - 16, colour=PALE)
        sheet.words(0, y, fits(one.team, 225, size=14), size=14, bold=True)
        _squares(sheet, 247, y, one.metrics, step.METRICS)
        _squares(sheet, 367, y, one.activities, step.ACTIVITIES)
        sheet.words(520, y, fits(_short(one), _WIDTH - 520), colour=GREY)
    told = " ".join(f"{s.team}: {_short(s)}." for s in found)
    done = sum(s.complete for s in found)
    title = f"{done} of {len(found)} teams have a complete hypothesis"
    return sheet.picture(title, says=f"{title}. {told}")


@live
def missing(here: Workshop) -> PlainList:
    """What is still missing before the first interview."""
    return plain.missing(step.missing(here.engagement, as_of=here.as_of))


def _hypothesis(values: Values) -> Hypothesis:
    metrics = tuple(catalogue.id_of(row["metric"]) for row in values["metrics"])
    by_name = {name.casefold(): name for name in metrics}
    links = []
    for row in values["activities"]:
        size = row.get("size")
        if size is not None and not 0 <= size <= 1000:
            raise WorkshopError(f"{size:g} % is not a size that can be meant: give 0 to 1000, and the direction apart.")
        links.append(
            HypothesisLink(
                activity=catalogue.id_of(row["activity"]),
                moves=by_name.get(row["moves"].casefold(), catalogue.id_of(row["moves"])),
                direction=row.get("direction") or "up", size=None if size is None else size / 100,
                delay_weeks=row.get("delay_weeks"),
            )
        )  # fmt: skip
    return Hypothesis(team=values["team"], metrics=metrics, links=tuple(links), reason=values["reason"])


def _at_rows(wrong: list[tuple[str, str]], values: Values) -> dict[str, dict[int, str]]:
    """Each message at the row of the metric or activity that it is about."""
    found: dict[str, dict[int, str]] = {"metrics": {}, "activities": {}}
    for name, words in wrong:
        for field, column in (("activities", "activity"), ("metrics", "metric")):
            rows = [row["row"] for row in values[field] if catalogue.id_of(row[column]) == name and "row" in row]
            if rows:
                found[field][rows[-1]] = words
                break
    return found


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 6)


def _tell(here: Workshop) -> str:
    found = step.state(here.engagement, as_of=here.as_of)
    complete, sealed = sum(s.complete for s in found), sum(s.sealed_at is not None for s in found)
    return f"{complete} of {len(found)} teams complete, {sealed} sealed."


def _when(one: step.State) -> str:
    if one.sealed_at is None:
        return "not yet"
    at = one.sealed_at.astimezone()
    return f"{at.day} {at:%B %Y}, {at:%H:%M}"


def _short(one: step.State) -> str:
    if one.changed:
        return "changed since it was sealed"
    if one.sealed_at:
        return f"sealed {_when(one)}"
    if one.late:
        return "interviews began without one"
    return "complete, open until the first interview" if one.complete else "not complete yet"


def _squares(sheet: Sheet, x: float, y: float, number: int, limits: tuple[int, int]) -> None:
    for i in range(max(number, limits[0])):
        is_there = i < number
        sheet.mark(x + i * 18, y, "square", colour=ACCENT if is_there else GREY, size=110, filled=is_there)

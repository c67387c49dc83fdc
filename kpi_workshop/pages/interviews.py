"""The pages of step 3: whom to ask, the guide in hand, quick capture, and what was heard.

Everything here but the two private forms is a shared view: no names, no quotes, no group of fewer people than the
engagement allows. The private forms put nothing into the notebook; they talk to an open page only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from ..kinds import Team
from ..steps import interviews as step
from ..steps import whom_to_ask
from ..steps.voices import EVERYONE
from . import answering, capture, guide_pages, hearing, plain
from .fields import Values
from .forms import PrivateForm
from .own_screen import OwnScreen
from .picture import ACCENT, GREY, INK, PALE, Picture
from .plain import PlainList, PlainTable
from .table_editor import Column
from .together import live
from .workshop import Workshop

if TYPE_CHECKING:
    import pandas as pd

COVERAGE_WORDS = {
    "full": "as listed: enough of every role",
    "thin": "thin: every role was heard, not yet by two people",
    "too few": "not every role was heard yet",
    "untold": "told on your own screen only: here it would show who was asked",
    "unknown": "not known here: the private store is elsewhere",
}
ROWS_DRAWN = 20
NOBODY_LEFT = "Nobody: give somebody that tier or seat in the org chart."

guide, paste = guide_pages.guide, hearing.paste
answers_file, answers = answering.answers_file, answering.answers


@live
def roster(here: Workshop) -> PlainTable:
    """How far each team's interviews are, in words."""
    states = step.coverage(here.engagement, as_of=here.as_of)
    rows = [{"team": team, "state": COVERAGE_WORDS[state]} for team, state in states.items()]
    if not rows:
        return plain.table([], {}, says="There is no team yet: enter the org chart first.")
    full = sum(state == "full" for state in states.values())
    says = f"{_count(full, 'team')} of {len(states)} heard as widely as the method asks. {_interviewed(here)}"
    if set(states.values()) == {"untold"}:
        hidden = "How far each team is stands on your own screen only: here it would show who was asked."
        return plain.table([], {}, says=f"{_interviewed(here)} {hidden}")
    if "untold" in states.values():
        says = _interviewed(here)
    return plain.table(rows, {"team": "Team", "state": "Interviews so far"}, says=says)


@live
def recorded(here: Workshop) -> PlainList:
    """How many people were interviewed, as far as it may be told."""
    return PlainList("", nothing=_interviewed(here))


@live
def waiting(here: Workshop) -> PlainList:
    """Whether answers to a form wait to be looked at."""
    return PlainList("", nothing=answering.told(here))


def form(here: Workshop) -> PrivateForm:
    """One interview while it is held: whom, the guide in sight, and each line as it is spoken."""
    return capture.form(here, tell=lambda: _interviewed(here))


def gaps(here: Workshop) -> OwnScreen:
    """Whom is still to be asked, team by team and role by role: on the leader's own screen only."""

    def rows() -> list[Values]:
        found = []
        for team in here.engagement.records.current(Team, as_of=here.as_of):
            plan = step.roster(here.engagement, team=team, as_of=here.as_of)
            found.append({"team": team} | {row.role: _so_far(row) for row in plan.itertuples()})
        return found

    columns = (
        Column("team", "Team", fixed=True),
        *(Column(role, words.capitalize(), fixed=True) for role, words in step.ROLE_WORDS.items()),
    )
    return OwnScreen("Heard so far, of those to be asked", columns, rows=rows, noun="team")


def to_ask(here: Workshop) -> OwnScreen:
    """Who could fill the gaps, from the org chart: on the leader's own screen only."""

    def rows() -> list[Values]:
        found = whom_to_ask.next_ones(here.engagement, as_of=here.as_of).itertuples()
        return [
            {"team": row.team, "people": f"{row.still} {_of(row.people, row.still)}", "names": row.names or NOBODY_LEFT}
            for row in found
        ]

    columns = (
        Column("team", "Team", fixed=True),
        Column("people", "To ask", fixed=True),
        Column("names", "In the org chart and not heard yet", kind="long", fixed=True),
    )
    return OwnScreen("Whom to ask next", columns, rows=rows, noun="gap")


def by_role(here: Workshop) -> OwnScreen:
    """Who says what by role as interviewed, and what only one role says: on the leader's own screen only."""

    def rows() -> list[Values]:
        table = step.heard_by_role(here.engagement, as_of=here.as_of)
        found = table.astype(object).to_dict("records")
        return [row | {"only": step.ROLE_WORDS.get(row["only"], "")} for row in found]

    columns = (
        Column("suggestion", "Suggestion", fixed=True),
        *(Column(role, words.capitalize(), kind="whole", fixed=True) for role, words in step.ROLE_WORDS.items()),
        Column("only", "Said only by", fixed=True),
    )
    return OwnScreen("By role, for you alone", columns, rows=rows, noun="suggestion")


@live
def heard(here: Workshop) -> PlainTable:
    """The distinct suggestions and how many people of which group made them, as far as it may be told."""
    table = step.heard(here.engagement, as_of=here.as_of)
    if table.empty:
        return plain.table([], {}, says="No suggestion is recorded yet.")
    groups = list(dict.fromkeys(table["group"])) if table["of"].notna().any() else []
    rows = []
    for words, part in table.groupby("suggestion", sort=False):
        told = {row.group: _told(row.said_by, here) for row in part.itertuples()}
        known = "yes" if part["measure"].iloc[0] else "not under these words"
        rows.append({"suggestion": words, **told, "known": known})
    unknown = sum(row["known"] != "yes" for row in rows)
    says = f"{_count(len(rows), 'different measure')} named, "
    says += f"{unknown} of them not in the catalogue under these words." if unknown else "all in the catalogue."
    if not groups:
        says += f" {table['note'].iloc[0]}"
    columns = {"suggestion": "Suggestion"} | {
        name: f"{'People' if name == EVERYONE else name.capitalize()} who say so" for name in groups
    }
    return plain.table(rows, columns | {"known": "In the catalogue"}, says=says)


@live
def picture(here: Workshop) -> Picture | PlainList:
    """Who says what: one bar for each suggestion and group that may be shown; pale where the number may not."""
    table = step.heard(here.engagement, as_of=here.as_of)
    if table["of"].isna().all():
        why = table["note"].iloc[0] if len(table) else "No suggestion is recorded yet."
        return PlainList("", nothing=why)
    least = here.engagement.settings.smallest_group
    order = list(dict.fromkeys(table["suggestion"]))
    drawn = table[table["suggestion"].isin(order[:ROWS_DRAWN])]
    most = int(drawn["of"].max())
    parts = [part for _, part in drawn.groupby("group", sort=False)]
    panels = [_bars(part, order[:ROWS_DRAWN], most, least, first=at == 0) for at, part in enumerate(parts)]
    title = _takeaway(table)
    title += f" ({len(order) - ROWS_DRAWN} not drawn)" if len(order) > ROWS_DRAWN else ""
    says = " ".join(
        f"{words}: "
        + ", ".join(f"{_told(row.said_by, here)} of {row.of} {row.group}" for row in part.itertuples())
        + "."
        for words, part in drawn.groupby("suggestion", sort=False)
    )
    chart = alt.hconcat(*panels, spacing=24).properties(title=title)
    return Picture(chart, f"How many people made each suggestion. {says}")


@live
def missing(here: Workshop) -> PlainList:
    """What is still missing before the next step."""
    return plain.missing(step.missing(here.engagement, as_of=here.as_of))


def _of(people: str, many: int) -> str:
    """The role in words for so many people.

    >>> _of("front-line managers", 1)
    'front-line manager'
    """
    return people.removesuffix("s") if many == 1 else people


def _so_far(row: Any) -> str:
    most = f" to {row.most}" if row.most > row.full else ""
    return f"{row.held} of {row.full}{most}" + (f", {row.still} to ask" if row.still else "")


def _bars(told: pd.DataFrame, order: list[str], most: int, least: int, *, first: bool) -> Any:
    heading = f"{told['group'].iloc[0]}, of {told['of'].iloc[0]}"
    known = told.dropna(subset=["said_by"]).astype({"said_by": int})
    hidden = told.loc[told["said_by"].isna(), ["suggestion"]].assign(said_by=least / 2, words=f"under {least}")
    known = known[["suggestion", "said_by"]].assign(words=known["said_by"].map(str))
    side = alt.Axis(title=None, labelLimit=300, domain=False, ticks=False, labelColor=INK) if first else None
    y = alt.Y("suggestion:N", sort=order, scale=alt.Scale(domain=order, paddingInner=0.35), axis=side)
    x = alt.X("said_by:Q", scale=alt.Scale(domain=[0, most], nice=False), axis=None)
    layers = []
    for rows, colour, ink in ((known, ACCENT, INK), (hidden, PALE, GREY)):
        base = alt.Chart(alt.Data(values=rows.to_dict("records"))).encode(x=x, y=y)
        layers += [base.mark_bar(color=colour), base.mark_text(align="left", dx=4, color=ink).encode(text="words:N")]
    title = alt.TitleParams(heading, fontSize=12, fontWeight="normal", color=GREY, anchor="start", frame="group")
    return alt.layer(*layers).properties(width=200, height=22 * len(order), title=title)


def _takeaway(table: pd.DataFrame) -> str:
    groups = list(dict.fromkeys(table["group"]))
    by_words = table.assign(said=table["said_by"].fillna(1) > 0).groupby("suggestion")["said"]
    if len(groups) == 1:
        return _count(len(by_words), "different measure")
    alike = int(by_words.all().sum())
    return f"{alike} of {_count(len(by_words), 'measure')} are named by {' and by '.join(groups)} alike"


def _told(said_by: Any, here: Workshop) -> str:
    import pandas as pd

    return f"under {here.engagement.settings.smallest_group}" if pd.isna(said_by) else str(said_by)


def _interviewed(here: Workshop) -> str:
    engagement = here.engagement
    if not step.is_private_store_here(engagement):
        return step.NO_PRIVATE_STORE
    sizes = step.groups(engagement, as_of=here.as_of)
    if not sizes:
        return step.why_not_counted(engagement, as_of=here.as_of)
    parts = ", ".join(f"{size} {name}" for name, size in sizes.items() if name != step.EVERYONE)
    return f"{sum(sizes.values())} people were interviewed{f': {parts}' if parts else ''}."


def _count(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else one + 's'}"

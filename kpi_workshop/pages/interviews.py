"""The pages of step 3: whom to ask, the guide in hand, quick capture, and what was heard.

Everything here but the two private forms is a shared view: no names, no quotes, no group of fewer people than the
engagement allows. The private forms put nothing into the notebook; they talk to an open page only.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt

from ..kinds import Team
from ..steps import guides
from ..steps import interviews as step
from . import capture, hearing, plain
from .fields import Values
from .forms import PrivateForm
from .own_screen import OwnScreen
from .picture import ACCENT, GREY, INK, PALE, Picture
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

paste, answers = hearing.paste, hearing.answers


@dataclass(frozen=True)
class GuidePage:
    """The interview guides as pages to read from or to print: that of `guide` open, the others folded beneath."""

    guide: guides.Guide
    others: tuple[guides.Guide, ...] = ()

    def _repr_html_(self) -> str:
        first = f"<details open><summary>{_e(self.guide.title)}</summary>{_guide(self.guide)}</details>"
        folded = (f"<details><summary>{_e(g.title)}</summary>{_guide(g)}</details>" for g in self.others)
        return f'<div class="guides">{first}{"".join(folded)}</div>'

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
    """The guides, that for `role` open: top, middle, low, manager or executive."""
    others = tuple(guides.guide(other) for other in guides.ROLES if other != role)
    return GuidePage(guides.guide(role), others)


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
    return OwnScreen("Who says what", columns, rows=rows, noun="suggestion")


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
    says = f"{_count(len(rows), 'distinct suggestion')}, "
    says += f"{unknown} of them not in the catalogue under these words." if unknown else "all in the catalogue."
    if not groups:
        says += f" {table['note'].iloc[0]}"
    columns = {"suggestion": "Suggestion"} | {name: f"{name.capitalize()} who say so" for name in groups}
    return plain.table(rows, columns | {"known": "In the catalogue"}, says=says)


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


def missing(here: Workshop) -> PlainList:
    """What is still missing before the next step."""
    return plain.missing(step.missing(here.engagement, as_of=here.as_of))


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
        return _count(len(by_words), "distinct suggestion")
    alike = int(by_words.all().sum())
    return f"{alike} of {_count(len(by_words), 'suggestion')} come from {' and from '.join(groups)} alike"


def _told(said_by: Any, here: Workshop) -> str:
    import pandas as pd

    return f"under {here.engagement.settings.smallest_group}" if pd.isna(said_by) else str(said_by)


def _interviewed(here: Workshop) -> str:
    engagement = here.engagement
    if not step.is_private_store_here(engagement):
        return step.NO_PRIVATE_STORE
    sizes = step.groups(engagement, as_of=here.as_of)
    if not sizes:
        least = engagement.settings.smallest_group
        nobody = not step.held(engagement, as_of=here.as_of)
        return "Nobody was interviewed yet." if nobody else f"Fewer than {least} people were interviewed so far."
    parts = ", ".join(f"{size} {name}" for name, size in sizes.items() if name != step.EVERYONE)
    return f"{sum(sizes.values())} people were interviewed{f': {parts}' if parts else ''}."


def _guide(guide: guides.Guide) -> str:
    questions = "".join(_question(question) for question in guide.questions)
    return (
        f'<article style="max-width:44em"><p>About {guide.minutes} minutes.</p>'
        f"<h3>To send beforehand</h3><p>{_e(guide.invitation)}</p>"
        f"<h3>To say first</h3>{_paragraphs(guide.purpose)}"
        f"<h3>What stays between us</h3>{_paragraphs(guide.confidential)}"
        f"<h3>To ask</h3><ol>{questions}</ol>"
        f"<h3>To say at the end</h3><p>{_e(guide.closing)}</p></article>"
    )


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

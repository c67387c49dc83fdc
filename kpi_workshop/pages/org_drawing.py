"""How an org chart and a sales process are laid out: every person where there are few, a box a team where many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..kinds import Stage
from ..numbers import NOT_COMPUTABLE, counted, number, percent, written
from ..steps.org_chart import Place
from .drawing import Sheet, fits
from .picture import ACCENT, BAND, GREY, PALE, Picture

if TYPE_CHECKING:
    from ..crm.by_stage import StageNumbers

WIDTH = 880
MOST_PEOPLE = 60
"""Above this many people, a team is one box with its counts."""
_GAP = 16
_ROW = 24
_MOST_ROWS = 18
_ACROSS = 4
_NARROWEST = 190
_STAGES_ACROSS = 6
_WIDEST = 290
_LOST = ("lost", "closed lost", "disqualified")


def org_chart(
    places: Sequence[Place],
    *,
    teams: Sequence[str],
    spans: dict[str, int],
    tiers: Mapping[str, Mapping[str, int]] | None = None,
) -> Picture:
    """The org chart on one sheet, with a sentence that says the same; how a single person performs is not drawn.

    `tiers` are numbers of sellers by team and tier, of the teams of which they may be told.
    """
    people = len({place.person for place in places})
    names = {place.person: place.name for place in places}
    tops = _tops(places)
    sheet = Sheet(WIDTH)
    y = _heads(sheet, [names[top] for top in tops])
    few = people <= MOST_PEOPLE
    members = {team: [p for p in places if p.team == team and p.person not in tops] for team in teams}
    across = min(_ACROSS, max(1, len(teams)))
    width = (WIDTH - _GAP * (across - 1)) / across
    deepest = max((len(found) for found in members.values()), default=0)
    strips = min(int(width // _NARROWEST), -(-deepest // _MOST_ROWS)) if few else 1
    width = min(width, _WIDEST * max(1, strips))
    left = (WIDTH - across * (width + _GAP) + _GAP) / 2
    for first in range(0, len(teams), across):
        row = teams[first : first + across]
        places_x = [left + i * (width + _GAP) for i in range(len(row))]
        if tops:
            centres = [x + width / 2 for x in places_x]
            sheet.line(WIDTH / 2, 58 if first else y - 12, WIDTH / 2, y - 12)
            sheet.line(min(*centres, WIDTH / 2), y - 12, max(*centres, WIDTH / 2), y - 12)
            for x in centres:
                sheet.line(x, y - 12, x, y)
        bottom = y
        for x, team in zip(places_x, row, strict=True):
            head = _header(sheet, x, y, width, team, members[team], (tiers or {}).get(team), with_tiers=bool(tiers))
            if few:
                end = _people(sheet, x, head, width, members[team], spans, strips=max(1, strips))
            else:
                end = _counts(sheet, x, head, width, members[team], spans, names)
            bottom = max(bottom, end)
        y = bottom + 12 + _GAP
    told = [_told(team, [p for p in places if p.team == team], names, (tiers or {}).get(team)) for team in teams]
    count = f"{counted(len(teams), 'team')}, {counted(people, 'person', plural='people')}"
    return sheet.picture(_count_title(places, teams), says=f"Org chart: {count}. {' '.join(told)}")


def process(
    stages: Sequence[Stage], *, numbers: Mapping[str, StageNumbers] | None = None, why_not: str = ""
) -> Picture:
    """The sales process as a flow from left to right: who owns a stage, what must be known, where it is handed on.

    `numbers` are those of the stages of the CRM, by their names in lower case: how many deals went on, and how long
    they stayed. `why_not` says why there are none.
    """
    flows = {stage.stage: _flow(stage, numbers) for stage in stages} if numbers else {}
    sheet = Sheet(WIDTH)
    across = min(_STAGES_ACROSS, max(1, len(stages)))
    arrow = 22
    width = (WIDTH - arrow * (across - 1)) / across
    y, bottom = 4.0, 4.0
    for i, stage in enumerate(stages):
        column = i % across
        if i and not column:
            y = bottom + 20
        x = column * (width + arrow)
        leaves = stage.stage.casefold() in _LOST
        sheet.box(x, y, width, 52, fill="#ffffff" if leaves else BAND, edge=PALE if leaves else ACCENT)
        owner = "at any stage" if leaves else stage.owner_team or "no owner yet"
        sheet.words(x + 10, y + 18, fits(f"{i + 1}. {stage.stage}", width - 20, size=14), size=14, bold=True)
        sheet.words(x + 10, y + 37, fits(owner, width - 18, size=12), size=12, colour=GREY)
        line = y + 68
        for words in flows.get(stage.stage, ()):
            sheet.words(x + 10, line, fits(words, width - 4, size=12), size=12, bold=words[0].isdigit())
            line += 17
        line += 6 if flows.get(stage.stage) else 0
        for topic in stage.evidence:
            sheet.mark(x + 14, line, "square", size=40, filled=False)
            sheet.words(x + 24, line, fits(topic, width - 30, size=12), size=12)
            line += 19
        if stage.hand_off_to:
            sheet.words(x + 10, line, fits(f"→ {stage.hand_off_to}", width, size=12), size=12, colour=ACCENT)
            line += 19
        bottom = max(bottom, line)
        next_leaves = i + 1 < len(stages) and stages[i + 1].stage.casefold() in _LOST
        if column < across - 1 and i < len(stages) - 1 and not next_leaves:
            sheet.line(x + width + 4, y + 26, x + width + arrow - 8, y + 26)
            sheet.mark(x + width + arrow - 8, y + 26, "triangle-right", size=50)
    sheet.height = max(sheet.height, bottom)
    if why_not:
        sheet.words(0, bottom + 12, f"Conversion and time per stage: {NOT_COMPUTABLE}: {why_not}", size=12, colour=GREY)
    told = "; ".join(
        stage.stage
        + (f" ({stage.owner_team})" if stage.owner_team else "")
        + (f", to be known: {', '.join(stage.evidence)}" if stage.evidence else "")
        + (f", handed on to {stage.hand_off_to}" if stage.hand_off_to else "")
        + "".join(f", {words}" for words in flows.get(stage.stage, ()))
        for stage in stages
    )
    told += f". Conversion and time per stage: {NOT_COMPUTABLE}: {why_not}" if why_not else ""
    passed = [stage for stage in stages if stage.stage.casefold() not in _LOST]
    title = f"A deal passes {counted(len(passed), 'stage')}"
    return sheet.picture(title, says=f"Sales process, in order: {told.rstrip('.')}.")


def _flow(stage: Stage, numbers: Mapping[str, StageNumbers]) -> tuple[str, ...]:
    """Two short lines on how deals pass a stage; none for one that deals do not pass."""
    found = numbers.get(stage.stage.strip().casefold())
    if found is None:
        ends = stage.stage.casefold() in (*_LOST, "won", "closed won")
        return () if ends else ("not a stage", "of the CRM")
    share = percent(found.went_on / found.entered)
    days = "most are still in it" if found.days is None else f"{written(found.days, 'days')}, median"
    return (f"{share} of {number(found.entered)} go on", days)


def _tops(places: Sequence[Place]) -> list[str]:
    """Executives, and whoever has no manager and at least one manager below."""
    managers = {place.manager for place in places if place.role == "manager"}
    return list(
        dict.fromkeys(p.person for p in places if p.role == "executive" or (not p.manager and p.person in managers))
    )


def _heads(sheet: Sheet, names: Sequence[str]) -> float:
    if not names:
        return 4
    shown = list(names[:_ACROSS])
    width = 190
    left = (WIDTH - (width + _GAP) * len(shown) + _GAP) / 2
    for i, name in enumerate(shown):
        x = left + i * (width + _GAP)
        sheet.box(x, 4, width, 34, fill="#ffffff", edge=ACCENT)
        sheet.words(x + width / 2, 21, fits(name, width - 12), bold=True, align="center")
        sheet.line(x + width / 2, 38, x + width / 2, 50)
    ends = [left + width / 2 + i * (width + _GAP) for i in range(len(shown))]
    sheet.line(ends[0], 50, ends[-1], 50)
    if len(names) > len(shown):
        sheet.words(ends[-1] + width / 2 + 8, 21, f"and {len(names) - len(shown)} more", size=12, colour=GREY)
    sheet.line(WIDTH / 2, 50, WIDTH / 2, 58)
    return 70


def _header(
    sheet: Sheet,
    x: float,
    y: float,
    width: float,
    team: str,
    members: Sequence[Place],
    tiers: Mapping[str, int] | None,
    *,
    with_tiers: bool,
) -> float:
    height = 64 if with_tiers else 46
    sheet.box(x, y, width, height, fill=BAND, edge=PALE)
    sheet.words(x + 10, y + 16, fits(team, width - 20, size=14), size=14, bold=True)
    sheet.words(x + 10, y + 34, _roles(members), size=12, colour=GREY)
    if with_tiers:
        sheet.words(x + 10, y + 52, _tiers(tiers) or "tiers: too few to tell", size=12, colour=GREY)
    return y + height


def _tiers(tiers: Mapping[str, int] | None) -> str:
    return ", ".join(f"{count} {tier}" for tier, count in tiers.items()) if tiers else ""


def _people(
    sheet: Sheet, x: float, y: float, width: float, members: Sequence[Place], spans: dict[str, int], *, strips: int
) -> float:
    rows = _in_branches(members)
    deep = -(-len(rows) // strips)
    wide = width / strips
    for i, (place, level) in enumerate(rows):
        at = x + (i // max(1, deep)) * wide
        line = y + 16 + (i % deep) * _ROW
        indent = 10 + level * 20
        if level:
            above = rows[i - 1][1] if i % deep else level
            siblings = _rows_since_sibling([r[1] for r in rows[:i]], level) if above > level else 1
            start = line - _ROW * min(siblings, i % deep or 1) + (9 if above < level else 0)
            sheet.line(at + indent - 12, start, at + indent - 12, line)
            sheet.line(at + indent - 12, line, at + indent - 4, line)
        lead = place.role == "manager"
        span = spans.get(place.person, 0)
        label = f"{place.name} ({span})" if lead and span else place.name
        sheet.words(at + indent, line, fits(label, wide - indent - 8), bold=lead)
    return y + 16 + deep * _ROW


def _rows_since_sibling(levels: Sequence[int], level: int) -> int:
    """How many rows up the nearest row at this level or above stands."""
    return next((i for i, other in enumerate(reversed(levels), start=1) if other <= level), 1)


def _in_branches(members: Sequence[Place]) -> list[tuple[Place, int]]:
    """Members depth first: each manager, and one level in, the people below; who reports outside comes at the end."""
    here = {place.person for place in members}
    below: dict[str, list[Place]] = {}
    for place in members:
        below.setdefault(place.manager if place.manager in here else "", []).append(place)
    rows: list[tuple[Place, int]] = []

    def branch(person: str, level: int) -> None:
        for place in sorted(below.pop(person, ()), key=lambda p: (p.role == "seller", p.name.casefold())):
            rows.append((place, min(level, 3)))
            branch(place.person, level + 1)

    branch("", 0)
    while below:  # people who manage one another in a circle have no top: they are drawn from the first of them
        branch(next(iter(below)), 0)
    return rows


def _counts(
    sheet: Sheet, x: float, y: float, width: float, members: Sequence[Place], spans: dict[str, int],
    names: dict[str, str],
) -> float:  # fmt: skip
    line = y + 16
    inside = {p.manager for p in members if p.manager and p.role == "seller"}
    leads = sorted(inside, key=lambda m: (-spans.get(m, 0), names.get(m, m)))
    for manager in leads[:6]:
        here = len({p.person for p in members if p.manager == manager})
        sheet.words(x + 10, line, fits(names.get(manager, manager), width - 50))
        sheet.words(x + width - 10, line, str(here), align="right")
        line += _ROW
    if len(leads) > 6:
        sheet.words(x + 10, line, f"and {len(leads) - 6} more managers", size=12, colour=GREY)
        line += _ROW
    return line


def _roles(members: Sequence[Place]) -> str:
    roles = Counter(place.role for place in members)
    told = counted(roles["seller"], "seller")
    return f"{told}, {counted(roles['manager'], 'manager')}" if roles["manager"] else told


def _told(team: str, members: Sequence[Place], names: dict[str, str], tiers: Mapping[str, int] | None) -> str:
    leads = sorted({names.get(p.manager, p.manager) for p in members if p.manager and p.role == "seller"})
    under = f" under {', '.join(leads[:4])}{' and others' if len(leads) > 4 else ''}" if leads else ""
    levels = f"; tiers: {_tiers(tiers)}" if tiers else ""
    return f"{team}: {_roles(members)}{under}{levels}."


def _count_title(places: Sequence[Place], teams: Sequence[str]) -> str:
    sellers = len({place.person for place in places if place.role == "seller"})
    return f"{counted(sellers, 'seller')} in {counted(len(teams), 'team')}"

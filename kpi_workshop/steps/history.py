"""Step 4, the client's own history: whether an activity came before a metric in the weeks before the rollout.

The same comparison that later judges the rollout: sellers of one team within the same week, each beside their own
usual level, so that a season or a campaign that lifts everybody shows nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .. import catalogue
from ..engagement import Engagement
from ..errors import NotComputable, NothingImported
from ..kinds import Rollout, Seat
from ..numbers import counted, percent
from . import seller_weeks

LONGEST_WEEKS = 104
"""How far back the history goes."""
FEWEST_WEEKS = 26
"""Weeks without which a lag of up to eight weeks cannot be told from chance."""
FEWEST_SELLERS = 4
SURE = 0.05
"""So many of the leads claimed may be by chance (Benjamini-Hochberg over the pairs of a team)."""
LOGGED_WEEKS = 13
"""The last weeks over which it is asked who logs a measure."""

LIKELY = 0.1
"""A past that outweighs the future this clearly is worth half the points: for choosing, not for proving."""

Word = Literal["leads", "may lead", "together", "nothing", "not examined"]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Examined:
    """What the history of one team says about an activity and a metric: a word and the sentence behind it.

    "leads": it came before the metric, more than chance and more than a shared cause would show, all pairs of the team
    considered. "may lead": this pair alone would show that, or all but shows it. "together": they move together and no
    lead is seen. "nothing": no lag shows more than chance. "not examined": why, in the sentence.
    """

    team: str
    activity: str
    metric: str
    word: Word
    says: str


@dataclass(frozen=True)
class History:
    """Everything examined at once; `logging[team][measure]` is the share of the team's sellers who log a measure."""

    examined: tuple[Examined, ...] = ()
    logging: dict[str, dict[str, float]] = field(default_factory=dict)

    def of(self, team: str, activity: str) -> list[Examined]:
        """What was examined for an activity of a team."""
        return [one for one in self.examined if (one.team, one.activity) == (team, activity)]


def last_day(engagement: Engagement, team: str, *, as_of: dt.date) -> dt.date:
    """The last day that may speak: the end of the team's baseline, `as_of` where no rollout is planned yet."""
    plan = engagement.records.current(Rollout, as_of=as_of).get(team)
    return min(plan.baseline_to, as_of) if plan else as_of


def examine(engagement: Engagement, wanted: Mapping[str, Iterable[Pair]], *, as_of: dt.date) -> History:
    """What the history says about each pair (activity, metric) of each team, as measure ids; kept until data change."""
    from ..crm import coverage, engines, learned

    asked = {team: sorted(set(pairs)) for team, pairs in sorted(wanted.items())}
    until = {team: last_day(engagement, team, as_of=as_of) for team in asked}
    try:
        if not engines.tables_present(engagement):
            raise NothingImported("No client data are imported yet.")
        covered = coverage.coverage(engagement, as_of=as_of)
    except NothingImported:
        why = "No client data are imported yet."
        return History(tuple(_unexamined(team, pair, why) for team, pairs in asked.items() for pair in pairs))
    seats = engagement.records.current(Seat, as_of=as_of)
    known = {team: min(day, covered.last) for team, day in until.items()}
    key = json.dumps([asked, known, {k: s.model_dump(mode="json") for k, s in sorted(seats.items())}], default=str)
    name = f"history-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    return learned.kept(
        engagement,
        engines.stamp(engagement),
        name,
        History,
        lambda: _examine(engagement, asked, known, first=covered.first),
    )


def _examine(
    engagement: Engagement, asked: Mapping[str, list[Pair]], until: Mapping[str, dt.date], *, first: dt.date
) -> History:
    measures = sorted({measure for pairs in asked.values() for pair in pairs for measure in pair})
    refused = {measure: seller_weeks.not_countable(measure) for measure in measures}
    usable = [measure for measure in measures if not refused[measure]]
    if not asked or not usable:
        return History(
            tuple(_unexamined(t, p, refused[p[0]] or refused[p[1]]) for t, pairs in asked.items() for p in pairs)
        )
    ends = {team: _week_after(engagement, day) for team, day in until.items()}
    last = max(ends.values())
    began = max(_week_of(engagement, first), last - dt.timedelta(weeks=LONGEST_WEEKS))
    weeks = max(0, (last - began).days // 7)
    try:
        panel = seller_weeks.weeks_of_sellers(
            engagement, usable, began=began, weeks=weeks, as_of=last - dt.timedelta(days=1)
        )
    except (NotComputable, NothingImported) as error:
        return History(tuple(_unexamined(team, pair, str(error)) for team, pairs in asked.items() for pair in pairs))
    refused |= panel.refused
    found: list[Examined] = []
    logging: dict[str, dict[str, float]] = {}
    for team, pairs in asked.items():
        rows = panel.rows
        mine = rows[(rows["team"] == team) & (rows["week"] < (ends[team] - began).days // 7)]
        found += _team(team, pairs, mine, refused)
        late = mine[mine["week"] >= mine["week"].max() - LOGGED_WEEKS + 1] if len(mine) else mine
        logging[team] = {
            measure: float(late.groupby("seller")[measure].sum().gt(0).mean())
            for measure in usable
            if measure in late and len(late)
        }
    return History(tuple(found), logging)


def _team(team: str, pairs: list[Pair], rows: Any, refused: Mapping[str, str]) -> list[Examined]:
    from ..evidence import lead_lag, panel, sequential

    weeks = int(rows["week"].nunique()) if len(rows) else 0
    sellers = int(rows["seller"].nunique()) if len(rows) else 0
    found: dict[Pair, lead_lag.Lead | str] = {}
    for activity, metric in pairs:
        why = refused.get(activity) or refused.get(metric)
        if not why and weeks < FEWEST_WEEKS:
            why = f"Not enough weeks: {counted(weeks, 'week')} before the baseline ends, {FEWEST_WEEKS} are needed."
        if not why and sellers < FEWEST_SELLERS:
            why = f"Too few sellers to compare: {FEWEST_SELLERS} are needed."
        if why:
            found[activity, metric] = why
            continue
        names = {activity: f"activity_{activity}", metric: f"metric_{metric}"}
        asked = rows[["seller", "team", "week", "present", activity, metric]].rename(columns=names)
        lead = lead_lag.lead(
            panel.read(asked, {team: None}), f"activity_{activity}", f"metric_{metric}",
            draws=lead_lag.draws_for(len(pairs)),
        )  # fmt: skip
        found[activity, metric] = lead or "Too few weeks of the same sellers to compare."
    tested = [pair for pair, lead in found.items() if not isinstance(lead, str)]
    shares = sequential.adjusted([lead.p for lead in found.values() if not isinstance(lead, str)])
    by_pair = dict(zip(tested, shares, strict=True))
    return [
        _unexamined(team, pair, lead) if isinstance(lead, str) else _said(team, pair, lead, by_pair[pair] or 1.0, weeks)
        for pair, lead in found.items()
    ]


def _said(team: str, pair: Pair, lead: Any, share: float, weeks: int) -> Examined:
    activity, metric = (catalogue.name_of(name).lower() for name in pair)
    over = f"In {counted(weeks, 'week')} before the rollout"
    came_first = (
        f"{over}, {percent(0.1)} more {activity} came before about {percent(lead.elasticity / 10, 1)} more {metric}, "
        f"{counted(lead.lag, 'week')} later"
    )
    if lead.leads and share <= SURE:
        return Examined(team, *pair, "leads", f"{came_first}.")
    if lead.leads:
        says = f"{came_first}; of as many pairs as were examined, one may show that by chance."
        return Examined(team, *pair, "may lead", says)
    if lead.p <= SURE and lead.contrast_p <= LIKELY:
        return Examined(team, *pair, "may lead", f"{came_first}; a shared cause cannot be ruled out.")
    if lead.p <= SURE:
        says = f"{over}, {activity} and {metric} moved together; a shared cause explains that as well."
        return Examined(team, *pair, "together", says)
    return Examined(team, *pair, "nothing", f"{over}, no lag of 1 to 8 weeks from {activity} to {metric} beats chance.")


def _unexamined(team: str, pair: Pair, why: str) -> Examined:
    return Examined(team, *pair, "not examined", why)


def _week_of(engagement: Engagement, day: dt.date) -> dt.date:
    monday_first = engagement.settings.calendar.week_starts == "monday"
    return day - dt.timedelta(days=day.weekday() if monday_first else (day.weekday() + 1) % 7)


def _week_after(engagement: Engagement, day: dt.date) -> dt.date:
    """The first day of the week that is not finished on this day: all weeks before it are."""
    return _week_of(engagement, day + dt.timedelta(days=1))

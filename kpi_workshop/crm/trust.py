"""Can a count of logged activities be trusted: very short calls, month-end spikes, rows twice, silent sellers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import catalogue
from ..engagement import Engagement
from ..numbers import number, percent
from . import calendar, engines
from .formulas import KINDS, flag, unbound

if TYPE_CHECKING:
    import pandas as pd

WEEKS = 13
"""How far back the checks look from the report date."""
VERY_SHORT_MINUTES = 0.5
"""A call that took less was hardly one."""
LAST_DAYS = 2
"""So many working days at the end of a month are held against the others."""
LEAST = 50
"""With fewer activities a share is mostly chance: nothing is said."""
SHORT_SHARE, TWICE_SHARE, SPIKE = 0.15, 0.02, 1.75
"""From here on a finding is a doubt: the share of very short calls, of rows that stand twice, and how many times the
usual number of activities is logged on a month's last days."""
USUALLY = 10
"""Activities that the middle seller of a team logged, from which on nobody logging any is a gap."""


@dataclass(frozen=True)
class Trust:
    """What the checks found for one team and measure in the last thirteen weeks.

    `logged` activities; `short` the share of calls under half a minute, `twice` the share of rows that repeat another
    (same seller, minute, type and company or deal), `spike` how many times the usual daily number falls on the last two
    working days of a month, `silent` sellers of `sellers` without any while the middle one logged ten or more. None
    where it cannot be told.
    """

    measure: str
    team: str
    logged: int
    short: float | None
    twice: float | None
    spike: float | None
    silent: int | None
    sellers: int

    @property
    def checked(self) -> list[str]:
        """What could be told of this count at all; [] where too little was logged."""
        asked = {
            "length of calls": self.short, "month ends": self.spike, "rows that stand twice": self.twice,
            "silent sellers": self.silent,
        }  # fmt: skip
        return [name for name, found in asked.items() if found is not None]

    @property
    def doubts(self) -> list[str]:
        """What speaks against the count, each in a few words; [] where nothing does."""
        found = []
        if self.short is not None and self.short >= SHORT_SHARE:
            found.append(f"{percent(self.short)} of the calls took less than half a minute")
        if self.twice is not None and self.twice >= TWICE_SHARE:
            found.append(f"{percent(self.twice)} of the rows stand twice")
        if self.spike is not None and self.spike >= SPIKE:
            found.append(f"{number(self.spike, 1)} times as many as usual are logged on the last two days of a month")
        if self.silent:
            found.append(f"{self.silent} of {self.sellers} sellers logged none")
        return found


def trust(
    engagement: Engagement, measures: dict[str, list[str]], *, seats: dict[str, str], as_of: dt.date
) -> list[Trust]:
    """The checks for each team's measures of logged activities, by team and measure.

    `measures` are measure ids by team, `seats` the team of each seller on the report date. Measures that count no
    activities are left out, and so is everything without activities.
    """
    with engines.session(engagement) as engine:
        if "activities" not in engine.tables:
            return []
        since = as_of - dt.timedelta(weeks=WEEKS) + dt.timedelta(days=1)
        last_days = _last_working_days(engagement, since, as_of)
        rows = engine.ask(_logged, since, as_of, tuple(last_days))
    rows["team"] = rows["seller"].map(seats)
    working = sum(1 for n in range((as_of - since).days + 1) if (since + dt.timedelta(days=n)).weekday() < 5)
    found = []
    for team, ids in measures.items():
        members = [seller for seller, mine in seats.items() if mine == team]
        for measure in ids:
            kinds = kinds_of(measure)
            if kinds:
                names = [name for kind in kinds for name in KINDS[kind]]
                mine = rows[(rows["team"] == team) & rows["kind"].isin(names)]
                found.append(_judged(measure, team, mine, members, days=(len(last_days), working)))
    return found


def kinds_of(measure: str) -> tuple[str, ...]:
    """The kinds of activities that a measure counts; () for one that counts none, or none by kind."""
    known = catalogue.find(measure)
    if known is None or known.link not in ("effort", "exchange"):
        return ()
    return _KINDS.get(known.id, ())


_TALKS = ("call", "meeting", "demo")
_KINDS: dict[str, tuple[str, ...]] = {
    "calls_made": ("call",), "prospect_calls": ("call",), "large_account_prospecting": ("call",),
    "talk_time": ("call",),
    "emails_sent": ("email",), "meetings_held": ("meeting", "demo"), "demos_held": ("demo",), "conversations": _TALKS,
    "senior_conversations": _TALKS, "voicemails_left": ("voicemail",), "proposals_sent": ("proposal",),
    "workshops_hosted": ("workshop",), "referrals_requested": ("referral",), "tradeshows_attended": ("trade show",),
    "business_reviews": ("business review",), "alliance_meetings": ("alliance meeting",),
    "social_engagement": ("social",), "customer_connections": _TALKS, "joint_calls": _TALKS,
    "first_meetings": ("meeting",),
}  # fmt: skip


def _logged(since: dt.date, as_of: dt.date, last_days: tuple[dt.date, ...]) -> Any:
    """One row per seller and kind: how many, how many calls with a length and very short, twice, and on last days."""
    import ibis

    activities = unbound("activities")
    day = activities.at.date()
    inside = activities.filter((day >= ibis.literal(since)) & (day <= ibis.literal(as_of)))
    about = [inside[name].fill_null("") for name in ("opportunity_id", "lead_id", "account_id", "contact_id")]
    same = ibis.window(group_by=["seller", "kind", "at", *about], order_by="activity_id")
    told = (inside.opportunity_id.notnull() | inside.lead_id.notnull() | inside.account_id.notnull()).ifelse(1, 0)
    inside = inside.mutate(repeat=(ibis.row_number().over(same) > 0).ifelse(1, 0) * told, told=told)
    timed = inside.minutes.notnull() & (inside.kind == "call")
    return inside.group_by("seller", "kind").agg(
        logged=inside.count(),
        told=inside.told.sum(),
        repeats=inside["repeat"].sum(),
        timed=flag(timed).sum(),
        short=flag(timed & (inside.minutes < VERY_SHORT_MINUTES)).sum(),
        at_the_end=flag(inside.at.date().isin([ibis.literal(one) for one in last_days])).sum() if last_days else 0,
    )


def _last_working_days(engagement: Engagement, since: dt.date, as_of: dt.date) -> list[dt.date]:
    """The last two working days of each month of the engagement's calendar that lies whole in the weeks looked at."""
    found = []
    for month in calendar.periods(engagement.settings.calendar, "month", since, as_of):
        if since <= month.end <= as_of:
            days = [month.end - dt.timedelta(days=n) for n in range(7)]
            found += [day for day in days if day.weekday() < 5][:LAST_DAYS]
    return sorted(found)


def _judged(measure: str, team: str, rows: pd.DataFrame, members: list[str], *, days: tuple[int, int]) -> Trust:
    logged, told, timed = (int(rows[name].sum()) for name in ("logged", "told", "timed"))
    last, working = days
    by_seller = rows.groupby("seller")["logged"].sum().reindex(members, fill_value=0)
    spike = None
    if logged >= LEAST and last:
        rest = (logged - int(rows["at_the_end"].sum())) / max(working - last, 1)
        spike = int(rows["at_the_end"].sum()) / last / rest if rest else None
    silent = None
    if len(members) > 1 and by_seller.median() >= USUALLY:
        silent = int((by_seller == 0).sum())
    return Trust(
        measure=measure,
        team=team,
        logged=logged,
        short=int(rows["short"].sum()) / timed if timed >= LEAST else None,
        twice=int(rows["repeats"].sum()) / told if told >= LEAST else None,
        spike=spike,
        silent=silent,
        sellers=len(members),
    )

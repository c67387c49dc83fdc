"""What to do with an activity and the metric it should move: keep, watch, replace, or fix adoption.

A verdict changes only at a planned look, from three links (was the activity adopted, does it lead the metric, did
the metric move), and it is sticky: what was kept stays kept, and nothing is replaced on one look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .estimates import Estimate
from .lead_lag import SURE, Lead

KEEP, WATCH, REPLACE, FIX = "keep", "watch", "replace", "fix adoption"
WORTHWHILE = 0.05
"""The smallest change of the metric that is worth keeping an activity for, unless the rollout file says otherwise."""
ADOPTED_AT_LEAST = 0.05
KEEP_ALPHA = 0.03
"""The level of each way to a keep (the metric rose; it follows the activity), so that both together err seldom."""
FIRMLY = 2.3
"""The z by which an activity must have risen at a look before its measure is blamed. Where nothing changed at all, one
simulated rollout in a hundred is told to replace it (n = 2,500); with the usual bound alone it would be 1.5."""
ROOM = 0.7
"""Standard errors above the change by way of the activity that must stay below what is worthwhile: 76 %, one-sided.
Two looks running, no hint of a lead and a metric that does not lean upwards stand beside it; in 17 simulated
worlds in which the measure works 4 of 3,400 were ever replaced, and more useless ones than at 1.0 with hints from 0.05
(where it was 6): 0.69 instead of 0.63 of those whose teams drift, 0.60 instead of 0.47 of those adopted by half."""
ROOM_UNDER_DOUBT = 1.0
"""The same where a shared cause is as likely as a link, so that only past less future tells: 84 %."""
HINT = 0.1
"""An activity whose lead over the metric has a p up to this is not yet given up."""
LEANING = 1.5
"""A metric that leans upwards by more standard errors than this is not yet given up."""


@dataclass(frozen=True)
class Look:
    """What was known at one planned look: its week, the bound, and the three links (None: not computable).

    `stricter` is the bound of the two ways to a keep, which share its error.
    """

    week: int
    bound: float
    adoption: Estimate | None
    metric: Estimate | None
    link: Lead | None
    stricter: float = 0.0

    @property
    def adopted(self) -> bool:
        """The activity rose beyond the bound."""
        return self.adoption is not None and self.adoption.z > self.bound

    @property
    def direct(self) -> bool:
        """The metric rose beyond the bound."""
        return self.metric is not None and self.metric.z > max(self.bound, self.stricter)

    @property
    def linked(self) -> bool:
        """The past activity goes with the metric beyond the bound, more than the future activity does."""
        return self.link is not None and self.link.p <= SURE and self.link.contrast_z > max(self.bound, self.stricter)

    def via(self) -> tuple[float, float] | None:
        """The metric's change by way of the activity (adoption times elasticity) and its standard error.

        The elasticity is that to the weeks before, and where a shared cause is as likely, to the past less the future.
        """
        if self.adoption is None or self.link is None:
            return None
        link, a, sa = self.link, self.adoption.value, self.adoption.spread
        b, sb = (link.contrast, link.contrast_error) if link.doubted else (link.recent, link.recent_error)
        return a * b, (a * a * sb * sb + b * b * sa * sa + sa * sa * sb * sb) ** 0.5

    def useless(self, worthwhile: float) -> bool:
        """Adopted, and neither by way of the activity nor in the metric is there room for a worthwhile change."""
        via = self.via()
        if self.adoption is None or via is None or self.metric is None or self.link is None:
            return False
        if self.adoption.z <= max(self.bound, FIRMLY):
            return False
        hinted = (self.link.contrast_p if self.link.doubted else self.link.p) <= HINT
        leaning = self.metric.z > LEANING and self.metric.value >= worthwhile
        room = ROOM_UNDER_DOUBT if self.link.doubted else ROOM
        return via[0] + room * via[1] < worthwhile and not hinted and not leaning


@dataclass(frozen=True)
class Verdict:
    """The word, the look (in weeks after the last start) at which it was reached, why, and the word after each look."""

    word: str
    since: int | None
    because: str
    history: tuple[str, ...] = ()


def judge(looks: Sequence[Look], planned: Sequence[int], *, dwell: int = 8, worthwhile: float = WORTHWHILE) -> Verdict:
    """The verdict after the looks taken so far, oldest first.

    keep: adopted, and the metric rose or the activity leads it; it stays kept. replace: from the dwell on, adopted and
    without room for a worthwhile change at two looks running, or at the last one. fix adoption: the activity did not
    move by the last look, or the metric moved without it. Otherwise watch.
    """
    word, since, because = WATCH, None, "no planned look has been taken yet"
    useless_before = idle_before = False
    history = []
    for look in looks:
        last = look.week >= planned[-1]
        useless = look.week >= dwell and look.useless(worthwhile)
        idle = look.week >= dwell and not look.adopted and _no_room(look)
        new, reason = WATCH, _undecided(look)
        if look.adopted and look.direct:
            new, reason = KEEP, "the activity was adopted and the metric rose"
        elif look.adopted and look.linked:
            new, reason = KEEP, "the activity was adopted and the metric follows it"
        elif look.direct and last:
            new, reason = FIX, "the metric rose without the activity: look elsewhere for what moved it"
        elif useless and (useless_before or last):
            new, reason = REPLACE, "it was adopted and is not shown to help"
        elif look.adoption is not None and not look.adopted and (last or (idle and idle_before)):
            new, reason = FIX, "the activity is not shown to have been taken up, so the measure was not tested"
        useless_before, idle_before = useless, idle
        settled = word == KEEP or (word == REPLACE and new != KEEP)
        if not settled:
            since = since if new == word else look.week
            word, because = new, reason
        history.append(word)
    return Verdict(word, since, because, tuple(history))


def _no_room(look: Look) -> bool:
    return look.adoption is not None and look.adoption.high < ADOPTED_AT_LEAST


def _undecided(look: Look) -> str:
    if look.adoption is None and look.metric is None:
        return "no comparison of teams tells a change of the activity or of the metric"
    if look.adoption is None or look.metric is None:
        return f"a change of the {'activity' if look.adoption is None else 'metric'} is not computable"
    if look.direct:
        return "the metric rose, but the activity is not shown to have been taken up"
    if look.adopted:
        return "the activity was adopted; whether it helps is open"
    return "the activity is not shown to have been taken up yet"

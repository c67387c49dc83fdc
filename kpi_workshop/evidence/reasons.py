"""Why a verdict stands, in sentences: the three links with their intervals, the looks spent, what would change it."""

from __future__ import annotations

from collections.abc import Sequence

from ..numbers import percent
from .design import Design
from .estimates import Estimate
from .verdict import FIX, KEEP, REPLACE, Look, Verdict


def reason(
    verdict: Verdict,
    now: Look,
    plan: Design,
    *,
    spent: int,
    planned: Sequence[int],
    coming: int | None,
    worthwhile: float,
) -> str:
    """The verdict's reason as it stands at the last week. It never says "caused"."""
    return " ".join(
        [
            f"{verdict.word.capitalize()}: {verdict.because}{_since(verdict)}.",
            f"Activity {_change(now.adoption)}.",
            _link(now),
            f"Metric {_change(now.metric)}.",
            *([plan.note] if plan.note else []),
            f"{spent} of {len(planned)} looks spent; "
            + (f"the next is {coming} weeks after the last start." if coming else "none is left."),
            _would_change(verdict, now, coming, worthwhile),
        ]
    )


def _since(verdict: Verdict) -> str:
    return f" (at the look of week {verdict.since})" if verdict.since is not None else ""


def _change(found: Estimate | None) -> str:
    if found is None:
        return "change since the start: not computable"
    if found.from_none:
        return f"from none before the start, {'' if found.low > 0 else 'not '}shown to have been taken up"
    return f"{_signed(found.value)} since the start ({_signed(found.low)} to {_signed(found.high)})"


def _signed(share: float, decimals: int = 0) -> str:
    return percent(share, decimals, signed=True)


def _link(now: Look) -> str:
    link = now.link
    if link is None:
        return "Activity to metric: not computable."
    low, high = link.contrast - 1.96 * link.contrast_error, link.contrast + 1.96 * link.contrast_error
    return (
        f"Ten percent more activity goes with {_signed(link.contrast / 10, 1)} metric later "
        f"({_signed(low / 10, 1)} to {_signed(high / 10, 1)}, past weeks less future ones); "
        f"the future alone, a placebo, shows {_signed(link.placebo / 10, 1)}."
    )


def _would_change(verdict: Verdict, now: Look, coming: int | None, worthwhile: float) -> str:
    if verdict.word == KEEP:
        return "It stays for this rollout; only a new charter changes it."
    if verdict.word == REPLACE:
        return "Only a metric that rises beyond the bound would change it; no interval here rules out a small benefit."
    if verdict.word == FIX:
        return "A rise of the activity would change it: then its effect can be tested."
    if coming is None:
        return f"An effect smaller than {percent(worthwhile)} can be neither shown nor ruled out with these teams."
    if now.adoption is not None and now.adoption.low > 0:
        return (
            "Keep would need the metric to rise, or to follow the activity, beyond the bound; "
            f"replace, two looks running that leave no room for {percent(worthwhile)}."
        )
    return "A rise of the activity beyond the bound would change it first."

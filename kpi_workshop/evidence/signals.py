"""Is a weekly number changing: process behaviour charts by named rule sets, which start a talk and never decide one.

Limits are the mean and 2.66 times the mean moving range on either side (Wheeler; NHS England's Making Data Count).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import WorkshopError

Array = NDArray[np.float64]
Flags = NDArray[np.int64]
XMR = 2.66
MONTGOMERY = 3 / 1.128
RANGE_LIMIT = 3.267
"""Moving ranges above this many times their mean are left out of it when it is screened."""
NHS = "NHS Making Data Count"
WHEELER = "Wheeler"
RULE_SETS = (NHS, WHEELER)
TRIAL_BELOW = 12
"""Limits that rest on fewer values are on trial."""


@dataclass(frozen=True)
class Limits:
    """The centre and the expected range of a series, with the mean moving range they rest on."""

    mean: float
    low: float
    high: float
    moving_range: float


def limits(
    values: Sequence[float] | Array, *, baseline: int | None = None, screen: bool = True, factor: float = XMR
) -> Limits:
    """The expected range from the first `baseline` values (all, where not given), locked for what follows.

    `screen` leaves single jumps out of the mean moving range. `factor` is 2.66, or 3/1.128 for charts in the manner
    of Montgomery.

    >>> found = limits([1, 2, 1, 2, 8, 1, 2], screen=False)
    >>> round(found.mean, 2)
    2.43
    """
    known = _known(values)[: len(values) if baseline is None else baseline]
    known = known[np.isfinite(known)]
    mean = float(known.mean())
    ranges = np.abs(np.diff(known))
    average = float(ranges.mean()) if len(ranges) else 0.0
    if screen and len(ranges):
        average = float(ranges[ranges <= RANGE_LIMIT * average].mean())
    return Limits(mean, mean - factor * average, mean + factor * average, average)


@dataclass(frozen=True)
class Rebase:
    """A new beginning of the limits at position `at` (0 is the first value), for the sake of a named event."""

    at: int
    event: str


@dataclass(frozen=True)
class Chart:
    """A process behaviour chart: one piece of limits for each stretch between events.

    `begins` has the position at which each of `pieces` begins, `flags` 1, -1 or 0 per value, `trial` whether the last
    piece rests on fewer than 12 values, `meets` the word of `will_meet` for the last piece (None without a target).
    """

    begins: tuple[int, ...]
    pieces: tuple[Limits, ...]
    flags: Flags
    trial: bool
    meets: str | None


def chart(
    values: Sequence[float] | Array,
    *,
    baseline: int | None = None,
    rebases: Sequence[Rebase] = (),
    rules: str = NHS,
    target: float | None = None,
    better: str = "higher",
) -> Chart:
    """The chart of a series whose limits are locked on its first `baseline` values.

    Limits never move by themselves: a person re-bases them by naming the event that changed the process. Each piece
    then has limits and patterns of its own, locked on as many values as the first.
    """
    y = _known(values)
    if rules not in RULE_SETS:
        raise WorkshopError(f"There is no rule set '{rules}'. There are: {', '.join(RULE_SETS)}.")
    begins = [0]
    for rebase in sorted(rebases, key=lambda one: one.at):
        if not rebase.event.strip():
            raise WorkshopError("The expected range begins anew only for an event. Name what changed.")
        if not begins[-1] + 2 <= rebase.at <= len(y) - 2:
            raise WorkshopError(
                f"'{rebase.event}' leaves fewer than two values for an expected range on one side of it."
            )
        begins.append(rebase.at)
    pieces, flagged, points = [], [], 0
    for first, last in zip(begins, [*begins[1:], len(y)], strict=True):
        piece = y[first:last]
        locked = piece[:baseline] if baseline is not None else piece
        points = int(np.isfinite(locked).sum())
        if points < 2:
            raise WorkshopError("An expected range needs two known values; there are fewer.")
        pieces.append(limits(piece, baseline=baseline))
        known = np.isfinite(piece)
        mine = np.zeros(len(piece), dtype=np.int64)
        mine[known] = flags(piece[known], pieces[-1], rules=rules)
        flagged.append(mine)
    meets = None if target is None else will_meet(pieces[-1], target, better=better)
    return Chart(tuple(begins), tuple(pieces), np.concatenate(flagged), points < TRIAL_BELOW, meets)


def counts_limits(
    counts: Sequence[float] | Array, *, baseline: int | None = None, without: Sequence[int] = ()
) -> Limits:
    """The limits of a c chart: the mean count and three of its roots on either side.

    `without` names positions (0 is the first) that are left out of the mean.
    """
    known = _known(counts)[: len(counts) if baseline is None else baseline]
    kept = np.delete(known, [place for place in without if place < len(known)])
    mean = float(kept.mean())
    return Limits(mean, max(0.0, mean - 3 * mean**0.5), mean + 3 * mean**0.5, 0.0)


def flags(values: Sequence[float] | Array, found: Limits, *, rules: str = NHS) -> Flags:
    """Per value: 1 where a rule fires upwards, -1 downwards, 0 where nothing does. All values of a pattern are flagged.

    NHS: outside the limits; seven on one side; seven rising or falling; two of three near a limit. Wheeler: outside;
    eight on one side; three of four nearer to a limit than to the centre.
    """
    y = _known(values)
    side = np.sign(y - found.mean).astype(np.int64)
    result = outside(y, found)
    if rules == NHS:
        patterns = [
            part_of_run(one_side(side, 7), 7),
            part_of_run(trend(y, 7), 7),
            part_of_two_in_three(*near(y, found)),
        ]
    else:
        patterns = [part_of_run(one_side(side, 8), 8), _three_of_four(y, found)]
    for pattern in patterns:
        result = np.where(result == 0, pattern, result)
    return result


def latest_flags(values: Sequence[float] | Array, found: Limits, *, rules: str = NHS) -> Flags:
    """Per value: what was flagged in the week itself, when the weeks after it were not known yet."""
    y = _known(values)
    side = np.sign(y - found.mean).astype(np.int64)
    result = outside(y, found)
    if rules == NHS:
        patterns = [one_side(side, 7), trend(y, 7), _window(*near(y, found), size=3, least=2)]
    else:
        patterns = [one_side(side, 8), _window(*_half(y, found), size=4, least=3)]
    for pattern in patterns:
        result = np.where(result == 0, pattern, result)
    return result


def outside(values: Array, found: Limits) -> Flags:
    """1 above the upper limit, -1 below the lower one."""
    return (values > found.high).astype(np.int64) - (values < found.low).astype(np.int64)


def one_side(side: Sequence[int] | Flags, size: int) -> Flags:
    """The side (1 or -1) of each value that ends at least `size` in a row on one side of the mean."""
    where = np.asarray(side, dtype=np.int64)
    return _repeated(where, size)


def trend(values: Sequence[float] | Array, size: int) -> Flags:
    """1 or -1 at each value that ends at least `size` values in a row which all rise or all fall."""
    steps = np.concatenate([[0], np.sign(np.diff(_known(values)))])
    return _repeated(np.nan_to_num(steps).astype(np.int64), size - 1)


def part_of_run(ends: Sequence[int] | Flags, size: int) -> Flags:
    """Every value of a run, from the values that end one."""
    at = np.asarray(ends, dtype=np.int64)
    result = np.zeros_like(at)
    for place in np.flatnonzero(at):
        result[max(0, place - size + 1) : place + 1] = at[place]
    return result


def two_in_three(close: Sequence[int] | Flags, side: Sequence[int] | Flags) -> Flags:
    """All values of each three on one side of the mean of which two are close to a limit."""
    near_limit, where = np.asarray(close, dtype=np.int64), np.asarray(side, dtype=np.int64)
    result = np.zeros_like(where)
    for place in range(len(where) - 2):
        three = slice(place, place + 3)
        if near_limit[three].sum() >= 2 and abs(where[three].sum()) == 3:
            result[three] = where[place]
    return result


def part_of_two_in_three(close: Flags, side: Flags) -> Flags:
    """Of two in three: the ones that are close themselves."""
    return two_in_three(close, side) * (close > 0)


def near(values: Array, found: Limits) -> tuple[Flags, Flags]:
    """Which values lie in the outer third of the range or beyond, and on which side each lies."""
    third = XMR * found.moving_range * 2 / 3
    return (np.abs(values - found.mean) > third).astype(np.int64), np.sign(values - found.mean).astype(np.int64)


def longest_run(values: Sequence[float] | Array, centre: float) -> tuple[int, int]:
    """The longest run on one side of the centre and the number of crossings; values on the centre do not count."""
    side = np.sign(_known(values) - centre)
    side = side[side != 0]
    changes = np.flatnonzero(np.diff(side) != 0)
    edges = np.concatenate([[-1], changes, [len(side) - 1]])
    return int(np.diff(edges).max(initial=0)), len(changes)


def will_meet(found: Limits, target: float, *, better: str = "higher") -> str:
    """Whether the process as it is will meet a target: "yes", "no", or "sometimes" where its range holds the target."""
    if found.low <= target <= found.high:
        return "sometimes"
    return "yes" if (found.low > target) == (better == "higher") else "no"


def _half(values: Array, found: Limits) -> tuple[Flags, Flags]:
    middle = (found.high - found.mean) / 2
    return (np.abs(values - found.mean) > middle).astype(np.int64), np.sign(values - found.mean).astype(np.int64)


def _three_of_four(values: Array, found: Limits) -> Flags:
    close, side = _half(values, found)
    result = np.zeros_like(side)
    for way in (1, -1):
        mine = close * (side == way)
        for place in range(len(mine) - 3):
            if mine[place : place + 4].sum() >= 3:
                result[place : place + 4] = np.where(mine[place : place + 4] > 0, way, result[place : place + 4])
    return result


def _window(close: Flags, side: Flags, *, size: int, least: int) -> Flags:
    result = np.zeros_like(side)
    for place in range(size - 1, len(side)):
        span = slice(place - size + 1, place + 1)
        whole = size == 3 and abs(side[span].sum()) < 3
        if close[place] and not whole and (close[span] * (side[span] == side[place])).sum() >= least:
            result[place] = side[place]
    return result


def _repeated(signs: Flags, size: int) -> Flags:
    result = np.zeros_like(signs)
    length = 0
    for place, sign in enumerate(signs):
        length = length + 1 if place and sign == signs[place - 1] and sign else int(sign != 0)
        if length >= size:
            result[place] = sign
    return result


def _known(values: Sequence[float] | Array) -> Array:
    return np.asarray(values, dtype=float)

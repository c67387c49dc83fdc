"""A measure's weeks against the range that its baseline lets one expect: flags, signal words, annotations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from ..evidence.readings import Period
from ..kinds import Annotation, ReviewPlan, Rollout

SINCE_START = 12
"""Weeks since the start from which the range of these weeks, not that of the baseline, answers for a target."""

_RULES = {"nhs": "NHS Making Data Count", "wheeler": "Wheeler"}


def behaviour(
    rows: list[Period],
    *,
    rollout: Rollout | None,
    plan: ReviewPlan,
    confirmed: Mapping[dt.date, str],
    notes: Sequence[Annotation] = (),
    target: float | None = None,
    better: str = "higher",
) -> dict[str, Any] | None:
    """The process behaviour chart (XmR) of one measure of one team as plain values, from its baseline's first week on.

    The limits are locked on the baseline's weeks; an annotation that re-bases moves them to the weeks from its day on.
    `confirmed` holds, by first day, the words of the calibrated test: only it says that a change is real. `target` is
    that of a single week. None without a baseline, or where no week has a value.

    Keys: rules, from, to (the weeks behind the limits), low, mean, high, points (their number), weeks (start, end,
    value, flag 1 up -1 down 0 none, word from the end of the baseline on), word and since (of the last finished week,
    and the first week of its unbroken run), will_meet ("yes", "no", "sometimes" or None), notes.
    """
    from ..evidence import signals

    if rollout is None:
        return None
    shown = [row for row in rows if row.finished and row.value is not None and row.start >= rollout.baseline_from]
    if not shown:
        return None
    rebased = [note for note in notes if note.rebases and rollout.baseline_to < note.day <= shown[-1].start]
    first = max((note.day for note in rebased), default=rollout.baseline_from)
    last = shown[-1].end if rebased else rollout.baseline_to
    locked = [row for row in shown if row.start >= first and row.end <= last]
    values = [row.value for row in shown if row.value is not None]
    rules = _RULES[plan.rules]
    limits, flags, meets = None, [0] * len(shown), None
    if len(locked) >= 2:
        limits = signals.limits([row.value for row in locked if row.value is not None])
        fired = signals.latest_flags(values, limits, rules=rules)
        flags = [int(flag) if row.start >= first else 0 for flag, row in zip(fired, shown, strict=True)]
        if target is not None:
            since = [row.value for row in shown if rollout.starts_on and row.start >= rollout.starts_on]
            lasting = [value for value in since if value is not None]
            now = signals.limits(lasting) if len(lasting) >= SINCE_START else limits
            meets = signals.will_meet(now, target, better=better)
    words = [_word(row, flag, len(locked), confirmed, rollout) for row, flag in zip(shown, flags, strict=True)]
    run = len(words) - 1
    while run > 0 and words[run - 1] == words[-1]:
        run -= 1
    return {
        "rules": rules,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "low": limits.low if limits else None,
        "mean": limits.mean if limits else None,
        "high": limits.high if limits else None,
        "points": len(locked),
        "weeks": [
            {"start": row.start.isoformat(), "end": row.end.isoformat(), "value": row.value, "flag": flag, "word": word}
            for row, flag, word in zip(shown, flags, words, strict=True)
        ],
        "word": words[-1],
        "since": shown[run].start.isoformat() if words[-1] else None,
        "will_meet": meets,
        "notes": [
            {"day": note.day.isoformat(), "text": note.text, "rebases": note.rebases}
            for note in sorted(notes, key=lambda note: (note.day, note.text))
        ],
    }


def _word(row: Period, flag: int, points: int, confirmed: Mapping[dt.date, str], rollout: Rollout) -> str:
    """The word of one week; a week of the baseline has none."""
    from ..evidence import words

    if row.end <= rollout.baseline_to:
        return ""
    if points < words.EARLY_BELOW:
        return words.EARLY
    if points < words.TRIAL_BELOW:
        return words.TRIAL
    tested = confirmed.get(row.start, "")
    if tested in (words.BETTER, words.WORSE):
        return tested
    return words.LOOK if flag else words.STEADY

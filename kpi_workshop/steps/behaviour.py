"""A measure's weeks against the range that its baseline lets one expect: flags, signal words, annotations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from ..evidence.readings import Period
from ..kinds import Annotation, ReviewPlan, Rollout

SINCE_START = {"week": 12, "month": 6, "quarter": 6}
"""Periods since the start from which their range, not that of the baseline, answers for a target."""

_RULES = {"nhs": "NHS Making Data Count", "wheeler": "Wheeler"}


def behaviour(
    rows: list[Period],
    *,
    rollout: Rollout | None,
    plan: ReviewPlan,
    confirmed: Mapping[dt.date, str],
    notes: Sequence[Annotation] = (),
) -> dict[str, Any] | None:
    """The process behaviour chart (XmR) of one measure of one team as plain values, from its baseline's first week on.

    The limits are locked on the baseline's weeks; an annotation that re-bases moves them to the weeks from its day on.
    `confirmed` holds, by first day, the words of the calibrated test: only it says that a change is real. None without
    a baseline, or where no week has a value.

    Keys: rules, from, to (the weeks behind the limits), low, mean, high, points (their number), weeks (start, end,
    value, flag 1 up -1 down 0 none, word from the end of the baseline on), word and since (of the last finished week,
    and the first week of its unbroken run), notes.
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
    limits, flags = None, [0] * len(shown)
    if len(locked) >= 2:
        limits = signals.limits([row.value for row in locked if row.value is not None])
        fired = signals.latest_flags(values, limits, rules=rules)
        flags = [int(flag) if row.start >= first else 0 for flag, row in zip(fired, shown, strict=True)]
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
        "notes": [
            {"day": note.day.isoformat(), "text": note.text, "rebases": note.rebases}
            for note in sorted(notes, key=lambda note: (note.day, note.text))
        ],
    }


def will_meet(
    rows: list[Period], *, every: str, target: float | None, better: str, rollout: Rollout | None
) -> dict[str, Any] | None:
    """Whether a measure will meet its target if it goes on as it does: None without a target or with too few periods.

    `rows` are periods of the target's own rhythm (`every`). Keys: word ("yes", "no" or "sometimes": whether the
    expected range lies on the target's better side, on the other, or holds it), since ("start" where enough periods
    have gone by since then, else "baseline"), periods, met (how many of them reached the target), and trial, where
    they are too few for firm limits.
    """
    from ..evidence import readings, signals, words

    if target is None or rollout is None:
        return None
    known = [(row, row.value) for row in rows if row.finished and row.value is not None]
    live = [value for row, value in known if rollout.starts_on and row.start >= rollout.starts_on]
    before = [value for row, value in known if row.start >= rollout.baseline_from and row.end <= rollout.baseline_to]
    since, values = ("start", live) if len(live) >= SINCE_START[every] else ("baseline", before)
    if len(values) < words.EARLY_BELOW:
        return None
    return {
        "word": signals.will_meet(signals.limits(values), target, better=better),
        "since": since,
        "periods": len(values),
        "met": sum(1 for value in values if readings.meets(value, target, better)),
        "trial": len(values) < words.TRIAL_BELOW,
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

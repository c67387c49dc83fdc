"""What the start weeks allow to be said, before any result is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import WorkshopError
from .panel import Panel

SEASON_WEEKS = 78
"""Weeks before the start that one series needs before its season can be told from a step (26 mislead)."""
BASELINE_WEEKS = 6


@dataclass(frozen=True)
class Design:
    """The baseline's end, how many teams have started, and the grade ("high", "medium", "low") with its reason."""

    baseline: int
    started: int
    compares: bool
    refused: bool
    grade: str
    note: str


def design(panel: Panel, baseline_weeks: int | None = None) -> Design:
    """What the panel's start weeks allow. `baseline_weeks` counts from the panel's first week."""
    first, beginning = panel.first_start, int(panel.weeks[0])
    end = int(panel.weeks[-1]) + 1 if first is None else first
    if baseline_weeks is not None:
        if baseline_weeks < 2:
            raise WorkshopError(f"A baseline of {baseline_weeks} weeks is too short; give 2 or more.")
        end = min(end, beginning + baseline_weeks)
    last_week = int(panel.weeks[-1])
    started = [week for week in panel.start if week is not None and week <= last_week]
    if not started:
        return Design(end, 0, False, True, "low", "No team has started yet: nothing to compare.")
    before = end - beginning
    if before < BASELINE_WEEKS:
        note = f"Refused: {max(before, 0)} weeks before the first start are too few to know what was usual."
        return Design(end, len(started), False, True, "low", note)
    waves, waiting = len(set(started)), len(panel.start) - len(started)
    if waves == 1 and waiting == 0:
        if first is not None and first - beginning >= SEASON_WEEKS:
            note = "Every team started in the same week: a step of the company's own series, which no comparison backs."
            return Design(end, len(started), False, False, "low", note)
        note = (
            "Refused: every team started in the same week and none was held out, so the rollout cannot be told from "
            f"the season; that would take {SEASON_WEEKS} weeks before the start."
        )
        return Design(end, len(started), False, True, "low", note)
    grade, note = graded(panel.start, last_week)
    return Design(end, len(started), True, False, grade, note)


def graded(starts: Sequence[int | None], last_week: int) -> tuple[str, str]:
    """How far a comparison of teams with these start weeks can be trusted, and why not further.

    >>> graded([26, 30, 34, None], 60), graded([26, 30, 34, 38], 60)
    (('high', ''), ('medium', 'Graded medium: no team is held out.'))
    """
    if len(starts) < 3:
        return "low", "Two teams only: one comparison."
    waves = len({week for week in starts if week is not None and week <= last_week})
    held_out = None in starts
    if held_out and waves > 1 and len(starts) >= 4:
        return "high", ""
    missing = "no team is held out" if not held_out else "the teams started in one week" if waves == 1 else "few teams"
    return "medium", f"Graded medium: {missing}."

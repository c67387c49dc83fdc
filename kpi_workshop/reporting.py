"""Reports for readers: the facts of a day's run in the editions and formats asked for, and what the exit code is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import runs
from .engagement import Engagement
from .errors import WorkshopError, did_you_mean, in_a_shell, listed
from .numbers import counted, joined
from .steps import identity, past_reports

SENDABLE, OUR_FAULT, BAD_INPUT, GATE_FAILED, NOTHING_DUE = 0, 1, 2, 3, 4
"""What a report leaves with: it can be sent; the fault is ours; something given was not right; the data did not pass
the gate, and the page says why; no measure has had a new period since the report before."""

WORST_FIRST = (OUR_FAULT, BAD_INPUT, GATE_FAILED, SENDABLE, NOTHING_DUE)


@dataclass(frozen=True)
class Report:
    """What came of one engagement: its exit code, one sentence, and the files for readers (only where it is 0)."""

    exit_code: int
    says: str
    files: tuple[Path, ...] = field(default=())


def report(
    engagement: Engagement,
    *,
    as_of: dt.date,
    editions: Sequence[str] = ("executive",),
    formats: Sequence[str] = ("html",),
    seconds: float = runs.NOTEBOOK_SECONDS,
    progress: Callable[[str], None] = lambda line: None,
) -> Report:
    """Render the run of `as_of` in these editions and formats; where there is no finished run, run first.

    Files go to `runs/<as-of>/<edition>/`. Raises WorkshopError for an unknown edition or format before anything runs.
    """
    check(editions, formats)
    facts = past_reports.finished(engagement, as_of=as_of)
    if facts is None:
        runs.run(engagement, as_of=as_of, seconds=seconds, progress=progress)
        facts = past_reports.finished(engagement, as_of=as_of)
        if facts is None:
            raise RuntimeError(f"the run of {as_of} left no facts")
    if refused := runs.refused(facts):
        return Report(GATE_FAILED, refused)
    if not facts["is_due"]:
        before = facts["previous"]["as_of"]
        return Report(NOTHING_DUE, f"Nothing is due: no measure has had a new period since the report of {before}.")
    files = _written(engagement, facts, editions, formats, as_of=as_of)
    note = _changed_since(engagement, facts, as_of=as_of)
    return Report(SENDABLE, f"{counted(len(files), 'file')} for readers.{note}", tuple(files))


def check(editions: Iterable[str], formats: Iterable[str]) -> None:
    """Raise WorkshopError where an edition or a format is not known."""
    problems = [
        f"There is no {what} '{word}'. {did_you_mean(word, known)}".strip()
        for what, words, known in (
            ("edition", editions, past_reports.EDITIONS),
            ("format", formats, past_reports.FORMATS),
        )
        for word in words
        if word not in known
    ]
    if problems:
        raise WorkshopError(listed(problems))


def worst(codes: Iterable[int]) -> int:
    """The exit code for many: 1 before 2, 3 and 0; 4 only where nothing was due anywhere.

    >>> worst([0, 4, 3]), worst([4, 0]), worst([4, 4]), worst([])
    (3, 0, 4, 0)
    """
    found = set(codes)
    return next((code for code in WORST_FIRST if code in found), SENDABLE)


def _written(
    engagement: Engagement,
    facts: dict[str, Any],
    editions: Sequence[str],
    formats: Sequence[str],
    *,
    as_of: dt.date,
) -> list[Path]:
    from . import formats as forms
    from .steps import persons

    people = persons.persons(engagement, as_of=as_of, facts=facts)
    folder = engagement.run_folder(as_of.isoformat())
    return [
        file
        for edition in editions
        for form in formats
        for file in forms.write(facts, people, folder / edition, edition=edition, format=form)
    ]


def _changed_since(engagement: Engagement, facts: dict[str, Any], *, as_of: dt.date) -> str:
    """A sentence where records, data or settings were changed after the run that is rendered."""
    changed = identity.changed(engagement, as_of=as_of, found=facts)
    if not changed:
        return ""
    again = f"kpi-workshop run {in_a_shell(engagement.folder)} --as-of {as_of}"
    return f" {joined(changed).capitalize()} were changed after this run, which shows none of it. To run anew: {again}"

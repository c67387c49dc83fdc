"""The report as a job that runs a notebook makes it: the data refreshed, then the report, each by the command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import WorkshopError
from .pages import headless
from .reporting import NOTHING_DUE, OUR_FAULT, SENDABLE

PROGRAM = (sys.executable, "-m", "kpi_workshop")
"""The command line of this installation."""


@dataclass(frozen=True)
class Made:
    """What was said on the way, a line each; a notebook shows it as it is."""

    lines: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join(self.lines)


def report(engagement: str, *, data: str, as_of: str = "", options: Sequence[str] = (), send: bool = False) -> Made:
    """Import the export in `data`, make the report with these options, and send it where `send` says so.

    Each is a process of its own, so that a job is as strict as the command line; the working directory, which for a
    job is a folder with a copy of its notebook, plays no part. Raises WorkshopError where there is no report, so that
    the job counts as failed; that nothing is due is none.
    """
    headless.refuse_unknown()
    headless.refuse_numbers(engagement=engagement, data=data, as_of=as_of)
    folder = str(Path(engagement).expanduser().absolute())
    told: list[str] = []
    code = _asked(told, "import", folder, "crm", data, "--yes")
    if code == SENDABLE:
        code = _asked(told, "report", folder, *([f"--as-of={as_of}"] if as_of else []), *options)
    if send:
        day = [f"--as-of={as_of}"] if as_of else []
        sent = _asked(told, "send", folder, *day, "--exit-code", str(code))
        code = sent if code in (SENDABLE, NOTHING_DUE) and sent else code
    if code not in (SENDABLE, NOTHING_DUE):
        raise WorkshopError(f"{told[-1] if told else 'It was stopped from outside.'} (exit code {code})")
    return Made(tuple(told))


def _asked(told: list[str], *words: str) -> int:
    """Run the command line with these words; what it said is added to `told`."""
    done = subprocess.run([*PROGRAM, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    told += [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return done.returncode if SENDABLE <= done.returncode <= NOTHING_DUE else OUR_FAULT

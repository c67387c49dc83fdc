"""A notebook that runs while nobody looks on: what it was given, and a page that says so where it fails."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

from .. import notebook_parameters
from ..engagement import Engagement
from ..errors import WorkshopError
from ..steps import past_reports

STAGING = "scheduler_staging_area"
"""The folder in which jupyter-scheduler runs copies of notebooks."""


def is_staged() -> bool:
    """Whether this is a copy of a notebook that jupyter-scheduler runs in a folder of its own."""
    return STAGING in Path.cwd().parts


def refuse_unknown() -> None:
    """Raise WorkshopError where this notebook was given a parameter that it does not have, whoever gave it."""
    shell = _shell()
    executed = [str(cell) for cell in shell.user_ns.get("In", [])] if shell else []
    notebook_parameters.refuse_unknown(executed, always=is_staged())


def refuse_numbers(**given: object) -> None:
    """Raise WorkshopError where a text came as something else: jupyter-scheduler takes 2026-11-22 for a subtraction."""
    for name, value in given.items():
        if not isinstance(value, str):
            raise WorkshopError(f"The parameter '{name}' is {value}, which is no text. Give it in quotes.")


def leave_word(engagement: Engagement, *, as_of: dt.date) -> None:
    """From now on a cell that fails leaves a page in the place of the report that says so, where no page is open."""
    shell = _shell()
    if shell is None or os.environ.get("JPY_SESSION_NAME"):  # Jupyter and the app name the page that is looked at
        return

    def failed(result: Any) -> None:
        error = result.error_in_exec or result.error_before_exec
        if error is not None:
            where = f"the notebook stopped at its cell {result.execution_count} with {type(error).__name__}"
            no_report(engagement, as_of=as_of, error=error, where=where)

    shell.events.register("post_run_cell", failed)


def no_report(engagement: Engagement, *, as_of: dt.date, error: BaseException, where: str) -> None:
    """Put one page in the place of all that readers had of this day: that there is no report, and why.

    Of a fault of ours it says `where` alone: what the error itself says may name anybody.
    """
    from . import report

    settings, folder = engagement.settings, engagement.run_folder(as_of.isoformat())
    says = str(error) if isinstance(error, WorkshopError) else f"The fault is ours: {where}."
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    report.write_failure(folder, settings, as_of=as_of, says=says)
    past_reports.forget_editions(folder)


def _shell() -> Any:
    from IPython import get_ipython

    return get_ipython()

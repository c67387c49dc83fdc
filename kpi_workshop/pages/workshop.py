"""Where a notebook begins: the engagement it belongs to, the report date, and one line that says so."""

from __future__ import annotations

import datetime as dt
import html
import os
from dataclasses import dataclass
from pathlib import Path

from .. import engagement as engagements
from .. import locales, notebook_parameters
from ..engagement import Engagement
from ..errors import WorkshopError
from ..kinds import Team
from ..numbers import spoken_day
from ..steps import seals
from . import headless, together

WHERE = "workshop.where"


@dataclass(frozen=True)
class Workshop:
    """An opened engagement and the day everything is shown as of; `is_given` where somebody asked for that day."""

    engagement: Engagement
    as_of: dt.date
    is_given: bool = True

    @property
    def today(self) -> dt.date:
        """The day on which somebody sits at this page: data may end days before it, check-ins go by the calendar."""
        return self.as_of if self.is_given else max(self.as_of, dt.date.today())

    def _repr_html_(self) -> str:
        demo = " <strong>Demo data.</strong>" if self.engagement.settings.demo else ""
        teams = len(self.engagement.records.current(Team, as_of=self.as_of))
        count = f"{teams} team{'' if teams == 1 else 's'}" if teams else "no teams yet"
        name = html.escape(self.engagement.settings.name)
        words = f"<strong>{name}</strong>: {count}; everything as of {spoken_day(self.as_of)}.{demo}"
        told = "".join(f'<p role="alert"><strong>{html.escape(fault)}</strong></p>' for fault in self.faults)
        return f'<p data-kw-live="{WHERE}">{words}</p>{told}'

    def __repr__(self) -> str:
        where = f"{self.engagement.settings.name}, as of {spoken_day(self.as_of)}"
        return "\n".join([where, *self.faults])

    @property
    def faults(self) -> list[str]:
        """What is wrong with the seals of the hypotheses, looked at whenever a notebook is opened."""
        return seals.faults(self.engagement)


def open_workshop(engagement: str = "", *, as_of: str = "", reports: bool = False) -> Workshop:
    """The engagement in the folder `engagement`, or the nearest above this notebook, or a copy of the demo.

    `as_of` is a day such as 2017-12-31; without one, the last day of the imported data, else today. A parameter that
    the notebook does not have is refused, whoever gave it. With `reports` the notebook is to leave the report: where a
    later cell fails while nobody looks on, a page in its place says so.
    """
    headless.refuse_unknown()
    headless.refuse_numbers(engagement=engagement, as_of=as_of)
    found = engagements.load(Path(engagement)) if engagement else _nearest() or _opened() or _demo()
    locales.settle(found.settings.locale)
    here = Workshop(found, day(as_of) if as_of else _last_day(found), bool(as_of))
    together.offers(WHERE, lambda: here)
    if reports:
        headless.leave_word(found, as_of=here.as_of)
    return here


def day(text: str) -> dt.date:
    """The day that `text` names as year-month-day.

    >>> day("2017-12-31")
    datetime.date(2017, 12, 31)
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise WorkshopError(f"'{text}' is not a day. Give it as year-month-day, such as 2017-12-31.") from None


def _nearest() -> Engagement | None:
    session = Path(os.environ.get("JPY_SESSION_NAME", ""))
    if session.is_absolute() and (found := engagements.above(session.parent)):
        return found
    return engagements.above(Path.cwd())


def _opened() -> Engagement | None:
    """The engagement that JupyterLab was opened on; a copy made by its scheduler lies below no engagement."""
    if named := os.environ.get(notebook_parameters.OPENED):
        return engagements.load(Path(named))
    if headless.is_staged():
        raise WorkshopError(
            "A scheduled job runs a copy of this notebook in a folder where no engagement is. Give the job the "
            "parameter 'engagement' with its folder in quotes, or open JupyterLab with: kpi-workshop lab"
        )
    return None


def _demo() -> Engagement:
    from .. import demo

    return demo.copy()


def _last_day(found: Engagement) -> dt.date:
    from ..crm import engines

    return engines.last_day(found) or dt.date.today()

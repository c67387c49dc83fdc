"""What commands take: folders, files and days, each refused with one sentence where it is none."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from ..errors import WorkshopError

FOLDER = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
ANY_FILE = click.Path(path_type=Path, dir_okay=False)
"""A file that may not be there yet."""


class _Day(click.ParamType):
    name = "day"

    def convert(self, value: str | dt.date, param: object, ctx: object) -> dt.date:
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise WorkshopError(f"'{value}' is not a day. Give it as year-month-day, such as 2017-12-31.") from None


DAY = _Day()

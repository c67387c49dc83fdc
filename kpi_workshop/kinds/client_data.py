"""What of the client data is a record: which import counts."""

from __future__ import annotations

import datetime as dt

import pydantic

from .record import Name, Record

CRM = "crm"
"""The key of the one record that says which import counts."""


class Import(Record):
    """The import whose tables count. Key: `CRM`; each version is one import, recorded with what it brought at once."""

    kind = "import"
    number: int = pydantic.Field(ge=1)
    rows: dict[str, int]
    mapping: Name
    last_day: dt.date | None = None

    @property
    def folder(self) -> str:
        """The name of the folder that holds its tables."""
        return f"{self.number:04d}"

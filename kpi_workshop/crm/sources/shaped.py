"""The rows of one section on their way to a canonical table, what happened to the others, and what is needed beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ..tables import Table
from .origins import Reader
from .problems import Problems

if TYPE_CHECKING:
    from .zones import Zones


@dataclass
class Shaped:
    """The canonical rows of one section, and what happened to the others."""

    table: pa.Table
    read: int
    set_aside: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    """The client's name of each canonical column."""
    aside: dict[str, pa.Table] = field(default_factory=dict)
    """File and row of the rows put aside, by reason."""

    def put_aside(self, why: str, rows: Any) -> None:
        """Note the rows of a mask as put aside; taking them out is the caller's."""
        gone = self.table.select(["source_file", "source_row"]).filter(rows)
        self.set_aside[why] = self.set_aside.get(why, 0) + gone.num_rows
        self.aside[why] = pa.concat_tables([self.aside[why], gone]) if why in self.aside else gone

    def place(self, column: str) -> Callable[[int], str]:
        """A function that names file, row and the client's column of the i-th row."""
        files, rows = self.table["source_file"], self.table["source_row"]
        label = self.labels.get(column, column)
        return lambda i: f"{files[i].as_py()}, row {rows[i].as_py():,}, column '{label}'"

    @property
    def files(self) -> str:
        """The files of the rows, as a sentence begins with them."""
        names = pc.unique(self.table["source_file"]).to_pylist()
        if len(names) < 2:
            return names[0] if names else "the export"
        return f"{names[0]} and {len(names) - 1} more"

    def where(self, column: str) -> str:
        """The files and the client's column, as a sentence about all of its cells begins with them."""
        return f"{self.files}, column '{self.labels[column]}'"


@dataclass(frozen=True)
class Surroundings:
    """What shaping a section needs beside its own rows."""

    table: Table
    zones: Zones
    other_file: Reader
    problems: Problems
    mend: bool = False
    currency: str = "USD"

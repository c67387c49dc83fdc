"""Reading an export as it stands: text, a workbook, a web page or Parquet, rows numbered as a spreadsheet does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import WorkshopError
from . import contents, delimited
from .frames import Found, Layout

KNOWN_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".parquet")
TAKEN = (*KNOWN_ENDINGS, ".xlsm", ".xlsb")
"""Endings of files that are looked into: what products call .xls is often text or a web page."""
SPREADSHEETS = (".numbers", ".fods", ".xltx", ".xltm", ".xlw", ".et", ".sxc", ".gsheet")
"""Endings of spreadsheets that are not read."""


@dataclass(frozen=True)
class Export:
    """One file as it was read: the wanted columns by the client's names, text unless the file itself has types."""

    file: str
    header: tuple[str, ...]
    table: pa.Table
    rows: pa.Array
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    """Wanted values that the file should hold and does not: whoever relies on them has to refuse it."""


def read(path: Path, name: str, *, wanted: Sequence[str], layout: Layout | None = None) -> Export:
    """The wanted columns of one file, those it has; all values as text unless the file carries types.

    `rows` are row numbers as a spreadsheet counts: a cell with line breaks is one row, an empty line is a row. Rows
    whose wanted cells are all empty are left out; title lines above the column names and totals and notices below the
    rows are passed over and noted.
    """
    layout = layout or Layout()
    try:
        what = _kind(path, name)
        if what == "workbook":
            from . import workbooks

            found = workbooks.read(path, name, wanted, layout)
        elif what == "parquet":
            found = _parquet(path, name, wanted)
        else:
            found = delimited.read(_as_text(path, name, what), name, wanted, layout)
    except OSError as error:
        raise WorkshopError(f"{name} cannot be read: {error.strerror or error}.") from None
    for column in wanted:
        if found.header.count(column) > 1:
            raise WorkshopError(
                f"{name} has {found.header.count(column)} columns named '{column}'. Rename one of them."
            )
    have = [column for column in dict.fromkeys(wanted) if column in found.header]
    table = pa.table({column: found.columns[column] for column in have}) if have else pa.table({})
    rows = found.rows if isinstance(found.rows, pa.Array) else pa.array(found.rows, pa.int64())
    if have:
        table, rows = _without_empty_rows(table, rows)
        if _is_row_of_kinds(table):
            found.notes.append(f"{name}: row {rows[0].as_py():,} names what its columns hold and was passed over.")
            table, rows = table.slice(1), rows.slice(1)
    return Export(name, tuple(found.header), table, rows, tuple(found.notes), tuple(found.faults))


@dataclass(frozen=True)
class Head:
    """The column names of a file, or of one sheet of a workbook, and the row they stand in."""

    file: str
    columns: tuple[str, ...]
    row: int = 1
    sheet: str = ""


def heads(path: Path, name: str) -> list[Head]:
    """The column names of a file without reading its rows: one head, or one for each sheet that holds something."""
    try:
        what = _kind(path, name)
        if what == "workbook":
            from . import workbooks

            return [Head(name, tuple(names), row, title) for title, row, names in workbooks.heads(path, name)]
        if what == "parquet":
            return [Head(name, tuple(_parquet(path, name, ()).header))]
        data = _as_text(path, name, what) if what == "page" else delimited.head_of(path)
        row, names = delimited.head(data, name)
        return [Head(name, tuple(names), row)]
    except OSError as error:
        raise WorkshopError(f"{name} cannot be read: {error.strerror or error}.") from None


def _kind(path: Path, name: str) -> contents.Kind:
    ending = path.suffix.lower()
    if ending not in TAKEN:
        cure = " Open it where it was made and save it as .xlsx or .csv." if ending in SPREADSHEETS else ""
        raise WorkshopError(f"{name} is none of the files that can be read: {', '.join(KNOWN_ENDINGS)}.{cure}")
    return contents.kind(path, name)


def _as_text(path: Path, name: str, what: contents.Kind) -> bytes:
    data = path.read_bytes()
    return contents.page_as_text(data, name).encode() if what == "page" else data


_KINDS = (
    "text string varchar char character number numeric integer int float double decimal currency date datetime "
    "timestamp time boolean bool picklist lookup reference id email phone url percent"
)


def _is_row_of_kinds(table: pa.Table) -> bool:
    """Whether the first row is a second one of headings, which says of each column: text, date, number."""
    if table.num_rows < 2 or not all(pa.types.is_string(column.type) for column in table.columns):
        return False
    words = [word for column in table.columns if (word := column[0].as_py())]
    return len(words) > 2 and all(word.casefold() in _KINDS.split() for word in words)


def _without_empty_rows(table: pa.Table, rows: pa.Array) -> tuple[pa.Table, pa.Array]:
    import pyarrow.compute as pc

    filled: Any = None
    columns = []
    for column in table.columns:
        if pa.types.is_string(column.type):
            trimmed = pc.utf8_trim_whitespace(column)
            column = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
        columns.append(column)
        here = pc.is_valid(column)
        filled = here if filled is None else pc.or_(filled, here)
    table = pa.table(columns, names=table.column_names)
    if pc.all(filled).as_py() is False:
        return table.filter(filled), rows.filter(filled.combine_chunks())
    return table, rows


# Parquet


def _parquet(path: Path, name: str, wanted: Sequence[str]) -> Found:
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        header = list(file.schema_arrow.names)
        have = [column for column in dict.fromkeys(wanted) if column in header]
        table = file.read(columns=have)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise WorkshopError(f"{name} cannot be read as Parquet ({str(error).splitlines()[0]}).") from None
    found = Found(header, {}, delimited.counted(table.num_rows))
    for column in have:
        values = table[column]
        kind = values.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_nested(kind) or pa.types.is_binary(kind):
            raise WorkshopError(f"{name}, column '{column}' holds {kind}: only plain values can be mapped.")
        if pa.types.is_large_string(kind) or pa.types.is_null(kind) or pa.types.is_time(kind):
            kind = pa.string()
        elif pa.types.is_decimal(kind):
            kind = pa.float64()
        elif pa.types.is_timestamp(kind):
            kind = pa.timestamp("us", kind.tz)
        found.columns[column] = values.cast(kind, safe=False)
    return found

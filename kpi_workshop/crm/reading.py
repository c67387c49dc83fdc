"""Reading an export as it stands: CSV in any encoding, Excel or Parquet, rows numbered as a spreadsheet does."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import re
import sys
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..errors import WorkshopError, did_you_mean

KNOWN_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".parquet")
_SEPARATORS = (",", ";", "\t", "|")
_BLANK_LINE = re.compile(rb"^\s*?\r?\n|\n[ \t]*\r?\n|\r[ \t]*\r")


@dataclass(frozen=True)
class Export:
    """One file as it was read: the wanted columns by the client's names, text unless the file itself has types."""

    file: str
    header: tuple[str, ...]
    table: pa.Table
    rows: pa.Array
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """How a file is to be read, where that was stated."""

    sheet: str = ""
    header_row: int = 1
    encoding: str = ""
    separator: str = ""


@dataclass
class _Text:
    header: list[str]
    columns: dict[str, Any]
    rows: Any
    notes: list[str] = field(default_factory=list)


def read(path: Path, name: str, *, wanted: Sequence[str], layout: Layout | None = None) -> Export:
    """The wanted columns of one file, those it has; all values as text unless the file carries types.

    `rows` are row numbers as a spreadsheet counts: the header is row 1 (or `layout.header_row`), a cell with line
    breaks is one row, an empty line is a row. Rows whose wanted cells are all empty are left out.
    """
    layout = layout or Layout()
    ending = path.suffix.lower()
    if ending not in KNOWN_ENDINGS:
        raise WorkshopError(f"{name} is none of the files that can be read: {', '.join(KNOWN_ENDINGS)}.")
    try:
        if ending == ".xlsx":
            found = _excel(path, name, wanted, layout)
        elif ending == ".parquet":
            found = _parquet(path, name, wanted)
        else:
            found = _delimited(path.read_bytes(), name, wanted, layout)
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
    return Export(name, tuple(found.header), table, rows, tuple(found.notes))


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


# Text


def _delimited(data: bytes, name: str, wanted: Sequence[str], layout: Layout) -> _Text:
    text, notes = _decoded(data, name, layout.encoding)
    head = text[: 1 << 20]
    separator = layout.separator or _separator(head, wanted, layout.header_row)
    skipped = 0
    if re.match(r"sep=.\r?\n", head[:8], re.IGNORECASE):
        separator, skipped = head[4], 1
    header_row = layout.header_row + (skipped if layout.header_row == 1 else 0)
    header = _header(head, separator, header_row, name)
    found = None
    body = data if data.isascii() else text.encode()
    if header_row == 1 and not _BLANK_LINE.search(body.rstrip()):
        found = _fast(body, header, separator, wanted)
    columns, rows = found or _exact(text, header, separator, header_row, name, wanted)
    return _Text(header, columns, rows, notes)


def _decoded(data: bytes, name: str, encoding: str) -> tuple[str, list[str]]:
    if encoding:
        try:
            codecs.lookup(encoding)
            return data.decode(encoding).removeprefix("\ufeff"), []
        except LookupError:
            raise WorkshopError(f"{name}: '{encoding}' is no encoding. Say utf-8, cp1252 or utf-16.") from None
        except UnicodeDecodeError as error:
            raise WorkshopError(f"{name} is not written in {encoding} (byte {error.start:,}).") from None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        guesses = ["utf-16"]
    elif b"\0" in data[:4096]:
        # ASCII in UTF-16 has its zero bytes all at even or all at odd places.
        guesses = ["utf-16-be"] if data[:4096:2].count(0) > data[1:4096:2].count(0) else ["utf-16-le"]
    else:
        guesses = ["utf-8-sig", "cp1252"]
    for guess in guesses:
        try:
            text = data.decode(guess)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        said = [f"{name} is not UTF-8; it was read as Windows-1252."] if guess == "cp1252" else []
        return text, said
    raise WorkshopError(f'{name} cannot be read as text. Say its encoding in the mapping: encoding = "...".')


def _separator(head: str, wanted: Sequence[str], header_row: int) -> str:
    def score(separator: str) -> tuple[int, int]:
        records = _records(head, separator)
        cells = next((cells for number, cells in records if number == header_row), [])
        names = {cell.strip() for cell in cells}
        return len(names.intersection(wanted)), len(cells)

    return max(_SEPARATORS, key=score)


def _records(text: str, separator: str, *, strict: bool = False) -> Iterable[tuple[int, list[str]]]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)
    return enumerate(reader, start=1)


def _header(head: str, separator: str, header_row: int, name: str) -> list[str]:
    for number, cells in _records(head, separator):
        if number == header_row:
            header = [" ".join(cell.split()) for cell in cells]
            if any(header):
                return header
            break
    raise WorkshopError(f"{name} has no column names in row {header_row}.")


def _fast(data: bytes, header: list[str], separator: str, wanted: Sequence[str]) -> tuple[dict[str, Any], Any] | None:
    """All rows through Arrow, or None where the file needs to be read cell by cell."""
    from pyarrow import csv as arrow_csv

    if data.count(b'"') % 2:
        return None
    names = [f"c{i}" for i in range(len(header))]
    include = {column: names[header.index(column)] for column in wanted if column in header}
    if not include:
        return None
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=8 << 20),
            parse_options=arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=b'"' in data),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=list(dict.fromkeys(include.values())),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    table = table.slice(1)
    return {column: table[place] for column, place in include.items()}, _counted(table.num_rows)


def _counted(many: int) -> pa.Array:
    import numpy as np

    return pa.array(np.arange(2, many + 2, dtype="int64"))


def _exact(
    text: str, header: list[str], separator: str, header_row: int, name: str, wanted: Sequence[str]
) -> tuple[dict[str, Any], Any]:
    places = {column: header.index(column) for column in wanted if column in header}
    columns: dict[str, list[str]] = {column: [] for column in places}
    rows: list[int] = []
    ragged: list[str] = []
    number = 0
    try:
        for number, cells in _records(text, separator, strict=True):
            if number <= header_row or not any(cell.strip() for cell in cells):
                continue
            if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
                ragged.append(f"row {number:,} has {len(cells)} cells, the header has {len(header)}.")
                continue
            rows.append(number)
            for column, place in places.items():
                columns[column].append(cells[place])
    except csv.Error:
        raise WorkshopError(
            f"{name}, row {number + 1:,}: a quotation mark is opened and not closed before the next separator."
        ) from None
    if ragged:
        more = f" So have {len(ragged) - 1:,} more rows." if len(ragged) > 1 else ""
        raise WorkshopError(f"{name}, {ragged[0]}{more}")
    return {column: pa.array(values, pa.string()) for column, values in columns.items()}, rows


# Excel


def _excel(path: Path, name: str, wanted: Sequence[str], layout: Layout) -> _Text:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    if path.read_bytes()[:4] == b"\xd0\xcf\x11\xe0":
        raise WorkshopError(f"{name} is protected by a password or an old .xls. Save it as .xlsx without a password.")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError):
        raise WorkshopError(f"{name} cannot be read as an Excel file.") from None
    try:
        titles = [sheet.title for sheet in book.worksheets]
        if not titles or (layout.sheet and layout.sheet not in titles):
            raise WorkshopError(f"{name} has no sheet '{layout.sheet}'. {did_you_mean(layout.sheet, titles)}".strip())
        sheet = book[layout.sheet] if layout.sheet else book.worksheets[0]
        sheet.reset_dimensions()
        lines = enumerate(sheet.iter_rows(values_only=True), start=1)
        header = next((list(cells) for number, cells in lines if number == layout.header_row), [])
        names = [" ".join(str(cell).split()) if cell is not None else "" for cell in header]
        if not any(names):
            raise WorkshopError(f"{name} has no column names in row {layout.header_row}.")
        places = {column: names.index(column) for column in wanted if column in names}
        columns: dict[str, list[Any]] = {column: [] for column in places}
        rows = []
        for number, cells in lines:
            rows.append(number)
            for column, place in places.items():
                columns[column].append(cells[place] if place < len(cells) else None)
    finally:
        book.close()
    found = _Text(names, {}, rows)
    for column, values in columns.items():
        found.columns[column], mixed = _from_cells(values)
        if mixed:
            found.notes.append(
                f"{name}, column '{column}': some cells are dates for Excel, others are text. Excel may have read day "
                "and month the wrong way round in the first; compare a few with the source."
            )
    return found


def _from_cells(values: list[Any]) -> tuple[pa.Array, bool]:
    kinds = {type(value) for value in values if value is not None and value != ""}
    values = [None if value == "" else value for value in values]
    dates = kinds & {dt.datetime, dt.date}
    if kinds and kinds <= {dt.datetime, dt.date}:
        moments = [v if v is None or isinstance(v, dt.datetime) else dt.datetime.combine(v, dt.time()) for v in values]
        return pa.array(moments, pa.timestamp("us")), False
    if kinds == {bool}:
        return pa.array(values, pa.bool_()), False
    if kinds == {int} and all(v is None or abs(v) < 2**63 for v in values):
        return pa.array(values, pa.int64()), False
    if kinds and kinds <= {int, float}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64()), False
    return pa.array([None if v is None else cell_text(v) for v in values], pa.string()), bool(dates)


def cell_text(value: Any) -> str:
    """A cell's value as text: dates in ISO form, whole numbers without a fraction."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return str(value)


# Parquet


def _parquet(path: Path, name: str, wanted: Sequence[str]) -> _Text:
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        header = list(file.schema_arrow.names)
        have = [column for column in dict.fromkeys(wanted) if column in header]
        table = file.read(columns=have)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise WorkshopError(f"{name} cannot be read as Parquet ({str(error).splitlines()[0]}).") from None
    found = _Text(header, {}, _counted(table.num_rows))
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

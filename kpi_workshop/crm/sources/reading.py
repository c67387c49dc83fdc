"""Reading an export as it stands: CSV in any encoding, Excel or Parquet, rows numbered as a spreadsheet does."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import WorkshopError
from . import boards, contents, frames
from .frames import Found, Layout

KNOWN_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".parquet")
TAKEN = (*KNOWN_ENDINGS, ".xlsm", ".xlsb")
"""Endings of files that are looked into: what products call .xls is often text or a web page."""
SPREADSHEETS = (".numbers", ".fods", ".xltx", ".xltm", ".xlw", ".et", ".sxc", ".gsheet")
"""Endings of spreadsheets that are not read."""
_SEPARATORS = (",", ";", "\t", "|")
_MAYBE_TOTAL = re.compile(r"(?im)^[\",;\t| ]*(grand |sub)?(total|sum|summe|gesamt|suma|somme)")
_BLANK_LINE = re.compile(rb"^\s*?\r?\n|\n[ \t]*\r?\n|\r[ \t]*\r")


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
            found = _delimited(_as_text(path, name, what), name, wanted, layout)
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
        if what == "page":
            data = _as_text(path, name, what)
        else:
            with path.open("rb") as file:
                data = file.read(1 << 18)
        # A character cut in two at the end would look like another encoding.
        whole = data if len(data) < 1 << 18 or b"\0" in data[:4096] else data[: data.rfind(b"\n") + 1] or data
        text, _ = _decoded(whole[: len(whole) // 2 * 2] if b"\0" in data[:4096] else whole, name, "")
        _, row, names = _top(text, name, (), Layout())
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


def _delimited(data: bytes, name: str, wanted: Sequence[str], layout: Layout) -> Found:
    text, notes = _decoded(data, name, layout.encoding)
    separator, header_row, header = _top(text[: 1 << 20], name, wanted, layout)
    if not layout.header_row and not (header_row == 2 and text[:4].lower() == "sep="):
        notes += frames.passed_over(name, header_row)
    found = None
    body = data if data.isascii() else text.encode()
    is_plain = header_row == 1 and not any(mark in text for mark in frames.MARKS_OF_GROUPS)
    first_line = text[: text.find("\n") + 1]
    is_plain = is_plain and (len(first_line) < 2 or text.count(first_line) < 2)
    if is_plain and not _BLANK_LINE.search(body.rstrip()) and not _MAYBE_TOTAL.search(text[-2000:]):
        found = _fast(body, header, separator, wanted)
    if found is None:
        columns, rows, said = _exact(text, header, separator, header_row, name, wanted)
        notes += said
        found = columns, rows
    return Found(header, *found, notes)


def _top(head: str, name: str, wanted: Sequence[str], layout: Layout) -> tuple[str, int, list[str]]:
    separator, skipped = layout.separator, 0
    if re.match(r"sep=.\r?\n", head[:8], re.IGNORECASE):
        separator, skipped = head[4], 1
    separator = separator or _separator(head, wanted)
    rows = [cells for _, cells in itertools.islice(_records(head, separator), frames.SEARCHED + skipped)]
    header_row = layout.header_row + (skipped if layout.header_row == 1 else 0)
    if not layout.header_row:
        header_row = skipped + frames.columns_row(rows[skipped:], wanted)
    header = [frames.title(cell) for cell in rows[header_row - 1]] if header_row <= len(rows) else []
    if not any(header):
        header = _header(head, separator, header_row, name)
    return separator, header_row, header


_NO_TEXT = (
    (b"PK\x03\x04", "is an Excel file or an archive under another name: give it the ending .xlsx or .zip"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel file under another name: save it as .xlsx"),
    (b"%PDF", "is a PDF under another name: export the table itself"),
)


def refuse_other_kinds(data: bytes, name: str) -> None:
    """Refuse what is no text although its name says so: Excel files, archives, PDF, web pages."""
    for mark, what in _NO_TEXT:
        if data.startswith(mark):
            raise WorkshopError(f"{name} {what}.")
    if re.match(rb"\s*(<!doctype html|<html|<table|<meta)", data[:200], re.IGNORECASE):
        raise WorkshopError(f"{name} is a web page, no table: open it in Excel and save it as .xlsx, or export CSV.")


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


def _separator(head: str, wanted: Sequence[str]) -> str:
    def score(separator: str) -> tuple[int, bool, float]:
        rows = itertools.islice(_records(head, separator), frames.SEARCHED)
        return frames.separator_score([cells for _, cells in rows], wanted)

    return max(_SEPARATORS, key=score)


def _records(text: str, separator: str, *, strict: bool = False) -> Iterable[tuple[int, list[str]]]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)
    return enumerate(reader, start=1)


def _header(head: str, separator: str, header_row: int, name: str) -> list[str]:
    for number, cells in _records(head, separator):
        if number == header_row:
            header = [frames.title(cell) for cell in cells]
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
) -> tuple[dict[str, Any], Any, list[str]]:
    places = {column: header.index(column) for column in wanted if column in header}
    records: list[tuple[int, list[str]]] = []
    groups, board = frames.Groups(header), boards.Board(header)
    in_groups = any(mark in text for mark in frames.MARKS_OF_GROUPS)
    number = 0
    try:
        for number, cells in _records(text, separator, strict=True):
            if in_groups and number == header_row:
                groups = frames.Groups(cells)
            if number > header_row:
                if in_groups:
                    groups.see(len(records), cells)
                board.see(len(records), cells)
                records.append((number, cells))
    except csv.Error:
        raise WorkshopError(
            f"{name}, row {number + 1:,}: a quotation mark is opened and not closed before the next separator."
        ) from None
    below = frames.cut_footer(
        records, [frames.shape(cells) for _, cells in records[-frames.LAST_ROWS :]], len(header), name
    )
    ragged: list[str] = []
    kept: list[tuple[int, list[str]]] = []
    between = {*groups.between(), *board.between()}
    notes = [below] if below else []
    notes += [*groups.said(name), *board.said(name)]
    for at, (number, cells) in enumerate(records):
        if at in between or not any(cell.strip() for cell in cells):
            continue
        if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
            cure = (
                "Was the file cut off? Export it again."
                if len(cells) < len(header)
                else "Quote cells with a '{0}' in them."
            )
            ragged.append(
                f"row {number:,} has {len(cells)} cells, the header has {len(header)}. {cure.format(separator)}"
            )
            continue
        kept.append((number, cells))
    if ragged:
        more = f" So have {len(ragged) - 1:,} more rows." if len(ragged) > 1 else ""
        raise WorkshopError(f"{name}, {ragged[0]}{more}")
    by_column = {c: [cells[place] for _, cells in kept] for c, place in places.items()}
    by_column = {c: groups.filled_down(v) if places[c] <= groups.last else v for c, v in by_column.items()}
    columns = {c: pa.array(cells, pa.string()) for c, cells in by_column.items()}
    return columns, [number for number, _ in kept], notes


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
    found = Found(header, {}, _counted(table.num_rows))
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

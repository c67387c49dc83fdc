"""Text with separators: any encoding, separator and line end, through Arrow where it is plain, else cell by cell."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import WorkshopError
from . import boards, frames
from .frames import Found, Layout

_LOOKED_AT = 1 << 18
_SEPARATORS = (",", ";", "\t", "|")
_MAYBE_TOTAL = re.compile(r"(?im)^[\",;\t| ]*(grand |sub)?(total|sum|summe|gesamt|suma|somme)")
_MOST_ZEROS = 0.01
"""The greatest share of zero bytes that may be a slip of a program and no other encoding."""
_BLANK_LINE = re.compile(rb"^\s*?\r?\n|\n[ \t]*\r?\n|\r[ \t]*\r")


def head_of(path: Path) -> bytes:
    """The first lines of a file, the last of them whole: a character cut in two would look like another encoding."""
    with path.open("rb") as file:
        data = file.read(_LOOKED_AT)
    if len(data) < _LOOKED_AT:
        return data
    return data[: len(data) // 2 * 2] if _is_wide(data) else data[: data.rfind(b"\n") + 1] or data


def head(data: bytes, name: str) -> tuple[int, list[str]]:
    """The row of the column names, and these."""
    text, _ = _decoded(data, name, "")
    _, row, names = _top(text, name, (), Layout())
    return row, names


def read(data: bytes, name: str, wanted: Sequence[str], layout: Layout) -> Found:
    """The wanted columns of a text, all of them as words; title lines above and notices below them passed over."""
    text, notes = _decoded(data, name, layout.encoding)
    separator, header_row, header = _top(text[: 1 << 20], name, wanted, layout)
    if not layout.header_row and not (header_row == 2 and text[:4].lower() == "sep="):
        notes += frames.passed_over(name, header_row)
    found = None
    body = data if data.isascii() and b"\0" not in data else text.encode()
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
    elif _is_wide(data):
        # ASCII in UTF-16 has its zero bytes all at even or all at odd places.
        guesses = ["utf-16-be"] if data[:4096:2].count(0) > data[1:4096:2].count(0) else ["utf-16-le"]
    else:
        guesses = ["utf-8-sig", "cp1252"]
    for guess in guesses:
        try:
            text = data.decode(guess)
        except UnicodeDecodeError:
            continue
        said = [f"{name} is not UTF-8; it was read as Windows-1252."] if guess == "cp1252" else []
        if "\0" in text and (_is_wide(data) or text.count("\0") > len(text) * _MOST_ZEROS):
            break
        if "\0" in text:
            said.append(f"{name}: {text.count(chr(0)):,} signs of no meaning (zero bytes) were taken out.")
        return text.replace("\0", ""), said
    raise WorkshopError(f'{name} cannot be read as text. Say its encoding in the mapping: encoding = "...".')


def _is_wide(data: bytes) -> bool:
    """Whether it is written in two bytes a sign: of Latin words every second one is 0 then."""
    head = data[:4096]
    return head.count(0) > len(head) / 5


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
    return {column: table[place] for column, place in include.items()}, counted(table.num_rows)


def counted(many: int) -> pa.Array:
    """The numbers of rows that stand directly below one row of column names."""
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

"""A client's sheet cell by cell, nothing left out: CSV or TSV in any encoding, or the first sheet of a workbook."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from ..crm.sources import delimited, frames
from ..errors import WorkshopError

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".xlsm")
_WORKBOOKS = (".xlsx", ".xls", ".ods", ".xlsm")
_SEPARATORS = (",", ";", "\t", "|")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Row:
    """The cells of one row as they stand, and its number as a spreadsheet counts."""

    number: int
    cells: tuple[str, ...]

    def cell(self, place: int) -> str:
        """The cell at this place, "" beyond the end of the row."""
        return self.cells[place] if place < len(self.cells) else ""


@dataclass(frozen=True)
class Sheet:
    """A file's rows that hold something, in order."""

    file: str
    rows: tuple[Row, ...]
    note: str = ""


def read(path: Path) -> Sheet:
    """Every row of the file in which a cell is filled, all of it as text and untrimmed.

    A cell with line breaks is one cell, and an empty line counts as a row. Raises WorkshopError where the file is of
    another kind, cannot be read as text, or has a quotation mark that is never closed.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise WorkshopError(f"There is no file '{path}' to import.")
    if path.suffix.lower() not in ENDINGS:
        raise WorkshopError(f"{path.name} is none of the files that can be read here: {', '.join(ENDINGS)}.")
    try:
        rows, note = _workbook(path) if path.suffix.lower() in _WORKBOOKS else _delimited(path)
    except OSError as error:
        raise WorkshopError(f"{path.name} cannot be read: {error.strerror or error}.") from None
    kept = tuple(Row(number, cells) for number, cells in rows if any(cell.strip() for cell in cells))
    if not kept:
        raise WorkshopError(f"{path.name} holds nothing.")
    return Sheet(path.name, kept, note)


def _delimited(path: Path) -> tuple[list[tuple[int, tuple[str, ...]]], str]:
    text, note = _decoded(path.read_bytes(), path.name)
    if text[:4].lower() == "sep=" and text[5:6] in "\r\n":
        separator, skipped = text[4], 1
    else:
        separator, skipped = _separator(text[: 1 << 18]), 0
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    number = 0
    found: list[tuple[int, tuple[str, ...]]] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            number += 1
            found.append((number, tuple(cells)))
    except csv.Error:
        # Tables copied or saved with tabs often quote nothing: there a quotation mark is a mark like any other.
        lines = re.split("\r\n|\n|\r", text)
        found = [(at, tuple(line.split(separator))) for at, line in enumerate(lines, start=1)]
        if separator != "\t" or len({len(cells) for _, cells in found}) > 1:
            raise WorkshopError(
                f"{path.name}, row {number + 1:,}: a quotation mark is opened and not closed before the next separator."
            ) from None
    return found[skipped:], note


def _separator(head: str) -> str:
    def score(separator: str) -> tuple[int, bool, float]:
        rows = csv.reader(io.StringIO(head, newline=""), delimiter=separator)
        return frames.separator_score(list(itertools.islice(rows, frames.SEARCHED)), ())

    return max(_SEPARATORS, key=score)


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    delimited.refuse_other_kinds(data, name)
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, f"{name} is not UTF-8; it was read as Windows-1252." if encoding == "cp1252" else ""
    raise WorkshopError(f"{name} cannot be read as text. Save it as CSV in UTF-8, or as .xlsx.")


def _workbook(path: Path) -> tuple[list[tuple[int, tuple[str, ...]]], str]:
    from ..crm.sources import contents, workbooks

    if contents.kind(path, path.name) != "workbook":
        return _delimited(path)
    with workbooks.opened(path, path.name) as book:
        if not book.shown:
            raise WorkshopError(f"{path.name} has no sheet with cells.")
        rows = [
            (number, tuple("" if cell is None else workbooks.cell_text(cell) for cell in cells))
            for number, cells in enumerate(book.rows(book.shown[0]), start=1)
        ]
    others = f"{path.name}: only its first sheet, '{book.shown[0]}', was read." if len(book.shown) > 1 else ""
    return rows, others

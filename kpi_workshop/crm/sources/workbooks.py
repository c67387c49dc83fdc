"""Excel workbooks: cells as they are typed, rows numbered as Excel shows them."""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import itertools
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import WorkshopError, did_you_mean
from ...numbers import counted
from . import boards, frames
from .frames import Found, Layout

_MERGED = re.compile(rb'<mergeCell [^>]*ref="([A-Z]+)(\d+):[A-Z]+(\d+)"')


@contextlib.contextmanager
def _opened(path: Path, name: str) -> Iterator[Any]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    # The name of the file may be another one than a workbook's: openpyxl would refuse it by its ending.
    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError):
            raise WorkshopError(
                f"{name} cannot be read as an Excel file: it is damaged. Open it in Excel and save it again as .xlsx."
            ) from None
        try:
            yield book
        finally:
            book.close()


def heads(path: Path, name: str) -> list[tuple[str, int, list[str]]]:
    """Of each sheet that holds something: its name, the row of the column names, and these."""
    with _opened(path, name) as book:
        found = []
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            top = itertools.islice(sheet.iter_rows(values_only=True), frames.SEARCHED)
            written = [["" if cell is None else str(cell) for cell in cells] for cells in top]
            row = frames.columns_row(written, ())
            names = [frames.title(cell) for cell in written[row - 1]] if written else []
            if any(names):
                found.append((sheet.title, row, names))
        return found


def read(path: Path, name: str, wanted: Sequence[str], layout: Layout) -> Found:
    """The wanted columns of one sheet, with the types its cells have."""
    with _opened(path, name) as book:
        titles = [sheet.title for sheet in book.worksheets]
        if not titles or (layout.sheet and layout.sheet not in titles):
            raise WorkshopError(f"{name} has no sheet '{layout.sheet}'. {did_you_mean(layout.sheet, titles)}".strip())
        sheet = book[layout.sheet] if layout.sheet else book.worksheets[0]
        sheet.reset_dimensions()
        lines = enumerate(sheet.iter_rows(values_only=True), start=1)
        top = list(itertools.islice(lines, max(frames.SEARCHED, layout.header_row)))
        written = [["" if cell is None else str(cell) for cell in cells] for _, cells in top]
        header_row = layout.header_row or frames.columns_row(written, wanted)
        titles = written[header_row - 1] if header_row <= len(written) else []
        names = [frames.title(cell) for cell in titles]
        if not any(names):
            raise WorkshopError(f"{name} has no column names in row {header_row}.")
        places = {column: names.index(column) for column in wanted if column in names}
        columns: dict[str, list[Any]] = {column: [] for column in places}
        rows: list[int] = []
        groups, board = frames.Groups(titles), boards.Board(titles)
        shapes: collections.deque[tuple[int, int, str]] = collections.deque(maxlen=frames.LAST_ROWS)
        for number, cells in itertools.chain(top[header_row:], lines):
            groups.see(len(rows), cells)
            board.see(len(rows), cells)
            rows.append(number)
            shapes.append(frames.shape(cells))
            for column, place in places.items():
                columns[column].append(cells[place] if place < len(cells) else None)
        merged = _merged_down(book, sheet, header_row)
    spread = _spread(columns, places, rows, merged)
    notes = [] if layout.header_row else frames.passed_over(name, header_row)
    below = frames.cut_footer(rows, list(shapes), sum(bool(title) for title in names), name)
    notes += [below] if below else []
    notes += [f"{name}: {counted(spread, 'merged cell')} read into every row spanned."] if spread else []
    columns = {column: values[: len(rows)] for column, values in columns.items()}
    gone = {at for at in (*groups.between(), *board.between()) if at < len(rows)}
    notes += [*groups.said(name), *board.said(name)]
    if groups.last >= 0:
        columns = {c: groups.filled_down(v) if places[c] <= groups.last else v for c, v in columns.items()}
    if gone:
        columns = {c: [cell for at, cell in enumerate(v) if at not in gone] for c, v in columns.items()}
        rows = [number for at, number in enumerate(rows) if at not in gone]
    found = Found(names, {}, rows, notes)
    for column, values in columns.items():
        found.columns[column], mixed = _from_cells(values)
        if mixed:
            found.notes.append(
                f"{name}, column '{column}': some cells are dates for Excel, others are text. Excel may have read day "
                "and month the wrong way round in the first; compare a few with the source."
            )
    return found


def _merged_down(book: Any, sheet: Any, header_row: int) -> list[tuple[int, int, int]]:
    """Of each cell merged over several rows below the column names: its column from 0, first and last row."""
    # openpyxl leaves merged cells out when it reads row by row; they stand at the end of the sheet's own part.
    found, kept = [], b""
    with book._archive.open(sheet._worksheet_path) as part:
        while block := part.read(1 << 20):
            text = kept + block
            found += _MERGED.findall(text)
            kept = text[text.rfind(b"<") :] if b"<" in text else text[-200:]
    spans = []
    for column, first, last in found:
        place = 0
        for letter in column.decode():
            place = 26 * place + ord(letter) - 64
        if int(last) > int(first) > header_row:
            spans.append((place - 1, int(first), int(last)))
    return spans


def _spread(
    columns: dict[str, list[Any]], places: dict[str, int], rows: list[int], merged: list[tuple[int, int, int]]
) -> int:
    """Write what a merged cell says into the rows below that it spans; amounts stay where they stand, to count once."""
    many = 0
    by_place = {place: column for column, place in places.items()}
    for place, first, last in merged:
        cells = columns.get(by_place.get(place, ""), [])
        start = first - rows[0] if rows else len(cells)
        if not 0 <= start < len(cells) or cells[start] is None or isinstance(cells[start], int | float):
            continue
        end = min(last - rows[0] + 1, len(cells))
        cells[start + 1 : end] = [cells[start]] * (end - start - 1)
        many += 1
    return many


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

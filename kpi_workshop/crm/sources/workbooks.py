"""Excel workbooks: cells as they are typed, rows numbered as Excel shows them."""

from __future__ import annotations

import collections
import datetime as dt
import itertools
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import WorkshopError, did_you_mean
from . import frames
from .frames import Found, Layout


def _opened(path: Path, name: str) -> Any:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    if path.read_bytes()[:4] == b"\xd0\xcf\x11\xe0":
        raise WorkshopError(f"{name} is protected by a password or an old .xls. Save it as .xlsx without a password.")
    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError):
        raise WorkshopError(f"{name} cannot be read as an Excel file.") from None


def heads(path: Path, name: str) -> list[tuple[str, int, list[str]]]:
    """Of each sheet that holds something: its name, the row of the column names, and these."""
    book = _opened(path, name)
    try:
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
    finally:
        book.close()


def read(path: Path, name: str, wanted: Sequence[str], layout: Layout) -> Found:
    """The wanted columns of one sheet, with the types its cells have."""
    book = _opened(path, name)
    try:
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
        groups = frames.Groups(titles)
        shapes: collections.deque[tuple[int, int, str]] = collections.deque(maxlen=frames.LAST_ROWS)
        for number, cells in itertools.chain(top[header_row:], lines):
            groups.see(len(rows), cells)
            rows.append(number)
            shapes.append(frames.shape(cells))
            for column, place in places.items():
                columns[column].append(cells[place] if place < len(cells) else None)
    finally:
        book.close()
    notes = [] if layout.header_row else frames.passed_over(name, header_row)
    below = frames.cut_footer(rows, list(shapes), sum(bool(title) for title in names), name)
    notes += [below] if below else []
    columns = {column: values[: len(rows)] for column, values in columns.items()}
    gone = {at for at in groups.between() if at < len(rows)}
    if groups.last >= 0:
        notes += groups.said(name)
        columns = {c: groups.filled_down(v) if places[c] <= groups.last else v for c, v in columns.items()}
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

"""Workbooks of Excel, old and new, and of LibreOffice: cells as they are typed, rows numbered as a spreadsheet does."""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import itertools
import json
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import WorkshopError, did_you_mean
from ...numbers import counted
from . import boards, cells_apart, contents, frames, parts
from .frames import Found, Layout
from .problems import some

LONGEST_SECONDS = 900
"""A workbook that takes longer to read is given up."""


class Book:
    """An open workbook: its sheets by name, and the rows of one of them."""

    def __init__(self, process: subprocess.Popen[bytes], found: parts.Parts, name: str) -> None:
        self._process, self.parts, self.name = process, found, name
        listed = self._answer()
        self.titles = [title for title, _ in listed]
        self.hidden = [title for title, is_shown in listed if not is_shown]
        self.shown = [title for title, is_shown in listed if is_shown] or self.titles
        """The sheets that a person sees; all of them where every one is hidden."""

    def rows(self, title: str, *, most: int = 0) -> Iterator[list[Any]]:
        """The rows of a sheet from the first one on, each up to its last filled cell, empty cells as None.

        All of them, or at most so many; they have to be taken to the end before anything else is asked.
        """
        self._ask("rows", title, most)
        while (rows := self._answer()) is not None:
            yield from rows

    def spans(self, title: str) -> list[parts.Span]:
        """Of each cell merged over several rows: its column, first and last row, counted from 0."""
        self._ask("spans", title)
        told = self._answer()
        if told is None:
            return self.parts.spans.get(title, [])
        return [(column, first, last) for (first, column), (last, _) in told if last > first]

    def _ask(self, *request: str | int) -> None:
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()

    def _answer(self) -> Any:
        assert self._process.stdout
        try:
            return pickle.load(self._process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            raise WorkshopError(
                f"{self.name} cannot be read as a workbook: it is damaged, of a very old kind, or far too large. Open "
                "it in Excel or LibreOffice and save it again as .xlsx, or export CSV."
            ) from None


@contextlib.contextmanager
def opened(path: Path, name: str) -> Iterator[Book]:
    """The workbook, read in a process of its own; refused with what to do where it is damaged, locked or none."""
    found = parts.Parts() if contents.is_old_office(path) else parts.looked_through(path, name)
    with contextlib.ExitStack() as stack:
        if found.content:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kpi-workshop-"))) / "workbook"
            path.write_bytes(found.content.getbuffer())
        command = [sys.executable, "-P", str(Path(cells_apart.__file__)), str(path)]
        pipe = subprocess.PIPE
        process = stack.enter_context(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL))
        stack.callback(process.kill)
        limit = threading.Timer(LONGEST_SECONDS, process.kill)
        limit.daemon = True
        limit.start()
        stack.callback(limit.cancel)
        yield Book(process, found, name)


def heads(path: Path, name: str) -> list[tuple[str, int, list[str]]]:
    """Of each sheet that holds something and is not hidden: its name, the row of the column names, and these."""
    with opened(path, name) as book:
        found = []
        for title in book.shown:
            top = list(book.rows(title, most=frames.SEARCHED))
            written = [_written(cells) for cells in top]
            row = frames.columns_row(written, ())
            names = [frames.title(cell) for cell in written[row - 1]] if written else []
            if any(names):
                found.append((title, row, names))
        return found


def read(path: Path, name: str, wanted: Sequence[str], layout: Layout) -> Found:
    """The wanted columns of one sheet, with the types its cells have."""
    with opened(path, name) as book:
        if not book.titles or (layout.sheet and layout.sheet not in book.titles):
            raise WorkshopError(
                f"{name} has no sheet '{layout.sheet}'. {did_you_mean(layout.sheet, book.titles)}".strip()
            )
        title = layout.sheet or book.shown[0]
        table = _Table(book, title, wanted, layout)
        found = table.found()
        if book.hidden and not layout.sheet:
            many = "1 hidden sheet" if len(book.hidden) == 1 else f"{len(book.hidden)} hidden sheets"
            found.notes.append(f"{name}: {many} ({some(book.hidden, most=3)}) passed over.")
    return found


class _Table:
    """The wanted columns of a sheet, gathered row by row, then freed of what stands between and below the rows."""

    def __init__(self, book: Book, title: str, wanted: Sequence[str], layout: Layout) -> None:
        self._name = book.name
        lines = enumerate(book.rows(title), start=1)
        top = list(itertools.islice(lines, max(frames.SEARCHED, layout.header_row)))
        written = [_written(cells) for _, cells in top]
        header_row = layout.header_row or frames.columns_row(written, wanted)
        titles = written[header_row - 1] if header_row <= len(written) else []
        self._titles = [frames.title(cell) for cell in titles]
        if not any(self._titles):
            raise WorkshopError(f"{self._name} has no column names in row {header_row}.")
        self._places = {column: self._titles.index(column) for column in wanted if column in self._titles}
        self._faults = self._uncalculated(book.parts.uncalculated.get(title, {}), header_row)
        self._columns: dict[str, list[Any]] = {column: [] for column in self._places}
        self._rows: list[int] = []
        self._groups, self._board = frames.Groups(titles), boards.Board(titles)
        self._shapes: collections.deque[tuple[int, int, str]] = collections.deque(maxlen=frames.LAST_ROWS)
        for number, cells in itertools.chain(top[header_row:], lines):
            self._take(number, cells)
        self._notes = [] if layout.header_row else frames.passed_over(self._name, header_row)
        self._spread([(c, first + 1, last + 1) for c, first, last in book.spans(title) if first >= header_row])

    def _uncalculated(self, formulas: dict[int, int], header_row: int) -> list[str]:
        return [
            f"{self._name}, row {formulas[place]:,}, column '{column}': a formula that was never calculated, so its "
            "value is not in the file. Open it in Excel or LibreOffice, save it, and import that."
            for column, place in self._places.items()
            if formulas.get(place, 0) > header_row
        ]

    def _take(self, number: int, cells: list[Any]) -> None:
        self._groups.see(len(self._rows), cells)
        self._board.see(len(self._rows), cells)
        self._rows.append(number)
        self._shapes.append(frames.shape(cells))
        for column, place in self._places.items():
            self._columns[column].append(cells[place] if place < len(cells) else None)

    def _spread(self, merged: list[parts.Span]) -> None:
        """Write what a merged cell says into the rows that it spans; amounts stay where they stand, to count once."""
        many = 0
        by_place = {place: column for column, place in self._places.items()}
        for place, first, last in merged:
            cells = self._columns.get(by_place.get(place, ""), [])
            start = first - self._rows[0] if self._rows else len(cells)
            if not 0 <= start < len(cells) or cells[start] is None or isinstance(cells[start], int | float):
                continue
            end = min(last - self._rows[0] + 1, len(cells))
            cells[start + 1 : end] = [cells[start]] * (end - start - 1)
            many += 1
        if many:
            self._notes.append(f"{self._name}: {counted(many, 'merged cell')} read into every row spanned.")

    def found(self) -> Found:
        """The rows of the table alone, typed, with what there is to say."""
        name, groups, board = self._name, self._groups, self._board
        rows, notes = self._rows, self._notes
        below = frames.cut_footer(rows, list(self._shapes), sum(bool(title) for title in self._titles), name)
        notes += [below] if below else []
        columns = {column: values[: len(rows)] for column, values in self._columns.items()}
        gone = {at for at in (*groups.between(), *board.between()) if at < len(rows)}
        notes += [*groups.said(name), *board.said(name)]
        if groups.last >= 0:
            columns = {c: groups.filled_down(v) if self._places[c] <= groups.last else v for c, v in columns.items()}
        if gone:
            columns = {c: [cell for at, cell in enumerate(v) if at not in gone] for c, v in columns.items()}
            rows = [number for at, number in enumerate(rows) if at not in gone]
        found = Found(self._titles, {}, rows, notes, self._faults)
        for column, values in columns.items():
            found.columns[column], mixed = _from_cells(values)
            if mixed:
                found.notes.append(
                    f"{name}, column '{column}': some cells are dates for Excel, others are text. Excel may have read "
                    "day and month the wrong way round in the first; compare a few with the source."
                )
        return found


def _written(cells: Sequence[Any]) -> list[str]:
    return ["" if cell is None else cell_text(cell) for cell in cells]


def _from_cells(values: list[Any]) -> tuple[pa.Array, bool]:
    kinds = {type(value) for value in values if value is not None}
    dates = kinds & {dt.datetime, dt.date}
    if kinds and kinds <= {dt.datetime, dt.date}:
        moments = [v if v is None or isinstance(v, dt.datetime) else dt.datetime.combine(v, dt.time()) for v in values]
        return pa.array(moments, pa.timestamp("us")), False
    if kinds == {bool}:
        return pa.array(values, pa.bool_()), False
    if kinds and kinds <= {int, float}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64()), False
    return pa.array([None if v is None else cell_text(v) for v in values], pa.string()), bool(dates)


def cell_text(value: Any) -> str:
    """A cell's value as text: dates in ISO form, whole numbers without a fraction, lengths of time as hours, h:mm:ss.

    >>> cell_text(3.0), cell_text(dt.timedelta(days=1, minutes=5)), cell_text(dt.date(2026, 1, 5))
    ('3', '24:05:00', '2026-01-05 00:00:00')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time()).isoformat(sep=" ")
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return str(value)

"""What stands around the table in a file: title lines above the column names, totals and notices below the rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

SEARCHED = 40
"""How many rows from the top may hold the column names."""

_TOTAL = re.compile(r"^(grand |sub)?(totals?|sum|summe|gesamt|suma|somme)\b[^a-z]*( records| rows)?\)?:?$", re.I)
_NOTICE = re.compile(
    r"^(copyright|©|confidential|generated (by|on)|report generated|exported (by|on|from)|grand totals?|record count|"
    r"total records|vertraulich|erstellt von)\b",
    re.I,
)


_SUBTOTAL = re.compile(r"^(sub[- ]?totals?|subtotales?|zwischensumme|teilergebnis|sous-tota(l|ux))\b", re.I)
_SUMMARY = re.compile(
    r"^((grand )?totals?|sum|count|avg|average|max|min|median|record count|sum of .*|anzahl)\b:?$", re.I
)
_SORTED = ("↑", "↓")
"""What a formatted report writes behind the names of the columns it is grouped by."""

MARKS_OF_GROUPS = (
    "ubtotal", "ubTotal", "UBTOTAL", "ub-total", "ub total", "wischensumme", "eilergebnis", "ous-tota", *_SORTED,
)  # fmt: skip
"""What stands in a text that may be such a report; all others are spared the search."""


def title(cell: str) -> str:
    """A column's name as it is known: single spaces, without the arrows of a report's grouping."""
    return " ".join(cell.split()).rstrip("".join(_SORTED)).rstrip()


class Groups:
    """What a report in groups writes between its rows: subtotals; and above them: one cell for all rows of a group."""

    def __init__(self, titles: Sequence[str]) -> None:
        self._width = sum(bool(cell.strip()) for cell in titles)
        self.last = max((at for at, cell in enumerate(titles) if cell.rstrip().endswith(_SORTED)), default=-1)
        """The place of the last column the report is grouped by, -1 if it is not."""
        self._subtotals: list[int] = []
        self._summaries: list[int] = []

    def see(self, at: int, cells: Sequence[Any]) -> None:
        """Look at the cells of the row that stands at this place of the list of rows."""
        _, filled, first = shape(cells)
        if not filled or filled > max(2, self._width // 2 + 1):
            return
        if _SUBTOTAL.match(first):
            self._subtotals.append(at)
            self.last = max(self.last, next(i for i, cell in enumerate(cells) if str(cell or "").strip()))
        elif _SUMMARY.match(first):
            self._summaries.append(at)

    def between(self) -> list[int]:
        """The places of the rows that are no rows of the table; none where the report is not grouped."""
        return sorted([*self._subtotals, *self._summaries]) if self.last >= 0 else []

    def filled_down(self, cells: list[Any]) -> list[Any]:
        """The cells of a column of the grouping, each empty one with what stands above it."""
        out: list[Any] = []
        above: Any = None
        for cell in cells:
            above = above if cell is None or not str(cell).strip() else cell
            out.append(above)
        return out

    def said(self, name: str) -> list[str]:
        """The note on what was done."""
        if self.last < 0:
            return []
        many = len(self.between())
        rows = "" if not many else f", and {many:,} {'row' if many == 1 else 'rows'} of subtotals passed over"
        return [f"{name} is a report in groups: what stands once for a group was filled in below{rows}."]


@dataclass(frozen=True)
class Layout:
    """How a file is to be read, where that was stated; row 0 of the column names: find it."""

    sheet: str = ""
    header_row: int = 0
    encoding: str = ""
    separator: str = ""


@dataclass
class Found:
    """What was found in a file: its column names, the wanted columns, the number of each row, and what to say.

    `faults` are reasons to refuse the file if a column is needed of which values are missing.
    """

    header: list[str]
    columns: dict[str, Any]
    rows: Any
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def columns_row(rows: Sequence[Sequence[str]], wanted: Collection[str]) -> int:
    """The row, counted from 1, that holds the column names: the first with most wanted names, else by its shape.

    By shape it is the first row that is about as wide as the widest and holds no number.

    >>> columns_row([["Deals"], [], ["Id", "Owner", "Amount"], ["1", "Ann", "5"]], [])
    3
    """
    names = set(wanted)
    hits = [sum(_tidy(cell) in names for cell in row) for row in rows[:SEARCHED]]
    most = max(hits, default=0)
    if most:
        return hits.index(most) + 1
    widths = [_filled(row) for row in rows[:SEARCHED]]
    widest = max(widths, default=0)
    for number, (row, width) in enumerate(zip(rows, widths, strict=False), start=1):
        if width >= max(1, 0.6 * widest) and not any(_is_number(cell) for cell in row):
            return number
    return 1


def footer(rows: Iterable[tuple[int, int, str]], *, width: int) -> int:
    """How many of the last rows are no rows of the table.

    `rows` run from the last row upwards: cells written (0: an empty line), cells filled, and the first filled cell.

    >>> footer([(1, 1, "Copyright (c) Acme"), (0, 0, ""), (5, 5, "D1")], width=5)
    1
    """
    found, short = 0, False
    for seen, (written, filled, first) in enumerate(rows, start=1):
        if not filled:
            # A short last row may be a record cut off; only an empty line above it makes it a notice.
            found = seen if short else found
        elif _NOTICE.match(first) or (_TOTAL.match(first) and filled <= max(1, width // 2)):
            found, short = seen, False
        elif 0 < written < width and filled <= 2 < width:
            short = True
        else:
            break
    return found


def separator_score(records: Iterable[Sequence[str]], wanted: Collection[str]) -> tuple[int, bool, float]:
    """How well a separator fits: wanted names in one row, a row of names as wide as most rows, how many cells it tells.

    Signs within the words of long answers make rows of many widths; the sign that separates makes rows of one.
    """
    rows = [row for row in records if any(cell.strip() for cell in row)]
    names = set(wanted)
    hits = max((len(names.intersection(_tidy(cell) for cell in row)) for row in rows), default=0)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    width, many = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
    named = any(len(row) == width and not any(_is_number(cell) for cell in row) for row in rows[:SEARCHED])
    return hits, named, (many / len(rows)) ** 2 * (width - 1) if rows else 0.0


LAST_ROWS = 60
"""How many of the last rows are looked at for totals and notices."""


def shape(cells: Sequence[Any]) -> tuple[int, int, str]:
    """How many cells a row has (0 if all are empty), how many are filled, and the first filled one.

    Behind a word for totals, numbers do not count as filled: a row of totals may have many.

    >>> shape(["Total", "2", "3,000.00"]), shape(["D1", "2"]), shape(["", ""])
    ((3, 1, 'Total'), (2, 2, 'D1'), (0, 0, ''))
    """
    filled = [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]
    if filled and len(filled) > 1 and (_TOTAL.match(filled[0]) or _SUBTOTAL.match(filled[0])):
        filled = [filled[0], *(cell for cell in filled[1:] if not _is_number(cell))]
    return len(cells) if filled else 0, len(filled), filled[0] if filled else ""


def cut_footer(rows: list[Any], shapes: Sequence[tuple[int, int, str]], width: int, name: str) -> str:
    """Take a footer's rows off the end of `rows` (numbers, or number and cells); says so, "" if there is none."""
    many = footer(reversed(shapes), width=width)
    if not many:
        return ""
    first = rows[-many][0] if isinstance(rows[-many], tuple) else rows[-many]
    said = next(words for _, filled, words in shapes[-many:] if filled)
    del rows[-many:]
    return f"{name}: the lines from row {first:,} on ('{said[:60]}') stand below the table and were passed over."


def passed_over(name: str, header_row: int) -> list[str]:
    """The note on title lines above the column names."""
    many = header_row - 1
    lines = "the line" if many == 1 else f"{many} lines"
    return [f"{name}: {lines} above the column names {'was' if many == 1 else 'were'} passed over."] if many else []


_tidy = title


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"[-+$€£\s]*\d[\d.,\s%]*", cell))

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


@dataclass(frozen=True)
class Layout:
    """How a file is to be read, where that was stated; row 0 of the column names: find it."""

    sheet: str = ""
    header_row: int = 0
    encoding: str = ""
    separator: str = ""


@dataclass
class Found:
    """What was found in a file: its column names, the wanted columns, the number of each row, and what to say."""

    header: list[str]
    columns: dict[str, Any]
    rows: Any
    notes: list[str] = field(default_factory=list)


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


def separator_score(records: Iterable[Sequence[str]], wanted: Collection[str]) -> tuple[int, int, int]:
    """How well a separator fits: wanted names in one row, rows of the commonest width, and that width."""
    rows = [row for row in records if any(cell.strip() for cell in row)]
    names = set(wanted)
    hits = max((len(names.intersection(_tidy(cell) for cell in row)) for row in rows), default=0)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    width, many = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return hits, many, width


LAST_ROWS = 60
"""How many of the last rows are looked at for totals and notices."""


def shape(cells: Sequence[Any]) -> tuple[int, int, str]:
    """How many cells a row has (0 if all are empty), how many are filled, and the first filled one."""
    filled = [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]
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


def _tidy(cell: str) -> str:
    return " ".join(cell.split())


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"[-+$€£\s]*\d[\d.,\s%]*", cell))

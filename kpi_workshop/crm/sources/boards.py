"""Boards: exports that repeat the column names above every group of rows, as monday and trackers write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .frames import title


class Board:
    """What stands between the rows where the column names are repeated: titles of groups, sums, rows below a row."""

    def __init__(self, titles: Sequence[Any]) -> None:
        self._titles = [title(_text(cell)) for cell in titles]
        self._first = next((at for at, name in enumerate(self._titles) if name), 0)
        self._again: list[int] = []
        self._loose: list[int] = []
        self._inner: list[int] = []

    def see(self, at: int, cells: Sequence[Any]) -> None:
        """Look at the cells of the row that stands at this place of the list of rows."""
        first = title(_text(cells[self._first])) if self._first < len(cells) else ""
        if first == self._titles[self._first] and self._is_again(cells):
            self._again.append(at)
        elif not first or not any(_text(cell) for cell in cells[self._first + 1 :]):
            self._loose.append(at)
        elif first.casefold() == "subitems":
            self._inner.append(at)

    def between(self) -> set[int]:
        """The places of the rows that are no rows of the table; none where the names stand only once."""
        return {*self._again, *self._loose, *self._inner} if self._again else set()

    def said(self, name: str) -> list[str]:
        """The note on what was done."""
        if not self._again:
            return []
        times = "once more" if len(self._again) == 1 else f"{len(self._again):,} more times"
        rest = len(self._loose) + len(self._inner)
        also = f"; titles of groups, sums and rows below a row were passed over too ({rest:,})" if rest else ""
        return [f"{name}: the column names stand {times} between the rows and were passed over{also}."]

    def _is_again(self, cells: Sequence[Any]) -> bool:
        here = [title(_text(cell)) for cell in cells[: len(self._titles)]]
        here += [""] * (len(self._titles) - len(here))
        return all(mine == name for mine, name in zip(here, self._titles, strict=True) if name)


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)

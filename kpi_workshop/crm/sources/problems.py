"""Everything wrong with one import, gathered to be told in one message."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pyarrow as pa

from ...errors import LINES_SHOWN, WorkshopError, listed

_LONG_WORD = re.compile(r"'([^']{60})[^']{240,}'")


class Problems:
    """What is wrong, in groups; of a message's ten lines every group gets its share."""

    def __init__(self) -> None:
        self._groups: list[list[str]] = []

    def __bool__(self) -> bool:
        return any(self._groups)

    def add(self, *lines: str) -> None:
        """One group of problems of the same sort; what was said before is not said again."""
        said = {line for group in self._groups for line in group}
        if fresh := [line for line in dict.fromkeys(map(short, lines)) if line not in said]:
            self._groups.append(fresh)

    @property
    def lines(self) -> list[str]:
        """All of them; the first ten hold some of each group, in order."""
        shares = [0] * len(self._groups)
        free = LINES_SHOWN
        while free > 0 and any(share < len(group) for share, group in zip(shares, self._groups, strict=True)):
            for i, group in enumerate(self._groups):
                if free > 0 and shares[i] < len(group):
                    shares[i] += 1
                    free -= 1
        pairs = list(zip(shares, self._groups, strict=True))
        return [line for share, group in pairs for line in group[:share]] + [
            line for share, group in pairs for line in group[share:]
        ]

    def refuse(self, *, opening: str) -> None:
        """Raise all of it as one message, if there is any."""
        if self:
            raise WorkshopError(f"{opening}\n{listed(self.lines)}")


def by_value(
    values: pa.ChunkedArray | pa.Array,
    wrong: pa.ChunkedArray | pa.Array,
    *,
    place: Callable[[int], str],
    says: Callable[[str], str],
) -> list[str]:
    """One line for each distinct wrong value: where it first stands, what is wrong, and in how many rows more.

    `place(i)` names file, row and column of the i-th value, `says(value)` what is wrong with it.
    """
    import pyarrow.compute as pc

    indices = pc.indices_nonzero(wrong)
    if len(indices) == 0:
        return []
    texts = values.take(indices)
    first: dict[str, int] = {}
    count: dict[str, int] = {}
    for index, text in zip(indices.to_pylist(), texts.to_pylist(), strict=True):
        word = "" if text is None else str(text)
        first.setdefault(word, index)
        count[word] = count.get(word, 0) + 1
    return [
        f"{place(index)}: {says(word)}{and_more(count[word])}"
        for word, index in sorted(first.items(), key=lambda item: item[1])
    ]


def and_more(count: int) -> str:
    """How many rows more have the same fault, for the end of a sentence.

    >>> and_more(1), and_more(3)
    ('', ' (and 2 more rows.)')
    """
    more = count - 1
    return f" (and {more:,} more row{'s' if more > 1 else ''}.)" if more else ""


def short(line: str) -> str:
    """A line in which no quoted word is longer than a person reads.

    >>> short(f"'{'x' * 400}' is not a date") == f"'{'x' * 60}…' is not a date"
    True
    """
    return _LONG_WORD.sub(r"'\1…'", line)


def some(names: Iterable[str], *, most: int = 5) -> str:
    """A few names in quotes, then how many more there are.

    >>> some(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    all_names = list(names)
    shown = ", ".join(short(f"'{name}'") for name in all_names[:most])
    return f"{shown} and {len(all_names) - most:,} more" if len(all_names) > most else shown

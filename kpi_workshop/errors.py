"""The one family of messages that a reader of a notebook or a terminal gets instead of a traceback."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Sequence

LINES_SHOWN = 10


class WorkshopError(ValueError):
    """Something in what was given is not right; the message says what, where and what would be right.

    Notebooks show it as one plain line; `kpi-workshop` prints it and leaves with `exit_code`.
    Bugs are never wrapped in it: they keep their full traceback.
    """

    exit_code = 2

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class NothingImported(WorkshopError):
    """A step needs client data and the engagement holds none."""


class NotComputable(WorkshopError):
    """The data cannot give this measure; the message is the reason."""


def nearest(word: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """The known names nearest to `word`, best first, compared without regard to case.

    >>> nearest("Insde Sales", ["Inside Sales", "Field Sales", "Account Management"])[0]
    'Inside Sales'
    """
    by_fold: dict[str, str] = {}
    for name in known:
        by_fold.setdefault(name.casefold(), name)
    found = difflib.get_close_matches(word.casefold(), list(by_fold), n=most, cutoff=0.6)
    return [by_fold[fold] for fold in found]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The sentence that names up to three nearest known names, or lists what there is, or nothing.

    >>> did_you_mean("as_off", ["as_of", "engagement"])
    'Did you mean: as_of?'
    """
    names = list(known)
    close = nearest(word, names)
    if close:
        return f"Did you mean: {', '.join(close)}?"
    if 0 < len(names) <= LINES_SHOWN:
        return f"There is: {', '.join(sorted(names))}."
    return ""


def listed(problems: Sequence[str], *, most: int = LINES_SHOWN) -> str:
    """Problems one a line, the first ten, then how many more there are.

    >>> print(listed(["a", "b", "c"], most=2))
    a
    b
    and 1 more
    """
    shown = list(problems[:most])
    if len(problems) > most:
        shown.append(f"and {len(problems) - most:,} more")
    return "\n".join(shown)


def say(text: str) -> None:
    """Print one line to standard error, where progress and notes belong."""
    print(text, file=sys.stderr, flush=True)

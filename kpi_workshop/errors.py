"""The one family of messages that a reader of a notebook or a terminal gets instead of a traceback."""

from __future__ import annotations

import difflib
import errno
import os
import shlex
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


_ON_DISK = {
    errno.ENOSPC: "The disk is full{at}. Make room and try again.",
    errno.EDQUOT: "The disk space you may use is full{at}. Make room and try again.",
    errno.EFBIG: "A file may not grow that large here{at}. Make room, or work in another folder.",
    errno.EACCES: "You may not read or change it{at}. Ask its owner, or work in a folder of your own.",
    errno.EPERM: "You may not read or change it{at}. Ask its owner, or work in a folder of your own.",
    errno.EROFS: "Nothing can be written there{at}. Work in a folder that can be written to.",
    errno.ENAMETOOLONG: "The name is too long for this system{at}. Take a shorter one.",
    errno.ENOTDIR: "A file stands where a folder should be{at}.",
    errno.EISDIR: "A folder stands where a file should be{at}.",
    errno.ELOOP: "The links there lead in a circle{at}.",
}
"""What a person can mend of what the system refuses."""


def of_the_system(number: int | None, file: str = "") -> str:
    """The sentence for an error number of the system that a person can mend, with the file it is about, or "".

    >>> of_the_system(errno.ENOSPC, "acme/records.db")
    "The disk is full: 'acme/records.db'. Make room and try again."
    """
    return _ON_DISK.get(number or 0, "").format(at=f": '{file}'" if file else "")


def in_a_shell(path: os.PathLike[str] | str) -> str:
    """A path as it is typed into a command line.

    >>> in_a_shell("acme"), in_a_shell("two words") if os.name == "posix" else "'two words'"
    ('acme', "'two words'")
    """
    return shlex.quote(str(path)) if os.name == "posix" else f'"{path}"'


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


def no_time_zone(word: str) -> str:
    """What is wrong with a name of a time zone, with the one that may be meant; "" where it is one.

    >>> no_time_zone("New York"), no_time_zone("Europe/Berlin")
    ('is no time zone. Did you mean: America/New_York?', '')
    """
    import zoneinfo

    known = zoneinfo.available_timezones()
    if word in known:
        return ""
    cities = {zone.rpartition("/")[2].replace("_", " ").casefold(): zone for zone in sorted(known)}
    zone = cities.get(word.replace("_", " ").strip().casefold())
    return f"is no time zone. {f'Did you mean: {zone}?' if zone else did_you_mean(word, known)}".strip()


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

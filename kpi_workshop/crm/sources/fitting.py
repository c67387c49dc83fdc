"""Fitting a template to a file: a section reduced to what the file has, by the file's own column names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ..tables import TABLES
from .mapping import Filling, Lookup, Section
from .reading import Head

KEYED = ("opportunities", "leads", "activities")
NO_OWNER = "Owner not in the export"


@dataclass(frozen=True)
class Fit:
    """A section of a template that a file (or a sheet of one) can fill, with the file's own column names."""

    table: str
    number: int
    section: Section
    head: Head
    matched: frozenset[str]
    signs: int
    template: str = ""
    lacking: tuple[str, ...] = ()


def filled_in(table: str, number: int, section: Section, head: Head, found: Sequence[Head]) -> Fit:
    """The section reduced to what the file has, by the file's own names."""
    names = Names(head.columns)
    columns: dict[str, Filling] = {}
    lacking = []
    for column in TABLES[table].columns:
        filling = section.columns.get(column.name)
        here = names.filling(filling, found) if filling else None
        if here is None and column.needed:
            here = _without(table, column.name, head)
        if here is not None:
            columns[column.name] = here
        elif column.needed:
            lacking.append(_lack(filling, names) if filling else f"no column '{column.name}'")
    if any(one.star for one in columns.values()) and not any(one.each for one in columns.values()):
        lacking.append("no column for each stage")
    made = section.model_copy(
        update={
            "file": head.file,
            "sheet": head.sheet,
            "header_row": head.row if head.row > 1 else 0,
            "columns": columns,
            "set_aside": tuple(
                rule.model_copy(update={"column": names.find(rule.column)})
                for rule in section.set_aside
                if names.find(rule.column)
            ),
            "once_by": tuple(name for wanted in section.once_by if (name := names.find(wanted))),
            "recognised_by": (),
            "not_with": (),
            "optional": False,
        }
    )
    matched = {*made.client_columns, *made.stars(head.columns)}
    return Fit(table, number, made, head, frozenset(matched), len(section.recognised_by), lacking=tuple(lacking))


def _lack(filling: Filling, names: Names) -> str:
    asked = [one for one in filling.options if one.lookup and one.column and names.find(one.column)]
    if asked and asked[0].lookup:
        return f"no list beside it, such as {asked[0].lookup.file}, that says what its '{asked[0].column}' means"
    wanted = [name for one in filling.options for name in (one.client_columns or one_of(one.each))]
    quoted = [f"'{name}'" for name in wanted[:3]]
    return f"no column {' or '.join(quoted)}"


def one_of(name: str | None) -> tuple[str, ...]:
    """A name as a tuple of one, nothing as none."""
    return (name,) if name else ()


def _without(table: str, column: str, head: Head) -> Filling | None:
    if table in KEYED and column == TABLES[table].key[0]:
        return Filling(numbered=f"{PurePosixPath(head.file).stem}-")
    if table in ("opportunities", "activities") and column == "seller":
        return Filling(constant=NO_OWNER)
    return None


class Names:
    """The columns of one file, found by name whatever the case, the spaces and the signs between words."""

    def __init__(self, columns: Iterable[str]) -> None:
        self.columns = [name for name in columns if name]
        self._by_bare: dict[str, str] = {}
        for name in self.columns:
            self._by_bare.setdefault(bare(name), name)
        # Data Loader writes API names in capitals: STAGENAME.
        self._shouted = {name: name for name in self.columns if name.isupper()}

    def find(self, name: str) -> str:
        """The file's own spelling, or ""."""
        if name in self.columns:
            return name
        return self._by_bare.get(bare(name), "") or (self._shouted.get(name.upper(), "") if _is_api_name(name) else "")

    def has(self, sign: str) -> bool:
        """Whether one of the names that a sign lists, such as "Won | Is Won", is there."""
        return any(self.find(name.strip()) for name in sign.split(" | "))

    def filling(self, filling: Filling, found: Sequence[Head]) -> Filling | None:
        """The first option that the file can fill, by its own names; None if there is none."""
        return next((here for one in filling.options if (here := self._option(one, found))), None)

    def _option(self, one: Filling, found: Sequence[Head]) -> Filling | None:
        update: dict[str, Any] = {"instead": ()}
        if one.column is not None:
            if not (name := self.find(one.column)):
                return None
            update["column"] = name
        for many in ("columns", "first_of"):
            if wanted := getattr(one, many):
                here = tuple(dict.fromkeys(name for given in wanted if (name := self.find(given))))
                if not here:
                    return None
                update |= {many: (), "column": here[0]} if len(here) == 1 else {many: here}
        if one.filled:
            update["filled"] = {name: word for given, word in one.filled.items() if (name := self.find(given))}
            if not update["filled"]:
                return None
        if one.is_won:
            flags = {
                key: self._option(flag, found)
                for key in ("is_won", "is_lost", "is_closed")
                if (flag := getattr(one, key))
            }
            if not flags["is_won"] or not (flags.get("is_lost") or flags.get("is_closed")):
                return None
            update |= flags
        if one.each is not None and not Section(file="x", columns={"x": one}).stars(self.columns):
            return None
        if one.currency:
            update["currency"] = tuple(told for given in one.currency if (told := self.find(given)))[:1]
        if one.lookup:
            other = _other(one.lookup, found)
            if not other:
                return None
            update["lookup"] = other
        if one.known:
            update["known"] = None
        return one.model_copy(update=update)


def bare(name: str) -> str:
    """A column's name as words in lower case: what stands between the words, and their case, makes no difference.

    >>> bare("Deal_Stage") == bare("deal stage") == bare("DealStage") != bare("dealstage")
    True
    """
    name = re.sub(r"\s*\((GMT|UTC)[+-]?[\d:]*\)$", "", name) or name
    words = re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name))
    return " ".join(words).casefold() or name


def _is_api_name(name: str) -> bool:
    return bool(re.fullmatch(r"[A-Z][a-z]+([A-Z][A-Za-z]*)+(__c)?", name))


def _other(lookup: Lookup, found: Sequence[Head]) -> Lookup | None:
    """The lookup with the file that has its columns; of several the one whose name is nearest."""
    fitting = []
    for head in found:
        names = Names(head.columns)
        if names.find(lookup.column) and names.find(lookup.gives) and all(map(names.has, lookup.recognised_by)):
            fitting.append((head, names))

    def likeness(pair: tuple[Head, Names]) -> float:
        wanted, here = (bare(PurePosixPath(file).stem) for file in (lookup.file, pair[0].file))
        return 1.0 if wanted in here else difflib.SequenceMatcher(None, wanted, here).ratio()

    if not fitting:
        return None
    head, names = max(fitting, key=likeness)
    if not lookup.recognised_by and likeness((head, names)) < 0.6:
        return None
    return lookup.model_copy(
        update={
            "file": head.file,
            "column": names.find(lookup.column),
            "gives": names.find(lookup.gives),
            "recognised_by": (),
        }
    )

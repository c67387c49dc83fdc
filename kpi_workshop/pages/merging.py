"""Two people's versions of one form put together: what one of them changed is taken, what both changed is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .fields import Field, Rows, Values

REMOVED = "removed"
NOTHING = "(empty)"


@dataclass(frozen=True)
class Clash:
    """One thing that both changed: what it is, and for each part that differs its label and both versions."""

    what: str
    parts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Merged:
    """The form as it stands with both people's changes; where both changed the same thing, mine."""

    shown: Values
    clashes: tuple[Clash, ...]


def merge(fields: Sequence[Field], *, base: Values, mine: Values, theirs: Values) -> Merged:
    """Put together what both made out of `base`; all three as `Field.show` gives them.

    A table whose rows have a key is put together row by row, so that only a row that both changed clashes; any other
    field clashes as a whole.
    """
    shown: Values = {}
    clashes: list[Clash] = []
    for field in fields:
        was, own, other = (values.get(field.name) for values in (base, mine, theirs))
        if field.kind == "table" and field.key:
            shown[field.name], found = _rows(field, was or [], own or [], other or [])
            clashes += found
            continue
        shown[field.name] = other if own == was else own
        if own != was and other not in (was, own):
            clashes.append(Clash(field.label, (("", _words(own), _words(other)),)))
    return Merged(shown, tuple(clashes))


def _rows(field: Field, base: Rows, mine: Rows, theirs: Rows) -> tuple[Rows, list[Clash]]:
    was, other = ({row[field.key]: row for row in rows} for rows in (base, theirs))
    kept: Rows = []
    clashes: list[Clash] = []
    taken = set()
    for row in mine:
        key = row.get(field.key, "")
        taken.add(key)
        if key not in was:
            if not any(_same(field, row, added) for k, added in other.items() if k not in was):
                kept.append(row)
        elif key not in other:
            if not _same(field, row, was[key]):
                kept.append(row)
                clashes.append(_clash(field, row, None))
        elif _same(field, row, was[key]):
            kept.append(other[key])
        else:
            kept.append(row)
            if not _same(field, other[key], was[key]) and not _same(field, other[key], row):
                clashes.append(_clash(field, row, other[key]))
    for key, row in other.items():
        if key in taken:
            continue
        if key not in was:
            kept.append(row)
        elif not _same(field, row, was[key]):
            clashes.append(_clash(field, None, row))
    return _ordered(field, kept, base, theirs), clashes


def _ordered(field: Field, kept: Rows, base: Rows, theirs: Rows) -> Rows:
    """In my order where I moved rows, else in theirs, with what I added at the end."""
    before = [row[field.key] for row in base]
    mine = [row[field.key] for row in kept if row.get(field.key) in before]
    if mine != [key for key in before if key in mine]:
        return kept
    places = {row[field.key]: at for at, row in enumerate(theirs)}
    return sorted(kept, key=lambda row: places.get(row.get(field.key, ""), len(places)))


def _same(field: Field, one: dict[str, str], other: dict[str, str]) -> bool:
    return all(one.get(c.name, "") == other.get(c.name, "") for c in field.columns if c.name != field.key)


def _clash(field: Field, mine: dict[str, str] | None, theirs: dict[str, str] | None) -> Clash:
    named = next(c.name for c in field.columns if not c.hidden)
    what = f"{field.noun.capitalize()} '{(theirs or mine or {}).get(named, '')}'"
    if mine is None or theirs is None:
        there = theirs or mine or {}
        told = ", ".join(f"{c.label}: {there[c.name]}" for c in field.columns if not c.hidden and there.get(c.name))
        return Clash(what, (("", told if mine else REMOVED, told if theirs else REMOVED),))
    visible = [c for c in field.columns if not c.hidden]
    differ = [c for c in visible if mine.get(c.name, "") != theirs.get(c.name, "")]
    return Clash(what, tuple((c.label, _words(mine.get(c.name)), _words(theirs.get(c.name))) for c in differ))


def _words(value: object) -> str:
    if isinstance(value, list):
        lines = [", ".join(str(v) for v in row.values() if v) if isinstance(row, dict) else str(row) for row in value]
        return "; ".join(lines) or NOTHING
    return str(value or "") or NOTHING

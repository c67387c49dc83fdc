"""Recognition: the columns of an export tell which product it comes from, and a template becomes a proposed mapping."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

from .. import bundle
from ..errors import WorkshopError
from . import mapping as mappings
from .exports import ExportFolder
from .mapping import Filling, Lookup, Mapping, Section
from .problems import some
from .reading import Head, heads
from .tables import TABLES

CORE = ("opportunities", "leads", "activities", "stage_changes")
"""A product counts as recognised when one of these was found."""

OPEN_FORMS = ("generic", "plain_words")
"""Templates that fit many exports: they count only where no product does."""

KEYED = ("opportunities", "leads", "activities")
NO_OWNER = "Owner not in the export"


@dataclass(frozen=True)
class Template:
    """A mapping of `templates/mappings`, by the name of its file."""

    name: str
    file: Path
    mapping: Mapping


@dataclass(frozen=True)
class Fit:
    """A section of a template that a file (or a sheet of one) can fill, with the file's own column names."""

    table: str
    number: int
    section: Section
    head: Head
    matched: frozenset[str]
    signs: int
    lacking: tuple[str, ...] = ()


@dataclass
class Recognised:
    """What an export was recognised as: the sections it fills, and the files nobody needs."""

    template: Template
    fits: list[Fit]
    others: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    """Sentences on files that were told for what they are and lack a column."""


@lru_cache(maxsize=1)
def templates() -> tuple[Template, ...]:
    """The templates of the products, the open forms last."""
    files = sorted((bundle.folder("templates") / "mappings").glob("*.toml"))
    read = [Template(file.stem, file, mappings.load(file)) for file in files]
    return tuple(sorted(read, key=lambda one: (one.name in OPEN_FORMS, OPEN_FORMS[:1] != (one.name,), one.name)))


def recognise(export: ExportFolder) -> Recognised:
    """What product the export comes from; refused with the nearest one and what is missing where none fits.

    Files are told by their columns, whatever their names, the order and case of the columns and what else they hold.
    Files in folders below count only where the folder itself holds nothing that is recognised.
    """
    found, unreadable = _heads(export)
    near = [head for head in found if "/" not in head.file]
    for group in [near, found] if near and len(near) < len(found) else [found]:
        best = _best(group)
        if best:
            used = {fit.head.file for fit in best.fits} | _looked_up(best)
            best.lacking = _lacking(best, group)
            best.others = [name for name in export.names() if name not in used]
            best.fits = [replace(fit, section=_any_day(fit.section, export)) for fit in best.fits]
            return best
    raise WorkshopError(_nearest(found, export, unreadable))


def _lacking(best: Recognised, found: Sequence[Head]) -> list[str]:
    used = {(fit.head, fit.table) for fit in best.fits}
    return [
        f"{head.file} looks like {table.replace('_', ' ')} and was not used: it has no column {fit.lacking[0]}."
        for head in found
        for table, sections in best.template.mapping.sections.items()
        for number, section in enumerate(sections)
        if (head, table) not in used
        and (fit := _fit(table, number, section, head, found))
        and fit.lacking
        and not section.each
    ]


def _any_day(section: Section, export: ExportFolder) -> Section:
    """The section with a pattern for a day or a number in its file's name, where no other file of the export has it."""
    pattern = re.sub(r"\d[\d_.T -]{4,}\d", "*", section.file)
    alone = pattern.count("*") == 1 and not set("[]?") & set(pattern) and len(export.files(pattern)) == 1
    return section.model_copy(update={"file": pattern}) if alone else section


def _heads(export: ExportFolder) -> tuple[list[Head], list[str]]:
    found: list[Head] = []
    unreadable: list[str] = []
    for name in export.names():
        try:
            found += heads(export.folder / name, name)
        except WorkshopError as error:
            unreadable.append(str(error))
    return found, unreadable


def _best(found: Sequence[Head]) -> Recognised | None:
    candidates: list[tuple[tuple[bool, int], Recognised]] = []
    for template in templates():
        fits = _fits(template, found)
        if any(fit.table in CORE for fit in fits):
            by_file: dict[tuple[str, str], set[str]] = {}
            for fit in fits:
                by_file.setdefault((fit.head.file, fit.head.sheet), set()).update(fit.matched)
            matched = sum(len(names) for names in by_file.values())
            exact = sum(len(names & _own_names(template)) for names in by_file.values())
            candidates.append(((template.name not in OPEN_FORMS, matched + 2 * exact), Recognised(template, fits)))
    # The first of equals stays: the workshop's own form before plain words.
    return max(candidates, key=lambda pair: pair[0], default=(None, None))[1]


def _own_names(template: Template) -> set[str]:
    sections = (section for group in template.mapping.sections.values() for section in group)
    return {name for section in sections for name in section.client_columns}


def _fits(template: Template, found: Sequence[Head]) -> list[Fit]:
    fits: list[Fit] = []
    for head in found:
        for table, sections in template.mapping.sections.items():
            here = [fit for n, section in enumerate(sections) if (fit := _fit(table, n, section, head, found))]
            here = [fit for fit in here if not fit.lacking]
            if here:
                fits.append(max(here, key=lambda fit: (fit.signs, len(fit.matched))))
    order = list(TABLES)
    return sorted(fits, key=lambda fit: (order.index(fit.table), fit.number))


def _fit(table: str, number: int, section: Section, head: Head, found: Sequence[Head]) -> Fit | None:
    """The section with the file's names; None where its signs are missing, `lacking` where a needed column is."""
    names = Names(head.columns)
    if not section.recognised_by or not all(names.has(sign) for sign in section.recognised_by):
        return None
    if any(names.has(sign) for sign in section.not_with):
        return None
    return filled_in(table, number, section, head, found)


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
            options = filling.options if filling else ()
            wanted = [name for one in options for name in (one.client_columns or one_of(one.each))]
            lacking.append(" or ".join(f"'{name}'" for name in wanted[:3]) or column.name)
    if any(one.star for one in columns.values()) and not any(one.each for one in columns.values()):
        lacking.append("for each stage")
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
    return Fit(table, number, made, head, frozenset(matched), len(section.recognised_by), tuple(lacking))


def one_of(name: str | None) -> tuple[str, ...]:
    """A name as a tuple of one, nothing as none."""
    return (name,) if name else ()


def _without(table: str, column: str, head: Head) -> Filling | None:
    if table in KEYED and column == TABLES[table].key[0]:
        return Filling(numbered=f"{PurePosixPath(head.file).stem}-")
    if (table, column) == ("opportunities", "seller"):
        return Filling(constant=NO_OWNER)
    return None


class Names:
    """The columns of one file, found by name whatever the case, the spaces and the signs between words."""

    def __init__(self, columns: Iterable[str]) -> None:
        self.columns = [name for name in columns if name]
        self._by_bare: dict[str, str] = {}
        for name in self.columns:
            self._by_bare.setdefault(bare(name), name)

    def find(self, name: str) -> str:
        """The file's own spelling, or ""."""
        return name if name in self.columns else self._by_bare.get(bare(name), "")

    def has(self, sign: str) -> bool:
        """Whether one of the names that a sign lists, such as "Won | Is Won", is there."""
        return any(self.find(name.strip()) for name in sign.split(" | "))

    def filling(self, filling: Filling, found: Sequence[Head]) -> Filling | None:
        """The first option that the file can fill, by its own names; None if there is none."""
        return next((here for one in filling.options if (here := self._option(one, found))), None)

    def _option(self, one: Filling, found: Sequence[Head]) -> Filling | None:
        update: dict[str, object] = {"instead": ()}
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
        if one.lookup:
            other = _other(one.lookup, found)
            if not other:
                return None
            update["lookup"] = other
        if one.known:
            update["known"] = None
        return one.model_copy(update=update)


def bare(name: str) -> str:
    """A column's name without case and without what stands between its words.

    >>> bare("Deal_Stage") == bare("deal stage")
    True
    """
    letters = "".join(sign for sign in name.casefold() if sign.isalnum())
    return letters or name


def _other(lookup: Lookup, found: Sequence[Head]) -> Lookup | None:
    """The lookup with the file that has its columns; of several the one whose name is nearest."""
    fitting = []
    for head in found:
        names = Names(head.columns)
        if names.find(lookup.column) and names.find(lookup.gives) and all(map(names.has, lookup.recognised_by)):
            fitting.append((head, names))

    def likeness(pair: tuple[Head, Names]) -> float:
        return difflib.SequenceMatcher(
            None, bare(PurePosixPath(lookup.file).stem), bare(PurePosixPath(pair[0].file).stem)
        ).ratio()

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


def _looked_up(found: Recognised) -> set[str]:
    return {
        one.lookup.file
        for fit in found.fits
        for filling in fit.section.columns.values()
        for one in (filling, filling.is_won, filling.is_lost, filling.is_closed)
        if one and one.lookup
    }


def _nearest(found: Sequence[Head], export: ExportFolder, unreadable: Sequence[str]) -> str:
    where = export.only or export.folder.name
    opening = f"{where} is not recognised as the export of a product by its columns."
    guide = "Copy a mapping from {}, write your columns into it, and import again with --mapping."
    ways = guide.format(bundle.folder("templates") / "mappings")
    if not found:
        why = " ".join(unreadable[:3]) or "It holds no file that can be read: .csv, .tsv, .txt, .xlsx or .parquet."
        return f"{opening} {why}"
    best: tuple[float, Template, str, Head, list[str], list[str]] | None = None
    for template in templates():
        for head in found:
            names = Names(head.columns)
            for table, sections in template.mapping.sections.items():
                for number, section in enumerate(sections):
                    fit = filled_in(table, number, section, head, found)
                    there = [sign for sign in section.recognised_by if names.has(sign)]
                    missing = [sign for sign in section.recognised_by if not names.has(sign)]
                    share = len(there) / max(1, len(section.recognised_by))
                    score = share + len(fit.matched) / 20 + (table in CORE) / 2
                    if there and (best is None or score > best[0]):
                        lacks = [" or ".join(f"'{n.strip()}'" for n in sign.split(" | ")[:3]) for sign in missing]
                        best = score, template, table, head, lacks + list(fit.lacking), sorted(fit.matched)
    if best is None:
        return f"{opening} None of its columns is one that a known product has. {ways}"
    _, template, table, head, lacks, matched = best
    lack = " and ".join(dict.fromkeys(lacks[:4]))
    but = f", but no column {lack}" if lack else ""
    return (
        f"{opening} The nearest is {template.mapping.product} ({table.replace('_', ' ')}): {head.file} has "
        f"{some(matched, most=4)}{but}. {ways}"
    )

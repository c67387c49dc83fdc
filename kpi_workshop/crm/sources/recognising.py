"""Recognition: the columns of an export tell which product it comes from, and a template becomes a proposed mapping."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from ... import bundle
from ...errors import WorkshopError
from ..tables import TABLES
from . import companions, guessing, headings, periods
from . import mapping as mappings
from .exports import ExportFolder
from .fitting import Fit, Names, filled_in
from .mapping import Mapping, Section
from .problems import some
from .reading import KNOWN_ENDINGS, Head, heads

CORE = ("opportunities", "leads", "activities", "stage_changes")
"""A product counts as recognised when one of these was found."""

OPEN_FORMS = ("generic", "plain_words")
"""Templates that fit many exports: they count only where no product does."""

GUESSED = "deals, told by headings and values"
"""What stands for the product where none was recognised."""

LOOKED_INTO = 64 * 2**20
"""A file nobody knows by its names is looked into up to this size: what its columns hold takes reading it whole."""

BESIDE = ("people", "seats", "targets", "costs")
"""What consultants add to a product's export in files of their own."""


@dataclass(frozen=True)
class Template:
    """A mapping of `templates/mappings`, by the name of its file."""

    name: str
    file: Path
    mapping: Mapping


@dataclass
class Recognised:
    """What an export was recognised as: the sections it fills, and the files nobody needs."""

    template: Template
    fits: list[Fit]
    others: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    """Sentences on files that were told for what they are and lack a column."""
    guessed: bool = False
    """Told by headings and values, not as a product."""
    unsure: tuple[str, ...] = ()
    """What of a guess a person should look at."""


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
        if best and best.template.name in OPEN_FORMS:
            best.fits += _not_told_by_names(best.fits, group, export)
        if best:
            used = {fit.head.file for fit in best.fits} | _looked_up(best)
            best.lacking = [*_lacking(best, group), *unreadable]
            if unread := export.unread():
                best.lacking.append(f"Not read, save them as .xlsx or .csv if they matter: {some(unread, most=5)}.")
            best.others = [name for name in export.names() if name not in used]
            best.fits = [replace(fit, section=_any_day(fit.section, export)) for fit in best.fits]
            return best
    return _guessed(found, export) or _refused(found, export, unreadable)


def _refused(found: Sequence[Head], export: ExportFolder, unreadable: Sequence[str]) -> Recognised:
    raise WorkshopError(_nearest(found, export, unreadable))


def _guessed(found: Sequence[Head], export: ExportFolder) -> Recognised | None:
    """The deals of the file that fills most columns, and what lies beside them, told by headings and by values."""
    guesses = [made for head in found if (made := guessing.guess(head, export))]
    best = max(guesses, key=lambda made: (-len(made.unsure), len(made.section.columns)), default=None)
    generic = next(one for one in templates() if one.name == OPEN_FORMS[0])
    fits = []
    if best:
        fits = [Fit("opportunities", 0, best.section, best.head, frozenset(), 0, template=generic.name)]
    fits += _told_beside([head for head in found if not best or head != best.head], fits, export)
    if not any(fit.table in CORE for fit in fits):
        return None
    fits = [replace(fit, section=_any_day(fit.section, export)) for fit in fits]
    mapping = generic.mapping.model_copy(update={"product": GUESSED, "sellers": "add", "faults": "mend"})
    used = {fit.head.file for fit in fits}
    others = [name for name in export.names() if name not in used]
    unsure = best.unsure if best else ()
    return Recognised(replace(generic, mapping=mapping), fits, others, guessed=True, unsure=unsure)


def _not_told_by_names(fits: Sequence[Fit], found: Sequence[Head], export: ExportFolder) -> list[Fit]:
    """Where plain English names tell some files only: what the headings of the others tell."""
    used = {fit.head for fit in fits}
    free = [head for head in found if head not in used and (export.folder / head.file).stat().st_size <= LOOKED_INTO]
    more: list[Fit] = []
    if not any(fit.table == "opportunities" for fit in fits):
        guesses = [made for head in free if (made := guessing.guess(head, export)) and not made.unsure]
        if guesses:
            best = max(guesses, key=lambda made: len(made.section.columns))
            more = [Fit("opportunities", 0, best.section, best.head, frozenset(), 0, template=OPEN_FORMS[0])]
    rest = [head for head in free if not any(fit.head == head for fit in more)]
    there = {fit.table for fit in (*fits, *more)}
    return [*more, *(fit for fit in _told_beside(rest, [*fits, *more], export) if fit.table not in there)]


def _told_beside(heads: Sequence[Head], fits: Sequence[Fit], export: ExportFolder) -> list[Fit]:
    """The tables that no file fills yet, from files whose headings tell them."""
    deals = next((fit.section for fit in fits if fit.table == "opportunities"), None)
    there = {fit.table for fit in fits}
    more: list[Fit] = []
    for head in heads:
        try:
            columns = headings.columns(head, export)
        except WorkshopError:
            continue
        for one in companions.beside(head, columns, deals):
            if one.table not in there or one.table == "activities":
                more.append(Fit(one.table, 0, one.section, one.head, frozenset(), 0, template=OPEN_FORMS[0]))
    named = [fit.section.columns.get("account_id") for fit in (*fits, *more) if fit.table != "accounts"]
    told = [name for one in named if one for name in one.client_columns]
    if told and not any(re.search(headings.CALLED["id"], headings.bare(name)) for name in told):
        more = [_accounts_by_name(fit) if fit.table == "accounts" else fit for fit in more]
    order = list(TABLES)
    return sorted(more, key=lambda fit: order.index(fit.table))


def _accounts_by_name(fit: Fit) -> Fit:
    """Accounts told by their name, where deals and leads name them and give no number."""
    columns = fit.section.columns
    key = columns.get("name", columns["account_id"])
    return replace(fit, section=fit.section.model_copy(update={"columns": columns | {"account_id": key}}))


def _lacking(best: Recognised, found: Sequence[Head]) -> list[str]:
    used = {(fit.head, fit.table) for fit in best.fits}
    return [
        f"{head.file} looks like {table.replace('_', ' ')} and was not used: it has {fit.lacking[0]}."
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
    products: list[Recognised] = []
    forms: list[Recognised] = []
    for template in templates():
        fits = _fits(template, found)
        if any(fit.table in CORE for fit in fits):
            (forms if template.name in OPEN_FORMS else products).append(Recognised(template, fits))
    # The first of equals stays: the workshop's own form before plain words.
    product = max(products, key=_names_known, default=None)
    form = max(forms, key=lambda one: _filled(one.fits), default=None)
    if product is None:
        return form
    product.fits += _beside(product, found)
    # A product whose columns say less than plain words do is a product by chance.
    return form if form and _filled(form.fits) > _filled(product.fits) + 1 else product


def _names_known(one: Recognised) -> int:
    own = _own_names(one.template)
    by_file: dict[tuple[str, str], set[str]] = {}
    for fit in one.fits:
        by_file.setdefault((fit.head.file, fit.head.sheet), set()).update(fit.matched)
    return sum(len(names) + 2 * len(names & own) for names in by_file.values())


def _filled(fits: Sequence[Fit]) -> int:
    """How many of our columns come from a column of the export."""
    return len(
        {
            (fit.table, name)
            for fit in fits
            for name, filling in fit.section.columns.items()
            if filling.constant is None and filling.numbered is None
        }
    )


def _beside(product: Recognised, found: Sequence[Head]) -> list[Fit]:
    """People, teams, targets and costs from files of the product's export that only an open form knows."""
    used = {fit.head for fit in product.fits}
    there = {fit.table for fit in product.fits}
    free = [head for head in found if head not in used]
    fits: list[Fit] = []
    for template in templates():
        if template.name in OPEN_FORMS:
            more = [fit for fit in _fits(template, free) if fit.table in BESIDE and fit.table not in there]
            fits += [fit for fit in more if fit.table not in {one.table for one in fits}]
    return fits


def _own_names(template: Template) -> set[str]:
    sections = (section for group in template.mapping.sections.values() for section in group)
    return {name for section in sections for name in section.client_columns}


def _fits(template: Template, found: Sequence[Head]) -> list[Fit]:
    fits: list[Fit] = []
    for head in found:
        for table, sections in template.mapping.sections.items():
            here = [fit for n, section in enumerate(sections) if (fit := _fit(table, n, section, head, found))]
            here = [replace(fit, template=template.name) for fit in here if not fit.lacking]
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


def _looked_up(found: Recognised) -> set[str]:
    return {
        one.lookup.file
        for fit in found.fits
        for filling in fit.section.columns.values()
        for one in (filling, filling.is_won, filling.is_lost, filling.is_closed)
        if one and one.lookup
    }


_PERIOD = re.compile(
    r"(?:w|kw|cw|wk|week|woche|semaine|semana)[ .-]?\d{1,2}|\d{4}-\d{2}-\d{2}( 00:00:00)?", re.IGNORECASE
)
_FEWEST_PERIODS = 3


def _counts(found: Sequence[Head]) -> str:
    """What to say of a table with a column for each week or month: a count is no list."""
    for head in found:
        named = [name for name in head.columns if name and (periods.named(name) or _PERIOD.fullmatch(name))]
        if len(named) >= _FEWEST_PERIODS:
            return (
                f"{head.file}, row {head.row:,}, has a column for each period ({some(named, most=2)}): sums and "
                "counts, from which no deal and no activity can be told. Export the list itself from the CRM, one row "
                "for each deal or activity, with its day, its seller and its type."
            )
    return ""


def _one_column(found: Sequence[Head]) -> str:
    """What to say where no file has more than one column: they stand further down, or the separator is another."""
    if any(sum(bool(name) for name in head.columns) > 1 for head in found):
        return ""
    head = found[0]
    word = next(name for name in head.columns if name)
    return (
        f"{head.file}, row {head.row:,}, has one column only ({some([word])}). If the table begins further down, take "
        "away the lines above it; if its columns are set apart by another sign than a comma, semicolon, tab or |, "
        "export it with one of these."
    )


def _nearest(found: Sequence[Head], export: ExportFolder, unreadable: Sequence[str]) -> str:
    where = export.name
    opening = f"{where} is not recognised as the export of a product by its columns."
    guide = "Copy a mapping from {}, write your columns into it, and import again with --mapping."
    ways = guide.format(bundle.folder("templates") / "mappings")
    if not found:
        unread = export.unread()
        cure = f" Save {some(unread, most=3)} as .xlsx or .csv." if unread else ""
        nothing = f"It holds no file that can be read: {', '.join(KNOWN_ENDINGS)}, or a .zip of these.{cure}"
        why = " ".join(unreadable[:3]) or nothing
        return f"{opening} {why}"
    if said := _counts(found) or _one_column(found):
        return f"{opening} {said}"
    best: tuple[float, Template, str, Head, list[str], list[str]] | None = None
    for template in templates():
        for head in found:
            names = Names(head.columns)
            for table, sections in template.mapping.sections.items():
                for number, section in enumerate(sections):
                    fit = filled_in(table, number, section, head, found)
                    there = [sign for sign in section.recognised_by if names.has(sign)]
                    missing = [sign for sign in section.recognised_by if not names.has(sign)]
                    score = len(fit.matched) + len(there) - len(missing) + (table in CORE) / 2
                    score -= 2 * (template.name in OPEN_FORMS)
                    if (
                        len(there) >= max(1, len(missing))
                        and fit.matched
                        and not section.each
                        and (best is None or score > best[0])
                    ):
                        lacks = [
                            "no column " + " or ".join(f"'{n.strip()}'" for n in sign.split(" | ")[:3])
                            for sign in missing
                        ]
                        best = score, template, table, head, lacks or list(fit.lacking), sorted(fit.matched)
    if best is None:
        return f"{opening} No known product has enough of its columns in common. {ways}"
    _, template, table, head, lacks, matched = best
    lack = " and ".join(dict.fromkeys(lacks[:4])).replace(" and no column ", " and ")
    but = f", but {lack}" if lack else ""
    return (
        f"{opening} The nearest is {template.mapping.product} ({table.replace('_', ' ')}): {head.file} has "
        f"{some(matched, most=4)}{but}. {ways}"
    )

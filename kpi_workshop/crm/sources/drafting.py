"""The draft of a mapping: what was recognised, written as a readable file that a person can correct."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow.compute as pc

from ...engagement import Engagement
from ...errors import WorkshopError
from ..tables import TABLES
from . import guessing
from . import mapping as mappings
from .exports import ExportFolder
from .fitting import NO_OWNER, Fit
from .mapping import Filling, Section
from .origins import chooser
from .problems import some
from .reading import Layout, read
from .recognising import Recognised, recognise, templates
from .values import texts

DRAFT_FILE = "proposed-mapping.toml"
_SEAL = re.compile(r"^# \(draft ([0-9a-f]{12})\)\n", re.MULTILINE)
_SHOWN = 12
OWNED = {"opportunities": "deals", "activities": "activities"}


@dataclass(frozen=True)
class Draft:
    """A proposed mapping: the file it stands in, what the export was recognised as, and sentences to show."""

    file: Path
    product: str
    says: list[str]
    edited: bool = False
    unsure: tuple[str, ...] = ()

    def sure(self) -> Draft:
        """The draft itself; refused where a person has to look at it first."""
        if self.unsure:
            raise WorkshopError(
                f"The columns of this export are not certain: {'; '.join(self.unsure)}. Nothing was imported. "
                f'Look at {self.file}, correct what is not right, and import with --mapping "{self.file}".'
            )
        return self


def propose(engagement: Engagement, path: Path | str) -> Draft:
    """Recognise the export at `path` and write a proposed mapping into the engagement's folder `crm`.

    A draft that a person has changed is not written over: it stays the proposal until it is used or removed.
    """
    file = engagement.crm / DRAFT_FILE
    if file.is_file() and _was_edited(file):
        product = mappings.load(file).product or "your own mapping"
        return Draft(
            file, product, [f"The proposed mapping {file} was changed by hand and is used as it stands."], True
        )
    export = ExportFolder.at(Path(path))
    found = recognise(export)
    found.fits = [_with_words_meant(fit, export) if fit.table == "opportunities" else fit for fit in found.fits]
    words = {id(fit): _status_words(export, fit) for fit in found.fits if fit.table == "opportunities"}
    found.fits = [_stages_named_alike(fit, found.fits, words) for fit in found.fits]
    text = _written(found, words)
    seal = hashlib.sha256(text.encode()).hexdigest()[:12]
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_text(f"# (draft {seal})\n{text}", encoding="utf-8")
    file.chmod(0o600)
    mappings.load(file)
    return Draft(file, found.template.mapping.product, _says(found, words), unsure=found.unsure)


def _was_edited(file: Path) -> bool:
    text = file.read_text(encoding="utf-8-sig")
    seal = _SEAL.match(text)
    return not seal or hashlib.sha256(text[seal.end() :].encode()).hexdigest()[:12] != seal[1]


def _says(found: Recognised, words: dict[int, dict[str, list[str]]]) -> list[str]:
    product = found.template.mapping.product
    says = [f"Recognised by its columns: {product}."]
    if found.guessed:
        says = ["Not recognised as the export of a product. Its headings and values look like deals; please check."]
    says += [f"  Unsure: {what}." for what in found.unsure]
    for fit in found.fits:
        sheet = f", sheet '{fit.head.sheet}'" if fit.head.sheet else ""
        filled = [name for name in fit.section.columns if fit.section.columns[name].constant is None]
        says.append(f"  {fit.head.file}{sheet} -> {fit.table}: {', '.join(filled)}")
    for fit in found.fits:
        if id(fit) in words and words[id(fit)]:
            parts = [f"{status}: {some(stages, most=8)}" for status, stages in words[id(fit)].items() if stages]
            says.append(f"  {fit.head.file}, status: {'; '.join(parts)}")
            if over := [word for word in words[id(fit)].get("open", []) if re.search(guessing.OVER, word.casefold())]:
                says.append(f"  Counted as open: {some(over)}. If such deals are over, map them to lost.")
        if fit.table in OWNED and fit.section.columns["seller"].constant == NO_OWNER:
            what = f"{OWNED[fit.table]} of {fit.head.file}"
            says.append(f"  Nobody is named who owns the {what}: nothing of them can be told by team or seller.")
        if fit.table != "activities" and any(one.numbered is not None for one in fit.section.columns.values()):
            says.append(f"  {fit.head.file} has no id: its rows are numbered, and nothing else can be linked to them.")
    says += [f"  {sentence}" for sentence in found.lacking]
    if found.others:
        says.append(f"  Not used: {some(found.others, most=8)}.")
    return says


def _status_words(export: ExportFolder, fit: Fit) -> dict[str, list[str]]:
    """Of a status that comes from words: which of the file's words mean what."""
    filling = fit.section.columns["status"]
    if filling.column is None or filling.lookup or not filling.values:
        return {}
    layout = Layout(fit.head.sheet, fit.section.header_row)
    try:
        cells = read(export.folder / fit.head.file, fit.head.file, wanted=[filling.column], layout=layout).table
    except WorkshopError:
        return {}
    choose = chooser(filling.values, filling.otherwise)
    out: dict[str, list[str]] = {"won": [], "lost": [], "open": []}
    for word in pc.unique(texts(cells[filling.column]).drop_null()).to_pylist():
        out.setdefault(choose(word), []).append(word)
    return out


def _with_words_meant(fit: Fit, export: ExportFolder) -> Fit:
    """A status from words knows the file's own ones for won and lost, such as closed_won, beside the template's."""
    still = _status_words(export, fit).get("open", [])
    more = {word: meant for word in still if (meant := guessing.means(word)) != "open"}
    status = fit.section.columns["status"]
    if not more or status.otherwise != "open":
        return fit
    columns = fit.section.columns | {"status": status.model_copy(update={"values": {**status.values, **more}})}
    return replace(fit, section=fit.section.model_copy(update={"columns": columns}))


_WITH_PIPELINE = re.compile(r"(.+) \([^()]+\)$")


def _stages_named_alike(fit: Fit, fits: list[Fit], words: dict[int, dict[str, list[str]]]) -> Fit:
    """Columns of stages carry the pipeline in their name; where the deals' stages do not, it is taken off."""
    filling = fit.section.columns.get("to_stage")
    deals = [other for other in fits if other.table == "opportunities" and other.head == fit.head]
    if not filling or not filling.star or not deals:
        return fit
    known = {word for group in words.get(id(deals[0]), {}).values() for word in group}
    stars = [star for star in fit.section.stars(fit.head.columns).values() if star not in known]
    short = {star: found[1] for star in stars if (found := _WITH_PIPELINE.match(star)) and found[1] in known}
    if not short:
        return fit
    columns = fit.section.columns | {"to_stage": filling.model_copy(update={"values": short})}
    return replace(fit, section=fit.section.model_copy(update={"columns": columns}))


# The file


def _written(found: Recognised, words: dict[int, dict[str, list[str]]]) -> str:
    template = found.template
    said = {one.name: _comments(one.file.read_text(encoding="utf-8")) for one in templates()}
    comments = said[template.name]
    out = [
        f"# Proposed from the columns of the export, which looks like: {template.mapping.product}.",
        f"# Made from templates/mappings/{template.file.name}; every key is explained in generic.toml beside it.",
        "# Correct what is not right, then import with this file: --mapping, or the same command again.",
        *(_comment(f"Unsure: {what}.") for what in found.unsure),
        "",
        f"product = {_text(template.mapping.product)}",
        f'sellers = "{template.mapping.sellers if template.name != "generic" else "add"}"      # '
        + comments.get(("", 0, "sellers"), "sellers nobody knows go to the team Unassigned"),
        f'faults = "{template.mapping.faults}"      # '
        + comments.get(("", 0, "faults"), '"mend" puts rows aside that cannot be right, and counts them'),
    ]
    many = Counter(fit.table for fit in found.fits)
    numbers = Counter[tuple[str, str]]()
    for fit in found.fits:
        out += ["", *_section(fit, said[fit.template], many[fit.table] > 1, numbers, words.get(id(fit), {}))]
    return "\n".join(out) + "\n"


def _section(
    fit: Fit,
    comments: dict[tuple[str, int, str], str],
    several: bool,
    numbers: Counter[tuple[str, str]],
    words: dict[str, list[str]],
) -> list[str]:
    section, table = fit.section, fit.table
    out = [f"[[{table}]]" if several else f"[{table}]", f"file = {_text(section.file)}"]
    if section.sheet:
        out.append(f"sheet = {_text(section.sheet)}")
    if section.header_row:
        out.append(f"header_row = {section.header_row}")
    if section.once_by:
        note = comments.get((table, fit.number, "once_by"), "")
        out += [f"# {note}"] if note else []
        out.append(f"once_by = [{', '.join(_text(name) for name in section.once_by)}]")
    for rule in section.set_aside:
        words_ = rule.is_ or rule.is_not
        out += [
            f"[[{table}.set_aside]]",
            f"column = {_text(rule.column)}",
            f"{'is' if rule.is_ else 'is_not'} = [{', '.join(_text(word) for word in words_)}]",
            f"because = {_text(rule.because)}",
        ]
    out.append(f"[{table}.columns]")
    for name, filling in section.columns.items():
        filling = _numbered_apart(filling, table, section, numbers)
        line = f"{name} = {_filling(filling)}"
        note = comments.get((table, fit.number, name), "")
        if filling.constant == NO_OWNER:
            note = "the export does not say whose they are; add the owner to it and map it here"
        out.append(f"{line}    # {note}" if note else line)
        if name == "status" and words:
            out += [_comment(f"{status}: {some(stages, most=_SHOWN)}") for status, stages in words.items() if stages]
    unfilled = [column.name for column in TABLES[table].columns if column.name not in section.columns]
    if unfilled:
        out.append(f"# not found in the file: {', '.join(unfilled)}")
    return out


def _comment(text: str) -> str:
    # A word of the export may hold line breaks and signs that TOML allows nowhere.
    return "# " + re.sub(r"[\x00-\x1f\x7f]+", " ", text)


def _numbered_apart(filling: Filling, table: str, section: Section, numbers: Counter[tuple[str, str]]) -> Filling:
    if filling.numbered is None:
        return filling
    numbers[table, filling.numbered] += 1
    if numbers[table, filling.numbered] == 1:
        return filling
    apart = f"{filling.numbered}{PurePosixPath(section.file).stem}-{section.sheet}"
    return filling.model_copy(update={"numbered": apart})


def _filling(filling: Filling) -> str:
    given: dict[str, Any] = {}
    for key in type(filling).model_fields:
        value = getattr(filling, key)
        if key not in ("instead", "known") and value != type(filling).model_fields[key].default:
            given[key] = value
    if set(given) == {"column"}:
        return _text(given["column"])
    return _inline(given)


def _inline(given: dict[str, Any]) -> str:
    return "{ " + ", ".join(f"{_key(key)} = {_value(value, key)}" for key, value in given.items()) + " }"


def _value(value: Any, key: str = "") -> str:
    if isinstance(value, Filling):
        return _filling(value)
    if isinstance(value, mappings.Lookup):
        kept = {"file": value.file, "column": value.column, "gives": value.gives}
        return _inline(kept | ({"or_empty": True} if value.or_empty else {}))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if value != int(value) else str(int(value))
    if isinstance(value, dict):
        return _inline(value)
    if isinstance(value, list | tuple) and len(value) == 1 and key == "currency":
        return _text(value[0])
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(one) for one in value)}]"
    return _text(str(value))


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _text(text: str) -> str:
    # TOML's quoted text has JSON's escapes, and forbids one sign more.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comments(template: str) -> dict[tuple[str, int, str], str]:
    """What the template says behind a line, by table, number of the section and key."""
    found: dict[tuple[str, int, str], str] = {}
    counts = Counter[str]()
    table, above = "", ""
    for line in template.splitlines():
        if header := re.match(r"\[\[?([a-z_]+)\]\]?\s*(#.*)?$", line):
            table = header[1]
            counts[table] += 1
        if (key := re.match(r"([a-z_]+) = ", line)) and (said := re.search(r"(?<=[\"\]}0-9e])\s+# (.*)$", line)):
            found[table, max(0, counts[table] - 1), key[1]] = said[1]
        if line.startswith("once_by") and above.startswith("# "):
            found[table, max(0, counts[table] - 1), "once_by"] = above[2:]
        above = line
    return found

"""Which column of a list of people is what: by its heading, by what stands in it, and through the lists beside it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..crm.sources import frames
from ..errors import WorkshopError, did_you_mean, listed
from . import sheets
from .people_words import HEADINGS, MANAGER_HEADINGS
from .sheets import Row, Sheet

FIELDS = (*HEADINGS, "manager")
WORDS = {
    "id": "id", "first": "first name", "last": "last name", "known_as": "preferred name", "name": "name",
    "title": "title", "team": "team", "email": "e-mail", "first_day": "first day", "last_day": "last day",
    "manager": "manager", "time_zone": "time zone",
}  # fmt: skip
_STATE = re.compile(r"\s*\((terminated|on leave|inactive|deactivated)\)$", re.IGNORECASE)
"""What Workday and others write behind the name of somebody who left."""
_AFTER_A_NAME = {"jr", "sr", "ii", "iii", "iv", "phd", "md", "mba", "esq"}


@dataclass(frozen=True)
class PeopleExport:
    """A list of people as read, with the place of each field's column; `dates` is their order, "" if to be found."""

    file: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    places: Mapping[str, int]
    notes: tuple[str, ...] = ()
    dates: str = ""

    def cell(self, row: Row, field: str) -> str:
        """What a row says in a field, spaces tidied; "" where the list has no such column."""
        return " ".join(row.cell(self.places[field]).split()) if field in self.places else ""

    def name(self, row: Row) -> str:
        """The person's name as people say it, first name first."""
        parts = [self.cell(row, "first"), self.cell(row, "last")]
        if self.places.keys() & {"first", "last"}:
            return " ".join(part for part in parts if part)
        return spoken_name(self.cell(row, "name"))

    def lines(self) -> list[str]:
        """The proposed matching in plain sentences."""
        out = [f"{self.file}: {len(self.rows):,} rows. The columns were read so:"]
        out += [f"  {WORDS[field]}: '{self.headings[place]}'" for field, place in self.places.items()]
        unused = [name for at, name in enumerate(self.headings) if name and at not in self.places.values()]
        out += [f"  not used: {', '.join(unused)}"] if unused else []
        return out + [f"  {note}" for note in self.notes]

    def toml(self) -> str:
        """The matching as a file that a person can edit and give back."""
        lines = [f"# Which column of {self.file} is what. Take a line out to leave that column out."]
        lines += [f"{field} = {quoted(self.headings[place])}" for field, place in self.places.items()]
        known = ", ".join(field for field in FIELDS if field not in self.places)
        return "\n".join([*lines, f"# Not found, to be added: {known}", '# dates = "D/M/Y"  # or "M/D/Y", "Y-M-D"', ""])


def read(path: Path, *, matching: Path | None = None) -> PeopleExport:
    """The list of people at `path`, a file or a folder, with a proposal which column is what.

    In a folder, the list is the file in which most columns are recognised. Lists beside it are asked where it holds
    only an id: `department_id` finds its name in a `departments.csv` that has the columns department_id and
    department_name. `matching` is a TOML file that decides instead of the proposal. Raises WorkshopError where no
    column holds names, or where the matching names a column that is not there.
    """
    path = Path(path).expanduser()
    given = _matching(matching) if matching and matching.is_file() else None
    main, others = _main_and_others(path, set((given or {}).values()))
    headings, rows, notes = _table(main)
    for other in others:
        headings, rows, told = _joined(headings, rows, other)
        notes += told
    places = _given_places(given, headings, main.file) if given is not None else _places(headings, rows)
    if not places.keys() & {"name", "first", "last"}:
        shown = ", ".join(name for name in headings if name)
        raise WorkshopError(
            f"{main.file}: no column of names was recognised. It has: {shown}. Say which one in a matching file: "
            'name = "your column".'
        )
    return PeopleExport(main.file, headings, rows, places, tuple(notes), (given or {}).get("dates", ""))


def spoken_name(name: str) -> str:
    """A name written "Last, First" with the first name first; every other as it is.

    >>> spoken_name("Lovelace, Ada"), spoken_name("Martin Luther King, Jr.")
    ('Ada Lovelace', 'Martin Luther King, Jr.')
    """
    name = _STATE.sub("", name)
    last, comma, first = (part.strip() for part in name.partition(","))
    if not comma or not last or not first or "," in first or fold(first) in _AFTER_A_NAME:
        return name
    return f"{first} {last}"


def fold(text: str) -> str:
    """A heading or a name without case, marks and doubled spaces.

    >>> fold("Employee #"), fold("E-mail_address")
    ('employee number', 'e mail address')
    """
    return " ".join(re.sub(r"[\W_]+", " ", text.replace("#", " number ").replace("'", "").casefold()).split())


def quoted(text: str) -> str:
    """A text as a TOML string, whose escapes are those of JSON.

    >>> print(quoted('Manager "direct"'))
    "Manager \\"direct\\""
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


# Files


def _main_and_others(path: Path, wanted: set[str]) -> tuple[Sheet, list[Sheet]]:
    if path.is_file():
        main = sheets.read(path)
        beside = [file for file in _lists(path.parent) if file.name != path.name]
        return main, [sheet for sheet in map(_readable, beside) if sheet]
    if not path.is_dir():
        raise WorkshopError(f"There is no file or folder '{path}' to import.")
    found = [sheet for sheet in map(_readable, _lists(path)) if sheet]
    if not found:
        raise WorkshopError(f"'{path}' holds no list that can be read: {', '.join(sheets.ENDINGS)}.")

    def score(sheet: Sheet) -> tuple[int, int]:
        headings, rows, _ = _table(sheet)
        return len(wanted.intersection(headings)), len(_places(headings, rows))

    main = max(found, key=score)
    return main, [sheet for sheet in found if sheet is not main]


def _lists(folder: Path) -> list[Path]:
    known = {ending for ending in sheets.ENDINGS if ending != ".txt"}
    return [f for f in sorted(folder.iterdir()) if f.is_file() and f.suffix.lower() in known and f.name[0] not in ".~"]


def _readable(path: Path) -> Sheet | None:
    try:
        return sheets.read(path)
    except WorkshopError:
        return None


def _table(sheet: Sheet) -> tuple[tuple[str, ...], tuple[Row, ...], list[str]]:
    at = frames.columns_row([row.cells for row in sheet.rows[: frames.SEARCHED]], ()) - 1
    headings = tuple(" ".join(cell.split()) for cell in sheet.rows[at].cells)
    rows = list(sheet.rows[at + 1 :])
    notes = [sheet.note] if sheet.note else []
    numbered = [(row.number, row) for row in rows]
    below = frames.cut_footer(numbered, [frames.shape(r.cells) for r in rows], len(headings), sheet.file)
    notes += [below] if below else []
    if at:
        notes.append(f"{sheet.file}: what stands above row {sheet.rows[at].number:,} was passed over.")
    return headings, tuple(row for _, row in numbered), notes


def _joined(
    headings: tuple[str, ...], rows: tuple[Row, ...], other: Sheet
) -> tuple[tuple[str, ...], tuple[Row, ...], list[str]]:
    """The table with the names that another list gives for the ids in one of its columns."""
    named, listed_rows, _ = _table(other)
    folded = [fold(name) for name in named]
    for place, heading in enumerate(headings):
        base = fold(heading).removesuffix(" id")
        names = [at for at, name in enumerate(folded) if name in (f"{base} name", f"{base} title")]
        if base == fold(heading) or fold(heading) not in folded or not names or named[names[0]] in headings:
            continue
        key = folded.index(fold(heading))
        looked_up = {row.cell(key).strip(): row.cell(names[0]) for row in listed_rows}
        absent = [r for r in rows if r.cell(place).strip() and r.cell(place).strip() not in looked_up]
        if absent:
            raise WorkshopError(
                listed([f"Row {r.number:,}: {heading} '{r.cell(place)}' is not in {other.file}." for r in absent])
            )
        width = len(headings)
        rows = tuple(
            Row(r.number, (*(r.cell(at) for at in range(width)), looked_up.get(r.cell(place).strip(), "")))
            for r in rows
        )
        note = f"{named[names[0]]} comes from {other.file}, through {heading}."
        return (*headings, named[names[0]]), rows, [note]
    return headings, rows, []


# Matching


def _matching(file: Path) -> dict[str, str]:
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkshopError(f"{file} cannot be read as TOML: {error}.") from None
    known = (*FIELDS, "dates")
    wrong = [
        f"'{name}' is nothing a list says of a person. {did_you_mean(name, known)}"
        for name in given.keys() - set(known)
    ]
    wrong += [f"{name}: write the column's name in quotes." for name, value in given.items() if type(value) is not str]
    if wrong:
        raise WorkshopError(f"{file.name} needs a correction:\n{listed(wrong)}")
    return given


def _given_places(given: Mapping[str, str], headings: tuple[str, ...], file: str) -> dict[str, int]:
    asked = {field: heading for field, heading in given.items() if field != "dates"}
    wrong = [
        f"{file} has no column '{heading}'. {did_you_mean(heading, [h for h in headings if h])}".strip()
        for heading in asked.values()
        if heading not in headings
    ]
    if wrong:
        raise WorkshopError(listed(wrong))
    return {field: headings.index(heading) for field, heading in asked.items()}


def _places(headings: Sequence[str], rows: Sequence[Row]) -> dict[str, int]:
    folded = [fold(heading) for heading in headings]
    found: dict[str, int] = {}
    for field, names in HEADINGS.items():
        place = next((folded.index(name) for name in names if name in folded), None)
        if place is not None and place not in found.values():
            found[field] = place
    # "Name" beside "Vorname", "nom" and "nombre" are family names or whole names, as what stands beside them says.
    if "first" in found and "last" not in found and "name" in found:
        found["last"] = found.pop("name")
    elif "first" in found and "last" not in found and folded[found["first"]] == "nombre":
        found["name"] = found.pop("first")
    elif "last" in found and "first" not in found and folded[found["last"]] == "nom":
        found["name"] = found.pop("last")
    columns = [[" ".join(row.cell(at).split()) for row in rows] for at in range(len(headings))]
    if "name" not in found and not {"first", "last"} <= found.keys():
        others = [[] if folded[at] in MANAGER_HEADINGS else cells for at, cells in enumerate(columns)]
        _by_content(found, "name", others, _are_names)
    elif {"first", "last"} <= found.keys():
        found.pop("name", None)
    if "email" not in found:
        _by_content(found, "email", columns, lambda cells: all("@" in cell for cell in cells))
    manager = _manager(folded, columns, found)
    if manager is not None:
        found["manager"] = manager
    order = [*FIELDS[:6], "manager", *FIELDS[6:-1]]
    return {field: found[field] for field in order if field in found}


def _by_content(
    found: dict[str, int], field: str, columns: Sequence[list[str]], holds: Callable[[list[str]], bool]
) -> None:
    for place, cells in enumerate(columns):
        filled = [cell for cell in cells if cell]
        if place not in found.values() and filled and 2 * len(filled) > len(cells) and holds(filled):
            found[field] = place
            return


def _are_names(cells: list[str]) -> bool:
    words = [cell for cell in cells if re.fullmatch(r"[^\W\d_][^\d_@]*[\s,][^\d_@]+", cell)]
    return len(words) >= 0.9 * len(cells) and len(set(cells)) >= 0.9 * len(cells)


def _manager(folded: Sequence[str], columns: Sequence[list[str]], found: Mapping[str, int]) -> int | None:
    """The column of managers: of those so headed the one that names most people, else one that names nobody else."""
    known = _everybody(columns, found)

    def named(place: int) -> float:
        filled = [cell for cell in columns[place] if cell]
        return sum(fold(spoken_name(cell)) in known for cell in filled) / len(filled) if filled else 0.0

    free = [at for at in range(len(folded)) if at not in found.values()]
    headed = [at for at in free if folded[at] in MANAGER_HEADINGS]
    if headed:
        return max(headed, key=lambda at: (named(at), -MANAGER_HEADINGS.index(folded[at])))
    by_content = [at for at in free if named(at) == 1.0 and 1 < len(set(columns[at]) - {""}) < len(columns[at])]
    return by_content[0] if len(by_content) == 1 else None


def _everybody(columns: Sequence[list[str]], found: Mapping[str, int]) -> set[str]:
    def cells(field: str) -> Iterable[str]:
        return columns[found[field]] if field in found else ()

    whole = [f"{first} {last}" for first, last in zip(cells("first"), cells("last"), strict=False)]
    names = [*whole, *map(spoken_name, cells("name")), *cells("id"), *cells("email")]
    return {fold(name) for name in names} - {""}

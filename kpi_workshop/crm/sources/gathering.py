"""The files of an export that a mapping reads: found, read once, and held against the columns they should have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...errors import WorkshopError, nearest
from ..tables import TABLES, Table
from . import values
from .exports import ExportFolder
from .mapping import Filling, Mapping, Section
from .problems import Problems, some
from .reading import Export, Layout, heads, read


class Gathered:
    """Reads what the sections of a mapping name; what is missing or cannot be read goes to the problems."""

    def __init__(self, export: ExportFolder, mapping: Mapping, problems: Problems, *, copied: Path) -> None:
        self.files: dict[str, Path] = {}
        """Where each file that was read lies, by its name."""
        self._export, self._mapping, self._problems, self._copied = export, mapping, problems, copied
        self._read: dict[tuple[str, Layout], Export] = {}
        self._others: dict[tuple[str, str], list[str]] = {}
        self._wanted = self._columns_wanted()

    def by_table(self) -> dict[str, list[tuple[Section, list[Export]]]]:
        """For each table its sections, with the files of each; a section of which one is missing is left out."""
        found: dict[str, list[tuple[Section, list[Export]]]] = {}
        for table, sections in self._mapping.sections.items():
            for section in sections:
                named = self._find(section, report=True)
                exports = [e for path, name in named if (e := self._export_of(path, name, section, table))]
                if section.optional and not sum(export.table.num_rows for export in exports):
                    continue
                self._problems.add(
                    *(
                        f"{e.file} has no rows below its column names: export it again, or leave it out."
                        for e in exports
                        if not e.table.num_rows
                    )
                )
                if exports and len(exports) == len(named):
                    found.setdefault(table, []).append((section, exports))
        return found

    def other_file(self, file: str, column: str) -> list[str]:
        """The cells of a column of another file, which lies beside the export or was copied at an earlier import."""
        if (file, column) not in self._others:
            found: list[str] = []
            for path, name in self._beside(file):
                export = read(path, name, wanted=[column])
                if column not in export.table.column_names:
                    known = [title for title in export.header if title]
                    raise WorkshopError(f"{name} has no column '{column}'. It has: {', '.join(known[:8])}.")
                if export.faults:
                    raise WorkshopError("\n".join(export.faults))
                self.files[name] = path
                found += values.texts(export.table[column]).to_pylist()
            self._others[file, column] = found
        return self._others[file, column]

    def _columns_wanted(self) -> dict[tuple[str, Layout], set[str]]:
        """The columns that any section reads of a file, so that the file is read once."""
        wanted: dict[tuple[str, Layout], set[str]] = {}
        for section in self._sections():
            for path, name in self._find(section):
                columns = wanted.setdefault((name, _layout(section)), set())
                columns.update(section.client_columns)
                if section.each:
                    columns.update(section.stars(n for head in heads(path, name) for n in head.columns))
        return wanted

    def _sections(self) -> Iterator[Section]:
        for sections in self._mapping.sections.values():
            yield from sections

    def _find(self, section: Section, *, report: bool = False) -> list[tuple[Path, str]]:
        try:
            return self._export.files(section.file)
        except WorkshopError as error:
            if report and (not section.optional or self._export.has(section.file)):
                self._problems.add(str(error))
            return []

    def _export_of(self, path: Path, name: str, section: Section, table: str) -> Export | None:
        key = (name, _layout(section))
        if key not in self._read:
            try:
                self._read[key] = read(path, name, wanted=sorted(self._wanted[key]), layout=key[1])
                self.files[name] = path
            except WorkshopError as error:
                self._problems.add(str(error))
                return None
        export = self._read[key]
        lacking = missing_columns(section, export, TABLES[table])
        self._problems.add(*lacking)
        self._problems.add(*export.faults)
        if lacking:
            return None
        names = dict.fromkeys([*section.client_columns, *section.stars(export.header)])
        kept = export.table.select([column for column in names if column in export.table.column_names])
        return Export(export.file, export.header, kept, export.rows, export.notes)

    def _beside(self, file: str) -> list[tuple[Path, str]]:
        here, copied = ExportFolder(self._export.folder), ExportFolder(self._copied)
        return copied.files(file) if not here.has(file) and copied.has(file) else here.files(file)


def missing_columns(section: Section, export: Export, table: Table) -> list[str]:
    """One line for each mapped column the file does not have, with the nearest it has."""
    section = section.for_header(export.header)
    if section.each and not section.stars(export.header):
        return [f"{export.file} has no column like '{section.each[0]}'."]
    unused = [name for name in export.header if name and name not in section.client_columns]
    lines = []
    wanted = {name: key for key, filling in section.columns.items() for name in filling.client_columns}
    for name in section.client_columns:
        if name in export.header:
            continue
        key = wanted.get(name)
        close = _near(name, key or "", unused)
        if close and key and section.columns[key].column:
            end = "." if section.columns[key] == Filling(column=name) else ", ... }."
            start = f'{key} = "' if end == "." else f'{key} = {{ column = "'
            cure = f"It has '{close}': map it with {start}{close}\"{end}"
        else:
            cure = f"It has {some((n for n in export.header if n), most=8)}."
        lines.append(f"{export.file} has no column '{name}'. {cure}")
    return lines


def _near(name: str, key: str, names: list[str]) -> str:
    def bare(text: str) -> str:
        return "".join(c for c in text.casefold() if c.isalnum())

    by_bare = {bare(n): n for n in reversed(names)}
    for word in (name, key):
        if word and (bare(word) in by_bare):
            return by_bare[bare(word)]
        close = nearest(bare(word), by_bare, most=1)
        if close:
            return by_bare[close[0]]
    return ""


def _layout(section: Section) -> Layout:
    return Layout(section.sheet, section.header_row, section.encoding, section.separator)

"""The CRM import: exports become canonical tables and an org chart, all of it or nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from ..engagement import Engagement
from ..errors import WorkshopError
from ..kinds import Seat
from ..records import ALWAYS
from . import checking, proposals
from . import mapping as mappings
from .exports import ExportFolder
from .mapping import MAPPING_FILE, Mapping, Section
from .problems import Problems
from .reading import Export, Layout, read
from .shaping import Shaped, Surroundings, missing_columns, shape
from .storing import EXPORTS_FOLDER, swapped
from .tables import TABLES


@dataclass
class ImportSummary:
    """What an import read, kept and put aside, what is doubtful, and what it proposes for the org chart."""

    mapping: str
    rows: dict[str, int] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    set_aside: dict[str, dict[str, int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    stayed: dict[str, int] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The summary as plain sentences, ready to be printed."""
        out = [f"Rows imported with {self.mapping}:"]
        for table, kept in self.rows.items():
            out.append(f"  {table}: {self.read[table]:,} read, {kept:,} kept")
            out += [f"    {many:,} put aside: {why}" for why, many in self.set_aside.get(table, {}).items()]
        out += [f"  {table}: {many:,} stay from an earlier import" for table, many in self.stayed.items()]
        if self.added:
            out.append(f"Recorded in the org chart and targets: {', '.join(self.added)}.")
        for heading, lines in (("Worth knowing:", self.notes), ("Proposed, not changed:", self.proposed)):
            if lines:
                out += [heading, *(f"  {line}" for line in lines)]
        return out


def import_crm(engagement: Engagement, path: Path | str, *, mapping: Path | str | None = None) -> ImportSummary:
    """Read the export at `path` (a folder or one file) into the engagement's canonical tables and its org chart.

    Without `mapping`, the engagement's own `crm/mapping.toml` is used, else a `mapping.toml` beside the export. A file
    alone fills the tables whose section names it. Tables the export does not bring stay as they are.

    Everything that is wrong is told in one `WorkshopError`, and then nothing was changed: neither tables, records,
    copied exports nor the mapping. What is doubtful is a note in the summary.
    """
    export = ExportFolder.at(Path(path))
    mapping_file = _mapping_file(engagement, export, mapping)
    chosen = mappings.load(mapping_file)
    if export.only:
        chosen = _for_one_file(chosen, export.only, mapping_file.name)
    summary = ImportSummary(mapping_file.name)
    work = _Import(engagement, export, chosen, summary)
    tables, plan = work.run()
    with swapped(engagement, work.files, mapping_file, tables) as summary.stayed:
        if plan.entries:
            engagement.records.save_all(plan.entries, effective=ALWAYS, by=proposals.BY)
    return summary


def _mapping_file(engagement: Engagement, export: ExportFolder, given: Path | str | None) -> Path:
    if given is not None:
        return Path(given).expanduser().absolute()
    for file in (engagement.crm / MAPPING_FILE, export.folder / MAPPING_FILE):
        if file.is_file():
            return file
    raise WorkshopError(
        f"There is no mapping yet. Copy templates/mappings/generic.toml to {engagement.crm / MAPPING_FILE}, "
        "write your columns into it, and import again; or name one with --mapping."
    )


def _for_one_file(mapping: Mapping, name: str, mapping_name: str) -> Mapping:
    alone = ExportFolder(Path(), name)
    kept = {
        table: tuple(section for section in sections if alone.has(section.file))
        for table, sections in mapping.sections.items()
    }
    kept = {table: sections for table, sections in kept.items() if sections}
    if not kept:
        files = dict.fromkeys(section.file for sections in mapping.sections.values() for section in sections)
        raise WorkshopError(f"{mapping_name} maps no file '{name}'. It maps: {', '.join(files)}.")
    return mapping.model_copy(update={"sections": kept})


class _Import:
    """One import from the first file read to the tables and records that are ready to be written."""

    def __init__(self, engagement: Engagement, export: ExportFolder, mapping: Mapping, summary: ImportSummary) -> None:
        self.engagement, self.export, self.mapping, self.summary = engagement, export, mapping, summary
        self.problems = Problems()
        self.files: dict[str, Path] = {}
        self._others: dict[tuple[str, str], list[str]] = {}
        self._wanted: dict[tuple[str, Layout], set[str]] = {}
        self._read: dict[tuple[str, Layout], Export] = {}

    def run(self) -> tuple[dict[str, pa.Table], proposals.Proposals]:
        parts = self._shaped()
        self._refuse()
        records = {
            name: self._merge(name, parts[name]) for name in TABLES if TABLES[name].from_records and name in parts
        }
        chart = proposals.chart(
            {name: table.to_pylist() for name, table in records.items()}, self.engagement.records, self.problems
        )
        names = chart.names(self.engagement.records)
        strangers: list[str] = []
        for name, sections in parts.items():
            for part in sections:
                checking.periods(name, part, self.problems)
                if name == "opportunities":
                    checking.deals(part, self.problems)
                if name in checking.SELLERS:
                    strangers += checking.sellers(part, names, unknown=self.mapping.sellers, problems=self.problems)
        tables = {name: self._merge(name, parts[name]) for name in parts if not TABLES[name].from_records}
        self._refuse()
        plan = proposals.propose(chart, strangers, self.engagement.records)
        self._summarise(parts, records | tables, plan)
        if "opportunities" in tables:
            seats = [*self.engagement.records.current(Seat).values(), *(record for _, record in plan.entries)]
            # Who sells in one seat sells, whatever else they do in another.
            held = sorted((s for s in seats if isinstance(s, Seat)), key=lambda seat: seat.role == "seller")
            roles = {seat.person: seat.role for seat in held}
            self.summary.notes += checking.owners(tables["opportunities"], roles, today=dt.date.today())
        self.summary.notes += checking.links(tables)
        return tables, plan

    def _refuse(self) -> None:
        where = self.export.only or self.export.folder.name
        self.problems.refuse(opening=f"Nothing was imported from {where}, and nothing was changed:")

    def _shaped(self) -> dict[str, list[Shaped]]:
        found: dict[str, list[tuple[Section, list[Export]]]] = {}
        for sections in self.mapping.sections.values():
            for section in sections:
                for _, name in self._find(section):
                    self._wanted.setdefault((name, _layout(section)), set()).update(section.client_columns)
        for table, sections in self.mapping.sections.items():
            for section in sections:
                named = self._find(section, report=True)
                exports = [e for path, name in named if (e := self._export(path, name, section, table))]
                if section.optional and not sum(export.table.num_rows for export in exports):
                    continue
                self.problems.add(
                    *(f"{e.file} has no rows below its column names." for e in exports if not e.table.num_rows)
                )
                if exports and len(exports) == len(named):
                    found.setdefault(table, []).append((section, exports))
        zone = self.engagement.settings.calendar.time_zone
        around = {t: Surroundings(TABLES[t], zone, self._other_file, self.problems) for t in found}
        parts: dict[str, list[Shaped]] = {}
        for table, pairs in found.items():
            for section, exports in pairs:
                try:
                    parts.setdefault(table, []).append(shape(section, exports, around[table]))
                except WorkshopError as error:
                    self.problems.add(str(error))
        return parts

    def _find(self, section: Section, *, report: bool = False) -> list[tuple[Path, str]]:
        try:
            return self.export.files(section.file)
        except WorkshopError as error:
            if report and (not section.optional or self.export.has(section.file)):
                self.problems.add(str(error))
            return []

    def _export(self, path: Path, name: str, section: Section, table: str) -> Export | None:
        key = (name, _layout(section))
        if key not in self._read:
            try:
                self._read[key] = read(path, name, wanted=sorted(self._wanted[key]), layout=key[1])
                self.files[name] = path
            except WorkshopError as error:
                self.problems.add(str(error))
                return None
        export = self._read[key]
        lacking = missing_columns(section, export, TABLES[table])
        self.problems.add(*lacking)
        if lacking:
            return None
        return Export(
            export.file, export.header, export.table.select(section.client_columns), export.rows, export.notes
        )

    def _other_file(self, file: str, column: str) -> list[str]:
        from . import values

        if (file, column) not in self._others:
            found: list[str] = []
            for path, name in self._beside(file):
                export = read(path, name, wanted=[column])
                if column not in export.table.column_names:
                    known = [title for title in export.header if title]
                    raise WorkshopError(f"{name} has no column '{column}'. It has: {', '.join(known[:8])}.")
                self.files[name] = path
                found += values.texts(export.table[column]).to_pylist()
            self._others[file, column] = found
        return self._others[file, column]

    def _beside(self, file: str) -> list[tuple[Path, str]]:
        here = ExportFolder(self.export.folder)
        copied = ExportFolder(self.engagement.crm / EXPORTS_FOLDER)
        return copied.files(file) if not here.has(file) and copied.has(file) else here.files(file)

    def _merge(self, name: str, parts: list[Shaped]) -> pa.Table:
        table, notes = checking.merged(TABLES[name], parts, self.problems)
        self.summary.notes += notes
        return table

    def _summarise(
        self, parts: dict[str, list[Shaped]], tables: dict[str, pa.Table], plan: proposals.Proposals
    ) -> None:
        summary = self.summary
        for name, table in tables.items():
            summary.rows[name] = table.num_rows
            summary.read[name] = sum(part.read for part in parts[name])
            for part in parts[name]:
                for why, many in part.set_aside.items():
                    reasons = summary.set_aside.setdefault(name, {})
                    reasons[why] = reasons.get(why, 0) + many
        said = [note for sections in parts.values() for part in sections for note in part.notes]
        summary.notes[:] = list(dict.fromkeys([*said, *summary.notes, *plan.notes]))
        summary.added, summary.proposed = plan.added, plan.proposed


def _layout(section: Section) -> Layout:
    return Layout(section.sheet, section.header_row, section.encoding, section.separator)

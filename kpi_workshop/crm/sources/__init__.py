"""The CRM import: exports become canonical tables and an org chart, all of it or nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa

from ...engagement import Engagement
from ...errors import WorkshopError
from ...kinds import Seat
from ...numbers import counted, joined
from ..tables import TABLES
from . import checking, conversion, drafting, lines, lock, moves, news, proposals, storing
from . import mapping as mappings
from .exports import ExportFolder
from .gathering import Gathered
from .mapping import MAPPING_FILE, Mapping, Section
from .problems import Problems
from .reading import Export
from .shaped import Shaped, Surroundings
from .shaping import shape
from .storing import EXPORTS_FOLDER
from .summary import ImportSummary
from .zones import Zones


def import_crm(engagement: Engagement, path: Path | str, *, mapping: Path | str | None = None) -> ImportSummary:
    """Read the export at `path` (a folder or one file) into the engagement's canonical tables and its org chart.

    Without `mapping`, the engagement's own `crm/mapping.toml` is used, else a `mapping.toml` beside the export, else
    the mapping that `drafting.propose` makes from the export's columns. A file
    alone fills the tables whose section names it; rows that sections of other files gave the same table stay. Tables
    the export does not bring stay as they are. A table it brings is replaced: rows the export no longer holds are
    removed and counted, and stay in the history (`history`). The same export again changes nothing.

    One import runs at a time; a second one waits, then says so. However it ends, all of it happened or nothing
    (`storing` says how).

    Everything that is wrong is told in one `WorkshopError`, and then nothing was changed: neither tables, records,
    copied exports nor the mapping. What is doubtful is a note in the summary.
    """
    export = ExportFolder.at(Path(path))
    with lock.alone(engagement):
        storing.settle(engagement)
        mapping_file = _mapping_file(engagement, path, mapping)
        whole = mappings.load(mapping_file)
        chosen = _for_one_file(whole, export.only, mapping_file.name) if export.only else whole
        summary = ImportSummary(mapping_file.name, numbered=sorted(_without_ids(whole)))
        work = _Import(engagement, export, chosen, summary, whole=whole)
        tables, plan = work.run()
        stored = storing.put(
            engagement,
            tables,
            plan.entries,
            files=work.gathered.files,
            mapping_file=mapping_file,
            without_ids=_without_ids(whole),
        )
        summary.stayed = stored.stayed
        if mapping_file == engagement.crm / drafting.DRAFT_FILE:
            mapping_file.unlink(missing_ok=True)
        news.tell(engagement, summary, stored)
    return summary


def _without_ids(mapping: Mapping) -> frozenset[str]:
    """The tables in which some rows are numbered by their place in a file: nobody knows which row became which."""
    return frozenset(
        table
        for table, sections in mapping.sections.items()
        for section in sections
        if any((filled := section.columns.get(key)) and filled.numbered is not None for key in TABLES[table].key)
    )


def known_mapping(engagement: Engagement, path: Path | str) -> Path | None:
    """The mapping an import of `path` goes by if none is named: the engagement's, else one beside the export."""
    path = Path(path).expanduser().absolute()
    beside = path if path.is_dir() else path.parent
    files = (engagement.crm / MAPPING_FILE, beside / MAPPING_FILE)
    return next((file for file in files if file.is_file()), None)


def _mapping_file(engagement: Engagement, path: Path | str, given: Path | str | None) -> Path:
    if given is not None:
        return Path(given).expanduser().absolute()
    return known_mapping(engagement, path) or drafting.propose(engagement, path).sure().file


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

    def __init__(
        self, engagement: Engagement, export: ExportFolder, mapping: Mapping, summary: ImportSummary, *, whole: Mapping
    ) -> None:
        self.engagement, self.export, self.mapping, self.summary = engagement, export, mapping, summary
        self.whole = whole
        self.mend = mapping.faults == "mend"
        self.problems = Problems()
        self.gathered = Gathered(export, mapping, self.problems, copied=engagement.crm / EXPORTS_FOLDER)

    def run(self) -> tuple[dict[str, pa.Table], proposals.Proposals]:
        parts = self._shaped()
        if self.problems and self.mapping.sellers == "refuse" and all(name in parts for name in self.mapping.sections):
            self._name_unknown_sellers(parts)
        self._refuse()
        records = self._records(parts)
        chart = proposals.chart(
            {name: table.to_pylist() for name, table in records.items()}, self.engagement.records, self.problems
        )
        names = chart.names(self.engagement.records)
        strangers: list[str] = []
        for name, sections in parts.items():
            for part in sections:
                if name == "opportunities":
                    checking.deals(part, self.problems, mend=self.mend)
                # After that open deals have no closing day, whatever day the export expects.
                checking.periods(name, part, self.problems, mend=self.mend)
                if name == "stage_changes":
                    moves.told(part)
                if name in checking.SELLERS:
                    strangers += checking.sellers(part, names, unknown=self.mapping.sellers, problems=self.problems)
        tables = {name: self._merge(name, parts[name]) for name in parts if not TABLES[name].from_records}
        self._refuse()
        tables = {name: self._with_other_files(name, table) for name, table in tables.items()}
        if "leads" in tables:
            deals = tables.get("opportunities", storing.kept_rows(self.engagement, "opportunities"))
            if deals is not None:
                tables["leads"], said = conversion.from_deals(tables["leads"], deals)
                self.summary.notes += [said] if said else []
        if self.mapping.sellers == "add":
            owners = [part for name in checking.SELLERS if name in tables for part in _owners(tables[name])]
            strangers += chart.without_seat(owners, self.engagement.records)
        plan = proposals.propose(chart, strangers, self.engagement.records)
        self._summarise(parts, records | tables, plan)
        if "opportunities" in tables:
            seats = [*self.engagement.records.current(Seat).values(), *(record for _, record in plan.entries)]
            # Who sells in one seat sells, whatever else they do in another.
            held = sorted((s for s in seats if isinstance(s, Seat)), key=lambda seat: seat.role == "seller")
            roles = {seat.person: seat.role for seat in held}
            self.summary.notes += checking.owners(tables["opportunities"], roles, today=dt.date.today())
        self.summary.notes += [*moves.reopened(tables), *checking.links(tables)]
        return tables, plan

    def _records(self, parts: dict[str, list[Shaped]]) -> dict[str, pa.Table]:
        return {name: self._merge(name, parts[name]) for name in TABLES if TABLES[name].from_records and name in parts}

    def _name_unknown_sellers(self, parts: dict[str, list[Shaped]]) -> None:
        """Beside other faults, so that all there is to mend is told at once."""
        rows = {name: table.to_pylist() for name, table in self._records(parts).items()}
        names = proposals.chart(rows, self.engagement.records, self.problems).names(self.engagement.records)
        for name in checking.SELLERS:
            for part in parts.get(name, []):
                checking.sellers(part, names, unknown="refuse", problems=self.problems)

    def _refuse(self) -> None:
        where = self.export.name
        draft = self.engagement.crm / drafting.DRAFT_FILE
        proposed = f" with the proposed mapping {draft}" if self.summary.mapping == draft.name else ""
        self.problems.refuse(opening=f"Nothing was imported from {where}{proposed}, and nothing was changed:")

    def _shaped(self) -> dict[str, list[Shaped]]:
        found = self.gathered.by_table()
        parts: dict[str, list[Shaped]] = {}
        zones = Zones(self.engagement.settings.calendar.time_zone)
        if "people" in found:
            parts["people"] = self._parts("people", found["people"], zones)
        listed = [row for part in parts.get("people", []) for row in part.table.to_pylist()]
        zones = Zones.known(self.engagement, listed)
        # Where zones differ, deals come first: they say whose clock their stage changes and topics go by.
        zones.see_deals(storing.kept_rows(self.engagement, "opportunities") if zones else None)
        for table in sorted(found, key=lambda name: bool(zones) and name != "opportunities"):
            if table != "people":
                parts[table] = self._parts(table, found[table], zones)
            for part in parts[table] if table == "opportunities" else []:
                zones.see_deals(part.table)
        if zones.used:
            self.summary.notes.append(zones.said())
        return {table: parts[table] for table in found if parts.get(table)}

    def _parts(self, table: str, pairs: list[tuple[Section, list[Export]]], zones: Zones) -> list[Shaped]:
        money = self.engagement.settings.currency
        around = Surroundings(TABLES[table], zones, self.gathered.other_file, self.problems, self.mend, money)
        parts = []
        for section, exports in pairs:
            try:
                part = shape(section, exports, around)
                if table == "opportunities":
                    numbered, per_line = _numbered(section, exports[0]), _of_each_line(section, exports[0])
                    lines.together(part, numbered=numbered, added_up=per_line)
                parts.append(part)
            except WorkshopError as error:
                self.problems.add(str(error))
        return parts

    def _merge(self, name: str, parts: list[Shaped]) -> pa.Table:
        table, notes = checking.merged(TABLES[name], parts, self.problems)
        self.summary.notes += notes
        given = sum(part.table.num_rows for part in parts)
        if given > table.num_rows:
            origin = ["source_file", "source_row"]
            all_rows = pa.concat_tables([part.table.select(origin) for part in parts])
            self.summary.repeated[name] = by_file(all_rows.join(table.select(origin), origin, join_type="left anti"))
        return table

    def _with_other_files(self, name: str, table: pa.Table) -> pa.Table:
        """The table, and below it the rows that sections of other files gave it at an earlier import."""
        import pyarrow.compute as pc

        def matches(file: str, sections: tuple[Section, ...]) -> bool:
            return any(ExportFolder(Path(), file).has(section.file) for section in sections)

        here = self.mapping.sections[name]
        others = tuple(section for section in self.whole.sections[name] if section not in here)
        before = storing.kept_rows(self.engagement, name) if others else None
        if before is None:
            return table
        names = pc.unique(before["source_file"]).to_pylist()
        kept = [file for file in names if matches(file, others) and not matches(file, here)]
        stay = before.filter(pc.is_in(before["source_file"], value_set=pa.array(kept, pa.string())))
        key = list(TABLES[name].key)
        ours = table.select(key).cast(pa.schema([TABLES[name].schema.field(part) for part in key]))
        stay = stay.join(ours, key, join_type="left anti").select(before.column_names)
        if stay.num_rows:
            self.summary.notes.append(
                f"{name}: {counted(stay.num_rows, 'row')} of {joined(kept)} kept from an earlier import."
            )
        schema = TABLES[name].schema
        return pa.concat_tables([table.select(schema.names).cast(schema), stay.cast(schema)])

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
                for why, rows in part.aside.items():
                    places = summary.aside_rows.setdefault(name, {}).setdefault(why, {})
                    for file, numbers in by_file(rows).items():
                        places[file] = sorted([*places.get(file, []), *numbers])
            summary.mapped[name] = sorted({column for part in parts[name] for column in part.labels})
        said = [note for sections in parts.values() for part in sections for note in part.notes]
        summary.notes[:] = list(dict.fromkeys([*said, *summary.notes, *plan.notes]))
        summary.added, summary.proposed = plan.added, plan.proposed


def by_file(rows: pa.Table) -> dict[str, list[int]]:
    """The row numbers of `source_row` in ascending order, by `source_file`.

    >>> by_file(pa.table({"source_file": ["a.csv", "a.csv"], "source_row": [7, 2]}))
    {'a.csv': [2, 7]}
    """
    found: dict[str, list[int]] = {}
    for file, row in sorted(zip(rows["source_file"].to_pylist(), rows["source_row"].to_pylist(), strict=True)):
        found.setdefault(file, []).append(row)
    return found


def _numbered(section: Section, export: Export) -> bool:
    return section.for_header(export.header).columns["opportunity_id"].numbered is not None


def _of_each_line(section: Section, export: Export) -> frozenset[str]:
    columns = section.for_header(export.header).columns
    return frozenset(name for name, filling in columns.items() if filling.of_each_line)


def _owners(table: pa.Table) -> list[str]:
    import pyarrow.compute as pc

    return pc.unique(table["seller"].drop_null()).to_pylist()

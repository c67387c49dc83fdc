"""Putting an import in its place: tables, records, copied exports and mapping change together, or not at all.

Each import writes its tables to a folder of its own, `crm/tables/0001`, `0002` and so on, and nobody reads the folder
yet. Then one transaction of the records saves the org chart, the targets and the number of the folder that counts
(`kinds.Import`): that is the moment the import is done. Killed before, at whatever moment, the records name the old
folder and hold the old org chart; killed after, the new folder and the new org chart. The two cannot disagree, because
one commit writes both. A reader asks for the folder once and keeps it: the folder before the last one stays until the
next import.

Copied exports and the mapping wait in the new folder and are moved to `crm/exports` and `crm/mapping.toml` after the
commit. Only imports read them, and every import begins with finishing that move where an earlier one was killed in it,
and with clearing away what an import that never got to its commit had begun (`settle`).
"""

from __future__ import annotations

import contextlib
import filecmp
import hashlib
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...engagement import Engagement
from ...errors import WorkshopError, of_the_system
from ...kinds import CRM, Import, Record
from ...records import ALWAYS
from .. import embedded, engines
from ..tables import TABLES
from . import history
from .mapping import MAPPING_FILE
from .proposals import BY

EXPORTS_FOLDER = "exports"


@dataclass(frozen=True)
class Stored:
    """What putting an import in place came to.

    `number` is the import that counts now. `differs` says for each table that was there before how many rows are new,
    changed and gone, `untold` how many there were and are where rows have no id, `first` which tables are there for
    the first time, and `stayed` the rows of each table that the export does not bring.
    """

    number: int
    is_new: bool
    mapping_changed: bool = False
    differs: dict[str, history.Difference] = field(default_factory=dict)
    untold: dict[str, tuple[int, int]] = field(default_factory=dict)
    first: list[str] = field(default_factory=list)
    stayed: dict[str, int] = field(default_factory=dict)


def put(
    engagement: Engagement,
    tables: dict[str, pa.Table],
    entries: list[tuple[str, Record]],
    *,
    files: dict[str, Path],
    mapping_file: Path,
    without_ids: frozenset[str] = frozenset(),
) -> Stored:
    """Make the tables, records, exports and mapping of one import the ones that count.

    Where tables and records are what they were, no import is counted. `without_ids` names tables whose rows are
    numbered by their place in the file, so that what became of a row cannot be told. Call it below `lock.alone`.
    """
    home, before = engagement.every_import, engagement.tables
    embedded.filled(before)  # a damaged table is named while nothing has been written
    last = engagement.records.get(Import, CRM)
    number = last.number + 1 if last else 1
    draft, past = home / f"{number:04d}", history.folder(engagement, number)
    mapping = hashlib.sha256(mapping_file.read_bytes()).hexdigest()
    try:
        for folder in (home, draft):
            folder.mkdir(mode=0o700, exist_ok=True)
        changed = _write_tables(draft, before, tables)
        stayed = _keep_others(draft, before, tables)
        _stage(engagement, draft, files, mapping_file)
        if last and not changed and not entries:
            _move_staged(engagement, draft)
            shutil.rmtree(draft)
            return Stored(last.number, False, stayed=stayed)
        was, now = _rows(before), _rows(draft)
        differs = {
            name: history.keep(TABLES[name], before / f"{name}.parquet", draft / f"{name}.parquet", into=past)
            for name in changed
            if name in was and name not in without_ids
        }
        untold = {name: (was[name], now[name]) for name in changed if name in was and name in without_ids}
        first = [name for name in changed if name not in was]
        done = Import(number=number, rows=now, mapping=mapping, last_day=engines.last_day_in(draft))
        _to_disk(draft, past)
        engagement.records.save_all([*entries, (CRM, done)], effective=ALWAYS, by=BY)
    except BaseException as error:
        if _counts(engagement) < number:
            shutil.rmtree(draft, ignore_errors=True)
            shutil.rmtree(past, ignore_errors=True)
        if isinstance(error, OSError):
            told = of_the_system(error.errno) or f"{engagement.crm} cannot be written: {error.strerror or error}."
            raise WorkshopError(f"{told} Nothing was changed.") from None
        raise
    # The import counts from here on; what cannot be tidied now is tidied before the next one.
    with contextlib.suppress(OSError):
        settle(engagement)
    return Stored(number, True, bool(last and last.mapping != mapping), differs, untold, first, stayed)


def settle(engagement: Engagement) -> None:
    """Finish what a killed import left: move what it staged after its commit, clear away what never came to one."""
    home, counts = engagement.every_import, _counts(engagement)
    if not home.is_dir():
        return
    for place in _numbered(home):
        if int(place.name) not in (counts, counts - 1):
            shutil.rmtree(place)
    for place in _numbered(history.folder(engagement, 1).parent):
        if int(place.name) > counts:
            shutil.rmtree(place)
    if counts:
        _move_staged(engagement, engagement.tables)


def _numbered(folder: Path) -> list[Path]:
    return [place for place in sorted(folder.glob("*")) if place.is_dir() and re.fullmatch(r"\d{4,}", place.name)]


def kept_rows(engagement: Engagement, table: str) -> pa.Table | None:
    """The rows of a table as the last import left them, or None."""
    import pyarrow.parquet as pq

    file = engagement.tables / f"{table}.parquet"
    return pq.read_table(file).cast(TABLES[table].schema) if file.is_file() else None


def _counts(engagement: Engagement) -> int:
    last = engagement.records.get(Import, CRM)
    return last.number if last else 0


def _write_tables(into: Path, before: Path, tables: dict[str, pa.Table]) -> list[str]:
    """Write the tables, sorted by key; returns those that are not byte for byte what they were (others are links)."""
    import pyarrow.parquet as pq

    changed = []
    for name, table in tables.items():
        definition, file = TABLES[name], into / f"{name}.parquet"
        order: list[tuple[str, Any]] = [(key, "ascending") for key in (*definition.key, "source_file", "source_row")]
        ready = table.select(definition.schema.names).cast(definition.schema).sort_by(order)
        pq.write_table(embedded.spelled(name, ready), file, compression="zstd")
        file.chmod(0o600)
        earlier = before / file.name
        if earlier.is_file() and filecmp.cmp(earlier, file, shallow=False):
            file.unlink()
            _link(earlier, file)
        else:
            changed.append(name)
    return changed


def _keep_others(into: Path, before: Path, tables: dict[str, pa.Table]) -> dict[str, int]:
    import pyarrow.parquet as pq

    stayed = {}
    for file in sorted(before.glob("*.parquet")):
        if file.stem not in tables:
            _link(file, into / file.name)
            stayed[file.stem] = pq.read_metadata(file).num_rows
    return stayed


def _link(source: Path, place: Path) -> None:
    """The same file under a second name, a copy where the drive knows no such thing; tables are never written into."""
    try:
        os.link(source, place)
    except OSError:
        _copy(source, place)


def _stage(engagement: Engagement, draft: Path, files: dict[str, Path], mapping_file: Path) -> None:
    pairs = [(path, Path(EXPORTS_FOLDER) / name) for name, path in files.items()]
    for source, name in [*pairs, (mapping_file, Path(MAPPING_FILE))]:
        place = engagement.crm / name
        if not place.is_file() or not filecmp.cmp(source, place, shallow=False):
            (draft / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _copy(source, draft / name)


def _move_staged(engagement: Engagement, staged: Path) -> None:
    for source in [*sorted((staged / EXPORTS_FOLDER).rglob("*")), staged / MAPPING_FILE]:
        if source.is_file():
            place = engagement.crm / source.relative_to(staged)
            for parent in reversed(place.relative_to(engagement.crm).parents):
                (engagement.crm / parent).mkdir(mode=0o700, exist_ok=True)
            source.replace(place)
    shutil.rmtree(staged / EXPORTS_FOLDER, ignore_errors=True)


def _copy(source: Path, place: Path) -> None:
    shutil.copyfile(source, place)
    place.chmod(0o600)


def _rows(folder: Path) -> dict[str, int]:
    import pyarrow.parquet as pq

    return {file.stem: pq.read_metadata(file).num_rows for file in sorted(folder.glob("*.parquet"))}


def _to_disk(*folders: Path) -> None:
    """Have the system write the files out, so that a power cut after the commit finds them."""
    for folder in folders:
        for path in [*folder.rglob("*"), folder] if folder.is_dir() else []:
            if path.is_dir() and os.name == "nt":
                continue
            opened = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)

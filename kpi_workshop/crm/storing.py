"""Putting an import in its place: tables, copied exports and mapping are swapped in together, or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..engagement import Engagement
from ..errors import WorkshopError
from .mapping import MAPPING_FILE
from .tables import TABLES

EXPORTS_FOLDER = "exports"


@contextlib.contextmanager
def swapped(
    engagement: Engagement,
    files: dict[str, Path],
    mapping_file: Path,
    tables: dict[str, pa.Table],
) -> Iterator[dict[str, int]]:
    """Put tables, copied exports and the mapping in place while the block runs; a fault in it puts the old back.

    Everything is made beside its place first. Gives the rows of each table that stays from an earlier import.
    """
    crm = engagement.crm
    making = crm / f".import-{os.getpid()}-{secrets.token_hex(4)}"
    places = {
        making / "tables": engagement.tables,
        making / EXPORTS_FOLDER: crm / EXPORTS_FOLDER,
        making / "map": crm / MAPPING_FILE,
    }
    put_aside: list[tuple[Path, Path]] = []
    put_in_place: list[Path] = []
    try:
        making.mkdir(mode=0o700, parents=True)
        stayed = _write_tables(making / "tables", engagement.tables, tables)
        _copy_exports(making / EXPORTS_FOLDER, crm / EXPORTS_FOLDER, files)
        _copy(mapping_file, making / "map")
        for number, (new, place) in enumerate(places.items()):
            if place.exists():
                old = making / f"old-{number}"
                place.rename(old)
                put_aside.append((old, place))
            new.rename(place)
            put_in_place.append(place)
        yield stayed
    except BaseException as error:
        for place in put_in_place:
            shutil.rmtree(place) if place.is_dir() else place.unlink()
        for old, place in put_aside:
            old.rename(place)
        if isinstance(error, OSError):
            raise WorkshopError(f"{crm} cannot be written ({error.strerror or error}). Nothing was changed.") from None
        raise
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _write_tables(into: Path, before: Path, tables: dict[str, pa.Table]) -> dict[str, int]:
    import pyarrow.parquet as pq

    stayed: dict[str, int] = {}
    into.mkdir(mode=0o700)
    for name, table in tables.items():
        definition = TABLES[name]
        order: list[tuple[str, Any]] = [(key, "ascending") for key in (*definition.key, "source_file", "source_row")]
        ready = table.select(definition.schema.names).cast(definition.schema).sort_by(order)
        pq.write_table(ready, into / f"{name}.parquet", compression="zstd")
        (into / f"{name}.parquet").chmod(0o600)
    for file in sorted(before.glob("*.parquet")) if before.is_dir() else []:
        if file.stem not in tables:
            _copy(file, into / file.name)
            stayed[file.stem] = pq.ParquetFile(file).metadata.num_rows
    return stayed


def _copy_exports(into: Path, before: Path, files: dict[str, Path]) -> None:
    into.mkdir(mode=0o700)
    earlier = {p.relative_to(before).as_posix(): p for p in sorted(before.rglob("*")) if p.is_file()}
    for name, path in (earlier | files).items():
        (into / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _copy(path, into / name)


def _copy(source: Path, place: Path) -> None:
    shutil.copyfile(source, place)
    place.chmod(0o600)

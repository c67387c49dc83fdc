"""Rows of an export become rows of a canonical table, as one section of the mapping says."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..tables import ARROW
from . import origins, values
from .filling import ColumnFill, label
from .mapping import Section
from .problems import some
from .reading import Export
from .shaped import Shaped, Surroundings

LINKS = ("opportunity_id", "lead_id", "account_id")


def shape(section: Section, exports: list[Export], around: Surroundings) -> Shaped:
    """The section's rows with canonical columns and types; what cannot be read goes to `around.problems`."""
    section = section.for_header(exports[0].header)
    raw = _together(exports)
    files = pa.chunked_array([pa.repeat(pa.scalar(e.file), e.table.num_rows) for e in exports], pa.string())
    rows = pa.chunked_array([chunk for e in exports for chunk in [_flat(e.rows)]], pa.int64())
    origin = pa.table({"source_file": files, "source_row": rows})
    if section.each:
        raw, origin = origins.unpivoted(section, raw, origin)
    shaped = Shaped(origin, read=origin.num_rows)
    shaped.notes += [note for export in exports for note in export.notes]
    raw = _put_aside(section, raw, shaped)
    columns: dict[str, Any] = {}
    lacking: dict[str, Any] = {}
    for column in around.table.columns:
        filling = section.columns.get(column.name)
        if filling is None:
            columns[column.name] = pa.nulls(shaped.table.num_rows, ARROW[column.type])
            continue
        shaped.labels[column.name] = label(column, filling)
        fill = ColumnFill(column, filling, raw, shaped, around)
        filled, empty = fill.read(columns, many_files=len(exports) > 1)
        columns[column.name] = filled if filled is not None else pa.nulls(shaped.table.num_rows, ARROW[column.type])
        if empty is not None:
            lacking[f"'{shaped.labels[column.name]}' is empty or cannot be read"] = empty
    origin = shaped.table
    table = pa.table(columns).append_column("source_file", origin["source_file"])
    shaped.table = table.append_column("source_row", origin["source_row"])
    if section.once_by:
        links = shaped.table.select([name for name in LINKS if name in columns])
        same = origins.repeats(raw, section.once_by, links)
        lacking = {f"the same as another row in {some(section.once_by, most=3)}; only ids differ": same} | lacking
    elif around.table.name == "activities" and (key := section.columns.get("activity_id")) and key.numbered is not None:
        _note_repeats(raw, shaped)
    _take_out(shaped, lacking)
    return shaped


def _note_repeats(raw: pa.Table, shaped: Shaped) -> None:
    many = pc.sum(origins.repeats(raw, tuple(raw.column_names), raw.select([]))).as_py() or 0
    if many:
        shaped.notes.append(
            f"{shaped.files}: {many:,} rows say the same as another one in every column that was read. Without an id "
            "nobody can tell whether they are one; they were kept. To count them once, name the columns in once_by."
        )


def _take_out(shaped: Shaped, reasons: dict[str, Any]) -> None:
    gone: Any = None
    for why, rows in reasons.items():
        mask = rows if gone is None else pc.and_(rows, pc.invert(gone))
        if pc.any(mask).as_py():
            shaped.put_aside(why, mask)
        gone = rows if gone is None else pc.or_(gone, rows)
    if gone is not None and pc.any(gone).as_py():
        shaped.table = shaped.table.filter(pc.invert(gone))


def _flat(rows: Any) -> Any:
    return rows.combine_chunks() if isinstance(rows, pa.ChunkedArray) else rows


def _together(exports: list[Export]) -> pa.Table:
    tables = [export.table for export in exports]
    names = list(dict.fromkeys(name for table in tables for name in table.column_names))
    for name in names:
        kinds = {table.schema.field(name).type for table in tables if name in table.column_names}
        kind = kinds.pop() if len(kinds) == 1 else pa.string()
        tables = [_with_column(table, name, kind) for table in tables]
    return pa.concat_tables([table.select(names) for table in tables])


def _with_column(table: pa.Table, name: str, kind: pa.DataType) -> pa.Table:
    if name not in table.column_names:
        return table.append_column(name, pa.nulls(table.num_rows, kind))
    if table.schema.field(name).type == kind:
        return table
    return table.set_column(table.column_names.index(name), name, values.texts(table[name]))


def _put_aside(section: Section, raw: pa.Table, shaped: Shaped) -> pa.Table:
    for rule in section.set_aside:
        words = pc.fill_null(values.texts(raw[rule.column]), "")
        listed = pc.is_in(words, value_set=pa.array([*rule.is_, *rule.is_not], pa.string()))
        aside = listed if rule.is_ else pc.invert(listed)
        count = pc.sum(aside).as_py() or 0
        if count:
            shaped.put_aside(rule.because, aside)
            raw, shaped.table = raw.filter(pc.invert(aside)), shaped.table.filter(pc.invert(aside))
    return raw

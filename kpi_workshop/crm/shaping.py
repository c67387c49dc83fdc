"""Rows of an export become rows of a canonical table, as one section of the mapping says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..errors import did_you_mean, nearest
from . import dates, values
from .mapping import CLOSED, Filling, Section
from .problems import Problems, by_value, some
from .reading import Export
from .tables import ARROW, Column, Table

Reader = Callable[[str, str], "list[str]"]
"""Gives all values of a column of another file of the export: what `known` and `lookup` ask."""


@dataclass
class Shaped:
    """The canonical rows of one section, and what happened to the others."""

    table: pa.Table
    read: int
    set_aside: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)

    def place(self, column: str) -> Callable[[int], str]:
        """A function that names file, row and the client's column of the i-th row."""
        files, rows = self.table["source_file"], self.table["source_row"]
        label = self.labels.get(column, column)
        return lambda i: f"{files[i].as_py()}, row {rows[i].as_py():,}, column '{label}'"


@dataclass(frozen=True)
class Surroundings:
    """What shaping a section needs beside its own rows."""

    table: Table
    business_zone: str
    other_file: Reader
    problems: Problems


def missing_columns(section: Section, export: Export, table: Table) -> list[str]:
    """One line for each mapped column the file does not have, with the nearest it has."""
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


def shape(section: Section, exports: list[Export], around: Surroundings) -> Shaped:
    """The section's rows with canonical columns and types; what cannot be read goes to `around.problems`."""
    raw = _together(exports)
    files = pa.chunked_array([pa.repeat(pa.scalar(e.file), e.table.num_rows) for e in exports], pa.string())
    rows = pa.chunked_array([chunk for e in exports for chunk in [_flat(e.rows)]], pa.int64())
    shaped = Shaped(pa.table({"source_file": files, "source_row": rows}), read=len(rows))
    shaped.notes += [note for export in exports for note in export.notes]
    raw = _put_aside(section, raw, shaped)
    many_files = len(exports) > 1
    columns: dict[str, Any] = {}
    for column in around.table.columns:
        filling = section.columns.get(column.name)
        if filling is None:
            columns[column.name] = pa.nulls(shaped.table.num_rows, ARROW[column.type])
            continue
        shaped.labels[column.name] = " + ".join(filling.client_columns) or column.name
        filled = _filled(column, filling, raw, shaped, around, many_files)
        columns[column.name] = filled if filled is not None else pa.nulls(shaped.table.num_rows, ARROW[column.type])
    origin = shaped.table
    table = pa.table(columns).append_column("source_file", origin["source_file"])
    shaped.table = table.append_column("source_row", origin["source_row"])
    return shaped


def _flat(rows: Any) -> Any:
    return rows.combine_chunks() if isinstance(rows, pa.ChunkedArray) else rows


def _together(exports: list[Export]) -> pa.Table:
    tables = [export.table for export in exports]
    for name in tables[0].column_names:
        kinds = {table.schema.field(name).type for table in tables}
        if len(kinds) > 1:
            tables = [
                table.set_column(table.column_names.index(name), name, values.texts(table[name])) for table in tables
            ]
    names = tables[0].column_names
    return pa.concat_tables([table.select(names) for table in tables])


def _put_aside(section: Section, raw: pa.Table, shaped: Shaped) -> pa.Table:
    for rule in section.set_aside:
        words = pc.fill_null(values.texts(raw[rule.column]), "")
        listed = pc.is_in(words, value_set=pa.array([*rule.is_, *rule.is_not], pa.string()))
        aside = listed if rule.is_ else pc.invert(listed)
        count = pc.sum(aside).as_py() or 0
        if count:
            shaped.set_aside[rule.because] = shaped.set_aside.get(rule.because, 0) + count
            raw, shaped.table = raw.filter(pc.invert(aside)), shaped.table.filter(pc.invert(aside))
    return raw


def _filled(
    column: Column, filling: Filling, raw: pa.Table, shaped: Shaped, around: Surroundings, many_files: bool
) -> Any:
    place = shaped.place(column.name)
    given = _origin(filling, raw, shaped, many_files)
    if filling.known:
        _note_unknown(column, filling, given, shaped, around)
    given = _replaced(column, filling, given, shaped, around)
    read = _typed(column, filling, given, around)
    problems = around.problems
    if read.asks:
        key, value = ("decimal", '"." or ","') if column.type in ("number", "integer") else ("format", '"D/M/Y"')
        problems.add(
            f"{_files(shaped)}, column '{shaped.labels[column.name]}': {read.asks}. Say which in the mapping: "
            f'{column.name} = {{ column = "{shaped.labels[column.name]}", {key} = {value} }}.'
        )
        return None
    if read.wrong is not None:
        problems.add(*by_value(given, read.wrong, place=place, says=lambda word: f"'{word}' is not {read.expected}."))
    result = read.values
    words = CLOSED.get((around.table.name, column.name))
    if words:
        result = _closed(column, filling, result, words, place, problems)
    if column.filled:
        unread = read.wrong if read.wrong is not None else pa.scalar(False)
        empty = pc.and_(pc.is_null(given), pc.invert(unread))
        needs = f"is empty; every row of {around.table.name} needs its {column.name}."
        problems.add(*by_value(given, empty, place=place, says=lambda _: needs))
    return result


def _files(shaped: Shaped) -> str:
    names = pc.unique(shaped.table["source_file"]).to_pylist()
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _origin(filling: Filling, raw: pa.Table, shaped: Shaped, many_files: bool) -> Any:
    many = shaped.table.num_rows
    if filling.constant is not None:
        return pa.chunked_array([pa.repeat(pa.scalar(filling.constant, pa.string()), many)])
    if filling.numbered is not None:
        counted = shaped.table["source_row"].cast(pa.string())
        start: Any = pa.scalar(filling.numbered)
        if many_files:
            start = values.on_distinct(shaped.table["source_file"], lambda name: f"{filling.numbered}{name}-")
        return pc.binary_join_element_wise(start, counted, "")
    if filling.columns:
        parts = [values.texts(raw[name]) for name in filling.columns]
        joined = pc.binary_join_element_wise(*parts, " ", null_handling="skip")
        return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)
    return raw[filling.column]


def _note_unknown(column: Column, filling: Filling, given: Any, shaped: Shaped, around: Surroundings) -> None:
    assert filling.known is not None
    known = around.other_file(filling.known.file, filling.known.column)
    words = values.texts(given)
    counts = pc.value_counts(words.drop_null()).to_pylist()
    for entry in counts:
        word, many = entry["values"], entry["counts"]
        if word in known:
            continue
        hint = f"read as '{filling.values[word]}', as the mapping says" if word in filling.values else ""
        close = hint or did_you_mean(word, known).rstrip(".")
        shaped.notes.append(
            f"{_files(shaped)}, column '{shaped.labels[column.name]}': {many:,} rows say '{word}', which is not in "
            f"{filling.known.file}{f'; {close}' if hint else f'. {close}' if close else ''}"
            f"{'' if close.endswith('?') else '.'}"
        )


def _replaced(column: Column, filling: Filling, given: Any, shaped: Shaped, around: Surroundings) -> Any:
    none = pa.scalar(None, pa.string())
    if filling.empty:
        words = values.texts(given)
        given = pc.if_else(pc.is_in(words, value_set=pa.array(filling.empty, pa.string())), none, words)
    if filling.lookup:
        look = filling.lookup
        keys, gives = around.other_file(look.file, look.column), around.other_file(look.file, look.gives)
        found = dict(zip(keys, gives, strict=False))
        words = values.texts(given)
        absent = [w for w in pc.unique(words.drop_null()).to_pylist() if w not in found]
        if absent:
            shaped.notes.append(
                f"{_files(shaped)}, column '{shaped.labels[column.name]}': {some(absent)} "
                f"{'is' if len(absent) == 1 else 'are'} not in column '{look.column}' of {look.file}; left as they are."
            )
        given = values.on_distinct(words, lambda word: found.get(word) or word)
    if filling.values or filling.otherwise is not None:
        chosen, rest = filling.values, filling.otherwise
        given = values.on_distinct(
            values.texts(given), lambda word: chosen.get(word, word if rest is None else rest) or None
        )
    if filling.prefix:
        words = values.texts(given)
        given = pc.binary_join_element_wise(pa.scalar(filling.prefix), words, "")
    return given


def _typed(column: Column, filling: Filling, given: Any, around: Surroundings) -> values.Converted:
    if column.type == "text":
        return values.Converted(values.texts(given))
    if column.type == "flag":
        return values.flags(given)
    if column.type in ("number", "integer"):
        read = values.numbers(given, decimal=filling.decimal)
        if read.asks:
            return read
        kept = read.values if filling.divide_by == 1 else pc.divide(read.values, filling.divide_by)
        return values.Converted(kept.cast(ARROW[column.type], safe=False), read.wrong, read.expected)
    read = dates.moments(
        given,
        form=filling.format,
        zone=filling.time_zone,
        business_zone=around.business_zone,
        as_day=column.type == "day",
    )
    if filling.end_of and not read.asks:
        return values.Converted(dates.end_of(read.values, filling.end_of), read.wrong, read.expected)
    return read


def _closed(
    column: Column,
    filling: Filling,
    result: Any,
    words: tuple[str, ...],
    place: Callable[[int], str],
    problems: Problems,
) -> Any:
    by_fold = {word.casefold(): word for word in words}
    read = values.on_distinct(result, lambda word: by_fold.get(word.casefold()))
    unmapped = pc.and_(pc.is_valid(result), pc.is_null(read))
    name = filling.column or column.name

    def says(word: str) -> str:
        return (
            f"'{word}' is not {_one_of(words)}. Map it: "
            f'{column.name} = {{ column = "{name}", values = {{ "{word}" = "{words[0]}" }} }}.'
        )

    problems.add(*by_value(result, unmapped, place=place, says=says))
    return read


def _one_of(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"

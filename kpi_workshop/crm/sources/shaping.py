"""Rows of an export become rows of a canonical table, as one section of the mapping says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ...errors import did_you_mean, nearest
from ..tables import ARROW, Column, Table
from . import currencies, dates, ids, origins, periods, values
from .mapping import CLOSED, Filling, Section
from .origins import Reader
from .problems import Problems, by_value, some
from .reading import Export

if TYPE_CHECKING:
    from .zones import Zones


@dataclass
class Shaped:
    """The canonical rows of one section, and what happened to the others."""

    table: pa.Table
    read: int
    set_aside: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    aside: dict[str, pa.Table] = field(default_factory=dict)
    """File and row of the rows put aside, by reason."""

    def put_aside(self, why: str, rows: Any) -> None:
        """Note the rows of a mask as put aside; taking them out is the caller's."""
        gone = self.table.select(["source_file", "source_row"]).filter(rows)
        self.set_aside[why] = self.set_aside.get(why, 0) + gone.num_rows
        self.aside[why] = pa.concat_tables([self.aside[why], gone]) if why in self.aside else gone

    def place(self, column: str) -> Callable[[int], str]:
        """A function that names file, row and the client's column of the i-th row."""
        files, rows = self.table["source_file"], self.table["source_row"]
        label = self.labels.get(column, column)
        return lambda i: f"{files[i].as_py()}, row {rows[i].as_py():,}, column '{label}'"


@dataclass(frozen=True)
class Surroundings:
    """What shaping a section needs beside its own rows."""

    table: Table
    zones: Zones
    other_file: Reader
    problems: Problems
    mend: bool = False
    currency: str = "USD"


MENDED = 0.2
"""The greatest share of a column's filled cells that may be unreadable before the column itself looks wrong."""

ENDS = ("closed_on", "expected_close_on", "converted_on", "valid_to", "period_to", "ended_on")
"""Columns of which a week or a month most likely means its last day."""

LINKS = ("opportunity_id", "lead_id", "account_id")


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
    many_files = len(exports) > 1
    columns: dict[str, Any] = {}
    lacking: dict[str, Any] = {}
    for column in around.table.columns:
        filling = section.columns.get(column.name)
        if filling is None:
            columns[column.name] = pa.nulls(shaped.table.num_rows, ARROW[column.type])
            continue
        shaped.labels[column.name] = _label(column, filling)
        filled, empty = _filled(column, filling, raw, shaped, around, many_files, columns)
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
            f"{_files(shaped)}: {many:,} rows say the same as another one in every column that was read. Without an id "
            "nobody can tell whether they are one; they were kept. To count them once, name the columns in once_by."
        )


def _label(column: Column, filling: Filling) -> str:
    return " + ".join(filling.model_copy(update={"currency": ()}).client_columns) or filling.each or column.name


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


def _filled(
    column: Column,
    filling: Filling,
    raw: pa.Table,
    shaped: Shaped,
    around: Surroundings,
    many_files: bool,
    before: Mapping[str, Any],
) -> tuple[Any, Any]:
    """The column's values, and a mask of the rows to be put aside as they lack it; `before` has the columns so far."""
    place = shaped.place(column.name)
    problems = around.problems
    given = origins.given(
        filling, raw, shaped.table, many_files=many_files, place=place, problems=problems, ask=around.other_file
    )
    if filling.known:
        _note_unknown(column, filling, given, shaped, around)
    if column.name == "seller" and filling.if_empty is not None and (many := values.texts(given).null_count):
        have = "row has" if len(given) == 1 else "rows have"
        shaped.notes.append(
            f"{_files(shaped)}: {many:,} of {len(given):,} {have} nobody in '{shaped.labels[column.name]}': counted as "
            f"'{filling.if_empty}'."
        )
    given, lost = origins.replaced(filling, given, around.other_file)
    if lost:
        shaped.notes.append(f"{_files(shaped)}, column '{shaped.labels[column.name]}': {lost}")
    if column.type != "text":
        given = values.without_blanks(given)
    read = _typed(column, filling, given, around, before)
    if read.asks:
        answer, hint = read.answer or 'decimal = "." or ","', ""
        if not read.answer and column.type in ("day", "moment"):
            order, hint = _order_beside(raw, filling)
            answer = f'format = "{order}"'
        problems.add(
            f"{_files(shaped)}, column '{shaped.labels[column.name]}': {read.asks}.{hint} Say which in the mapping: "
            f"{column.name} = {{ {_said(filling)}, {answer} }}."
        )
        return None, None
    wrong = pc.sum(read.wrong).as_py() or 0 if read.wrong is not None else 0
    if wrong and around.mend and wrong <= max(1, MENDED * pc.sum(pc.is_valid(given)).as_py()):
        lines = by_value(given, read.wrong, place=place, says=lambda word: f"'{word}' is not {read.expected}")
        what = "1 cell was" if wrong == 1 else f"{wrong:,} cells were"
        shaped.notes.append(f"{what} read as empty: {lines[0].rstrip('.')}.")
    elif wrong:
        problems.add(*by_value(given, read.wrong, place=place, says=lambda word: f"'{word}' is not {read.expected}."))
    shaped.notes += [f"{_files(shaped)}, column '{shaped.labels[column.name]}': {note}" for note in read.notes]
    result = read.values
    if column.name in currencies.MONEY:
        result = _in_one_currency(column, filling, given, raw, result, shaped, around)
    words = CLOSED.get((around.table.name, column.name))
    if words:
        result = _closed(column, filling, result, words, place, problems)
    if not column.filled:
        return result, None
    if around.mend:
        return result, pc.is_null(result)
    unread = read.wrong if read.wrong is not None else pa.scalar(False)
    empty = pc.and_(pc.is_null(given), pc.invert(unread))
    needs = f"is empty; every row of {around.table.name} needs its {column.name}."
    problems.add(*by_value(given, empty, place=place, says=lambda _: needs))
    return result, None


def _order_beside(raw: pa.Table, filling: Filling) -> tuple[str, str]:
    """The order of day and month that another column of the same rows proves, and a hint to it; never a decision."""
    for name in raw.column_names:
        if name in filling.client_columns or not pa.types.is_string(raw[name].type):
            continue
        read = dates.moments(raw[name], form="", zone="", business_zone="UTC", as_day=True)
        form = read.expected.rpartition(" ")[2]
        if not read.asks and form in ("D/M/Y", "M/D/Y") and not pc.any(read.wrong).as_py():
            return form, f" In column '{name}' it is {form}."
    return "D/M/Y", ""


def _in_one_currency(
    column: Column, filling: Filling, cells: Any, raw: pa.Table, read: Any, shaped: Shaped, around: Surroundings
) -> Any:
    beside = raw[filling.currency[0]] if filling.currency and filling.currency[0] in raw.column_names else None
    label = shaped.labels[column.name]
    kept, note, fault = currencies.converted(
        filling, cells, beside, read, ours=around.currency, column=column.name, said=_said(filling), label=label
    )
    if fault and not around.mend:
        around.problems.add(f"{_files(shaped)}, {fault}")
    elif note:
        shaped.notes.append(f"{_files(shaped)}, column '{label}': {note}")
    return kept


def _said(filling: Filling) -> str:
    if filling.column is not None:
        money = f', currency = "{filling.currency[0]}"' if filling.currency else ""
        return f'column = "{filling.column}"{money}'
    if filling.each is not None:
        return f"each = '{filling.each}'"
    listed = ", ".join(f'"{name}"' for name in (*filling.columns, *filling.first_of, *filling.filled))
    return f"{'first_of' if filling.first_of else 'columns'} = [{listed}]"


def _files(shaped: Shaped) -> str:
    names = pc.unique(shaped.table["source_file"]).to_pylist()
    if len(names) < 2:
        return names[0] if names else "the export"
    return f"{names[0]} and {len(names) - 1} more"


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


def _typed(
    column: Column, filling: Filling, given: Any, around: Surroundings, before: Mapping[str, Any]
) -> values.Converted:
    if column.type == "text":
        words = values.texts(given)
        return values.Converted(ids.full(words) if _holds_ids(column) else words)
    if column.type == "flag":
        return values.flags(given)
    if column.type in ("number", "integer"):
        read = values.numbers(given, decimal=filling.decimal)
        if read.asks:
            return read
        kept = read.values if filling.divide_by == 1 else pc.divide(read.values, filling.divide_by)
        return values.Converted(kept.cast(ARROW[column.type], safe=False), read.wrong, read.expected)
    return _days(column, filling, given, around.zones.of(before))


def _days(column: Column, filling: Filling, given: Any, zone: Any) -> values.Converted:
    """Days or moments; where the mapping says so, the first or the last day of the period each names or lies in."""
    last, period = bool(filling.end_of), filling.end_of or filling.start_of
    whole = None
    if pa.types.is_string(given.type) and "%" not in filling.format:
        if period:
            whole = periods.days(given, last=last)
            given = pc.if_else(pc.is_valid(whole), pa.scalar(None, pa.string()), given)
        else:
            asks, answer = periods.asked(given, last=column.name in ENDS, share=MENDED)
            if asks:
                return values.Converted(None, asks=asks, answer=answer)
    as_day = bool(period) or column.type == "day"
    read = dates.moments(given, form=filling.format, zone=filling.time_zone, business_zone=zone, as_day=as_day)
    if not period or read.asks:
        return read
    found = periods.edge(read.values, period, last=last)
    found = found if whole is None else pc.coalesce(whole, found)
    return values.Converted(found.cast(ARROW[column.type]), read.wrong, read.expected, notes=read.notes)


def _holds_ids(column: Column) -> bool:
    return column.name.endswith("_id") or column.name in ("seller", "person", "manager", "owner")


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

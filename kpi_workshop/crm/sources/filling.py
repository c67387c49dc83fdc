"""One canonical column: its cells found as the mapping says, read by its type, and what is wrong with them said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...errors import did_you_mean
from ..tables import ARROW, Column
from . import currencies, dates, durations, ids, origins, periods, values
from .mapping import CLOSED, Filling
from .problems import by_value
from .shaped import Shaped, Surroundings

MENDED = 0.2
"""The greatest share of a column's filled cells that may be unreadable before the column itself looks wrong."""

ENDS = ("closed_on", "expected_close_on", "converted_on", "valid_to", "period_to", "ended_on")
"""Columns of which a week or a month most likely means its last day."""


def label(column: Column, filling: Filling) -> str:
    """What the client calls the column: the names of the columns it is filled from."""
    return " + ".join(filling.model_copy(update={"currency": ()}).client_columns) or filling.each or column.name


class ColumnFill:
    """The filling of one column of the rows in `shaped` from the client's columns in `raw`."""

    def __init__(self, column: Column, filling: Filling, raw: pa.Table, shaped: Shaped, around: Surroundings) -> None:
        self._column, self._filling, self._raw, self._shaped, self._around = column, filling, raw, shaped, around
        self._place = shaped.place(column.name)

    def read(self, before: Mapping[str, Any], *, many_files: bool) -> tuple[Any, Any]:
        """The column's values, and a mask of the rows to be put aside as they lack it; each None where there is none.

        `before` has the columns filled so far. What is wrong goes to the problems of the import, what is doubtful to
        the notes of the rows.
        """
        given = self._given(many_files)
        read = self._typed(given, before)
        if read.asks:
            self._ask(read)
            return None, None
        self._tell_wrong(given, read)
        self._note(*read.notes)
        result = read.values
        if self._column.name in currencies.MONEY:
            result = self._in_one_currency(given, result)
        if words := CLOSED.get((self._around.table.name, self._column.name)):
            result = self._one_of(words, result)
        if not self._column.filled:
            return result, None
        if self._around.mend:
            return result, pc.is_null(result)
        self._tell_empty(given, read)
        return result, None

    def _note(self, *notes: str) -> None:
        self._shaped.notes += [f"{self._shaped.where(self._column.name)}: {note}" for note in notes]

    def _given(self, many_files: bool) -> Any:
        """The cells that fill the column, words replaced as the mapping says."""
        column, filling, around = self._column, self._filling, self._around
        given = origins.given(
            filling,
            self._raw,
            self._shaped.table,
            many_files=many_files,
            place=self._place,
            problems=around.problems,
            ask=around.other_file,
        )
        if filling.known:
            self._note_unknown(given)
        if column.name == "seller" and filling.if_empty is not None and (many := values.texts(given).null_count):
            have = "row has" if len(given) == 1 else "rows have"
            self._shaped.notes.append(
                f"{self._shaped.files}: {many:,} of {len(given):,} {have} nobody in "
                f"'{self._shaped.labels[column.name]}': counted as '{filling.if_empty}'."
            )
        given, lost = origins.replaced(filling, given, around.other_file)
        if lost:
            self._note(lost)
        if column.type == "text":
            return given
        # No time of day on no day, but a call that nobody answered.
        return values.without_blanks(given, keep=("00:00:00",) if column.name in durations.COLUMNS else ())

    def _note_unknown(self, given: Any) -> None:
        known_by = self._filling.known
        assert known_by is not None
        known = self._around.other_file(known_by.file, known_by.column)
        for entry in pc.value_counts(values.texts(given).drop_null()).to_pylist():
            word, many = entry["values"], entry["counts"]
            if word in known:
                continue
            instead = self._filling.values.get(word)
            hint = f"; read as '{instead}', as the mapping says." if instead is not None else ""
            close = did_you_mean(word, known)
            hint = hint or (f". {close}" if close else ".")
            self._note(f"{many:,} rows say '{word}', which is not in {known_by.file}{hint}")

    def _typed(self, given: Any, before: Mapping[str, Any]) -> values.Converted:
        column, filling = self._column, self._filling
        if column.type == "text":
            words = values.texts(given)
            if not _holds_ids(column):
                return values.Converted(words)
            self._tell_shortened(given, words)
            return values.Converted(ids.full(words))
        if column.type == "flag":
            return values.flags(given)
        if column.type in ("day", "moment"):
            return self._days(given, self._around.zones.of(before))
        if column.name in durations.COLUMNS:
            return durations.minutes(
                given,
                form=filling.format,
                heading=self._shaped.labels[column.name],
                divide_by=filling.divide_by,
                decimal=filling.decimal,
            )
        read = values.numbers(given, decimal=filling.decimal)
        if read.asks:
            return read
        kept = read.values if filling.divide_by == 1 else pc.divide(read.values, filling.divide_by)
        return values.Converted(kept.cast(ARROW[column.type], safe=False), read.wrong, read.expected)

    def _days(self, given: Any, zone: Any) -> values.Converted:
        """Days or moments; where the mapping says so, the first or the last day of the period each names or lies in."""
        column, filling = self._column, self._filling
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

    def _ask(self, read: values.Converted) -> None:
        """Have the person decide what no value decides, with the line to add to the mapping."""
        answer, hint = read.answer or 'decimal = "." or ","', ""
        if not read.answer and self._column.type in ("day", "moment"):
            order, hint = self._order_beside()
            answer = f'format = "{order}"'
        self._around.problems.add(
            f"{self._shaped.where(self._column.name)}: {read.asks}.{hint} Say which in the mapping: "
            f"{self._column.name} = {{ {_said(self._filling)}, {answer} }}."
        )

    def _order_beside(self) -> tuple[str, str]:
        """The order of day and month that another column of the same rows proves, and a hint to it; no decision."""
        raw = self._raw
        for name in raw.column_names:
            if name in self._filling.client_columns or not pa.types.is_string(raw[name].type):
                continue
            read = dates.moments(raw[name], form="", zone="", business_zone="UTC", as_day=True)
            form = read.expected.rpartition(" ")[2]
            if not read.asks and form in ("D/M/Y", "M/D/Y") and not pc.any(read.wrong).as_py():
                return form, f" In column '{name}' it is {form}."
        return "D/M/Y", ""

    def _tell_wrong(self, given: Any, read: values.Converted) -> None:
        wrong = pc.sum(read.wrong).as_py() or 0 if read.wrong is not None else 0
        if not wrong:
            return
        mended = self._around.mend and wrong <= max(1, MENDED * pc.sum(pc.is_valid(given)).as_py())
        end = "" if mended else "."
        lines = by_value(
            given, read.wrong, place=self._place, says=lambda word: f"'{word}' is not {read.expected}{end}"
        )
        if mended:
            what = "1 cell was" if wrong == 1 else f"{wrong:,} cells were"
            self._shaped.notes.append(f"{what} read as empty: {lines[0]}{'' if lines[0].endswith('.)') else '.'}")
        else:
            self._around.problems.add(*lines)

    def _tell_empty(self, given: Any, read: values.Converted) -> None:
        unread = read.wrong if read.wrong is not None else pa.scalar(False)
        empty = pc.and_(pc.is_null(given), pc.invert(unread))
        needs = f"is empty; every row of {self._around.table.name} needs its {self._column.name}."
        self._around.problems.add(*by_value(given, empty, place=self._place, says=lambda _: needs))

    def _tell_shortened(self, given: Any, words: Any) -> None:
        """Ids that a spreadsheet took for numbers and cut: no row can be told by them, and no link leads anywhere."""
        lines = by_value(
            words,
            ids.shortened(given),
            place=self._place,
            says=lambda word: (
                f"'{word}' is an id that a spreadsheet took for a number and cut to 15 figures. Export again, and "
                "import the file without opening it, or have the column formatted as text."
            ),
        )
        if lines and self._column.name in self._around.table.key:
            self._around.problems.add(lines[0])
        elif lines:
            self._shaped.notes.append(lines[0])

    def _in_one_currency(self, cells: Any, read: Any) -> Any:
        filling, raw, name = self._filling, self._raw, self._column.name
        beside = raw[filling.currency[0]] if filling.currency and filling.currency[0] in raw.column_names else None
        kept, note, fault = currencies.converted(
            filling,
            cells,
            beside,
            read,
            ours=self._around.currency,
            column=name,
            said=_said(filling),
            label=self._shaped.labels[name],
        )
        if fault and not self._around.mend:
            self._around.problems.add(f"{self._shaped.files}, {fault}")
        elif note:
            self._note(note)
        return kept

    def _one_of(self, words: tuple[str, ...], given: Any) -> Any:
        """The few words that the column may hold, in whatever case; what is none of them has to be mapped."""
        by_fold = {word.casefold(): word for word in words}
        read = values.on_distinct(given, lambda word: by_fold.get(word.casefold()))
        unmapped = pc.and_(pc.is_valid(given), pc.is_null(read))
        name = self._filling.column or self._column.name
        allowed = f"{', '.join(words[:-1])} or {words[-1]}"

        def says(word: str) -> str:
            return (
                f"'{word}' is not {allowed}. Map it: "
                f'{self._column.name} = {{ column = "{name}", values = {{ "{word}" = "{words[0]}" }} }}.'
            )

        self._around.problems.add(*by_value(given, unmapped, place=self._place, says=says))
        return read


def _said(filling: Filling) -> str:
    """What the filling reads, as a mapping writes it."""
    if filling.column is not None:
        money = f', currency = "{filling.currency[0]}"' if filling.currency else ""
        return f'column = "{filling.column}"{money}'
    if filling.each is not None:
        return f"each = '{filling.each}'"
    listed = ", ".join(f'"{name}"' for name in (*filling.columns, *filling.first_of, *filling.filled))
    return f"{'first_of' if filling.first_of else 'columns'} = [{listed}]"


def _holds_ids(column: Column) -> bool:
    return column.name.endswith("_id") or column.name in ("seller", "person", "manager", "owner")

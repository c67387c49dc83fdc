"""What must hold before an import is accepted, and what is doubtful enough to be said: rows, keys, days, sellers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...errors import did_you_mean
from ...numbers import counted
from ..tables import Table
from . import values
from .problems import Problems, by_value, some
from .shaped import Shaped

PERIODS: dict[str, tuple[str, str, str]] = {
    "opportunities": ("opened_on", "closed_on", "was opened on"),
    "seats": ("valid_from", "valid_to", "starts on"),
    "targets": ("period_from", "period_to", "starts on"),
    "costs": ("period_from", "period_to", "starts on"),
    "customers": ("started_on", "ended_on", "started on"),
}
LONGEST_NAME = 200
SELLERS = ("leads", "opportunities", "activities", "customers")
"""Tables whose `seller` must be somebody known."""

LINKS = (
    ("opportunities", "account_id", "accounts"),
    ("opportunities", "lead_id", "leads"),
    ("leads", "account_id", "accounts"),
    ("leads", "opportunity_id", "opportunities"),
    ("stage_changes", "opportunity_id", "opportunities"),
    ("activities", "opportunity_id", "opportunities"),
    ("activities", "lead_id", "leads"),
    ("activities", "account_id", "accounts"),
    ("topics", "opportunity_id", "opportunities"),
    ("customers", "account_id", "accounts"),
)


class Names:
    """The people an export may speak of, by id, by name and by what else they are called."""

    def __init__(self, people: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._exact: dict[str, str] = {}
        folded: dict[str, set[str]] = {}
        named: dict[str, set[str]] = {}
        self.people: list[str] = []
        for person, called in people:
            self.people.append(person)
            self._exact[person] = person
            for name in called:
                named.setdefault(name, set()).add(person)
            for name in (person, *called):
                folded.setdefault(" ".join(name.casefold().split()), set()).add(person)
        for name, persons in named.items():
            if len(persons) == 1:
                self._exact.setdefault(name, next(iter(persons)))
        self._folded = {name: next(iter(persons)) for name, persons in folded.items() if len(persons) == 1}

    def find(self, word: str) -> str | None:
        """The person meant, or None where nobody or more than one person is."""
        return self._exact.get(word) or self._folded.get(" ".join(word.casefold().split()))

    def hint(self, word: str) -> str:
        """Whom the writer may have meant."""
        return did_you_mean(word, self._exact)


def periods(name: str, shaped: Shaped, problems: Problems, *, mend: bool = False) -> None:
    """Refuse rows that end before they start. Mending, a deal loses its opening day, any other row is put aside."""
    if name not in PERIODS:
        return
    start, end, verb = PERIODS[name]
    table = shaped.table
    wrong = pc.fill_null(pc.less(table[end], table[start]), False)
    place = shaped.place(end)
    if mend and (many := _count(wrong)):
        if name == "opportunities":
            first = place(pc.indices_nonzero(wrong)[0].as_py())
            shaped.table = _with(table, start, pc.if_else(wrong, pa.scalar(None, pa.date32()), table[start]))
            shaped.notes.append(
                f"{_deals(many)} closed before the day of opening, such as {first}: the opening day was left out, so "
                "that no cycle length holds it. Map the day the deal really began, if the export has it."
            )
        else:
            shaped.put_aside(f"ends before it {verb}".replace("it was", "it"), wrong)
            shaped.table = table.filter(pc.invert(wrong))
        return
    problems.add(
        *(
            f"{place(i)}: {table[end][i].as_py()} is before {table[start][i].as_py()}, the day it {verb}."
            for i in pc.indices_nonzero(wrong).to_pylist()
        )
    )


def deals(shaped: Shaped, problems: Problems, *, mend: bool = False) -> None:
    """Opportunities: won and lost ones need a closing day, open ones have none, a lost deal of 0 has no amount.

    To mend it, won and lost deals without a closing day are put aside.
    """
    table, notes = shaped.table, shaped.notes
    status, closed, amount = table["status"], table["closed_on"], table["amount"]
    is_open = pc.fill_null(pc.equal(status, "open"), False)
    done = pc.fill_null(pc.invert(pc.equal(status, "open")), False)
    if "closed_on" not in shaped.labels and _count(done):
        expected = shaped.labels.get("expected_close_on", "")
        column = expected or "your column"
        cure = f'Map it with closed_on = "{column}"'
        cure += f", if '{expected}' says when deals that are over were closed." if expected else "."
        over = _deals(_count(done))
        problems.add(f"{table['source_file'][0].as_py()}: {over} won or lost, but the mapping has no closed_on. {cure}")
    else:
        undated = pc.and_(done, pc.is_null(closed))
        if mend and _count(undated):
            shaped.put_aside(f"won or lost, but '{shaped.labels['closed_on']}' is empty", undated)
            shaped.table = table.filter(pc.invert(undated))
            deals(shaped, problems)
            return
        says = "is empty, but the deal is {}. Give the day it closed, or map it as open."
        problems.add(*by_value(status, undated, place=shaped.place("closed_on"), says=says.format))
    dated = pc.and_(is_open, pc.is_valid(closed))
    if _count(dated):
        expected = table["expected_close_on"]
        fits = "expected_close_on" in shaped.labels
        if not fits:
            table = _with(table, "expected_close_on", pc.if_else(dated, closed, expected))
        table = _with(table, "closed_on", pc.if_else(dated, pa.scalar(None, pa.date32()), closed))
        kept = "it was left out" if fits else "it was kept as the expected one"
        one = _count(dated) == 1
        notes.append(
            f"{_count(dated):,} open {'deal carries' if one else 'deals carry'} a closing day; as "
            f"{'it is' if one else 'they are'} open, {kept}."
        )
    worthless = pc.fill_null(pc.and_(pc.equal(status, "lost"), pc.equal(amount, 0)), False)
    if _count(worthless):
        table = _with(table, "amount", pc.if_else(worthless, pa.scalar(None, pa.float64()), amount))
        many = _count(worthless)
        zero = f"{_deals(many, 'lost ')} {_have(many)} amount 0"
        notes.append(f"{zero}: read as no amount, so that no average holds it.")
    won = pc.fill_null(pc.equal(status, "won"), False)
    if "amount" in shaped.labels:
        for many, what in (
            (_count(pc.and_(won, pc.is_null(amount))), "no amount"),
            (_count(pc.fill_null(pc.and_(won, pc.equal(amount, 0)), False)), "amount 0"),
            (_count(pc.fill_null(pc.and_(won, pc.less(amount, 0)), False)), "a negative amount"),
        ):
            if many:
                notes.append(f"{_deals(many, 'won ')} {_have(many)} {what}.")
    for column, what in (("account_id", "account"), ("opened_on", "opening day")):
        lacking = _count(pc.is_null(table[column]))
        if column in shaped.labels and lacking:
            in_words = ", ".join(
                f"{n:,} {word}" for word in ("won", "lost", "open") if (n := _among(table, column, word))
            )
            notes.append(f"{_deals(lacking)} {_have(lacking)} no {what} ({in_words}).")
    for column, what, lost in EMPTY:
        if table.num_rows and column in shaped.labels and table[column].null_count == table.num_rows:
            notes.append(f"No deal has {what}: {lost} cannot be computed.")
    if not table.num_rows and shaped.read:
        notes.append("No deal is left of those in the export: nothing about deals can be computed.")
    shaped.table = table


EMPTY = (
    ("amount", "an amount", "what is counted in money, such as revenue and average deal size,"),
    ("opened_on", "an opening day", "the sales cycle and deals opened"),
    ("closed_on", "a closing day", "wins, losses and revenue of a period"),
)
"""Columns of deals, what is missing if all of them are empty, and what that takes away."""


def _among(table: pa.Table, column: str, status: str) -> int:
    return _count(pc.and_(pc.is_null(table[column]), pc.fill_null(pc.equal(table["status"], status), False)))


def _an(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _with(table: pa.Table, column: str, content: Any) -> pa.Table:
    return table.set_column(table.column_names.index(column), table.schema.field(column), content)


def _count(mask: Any) -> int:
    return pc.sum(mask).as_py() or 0


def _deals(many: int, what: str = "") -> str:
    return f"{many:,} {what}deal{'' if many == 1 else 's'}"


def _have(many: int) -> str:
    return "has" if many == 1 else "have"


def sellers(shaped: Shaped, names: Names, *, unknown: str, problems: Problems) -> list[str]:
    """Replace what the export calls its sellers by the people's ids; returns the unknown ones to be added.

    `unknown` says what happens to them: "refuse", "add", or "set aside" (their rows).
    """
    column = "seller"
    if column not in shaped.labels:
        return []
    given = shaped.table[column]
    found = values.on_distinct(given, names.find)
    absent = pc.and_(pc.is_valid(given), pc.is_null(found))
    if not _count(absent):
        shaped.table = _with(shaped.table, column, found)
        return []
    if unknown == "add":
        long = pc.and_(absent, pc.greater(pc.utf8_length(given), LONGEST_NAME))
        says_long = f"'{{}}' is no name: it has more than {LONGEST_NAME} characters."
        problems.add(*by_value(given, long, place=shaped.place(column), says=says_long.format))
        shaped.table = _with(shaped.table, column, pc.coalesce(found, given))
        return pc.unique(given.filter(absent)).to_pylist()
    if unknown == "set aside":
        strangers = pc.unique(given.filter(absent)).to_pylist()
        reason = f"unknown sellers {some(strangers)}"
        shaped.put_aside(reason, absent)
        shaped.table = _with(shaped.table, column, found).filter(pc.invert(absent))
        return []
    cure = "" if names.people else ' Map [people], or say sellers = "add" at the top of the mapping.'

    def says(word: str) -> str:
        return f"'{word}' is not among the people. {names.hint(word)}{cure}".strip()

    problems.add(*by_value(given, absent, place=shaped.place(column), says=says))
    return []


def merged(table: Table, parts: list[Shaped], problems: Problems) -> tuple[pa.Table, list[str]]:
    """All sections of one canonical table, exact repetitions dropped; one key with two contents is refused."""
    import numpy as np

    whole = pa.concat_tables([part.table for part in parts])
    if whole.num_rows == 0 or any(whole[c.name].null_count for c in table.columns if c.filled and c.name in table.key):
        return whole, []
    places = perhaps_repeated(whole.select(table.key))
    if not len(places):
        return whole, []
    alike = whole.take(pa.array(places))
    pieces = [pc.fill_null(values.texts(alike[key]), "") for key in table.key]
    keys = pc.binary_join_element_wise(*pieces, "\x1f").to_pylist()
    first: dict[str, dict[str, Any]] = {}
    drop, lines = [], []
    for place, row, found in zip(places.tolist(), alike.to_pylist(), keys, strict=True):
        origin = f"{row.pop('source_file')}, row {row.pop('source_row'):,}"
        before = first.setdefault(found, {"row": row, "origin": origin})
        if before["origin"] == origin:
            continue
        if before["row"] == row:
            drop.append(place)
            continue
        differing = next(name for name in row if row[name] != before["row"][name])
        key = " / ".join(str(row[name]) for name in table.key if row[name] is not None)
        lines.append(
            f"{origin}: '{key}' is in {before['origin']} too, with another {differing} "
            f"('{before['row'][differing]}' there, '{row[differing]}' here). Keep the right one."
        )
    problems.add(*lines)
    if not drop:
        return whole, []
    keep = np.ones(whole.num_rows, dtype=bool)
    keep[drop] = False
    said = (
        f"{len(drop):,} rows repeat others exactly and were"
        if len(drop) > 1
        else "1 row repeats another exactly and was"
    )
    return whole.filter(pa.array(keep)), [f"{table.name}: {said} dropped."]


def perhaps_repeated(keys: pa.Table) -> Any:
    """The numbers of the rows whose key has the hash of another row's: all that repeat, hardly any that do not.

    Sorting 10 million hashes takes a quarter of the time that telling their keys apart does.
    """
    import duckdb
    import numpy as np

    blank = {name: f"coalesce(\"{name}\", '')" if pa.types.is_string(keys.schema.field(name).type) else f'"{name}"'
             for name in keys.column_names}  # fmt: skip
    with duckdb.connect() as db:
        db.register("keys", keys)
        found = db.execute(f"SELECT hash({', '.join(blank.values())}) AS hash FROM keys").fetchnumpy()["hash"]
    ordered = np.sort(found)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    return np.flatnonzero(np.isin(found, twice)) if len(twice) else twice


def links(tables: Mapping[str, pa.Table]) -> list[str]:
    """A note for each link that leads nowhere, such as activities of opportunities the export does not hold."""
    notes = []
    for name, column, target in LINKS:
        if name not in tables or target not in tables:
            continue
        known = tables[target][{"accounts": "account_id", "leads": "lead_id"}.get(target, "opportunity_id")]
        given = tables[name][column]
        lost = pc.and_(pc.is_valid(given), pc.invert(pc.is_in(given, value_set=known.combine_chunks())))
        if many := _count(lost):
            examples = pc.unique(given.filter(lost)).to_pylist()
            everything = " None of them is." if many == _count(pc.is_valid(given)) else ""
            notes.append(
                f"{name}: {counted(many, 'row')} {'names' if many == 1 else 'name'} {_an(column)} that is not "
                f"in {target}, such as {some(examples, most=3)}.{everything}"
            )
    return notes


def owners(opportunities: pa.Table, roles: Mapping[str, str], *, today: dt.date) -> list[str]:
    """Notes on who owns deals: sellers without any, and deals of people who sit in no team or are no sellers.

    `roles` gives the role of everybody who has a seat. Closing days after `today` are noted too.
    """
    notes = []
    counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(opportunities["seller"]).to_pylist()}
    everyone = [person for person, role in roles.items() if role == "seller"]
    without = [person for person in everyone if person not in counts]
    if without:
        notes.append(f"{len(without):,} of {len(everyone):,} sellers have no opportunity: {some(without, most=10)}.")
    for persons, what in (
        (
            [person for person in counts if person not in roles],
            "people who sit in no team, so no team's figures hold them",
        ),
        ([person for person in counts if roles.get(person, "seller") != "seller"], "managers or executives"),
    ):
        if persons:
            notes.append(f"{_deals(sum(counts[person] for person in persons))} of {what}: {some(persons, most=10)}.")
    if later := _count(pc.fill_null(pc.greater(opportunities["closed_on"], pa.scalar(today)), False)):
        notes.append(f"{_deals(later, 'closed ')} {_have(later)} a closing day in the future.")
    return notes

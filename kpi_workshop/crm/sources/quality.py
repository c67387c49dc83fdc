"""Facts about an import: what was read, what is filled, who logs, from when to when the data can be trusted."""

from __future__ import annotations

import datetime as dt
import re
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ... import brand, catalogue
from ...engagement import Engagement
from ...errors import NothingImported
from ...kinds import Person, Seat
from ...numbers import counted, joined, spoken_day
from .. import calendar, engines, measures
from ..coverage import Coverage, coverage
from ..tables import NOUNS, TABLES, Table
from . import history
from .summary import ImportSummary

_QUOTED = re.compile(r"'[^']+'")
EXAMPLES = 20
"""So many row numbers of one file are listed, the rest is counted."""

AMONG: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("opportunities", "closed_on"): (("status <> 'open'", "closed deals"),),
    ("opportunities", "expected_close_on"): (("status = 'open'", "open deals"),),
    ("opportunities", "amount"): (("status = 'won'", "won deals"), ("status = 'open'", "open deals")),
    ("activities", "minutes"): (("lower(type) IN ('call', 'meeting', 'demo')", "calls, meetings and demos"),),
    ("activities", "is_senior"): (("is_conversation", "conversations"),),
}
"""Columns that only some rows can fill, and of which rows their share is taken. Elsewhere it is of all rows."""

MAY_BE_EMPTY = {
    ("leads", "converted_on"): "empty: not converted",
    ("leads", "opportunity_id"): "empty: not converted",
    ("stage_changes", "from_stage"): "empty: opened",
    ("customers", "ended_on"): "empty: still a customer",
}
"""Columns in which nothing says something: their share is no fault."""

MOST_COMPARED = 5_000_000
"""In larger tables nobody looks for rows that are alike: it would take more memory than all measures together."""
FEWEST_COLUMNS = 3
"""Rows that agree in fewer columns than this beside their id are not called alike."""


def facts(engagement: Engagement, summary: ImportSummary) -> dict[str, Any]:
    """What is known of the data after an import; plain words, numbers and days as text, ready for JSON.

    It names sellers (their logging) and so is the leader's own: keep it out of what others see.

    Keys: engagement, demo, currency, brand, paper, mapping, import (its number and moment), takeaway, tables (read,
    kept, put aside and why with rows, repeated rows), columns (share filled of each mapped column), unmapped, logging
    (by seller; None without activities), days (first, last, trusted from and to, with reasons, and the reach of each
    table), measures (which can be computed, and why the others cannot), news, restated, notes, proposed, added.
    """
    folder = engagement.tables
    last = engines.last_day_in(folder)
    try:
        covered = coverage(engagement, as_of=last) if last else None
    except NothingImported:
        covered = None
    done = history.imports(engagement)
    tables = {file.stem: file for file in sorted(folder.glob("*.parquet")) if file.stem in TABLES}
    columns, unmapped = _columns(tables, summary)
    told: dict[str, Any] = {
        "engagement": engagement.settings.name,
        "demo": engagement.settings.demo,
        "currency": engagement.settings.currency,
        "brand": brand.facts(engagement.settings.brand, engagement.folder),
        "paper": engagement.settings.paper_size,
        "mapping": summary.mapping,
        "import": {
            "number": len(done),
            "at": done[-1].at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC") if done else "",
            "nothing_new": summary.nothing_new,
        },
        "tables": [_table(name, summary, tables.get(name)) for name in summary.rows],
        "stayed": summary.stayed,
        "columns": columns,
        "unmapped": unmapped,
        "logging": _logging(engagement, tables, last),
        "days": _days(engagement, covered),
        "measures": _measures(engagement, covered),
        "news": summary.news,
        "restated": summary.restated,
        "notes": summary.notes,
        "proposed": summary.proposed,
        "added": summary.added,
    }
    return {**told, "takeaway": _takeaway(told)}


def lines(told: dict[str, Any]) -> list[str]:
    """The facts as plain lines for a terminal, below those of the summary; they name no seller."""
    out = [f"{told['takeaway']}."]
    for table in told["tables"]:
        name = table["table"].replace("_", " ")
        for aside in table["aside"]:
            out.append(f"{name}: {counted(aside['rows'], 'row')} put aside, {aside['why']}: {aside['where']}.")
        if table["repeated"]["rows"]:
            out.append(f"{name}: {table['repeated']['says']}: {table['repeated']['where']}.")
        out += [f"{name}: {table['alike']}"] if table["alike"] else []
    thin = [c for c in told["columns"] if c["share"] is not None and c["share"] < 1 and not c["may_be_empty"]]
    if thin:
        out.append("Not filled in every row:")
        out += [f"  {c['table']}.{c['column']}: {_percent(c['share'])} of {c['among']}" for c in thin]
    out += told["days"]["says"] if told["days"] else []
    if logging := told["logging"]:
        out.append(logging["says"])
    computable = told["measures"]["computable"]
    out.append(
        f"{counted(len(computable), 'measure')} can be computed: {joined(computable)}."
        if computable
        else "No measure can be computed."
    )
    out += [f"  Not computable, {entry['reason']}: {_few(entry['names'])}." for entry in told["measures"]["not"]]
    return out


def spans(rows: Iterable[int], *, most: int = EXAMPLES) -> str:
    """Row numbers as people write them, three and more neighbours together.

    >>> spans([2, 3, 4, 9]), spans([7]), spans([1, 3, 5, 7], most=2)
    ('rows 2 to 4 and 9', 'row 7', 'rows 1, 3 and 2 more')
    """
    runs: list[list[int]] = []
    for row in sorted(rows):
        if runs and row == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], row]
        else:
            runs.append([row])
    runs = [part for run in runs for part in ([[run[0]], [run[-1]]] if run[-1] - run[0] == 1 else [run])]
    words = [f"{run[0]:,}" if run[0] == run[-1] else f"{run[0]:,} to {run[-1]:,}" for run in runs]
    rest = sum(run[-1] - run[0] + 1 for run in runs[most:])
    if rest:
        words = [*words[:most], f"{rest:,} more"]
    single = len(runs) == 1 and len(runs[0]) == 1
    return f"{'row' if single else 'rows'} {joined(words)}"


def _places(by_file: dict[str, list[int]]) -> str:
    return "; ".join(f"{file}, {spans(rows)}" for file, rows in by_file.items())


def _percent(share: float) -> str:
    """A share that is called whole only where it is."""
    if 0.9995 <= share < 1:
        return "almost 100 %"
    return "under 0.1 %" if 0 < share < 0.0005 else f"{share * 100:.3g} %"


def _few(names: list[str], *, most: int = 4) -> str:
    return joined(names if len(names) <= most else [*names[:most], f"{len(names) - most:,} more"])


def _table(name: str, summary: ImportSummary, file: Path | None) -> dict[str, Any]:
    aside = [
        {"why": why, "rows": many, "where": _places(summary.aside_rows.get(name, {}).get(why, {}))}
        for why, many in summary.set_aside.get(name, {}).items()
    ]
    repeated = summary.repeated.get(name, {})
    many = sum(len(rows) for rows in repeated.values())
    key = joined([part.replace("_", " ") for part in TABLES[name].key])
    says = (
        f"{counted(many, 'row')} dropped, because another row has the same {key} and the same content" if many else ""
    )
    return {
        "table": name,
        "read": summary.read[name],
        "kept": summary.rows[name],
        "aside": aside,
        "repeated": {"rows": many, "says": says, "where": _places(repeated)},
        "alike": _alike(TABLES[name], summary, file) if file else "",
    }


def _alike(table: Table, summary: ImportSummary, file: Path) -> str:
    """How many rows look like another one in all but their id; they are kept, because only people know."""
    told = [column for column in summary.mapped.get(table.name, []) if column not in table.key]
    if len(table.key) > 1 or len(told) < FEWEST_COLUMNS or summary.rows[table.name] > MOST_COMPARED:
        return ""
    columns = ", ".join(f'"{column}"' for column in told)
    query = (
        f"SELECT sum(n - 1), min(key) FROM (SELECT count(*) AS n, min({table.key[0]}) AS key FROM read_parquet(?) "
        f"GROUP BY {columns}) WHERE n > 1"
    )
    many, example = _asked(query, file)[0]
    if not many:
        return ""
    kept = "but for their id" if table.name not in summary.numbered else "and the export gives them no id"
    looks = "looks" if many == 1 else "look"
    such = f", such as '{example}'" if table.name not in summary.numbered else ""
    return f"{counted(int(many), 'row')} {looks} the same as another one {kept}{such}: kept."


def _columns(tables: dict[str, Path], summary: ImportSummary) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    found, unmapped = [], []
    for name, file in tables.items():
        there = [column.name for column in TABLES[name].columns]
        wanted = [
            (column, where, among)
            for column in there
            for where, among in AMONG.get((name, column), (("true", f"all {name.replace('_', ' ')}"),))
        ]
        parts = ", ".join(
            f'count("{column}") FILTER (WHERE {where}), count(*) FILTER (WHERE {where})' for column, where, _ in wanted
        )
        counts = _asked(f"SELECT {parts} FROM read_parquet(?)", file)[0]
        absent = []
        for i, (column, _, among) in enumerate(wanted):
            filled, rows = counts[2 * i], counts[2 * i + 1]
            definition = TABLES[name].column(column)
            if column not in summary.mapped.get(name, [] if name in summary.mapped else there) and not filled:
                absent.append(definition)
                continue
            found.append(
                {
                    "table": name, "column": column, "says": definition.says,
                    "needed": definition.needed, "among": among,
                    "filled": filled, "rows": rows, "share": filled / rows if rows else None,
                    "may_be_empty": MAY_BE_EMPTY.get((name, column), ""),
                }
            )  # fmt: skip
        if absent:
            unmapped.append({"table": name, "columns": list(dict.fromkeys(c.name for c in absent))})
    return found, unmapped


def _logging(engagement: Engagement, tables: dict[str, Path], last: dt.date | None) -> dict[str, Any] | None:
    """For each seller the share of whole weeks in which anything at all was logged, of the weeks with a seat."""
    if "activities" not in tables or last is None:
        return None
    rows = _asked(
        'SELECT seller, "at"::DATE, count(*) FROM read_parquet(?) WHERE "at"::DATE <= ? GROUP BY ALL',
        tables["activities"],
        last,
    )
    if not rows:
        return None
    client = engagement.settings.calendar
    first = min(day for _, day, _ in rows)
    weeks = [w for w in calendar.periods(client, "week", first, last) if w.start >= first and w.end <= last]
    weeks = weeks or calendar.periods(client, "week", first, last)
    logged: dict[str, set[dt.date]] = {}
    many: dict[str, int] = {}
    for seller, day, count in rows:
        logged.setdefault(seller, set()).add(calendar.holding(client, "week", day).start)
        many[seller] = many.get(seller, 0) + count
    names = {person: record.name for person, record in engagement.records.current(Person).items()}
    seats: dict[str, list[Seat]] = {}
    for seat in engagement.records.current(Seat).values():
        if seat.role == "seller":
            seats.setdefault(seat.person, []).append(seat)
    sellers: list[dict[str, Any]] = []
    for person, held in seats.items():
        seated = [
            w for w in weeks
            if any((s.valid_from or dt.date.min) <= w.end and (s.valid_to or dt.date.max) >= w.start for s in held)
        ]  # fmt: skip
        with_any = sum(week.start in logged.get(person, ()) for week in seated)
        team = max(held, key=lambda seat: seat.valid_from or dt.date.min).team
        sellers.append(
            {
                "seller": names.get(person, person), "team": team, "weeks": len(seated), "logged": with_any,
                "share": with_any / len(seated) if seated else None, "activities": many.get(person, 0),
            }
        )  # fmt: skip
    sellers.sort(key=lambda row: (row["team"], 2 if row["share"] is None else row["share"], row["seller"]))
    shares = [row["share"] for row in sellers if row["share"] is not None]
    strangers = sum(count for person, count in many.items() if person not in seats)
    says = (
        f"Logging is known for no seller: nobody has a seat in the {counted(len(weeks), 'whole week')} with activities."
    )
    if shares:
        says = (
            f"The seller in the middle logged something in {_percent(statistics.median(shares))} of the weeks, the one "
            f"who logs least in {_percent(min(shares))} ({counted(len(shares), 'seller')}, "
            f"{counted(len(weeks), 'whole week')})."
        )
    return {
        "from": weeks[0].start.isoformat(), "to": weeks[-1].end.isoformat(), "weeks": len(weeks), "says": says,
        "sellers": sellers, "without_seat": strangers,
    }  # fmt: skip


def _days(engagement: Engagement, covered: Coverage | None) -> dict[str, Any] | None:
    if covered is None:
        return None
    week = calendar.holding(engagement.settings.calendar, "week", covered.last)
    trusted_to = covered.last if week.end == covered.last else week.start - dt.timedelta(days=1)
    trusted_from = covered.cut_off or covered.first
    says = [f"The data run from {spoken_day(covered.first)} to {spoken_day(covered.last)}."]
    says += measures.data_notes(engagement, as_of=covered.last)
    return {
        "first": covered.first.isoformat(),
        "last": covered.last.isoformat(),
        "trusted_from": trusted_from.isoformat(),
        "trusted_to": trusted_to.isoformat(),
        "why_from": "earlier closed deals are missing" if covered.cut_off else "the first day of the data",
        "why_to": "the last whole week ends there"
        if trusted_to < covered.last
        else "the last day of the data ends a week",
        "reach": {name: [day.isoformat() for day in reach] for name, reach in covered.reach.items()},
        "says": says,
    }


def _measures(engagement: Engagement, covered: Coverage | None) -> dict[str, Any]:
    if covered is None:
        return {"computable": [], "not": []}
    known = catalogue.measures()
    found = measures.availability(engagement, as_of=covered.as_of)
    reasons: dict[str, list[str]] = {}
    for measure, reason in found.items():
        if reason:
            reasons.setdefault(reason, []).append(known[measure].name)
    return {
        "computable": [known[measure].name for measure, reason in found.items() if not reason],
        "not": [{"reason": reason, "names": names} for reason, names in _told_together(reasons).items()],
    }


def _told_together(reasons: dict[str, list[str]]) -> dict[str, list[str]]:
    """Reasons that differ in one quoted word alone, as one that lists the words.

    >>> _told_together({"no 'note' is there": ["Notes"], "no deal": ["Wins"], "no 'demo' is there": ["Demos"]})
    {"no 'note' and 'demo' is there": ['Notes', 'Demos'], 'no deal': ['Wins']}
    """
    alike: dict[str, list[str]] = {}
    for reason in reasons:
        quoted = _QUOTED.findall(reason)
        alike.setdefault(_QUOTED.sub("''", reason) if len(quoted) == 1 else reason, []).append(reason)
    out = {}
    for shape, group in alike.items():
        words = joined([_QUOTED.findall(reason)[0] for reason in group]) if len(group) > 1 else ""
        told = shape.replace("''", words) if words else group[0]
        out[told] = [name for reason in group for name in reasons[reason]]
    return out


def _takeaway(told: dict[str, Any]) -> str:
    kept = {table["table"]: table["kept"] for table in told["tables"]} | told["stayed"]
    said = [counted(kept[name], one, plural=many) for name, (one, many) in NOUNS.items() if kept.get(name)]
    parts = [f"{joined(said[:3])} in the data" if said else "No deals, activities or leads in the data"]
    can, cannot = len(told["measures"]["computable"]), sum(len(entry["names"]) for entry in told["measures"]["not"])
    parts.append(f"{can} of {counted(can + cannot, 'measure')} can be computed")
    if told["days"] and told["days"]["why_from"].startswith("earlier"):
        parts.append(
            f"closed deals can be trusted from {spoken_day(dt.date.fromisoformat(told['days']['trusted_from']))} on"
        )
    return "; ".join(parts)


def _asked(query: str, file: Path, *more: Any) -> list[tuple[Any, ...]]:
    import duckdb

    with duckdb.connect() as db:
        return db.execute(query, [str(file), *more]).fetchall()

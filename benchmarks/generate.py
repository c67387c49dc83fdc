"""Makes an engagement of any size: at scale 1 it has 50 sellers, 10,000 opportunities and 400,000 activities.

Everything is drawn with NumPy and written as Parquet in chunks, so that scale 100 (40 million activities) needs no
more memory than a chunk. Equal seeds make equal data.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kpi_workshop import engagement as engagements
from kpi_workshop.crm import embedded
from kpi_workshop.crm.tables import TABLES
from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Seat, Target, Team
from kpi_workshop.records import ALWAYS

FIRST, LAST = dt.date(2024, 1, 1), dt.date(2025, 12, 31)
DAYS = (LAST - FIRST).days + 1
SELLERS, TEAM_SIZE = 50, 10
OPPORTUNITIES, ACTIVITIES, LEADS = 10_000, 400_000, 20_000
CHUNK = 1_000_000

TYPES = np.array(["call", "email", "meeting", "demo", "task"])
TYPE_SHARES = (0.42, 0.38, 0.09, 0.02, 0.09)
MOVES = 0.2
"""The share of sellers who change teams once."""


def make(folder: Path, scale: int, *, seed: int = 1) -> Engagement:
    """A new engagement in `folder` with `scale` times 50 sellers over two years; what was there is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    engagement = engagements.create(folder, name=f"Benchmark {scale}x")
    engagement.tables.mkdir(parents=True, exist_ok=True)
    sellers = _names("seller-", SELLERS * scale)
    rng = np.random.default_rng(seed)
    _seats(engagement, sellers.to_pylist(), rng)
    _write(engagement, "opportunities", _opportunities(rng, sellers, OPPORTUNITIES * scale))
    _write(engagement, "activities", _activities(rng, sellers, ACTIVITIES * scale, OPPORTUNITIES * scale))
    _write(engagement, "leads", _leads(rng, sellers, LEADS * scale))
    return engagement


def _seats(engagement: Engagement, sellers: list[str], rng: np.random.Generator) -> None:
    teams = [f"Team {number:03}" for number in range(-(-len(sellers) // TEAM_SIZE))]
    moves = rng.random(len(sellers)) < MOVES
    entries: list[tuple[str, Seat | Team | Target]] = [(name, Team(name=name)) for name in teams]
    for number, person in enumerate(sellers):
        place = number // TEAM_SIZE
        found = [Seat(person=person, team=teams[place], manager=f"Manager {place:03}")]
        if moves[number] and len(teams) > 1:
            day = FIRST + dt.timedelta(days=int(rng.integers(30, DAYS - 30)))
            other = (place + 1) % len(teams)
            found = [
                found[0].model_copy(update={"valid_to": day - dt.timedelta(days=1)}),
                Seat(person=person, team=teams[other], manager=f"Manager {other:03}", valid_from=day),
            ]
        entries += [(f"{s.person}|{s.team}|{s.valid_from or ''}|seller", s) for s in found]
        for year in (FIRST.year, LAST.year):
            first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
            goal = Target(
                owner_is="seller", owner=person, measure="revenue", period_from=first, period_to=last, value=1e6
            )
            entries.append((f"seller|{person}|revenue|{first}", goal))
    engagement.records.save_all(entries, effective=ALWAYS)


def _opportunities(rng: np.random.Generator, sellers: pa.Array, rows: int) -> Iterator[dict[str, pa.Array]]:
    for first, size, begin, end in _slices(rows):
        opened = np.sort(rng.uniform(begin, end, size)).astype(np.int32)
        cycle = np.maximum(1, rng.lognormal(3.8, 0.7, size)).astype(np.int32)
        closes = opened + cycle
        over = closes < DAYS
        won = rng.random(size) < 0.3
        status = np.where(over, np.where(won, 1, 2), 0)
        amount = np.round(rng.lognormal(9.0, 0.8, size), 2)
        yield {
            "opportunity_id": _ids(first, size),
            "account_id": _picked(rng, rows // 4, size),
            "seller": sellers.take(pa.array(rng.integers(0, len(sellers), size))),
            "stage": _words(["Proposal", "Closed won", "Closed lost"], status),
            "status": _words(["open", "won", "lost"], status),
            "opened_on": _days(opened),
            "closed_on": _days(closes, known=over),
            "expected_close_on": _days(opened + 60),
            "amount": pa.array(amount, mask=rng.random(size) < 0.02),
        }


def _activities(
    rng: np.random.Generator, sellers: pa.Array, rows: int, opportunities: int
) -> Iterator[dict[str, pa.Array]]:
    for first, size, begin, end in _slices(rows):
        days = np.sort(rng.uniform(begin, end, size))
        day = days.astype(np.int64)
        weekend = (np.datetime64(FIRST) + day).astype("datetime64[D]").astype(np.int64) % 7
        day = np.where(weekend == 2, day - 1, np.where(weekend == 3, day - 2, day)).clip(0)
        seconds = (8 * 3600 + (days - np.floor(days)) * 10 * 3600).astype(np.int64)
        at = np.datetime64(FIRST, "us") + (day * 86_400 + seconds).astype("timedelta64[s]").astype("timedelta64[us]")
        kind = rng.choice(len(TYPES), size, p=TYPE_SHARES)
        live = kind <= 3
        talked = np.select([kind == 0, kind == 2, kind == 3], [rng.random(size) < 0.25, True, True], default=False)
        yield {
            "activity_id": _ids(first, size),
            "seller": sellers.take(pa.array(rng.integers(0, len(sellers), size))),
            "type": _words(list(TYPES), kind),
            "at": pa.array(at),
            "opportunity_id": _picked(rng, opportunities, size, missing=0.4),
            "account_id": _picked(rng, opportunities // 4, size),
            "contact_id": _picked(rng, opportunities, size, missing=0.2),
            "direction": _words(["outbound", "inbound"], (rng.random(size) < 0.15).astype(int)),
            "minutes": pa.array(rng.integers(1, 60, size).astype(float), mask=(kind != 0) & (kind != 2)),
            "is_conversation": pa.array(talked, mask=~live | (rng.random(size) < 0.03)),
            "is_senior": pa.array(rng.random(size) < 0.2, mask=~talked),
        }


def _leads(rng: np.random.Generator, sellers: pa.Array, rows: int) -> Iterator[dict[str, pa.Array]]:
    for first, size, begin, end in _slices(rows):
        seconds = (np.sort(rng.uniform(begin, end, size)) * 86_400).astype("timedelta64[s]")
        yield {
            "lead_id": _ids(first, size),
            "seller": sellers.take(pa.array(rng.integers(0, len(sellers), size))),
            "created_at": pa.array((np.datetime64(FIRST, "us") + seconds).astype("datetime64[us]")),
            "source": _words(["web", "event", "referral"], rng.integers(0, 3, size)),
        }


def _write(engagement: Engagement, table: str, chunks: Iterator[dict[str, pa.Array]]) -> None:
    schema = TABLES[table].schema
    written = 0
    with pq.ParquetWriter(engagement.tables / f"{table}.parquet", schema, compression="zstd") as file:
        for columns in chunks:
            size = len(columns[TABLES[table].key[0]])
            columns["source_file"] = pa.repeat(f"{table}.csv", size)
            columns["source_row"] = pa.array(np.arange(written + 2, written + size + 2))
            arrays = [columns[f.name].cast(f.type) if f.name in columns else pa.nulls(size, f.type) for f in schema]
            chunk = pa.table(arrays, schema=schema)
            if not written:
                file.add_key_value_metadata(embedded.spelled(table, chunk).schema.metadata or {})
            file.write_table(chunk, row_group_size=122_880)
            written += size


def _slices(rows: int) -> Iterator[tuple[int, int, float, float]]:
    """First row, size and share of the two years of each chunk: ids rise with time, as in a CRM."""
    for first in range(0, rows, CHUNK):
        size = min(CHUNK, rows - first)
        yield first, size, first / rows * DAYS, (first + size) / rows * DAYS


def _names(prefix: str, count: int) -> pa.Array:
    return pa.array([f"{prefix}{number:05}" for number in range(count)])


def _ids(first: int, size: int) -> pa.Array:
    return pa.array(np.arange(first, first + size) + 10**9).cast(pa.string())


def _picked(rng: np.random.Generator, count: int, size: int, *, missing: float = 0.0) -> pa.Array:
    numbers = rng.integers(0, max(count, 1), size) + 10**9
    return pc.cast(pa.array(numbers, mask=rng.random(size) < missing), pa.string())


def _words(words: list[str], codes: np.ndarray) -> pa.Array:
    return pa.array(words).take(pa.array(codes))


def _days(offsets: np.ndarray, *, known: np.ndarray | None = None) -> pa.Array:
    start = (np.datetime64(FIRST) - np.datetime64("1970-01-01")).astype(int)
    return pa.array((offsets + start).astype(np.int32), mask=None if known is None else ~known).cast(pa.date32())

"""How far the client data reach: first and last day, what is filled, and from which day on they can be trusted."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from typing import Any

from ..engagement import Engagement
from ..errors import NothingImported
from ..kinds import Stage, Target
from . import cut_off, engines, facts, formulas, learned, stage_order
from .attribution import first_days
from .learned import Stamp
from .sources import history

BASE = ("opportunities", "activities", "leads")
"""The tables by whose days the first and last day of the data are told."""

LATER = ("stage_changes", "topics", "customers")
"""Further tables with days, by which they are told only where none of the first is there."""

STATES = ("topics", "customers")
"""Tables that tell of a state, which holds until it changes: they reach as far as the data do."""


class Coverage:
    """What the data say about themselves as of a day. Each table is read when something of it is first asked.

    `tables` are the imported tables with rows; `facts` counts by name, over all tables; `reach` the first and last day
    of each table with days, the last never after `as_of`.
    """

    def __init__(self, engagement: Engagement, as_of: dt.date) -> None:
        self.as_of = as_of
        self._engagement = engagement
        self._stamp = engines.stamp(engagement)
        self.tables = frozenset(_filled(engagement, self._stamp))
        self.facts: Mapping[str, int] = _Facts(self)

    def of(self, table: str) -> facts.Read:
        """What one imported table says."""
        if table not in self.tables:
            return facts.NOTHING
        return _read(self._engagement, self._stamp, self.as_of, table)

    @property
    def reach(self) -> dict[str, tuple[dt.date, dt.date]]:
        """The first and last day of each table with days up to the report date."""
        found = {table: self.reached(table) for table in (*BASE, *LATER, "pushes")}
        return {table: days for table, days in found.items() if days}

    def reached(self, table: str) -> tuple[dt.date, dt.date] | None:
        """The first and last day of one table; None where nothing in it says when it happened."""
        if table == "pushes":
            return (self._imports[0], self.last) if len(self._imports) > 1 else None
        days = self._days(table)
        return (days[0], self.last) if days and table in STATES else days

    def _days(self, table: str) -> tuple[dt.date, dt.date] | None:
        read = self.of(table)
        if read.first is None or read.first > self.as_of:
            return None
        return read.first, min(read.last or read.first, self.as_of)

    @functools.cached_property
    def _edges(self) -> tuple[dt.date, dt.date]:
        known = [days for days in map(self._days, BASE) if days] or [days for days in map(self._days, LATER) if days]
        return min(first for first, _ in known), max(last for _, last in known)

    @property
    def first(self) -> dt.date:
        """The first day on which something happened."""
        return self._edges[0]

    @property
    def last(self) -> dt.date:
        """The last day on which something happened, `as_of` at the latest."""
        return self._edges[1]

    def lacks(self, formula: formulas.Formula) -> str:
        """Why a measure is not computable with these data, or "" where it is."""
        worth = formula.shape == "snapshot" and formula.unit == "money" and formula.standing is None
        if worth and self.facts.get("open_now") and not self.facts["open_with_amount"]:
            return "no open deal has an amount"
        reason = next((reason for fact, reason in formula.needs if not self.facts.get(fact)), "")
        return reason or ("" if self.reached(formula.table) else "nothing in the data says when it happened")

    # Closed deals before the first one that the data hold

    @functools.cached_property
    def _cut_off(self) -> cut_off.CutOff:
        known = self._days("opportunities")
        return _cut_off_of(self._engagement, self._stamp, self.as_of) if known else cut_off.NONE

    @property
    def cut_off(self) -> dt.date | None:
        """The first day of closed deals where earlier ones are missing, else None."""
        return self._cut_off.day

    @property
    def missing(self) -> float:
        """How many of the `opened_before` deals should have closed before `cut_off`."""
        return self._cut_off.missing

    @property
    def opened_before(self) -> int:
        """How many deals were opened before the first closing day."""
        return self._cut_off.opened_before

    @property
    def longest_won_cycle(self) -> int | None:
        """The days that the longest won deal took."""
        return self._cut_off.longest_won_cycle

    @property
    def open_longer(self) -> int:
        """How many deals have been open for longer than that."""
        return self._cut_off.open_longer

    # What the records add

    @functools.cached_property
    def stages(self) -> list[tuple[str, int]]:
        """The stages of the data in their order, with their places."""
        recorded = sorted(self._recorded(Stage), key=lambda stage: stage.order)
        return stage_order.places(self.of("stage_changes").stages, [stage.stage for stage in recorded])

    @functools.cached_property
    def checklists(self) -> list[tuple[str, str]]:
        """Each stage of the sales process with each topic that it asks for, in lower case."""
        listed = [(stage.stage, topic) for stage in self._recorded(Stage) for topic in stage.evidence]
        return sorted({(stage.strip().lower(), topic.strip().lower()) for stage, topic in listed})

    @functools.cached_property
    def starts(self) -> list[tuple[str, dt.date]]:
        """The first day in a seat of each seller who began after the first day of the deals."""
        first = (self._days("opportunities") or (self.as_of, self.as_of))[0]
        days = first_days(self._engagement, as_of=self.as_of)
        return [(person, day) for person, day in days.items() if first <= day <= self.as_of]

    @functools.cached_property
    def _imports(self) -> list[dt.date]:
        days = [version.record.last_day for version in history.imports(self._engagement)]
        return [day for day in days if day is not None and day <= self.as_of]

    def _recorded(self, kind: Any) -> list[Any]:
        return list(self._engagement.records.current(kind, as_of=self.as_of).values())

    def fact(self, name: str) -> int:
        """How often a fact holds, by its name; 0 where nothing is known of it."""
        if name in _OF_RECORDS:
            return _OF_RECORDS[name](self)
        if name.startswith("type "):
            return sum(self.of("activities").facts.get(f"type {kind}", 0) for kind in name[5:].split(" or "))
        table = next((table for table, names in facts.NAMES.items() if name in names), "")
        return self.of(table).facts.get(name, 0) if table else 0


_OF_RECORDS: dict[str, Any] = {
    "targets": lambda c: sum(target.measure == "revenue" for target in c._recorded(Target)),
    "seats": lambda c: len(first_days(c._engagement, as_of=c.as_of, known_only=False)),
    "starts": lambda c: len(c.starts),
    "checklists": lambda c: len(c.checklists),
    "staged": lambda c: len(c.stages),
    "imports": lambda c: int(len(c._imports) > 1),
    "judged_stages": lambda c: sum(
        stage.left >= formulas.pipeline.VISITS
        for stage in c.of("stage_changes").stages
        if stage.stage in dict(c.stages)
    ),
    "leads_of_deals": lambda c: c.fact("with_lead") + c.fact("named_deals"),
}  # fmt: skip


class _Facts(Mapping[str, int]):
    """The facts of all tables as one mapping; what is not known counts 0."""

    def __init__(self, covered: Coverage) -> None:
        self._covered = covered

    def __getitem__(self, name: str) -> int:
        return self._covered.fact(name)

    def __iter__(self) -> Iterator[str]:
        return iter([*(name for names in facts.NAMES.values() for name in names), *_OF_RECORDS])

    def __len__(self) -> int:
        return len(list(iter(self)))


def coverage(engagement: Engagement, *, as_of: dt.date) -> Coverage:
    """What the imported tables hold as of a day, read once for each import and report date.

    Raises NothingImported where no table with days has been imported.
    """
    covered = Coverage(engagement, as_of)
    if not any((first := covered.of(table).first) and first <= as_of for table in (*BASE, *LATER)):
        raise NothingImported(
            f"No client data up to {as_of} are in this engagement. Import a CRM export: "
            f'kpi-workshop import "{engagement.folder}" crm PATH'
        )
    return covered


@functools.lru_cache(maxsize=32)
def _filled(engagement: Engagement, _stamp: Stamp) -> set[str]:
    with engines.session(engagement) as engine:
        return engine.tables


@functools.lru_cache(maxsize=256)
def _read(engagement: Engagement, stamp: Stamp, as_of: dt.date, table: str) -> facts.Read:
    def learn() -> facts.Read:
        with engines.session(engagement) as engine:
            return facts.read(engine, table, as_of)

    return learned.kept(engagement, stamp, f"{table}-{as_of}", facts.Read, learn)


@functools.lru_cache(maxsize=32)
def _cut_off_of(engagement: Engagement, stamp: Stamp, as_of: dt.date) -> cut_off.CutOff:
    def learn() -> cut_off.CutOff:
        with engines.session(engagement) as engine:
            engine.give("terms", facts.report_date(as_of))
            return cut_off.cut_off(engine.ask(cut_off.openings_and_closings), as_of)

    return learned.kept(engagement, stamp, f"cut-off-{as_of}", cut_off.CutOff, learn)

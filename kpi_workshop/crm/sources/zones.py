"""Whose clock a moment is told by: the seller's where their time zone is known, else the business's.

Times are converted once, at import; a zone that changes later takes effect with the next import.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...engagement import Engagement
from ...errors import no_time_zone
from ...kinds import Person
from . import values
from .checking import LONGEST_NAME, Names


class Zones:
    """The time zone of each row of a table, by its seller, or by the seller of the deal it belongs to."""

    def __init__(self, business: str, people: Iterable[Person] = ()) -> None:
        everyone = list(people)
        self.business = business
        self._names = Names((p.person, (p.name, *p.also_known_as)) for p in everyone)
        self._known = {p.person: p.time_zone for p in everyone if p.time_zone and p.time_zone != business}
        self._deals: dict[str, str | None] = {}
        self.used = False

    def __bool__(self) -> bool:
        """Whether anybody works in another zone than the business."""
        return bool(self._known)

    @classmethod
    def known(cls, engagement: Engagement, listed: Iterable[Mapping[str, Any]]) -> Zones:
        """Of the people recorded and of those that an export lists; a name that is no zone is refused elsewhere."""
        people = engagement.records.current(Person)
        for row in listed:
            person, zone = row["person"], row["time_zone"] or ""
            before = people.get(person)
            if person and zone and len(person) <= LONGEST_NAME and not no_time_zone(zone):
                name = before.name if before else (row["name"] or person)[:LONGEST_NAME]
                called = before.also_known_as if before else ()
                people[person] = Person(person=person, name=name, also_known_as=called, time_zone=zone)
        return cls(engagement.settings.calendar.time_zone, people.values())

    def see_deals(self, deals: pa.Table | None) -> None:
        """Note who owns the deals, for the tables that only name the deal; what is seen later replaces."""
        if self and deals is not None:
            zones = values.on_distinct(deals["seller"], self._zone).to_pylist()
            self._deals |= dict(zip(deals["opportunity_id"].to_pylist(), zones, strict=True))

    def of(self, columns: Mapping[str, Any]) -> Any:
        """The zone of every row of these columns: the business's name, or a column of names where sellers differ."""
        if not self:
            return self.business
        if "seller" in columns:
            found = values.on_distinct(values.texts(columns["seller"]), self._zone)
        elif self._deals and "opportunity_id" in columns:
            found = values.on_distinct(values.texts(columns["opportunity_id"]), self._deals.get)
        else:
            return self.business
        if found.null_count == len(found):
            return self.business
        self.used = True
        return pc.fill_null(found, pa.scalar(self.business))

    def said(self) -> str:
        """A note for the summary of an import in which zones were `used`."""
        many = len(self._known)
        names = sorted(set(self._known.values()))
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        who = "1 person" if many == 1 else f"{many:,} people"
        return (
            f"Times that say their zone were put on the local day of the seller for {who} ({shown}), "
            f"for everybody else on the day in {self.business}."
        )

    def _zone(self, word: str | None) -> str | None:
        return self._known.get(self._names.find(word) or "") if word else None

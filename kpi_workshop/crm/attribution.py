"""Whose number it is: the seats that people held, as groups that a deal or a call is counted for on its day."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..engagement import Engagement
from ..errors import NotComputable, WorkshopError, did_you_mean
from ..kinds import Seat, Team

if TYPE_CHECKING:
    import pyarrow as pa

BY = ("organisation", "team", "manager", "seat", "seller")
"""What a measure can be counted by."""

ORGANISATION = "All"
NO_MANAGER = "(no manager)"

BEGINNING = dt.date(1900, 1, 1)
END = dt.date(2999, 12, 31)
"""What an empty first or last day of a seat stands for."""


@dataclass(frozen=True)
class Membership:
    """A stretch of days on which what a person does counts for a group."""

    person: str
    group: str
    valid_from: dt.date
    valid_to: dt.date
    sells: bool

    def overlaps(self, start: dt.date, end: dt.date) -> bool:
        """True where at least one of the days from `start` to `end` belongs to it."""
        return self.valid_from <= end and start <= self.valid_to


@dataclass(frozen=True)
class Attribution:
    """The groups of one way of counting, in the order they are shown, and who belonged to them when."""

    by: str
    groups: tuple[str, ...]
    members: tuple[Membership, ...]

    def is_seated(self, group: str, start: dt.date, end: dt.date) -> bool:
        """True where anybody held a seat of the group on one of these days; the organisation always is."""
        return self.by == "organisation" or any(m.overlaps(start, end) for m in self._of.get(group, ()))

    @functools.cached_property
    def _of(self) -> dict[str, list[Membership]]:
        of: dict[str, list[Membership]] = {}
        for member in self.members:
            of.setdefault(member.group, []).append(member)
        return of

    @functools.cached_property
    def table(self) -> pa.Table:
        """The memberships as the engine joins them: person, grp, valid_from, valid_to.

        For the organisation each person is their own group: all that is asked is whether they had a seat that day.
        """
        import pyarrow as pa

        rows = self.members
        return pa.table(
            {
                "person": pa.array([m.person for m in rows], pa.string()),
                "grp": pa.array([m.group for m in rows], pa.string()),
                "valid_from": pa.array([m.valid_from for m in rows], pa.date32()),
                "valid_to": pa.array([m.valid_to for m in rows], pa.date32()),
            }
        )


def attribution(engagement: Engagement, by: str, *, as_of: dt.date) -> Attribution:
    """The groups of `by` and their memberships, from the seats recorded as of `as_of`.

    Two seats of one person in the same group at the same time count once. Seats and sellers are called by the
    person's key, seats as "person, team". Without any seat only the organisation can be counted: NotComputable.
    """
    if by not in BY:
        raise WorkshopError(f"Measures are not counted by '{by}'. {did_you_mean(by, BY)}".strip())
    seats = tuple(engagement.records.current(Seat, as_of=as_of).values())
    if by != "organisation" and not seats:
        raise NotComputable(
            f"Nobody has a seat as of {as_of}, so nothing can be counted by {by}. "
            "Enter or import the org chart first, or count by organisation."
        )
    teams = engagement.records.current(Team, as_of=as_of).values() if by == "team" else ()
    return _attribution(by, seats, tuple((team.name, team.order) for team in teams))


@functools.lru_cache(maxsize=16)
def _attribution(by: str, seats: tuple[Seat, ...], teams: tuple[tuple[str, int], ...]) -> Attribution:
    if by == "organisation":
        return Attribution(by, (ORGANISATION,), _merged(seats, "seller"))
    members = _merged(seats, by)
    found = {m.group for m in members if m.sells}
    if by == "team":
        order = {team: (rank, place) for place, (team, rank) in enumerate(teams)}
        ranked = sorted(found, key=lambda group: (*order.get(group, (10**6, 0)), group))
    else:
        ranked = sorted(found)
    return Attribution(by, tuple(ranked), members)


def first_days(engagement: Engagement, *, as_of: dt.date, known_only: bool = True) -> dict[str, dt.date]:
    """The first day of each seller in a first seat; who was there from the beginning is BEGINNING, or left out."""
    first: dict[str, dt.date] = {}
    for seat in engagement.records.current(Seat, as_of=as_of).values():
        day = seat.valid_from or BEGINNING
        if seat.role == "seller" and day <= as_of:
            first[seat.person] = min(first.get(seat.person, day), day)
    return {person: day for person, day in first.items() if day > BEGINNING or not known_only}


def _merged(seats: Iterable[Seat], by: str) -> tuple[Membership, ...]:
    """Seats as memberships of groups, those that touch or overlap made one."""
    stretches: dict[tuple[str, str], list[Membership]] = {}
    for seat in seats:
        group = {
            "team": seat.team,
            "manager": seat.manager or NO_MANAGER,
            "seat": f"{seat.person}, {seat.team}",
            "seller": seat.person,
        }[by]
        new = Membership(seat.person, group, seat.valid_from or BEGINNING, seat.valid_to or END, seat.role == "seller")
        stretches.setdefault((seat.person, group), []).append(new)
    merged = []
    for found in stretches.values():
        found.sort(key=lambda m: m.valid_from)
        last = found[0]
        for m in found[1:]:
            if m.valid_from <= last.valid_to or m.valid_from - last.valid_to == dt.timedelta(days=1):
                last = Membership(
                    m.person, m.group, last.valid_from, max(last.valid_to, m.valid_to), last.sells or m.sells
                )
            else:
                merged.append(last)
                last = m
        merged.append(last)
    return tuple(merged)

"""What a formula is, and the expressions that every family of formulas is built from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ..tables import PLAIN, TABLES

Shape = Literal[
    "ratio",
    "sum",
    "median",
    "snapshot",
    "growth",
    "attainment",
    "attainment_share",
    "distinct",
    "per_seller",
    "derived",
]
Rows = Callable[[], Any]
Need = tuple[str, str]


@dataclass(frozen=True)
class Formula:
    """How one measure is computed.

    `shape`: ratio is a ratio of sums; sum adds up; median is exact; distinct counts different things; a snapshot counts
    what stands at a period's end; per_seller divides a sum by the sellers in a seat; derived is made of other measures.
    `needs`: the facts about the data without which it is not computable, each with the reason to give.
    `events`: the rows that a period counts. `standing`: the rows that are there at a period's end, or of its customers.
    `undefined`: why a period has no value though its data are known. `counted_by`: the day that places an event.
    `zeros`: seller and day of what is known to add nothing to a sum, where the events leave it out. It is read for the
    groups and periods alone of which the events know nothing, and which are 0 then, not unknown.
    `now_only`: why a period that is over has no value, where only the report date can be known. `blocked_says`: why a
    median that falls on something still open has none; `also`: a second quantile, told in the note.
    """

    shape: Shape
    unit: str
    table: str
    needs: tuple[Need, ...] = ()
    events: Rows | None = None
    standing: Rows | None = None
    zeros: Rows | None = None
    undefined: str = ""
    aside_says: str = ""
    undated_says: str = ""
    note: str = ""
    counted_by: Literal["closing", "opening", "other"] = "other"
    now_only: str = ""
    blocked_says: str = ""
    also: float | None = None

    @property
    def at_end(self) -> bool:
        """True where the rows are those that stand at a period's end, not those that happened in it."""
        return self.shape == "snapshot" or self.standing is not None


# Tables


def unbound(name: str) -> Any:
    """A canonical table as an expression that is bound to no engine yet.

    Activities have `kind` and `way` as well: their type and direction as they are compared.
    """
    import ibis

    columns = dict(ibis.Schema.from_pyarrow(TABLES[name].schema).items())
    return ibis.table(columns | dict.fromkeys(PLAIN.get(name, ()), "string"), name=name)


def terms() -> Any:
    """One row: the report date and what was agreed in the settings (`[limits]`)."""
    import ibis

    columns = {"as_of": "date"} | dict.fromkeys(AGREED, "int64")
    return ibis.table(columns, name="terms")


AGREED = ("silent_days", "large_employees")
"""The agreed limits that `terms` holds."""


def horizon() -> Any:
    """For each day of the data up to the report date the last day that counts as soon after it: `day`, `<limit>_until`.

    A day is looked up and not computed, so that a join compares one side with the other: engines then hash and merge
    where days counted between both sides would make them try every pair.
    """
    import ibis

    return ibis.table({"day": "date"} | {f"{name}_until": "date" for name in SOON}, name="horizon")


SOON = ("productive", "meeting")
"""The limits that end a wait, as `[limits]` calls them without `_days`."""


def stages() -> Any:
    """Each stage in lower case with its `place`. A won stage has WON_PLACE, a lost one is not there."""
    import ibis

    return ibis.table({"stage": "string", "place": "int64"}, name="stages")


WON_PLACE = 1_000_000
"""The place of a stage that means the deal is won: after all others."""


def starts() -> Any:
    """The first day of each seller in a first seat, where it lies within the data."""
    import ibis

    return ibis.table({"seller": "string", "day": "date"}, name="starts")


def checklists() -> Any:
    """The topics that must be confirmed in each stage: `stage` and `topic` in lower case."""
    import ibis

    return ibis.table({"stage": "string", "topic": "string"}, name="checklists")


def ends() -> Any:
    """The days on which a snapshot is taken, one for each period.

    `snapshot_on` is the period's last known day, `first_on` its first day, `year_ago` the day a year before
    `snapshot_on`; `is_last` where the snapshot is that of the report date.
    """
    import ibis

    columns = {"period_start": "date", "snapshot_on": "date", "first_on": "date", "year_ago": "date"}
    return ibis.table(columns | {"is_last": "boolean"}, name="ends")


# Expressions


def flag(condition: Any) -> Any:
    """1 where a condition holds, 0 where it does not or is not known."""
    return condition.fill_null(False).ifelse(1, 0)


def plain(text: Any) -> Any:
    """A text as it is compared: without spaces around it, in lower case."""
    return text.strip().lower()


def days_between(later: Any, earlier: Any) -> Any:
    """Whole days from one date to another."""
    return later.delta(earlier, unit="day")


def hours_between(later: Any, earlier: Any) -> Any:
    """Hours from one moment to another by the clock, in a form that no engine's time zone can change."""
    days = later.date().delta(earlier.date(), unit="day").cast("float64")
    hours = (later.hour() - earlier.hour()).cast("float64")
    minutes = (later.minute() - earlier.minute()).cast("float64")
    seconds = (later.second() - earlier.second()).cast("float64")
    return days * 24.0 + hours + minutes / 60.0 + seconds / 3600.0


def each(rows: Any, day: Any, *, aside: Any = 0) -> Any:
    """Every row counts one on its day."""
    return rows.select("seller", day=day, numerator=1, denominator=1, aside=aside)


def share(every: Any, met: Any) -> Any:
    """The events of a share whose numerators a semi-join found: all rows stand below, those that met it above.

    `every` has seller, day and aside; `met` seller and day. Each row of `met` must be one of `every`.
    """
    below = every.select("seller", "day", numerator=0, denominator=1, aside="aside")
    return below.union(met.select("seller", "day", numerator=1, denominator=0, aside=0))


def per(above: Any, below: Any) -> Any:
    """The events of a ratio of two different things: `above` and `below` have seller and day."""
    over = above.select("seller", "day", numerator=1, denominator=0, aside=0)
    return below.select("seller", "day", numerator=0, denominator=1, aside=0).union(over)


def standing(rows: Any, *, numerator: Any = 1, denominator: Any = 1, aside: Any = 0, day: Any = None) -> Any:
    """Rows joined with `ends` as what stands at each snapshot; `day` is empty where the start is not known."""
    on = rows.snapshot_on
    return rows.select(
        "seller", "period_start", on=on, day=on if day is None else day, numerator=numerator, denominator=denominator,
        aside=aside,
    )  # fmt: skip


# Kinds of activities

KINDS: dict[str, tuple[str, ...]] = {
    "call": ("call",),
    "email": ("email",),
    "meeting": ("meeting",),
    "demo": ("demo",),
    "voicemail": ("voicemail", "voice mail"),
    "proposal": ("proposal", "quote"),
    "trade show": ("trade show", "tradeshow"),
    "referral": ("referral", "referral request"),
    "workshop": ("workshop", "seminar", "webinar"),
    "business review": ("business review", "qbr"),
    "alliance meeting": ("alliance meeting",),
    "social": ("social", "linkedin"),
    "note": ("note", "close-out note"),
}
"""What the type of an activity may be called, in lower case, for each kind that a formula counts."""


def of_kind(*kinds: str) -> Any:
    """Activities of these kinds."""
    activities = unbound("activities")
    names = [name for kind in kinds for name in KINDS[kind]]
    return activities.filter(activities.kind == names[0] if len(names) == 1 else activities.kind.isin(names))


def inbound(activities: Any) -> Any:
    """True where an activity came in from the other side; not known counts as ours."""
    return (activities.way == "inbound").fill_null(False)


def ours(*kinds: str) -> Any:
    """Activities that the seller did, of these kinds or of any: not those that came in from the other side."""
    activities = of_kind(*kinds) if kinds else unbound("activities")
    return activities.filter(~inbound(activities))


# Reasons

DEALS = ("opportunities", "no opportunities are in the data")
CLOSED = ("closed", "no deal was won or lost in the data")
WON = ("won", "no deal was won in the data")
LOST_TOLD = ("lost_told", "the data hold won deals and not one lost deal: lost ones seem to be left out")
NOT_ONLY_WON = ("not_only_won", "the data hold won deals only")
WON_AMOUNT = ("won_with_amount", "no won deal has an amount")
DATED = ("dated", "no deal has an opening day")
ACTIVITIES = ("activities", "no activities are in the data")
FLAGGED = ("flagged", "no activity says whether it was a conversation")
ON_DEALS = ("on_deals", "no activity says which deal it belongs to")
ON_ACCOUNTS = ("on_accounts", "no activity says which account it belongs to")
LEADS = ("leads", "no leads are in the data")
CUSTOMERS = ("customers", "no customers are in the data")
STAGE_CHANGES = ("stage_changes", "no stage changes are in the data")
TOPICS = ("topics", "no topics are in the data")
SEATS = ("seats", "nobody has a seat")
TARGETS = ("targets", "no target is set for revenue")

NO_CLOSING_DAY = "{} without a closing day counted"
NO_OPENING_DAY = "{} without an opening day counted"


def needs_kind(*kinds: str) -> Need:
    """That at least one activity of these kinds is in the data."""
    fact = f"type {kinds[0]}" if len(kinds) == 1 else "type " + " or ".join(kinds)
    named = " or ".join(f"'{kind}'" for kind in kinds)
    return fact, f"no activity of the type {named} is in the data: not logged, or none took place"

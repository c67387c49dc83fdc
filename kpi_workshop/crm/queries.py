"""From events to numbers: each event finds its period and its group, and an engine adds up, ranks or counts."""

from __future__ import annotations

from typing import Any

from .attribution import BEGINNING, END, ORGANISATION
from .formulas import FORMULAS, flag, unbound, won_amounts


def expression(measure: str, *, organisation: bool, in_one: bool) -> Any:
    """The whole query of a measure made of events or snapshots: one row for each group and period that has any."""
    formula = FORMULAS[measure]
    if formula.shape == "snapshot":
        return open_on_the_last_days(organisation=organisation)
    if formula.events is None:
        raise KeyError(measure)
    rows = attributed(placed(formula.events(), in_one=in_one), organisation=organisation)
    return medians(rows) if formula.shape == "median" else totals(rows)


def revenue_by_seller(*, organisation: bool, in_one: bool) -> Any:
    """Revenue for each group, period and seller: what quotas are held against."""
    rows = attributed(placed(won_amounts(), in_one=in_one), organisation=organisation)
    return totals(rows, also=("seller",))


def days_table() -> Any:
    """The calendar that events are joined to: each day, the first day of its period, and the report date."""
    import ibis

    return ibis.table({"day": "date", "period_start": "date", "as_of": "date"}, name="days")


def span_table() -> Any:
    """One row: the single period of everything, and whether it takes in what has no day."""
    import ibis

    return ibis.table({"period_start": "date", "as_of": "date", "undated": "boolean"}, name="span")


def ends_table() -> Any:
    """The days on which a snapshot is taken, one for each period; the last of them is the report date."""
    import ibis

    return ibis.table({"period_start": "date", "snapshot_on": "date", "is_last": "boolean"}, name="ends")


def membership_table() -> Any:
    """Who counts for which group from when to when."""
    import ibis

    return ibis.table(
        {"person": "string", "grp": "string", "valid_from": "date", "valid_to": "date"}, name="membership"
    )


def placed(events: Any, *, in_one: bool) -> Any:
    """Events with the period they fall in (`period_start`) and the day their seller's seat is looked up on (`on`).

    `in_one`: all as one period, in which what has no day counts for the seat held on the report date. What was not
    yet settled on the report date counts as unsettled.
    """
    if in_one:
        span = span_table()
        rows = events.cross_join(span)
        inside = (rows.day >= rows.period_start) & (rows.day <= rows.as_of)
        rows = rows.filter(inside | (rows.day.isnull() & rows.undated))
        rows = rows.mutate(on=rows.day.coalesce(rows.as_of))
    else:
        rows = events.join(days_table(), "day")
        rows = rows.mutate(on=rows.day)
    if "settled_on" not in events.columns:
        return rows
    later = (rows.settled_on > rows.as_of).fill_null(False)
    return rows.mutate(numerator=later.ifelse(0, rows.numerator), aside=later.ifelse(1, rows.aside))


def attributed(rows: Any, *, organisation: bool) -> Any:
    """Placed rows with their group (`grp`) and whether their seller had no seat that day (`unseated`)."""
    import ibis

    members = membership_table()
    held = [rows.seller == members.person, rows.on >= members.valid_from, rows.on <= members.valid_to]
    if not organisation:
        return rows.join(members, held).mutate(unseated=ibis.literal(0))
    joined = rows.left_join(members, held)
    return joined.mutate(unseated=flag(joined.person.isnull()), grp=ibis.literal(ORGANISATION))


def totals(rows: Any, *, also: tuple[str, ...] = ()) -> Any:
    """Sums of attributed rows for each group and period (and `also`), in float64 so that no engine divides integers."""
    return rows.group_by(["grp", "period_start", *also]).agg(
        numerator=rows.numerator.cast("float64").sum(),
        denominator=rows.denominator.cast("float64").sum(),
        aside=rows.aside.sum(),
        undated=flag(rows.day.isnull()).sum(),
        unseated=rows.unseated.sum(),
    )


def medians(rows: Any) -> Any:
    """The exact median of the numerators in each group and period: the middle row, or the mean of the two, by rank."""
    import ibis

    groups = ["grp", "period_start"]
    within = ibis.window(group_by=groups, order_by=[ibis.desc("denominator"), "numerator"])
    ranked = rows.mutate(rank=ibis.row_number().over(within))
    ranked = ranked.mutate(known=ranked.denominator.sum().over(ibis.window(group_by=groups)))
    middle = (ranked.denominator == 1) & (2 * ranked.rank >= ranked.known - 2) & (2 * ranked.rank <= ranked.known)
    return ranked.group_by(groups).agg(
        value=middle.ifelse(ranked.numerator.cast("float64"), None).sum() / middle.ifelse(1.0, 0.0).sum().nullif(0),
        denominator=ranked.denominator.cast("float64").sum(),
        aside=ranked.aside.sum(),
        undated=flag(ranked.day.isnull()).sum(),
        unseated=ranked.unseated.sum(),
    )


def open_on_the_last_days(*, organisation: bool) -> Any:
    """Deals open at the end of each snapshot day, for each group: how many, their worth, how many have an amount.

    A deal is open from the day it was opened until the day before it was closed. One without an opening day is open
    in the last snapshot only: when it came in is not known. `hindsight` counts deals whose amount is the one of their
    closing, after the snapshot.
    """
    import ibis

    deals = unbound("opportunities")
    still_open = deals.status == "open"
    deals = deals.select(
        "seller",
        "opened_on",
        "amount",
        closed_later=flag(~still_open),
        open_from=deals.opened_on.coalesce(ibis.literal(BEGINNING)),
        open_until=still_open.ifelse(ibis.literal(END), deals.closed_on),
    )
    ends = ends_table()
    rows = deals.join(ends, [deals.open_from <= ends.snapshot_on, deals.open_until > ends.snapshot_on])
    rows = rows.filter(rows.opened_on.notnull() | rows.is_last).mutate(on=rows.snapshot_on)
    rows = attributed(rows, organisation=organisation)
    return rows.group_by(["grp", "period_start"]).agg(
        deals=rows.count().cast("float64"),
        worth=rows.amount.sum(),
        with_amount=rows.amount.count(),
        hindsight=flag(rows.amount.notnull() & (rows.closed_later == 1)).sum(),
        undated=flag(rows.opened_on.isnull()).sum(),
        unseated=rows.unseated.sum(),
    )

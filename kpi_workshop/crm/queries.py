"""From events to numbers: each event finds its period and its group, and an engine adds up, ranks or counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .attribution import ORGANISATION
from .formulas import ALL, Formula, flag, plain, unbound, won_amounts
from .formulas.deals import open_at_ends


def expression(
    measure: str,
    *,
    organisation: bool,
    in_one: bool,
    where: Mapping[str, str | Sequence[str]] | None = None,
    from_atoms: bool = False,
) -> Any:
    """The whole query of a measure made of events or snapshots: one row for each group and period that has any.

    `from_atoms`: it starts from the sums by seller and day that `atoms` gives, not from the tables.
    """
    formula = ALL[measure]
    if from_atoms:
        return _summed(_atoms_table(measure), organisation=organisation, in_one=in_one)
    return narrowed(_query(measure, formula, organisation=organisation, in_one=in_one), formula.table, where or {})


def _query(measure: str, formula: Formula, *, organisation: bool, in_one: bool) -> Any:
    if formula.standing is not None:
        rows = attributed(formula.standing(), organisation=organisation)
    elif formula.shape in ("sum", "ratio", "per_seller"):
        found = _summed(_events(measure), organisation=organisation, in_one=in_one)
        if formula.zeros is None:
            return found
        return _with_zeros(found, formula.zeros(), organisation=organisation, in_one=in_one)
    elif formula.shape == "snapshot":
        return open_on_the_last_days(organisation=organisation)
    else:
        rows = attributed(placed(_events(measure), in_one=in_one), organisation=organisation)
    if formula.shape == "median":
        return quantiles(rows, also=formula.also)
    return different(rows) if formula.shape == "distinct" else totals(rows)


def revenue_by_seller(*, organisation: bool, in_one: bool) -> Any:
    """Revenue for each group, period and seller: what quotas are held against."""
    rows = attributed(placed(won_amounts(), in_one=in_one), organisation=organisation)
    return totals(rows, also=("seller",))


def atoms(measure: str) -> Any:
    """The events of a measure that adds up, summed by seller and day; `many` is how many there were."""
    import ibis

    events = _events(measure)
    if zeros := ALL[measure].zeros:
        added = {"numerator": 0, "denominator": 1, "aside": 0}
        cast = {name: ibis.literal(number).cast(events[name].type()) for name, number in added.items()}
        events = events.union(zeros().mutate(**cast))
    keys = ["seller", "day", *(["settled_on"] if "settled_on" in events.columns else [])]
    return events.group_by(keys).agg(
        numerator=events.numerator.cast("float64").sum(),
        denominator=events.denominator.cast("float64").sum(),
        aside=events.aside.sum(),
        many=events.count(),
    )


def atoms_name(measure: str) -> str:
    """What the table of a measure's sums by seller and day is called."""
    return f"atoms_{measure}"


def _atoms_table(measure: str) -> Any:
    import ibis

    return ibis.table(atoms(measure).schema(), name=atoms_name(measure))


def _events(measure: str) -> Any:
    events = ALL[measure].events
    if events is None:
        raise KeyError(measure)
    return events()


def narrowed(expression: Any, table: str, where: Mapping[str, str | Sequence[str]]) -> Any:
    """The same query over the rows of `table` whose columns hold one of the given texts; upper case does not matter."""
    import ibis

    if not where:
        return expression
    rows = unbound(table)
    kept = rows
    for column, texts in where.items():
        wanted = [texts] if isinstance(texts, str) else list(texts)
        kept = kept.filter(plain(kept[column]).isin([text.strip().lower() for text in wanted]))
    replaced = expression.op().replace({rows.op(): kept.op()})
    return ibis.expr.types.Table(replaced) if not hasattr(replaced, "to_expr") else replaced.to_expr()


def days_table() -> Any:
    """The calendar that events are joined to: each day, the first day of its period, and the report date."""
    import ibis

    return ibis.table({"day": "date", "period_start": "date", "as_of": "date"}, name="days")


def span_table() -> Any:
    """One row: the single period of everything, and whether it takes in what has no day."""
    import ibis

    return ibis.table({"period_start": "date", "as_of": "date", "undated": "boolean"}, name="span")


def membership_table() -> Any:
    """Who counts for which group from when to when."""
    import ibis

    return ibis.table(
        {"person": "string", "grp": "string", "valid_from": "date", "valid_to": "date"}, name="membership"
    )


def placed(events: Any, *, in_one: bool, days: Any = None) -> Any:
    """Events with the period they fall in (`period_start`) and the day their seller's seat is looked up on (`on`).

    `in_one`: all as one period, in which what has no day counts for the seat held on the report date. What was not
    yet settled on the report date counts as unsettled. `days`: the days to look them up in, all where none are given.
    """
    if in_one:
        span = span_table()
        rows = events.cross_join(span)
        inside = (rows.day >= rows.period_start) & (rows.day <= rows.as_of)
        rows = rows.filter(inside | (rows.day.isnull() & rows.undated))
        rows = rows.mutate(on=rows.day.coalesce(rows.as_of))
    else:
        rows = events.join(days_table() if days is None else days, "day")
        rows = rows.mutate(on=rows.day)
    if "settled_on" not in events.columns:
        return rows
    later = (rows.settled_on > rows.as_of).fill_null(False)
    return rows.mutate(numerator=later.ifelse(0, rows.numerator), aside=later.ifelse(_events_of(rows, 1), rows.aside))


def attributed(rows: Any, *, organisation: bool) -> Any:
    """Placed rows with their group (`grp`) and whether their seller had no seat that day (`unseated`)."""
    import ibis

    members = membership_table()
    held = [rows.seller == members.person, rows.on >= members.valid_from, rows.on <= members.valid_to]
    if not organisation:
        return rows.join(members, held).mutate(unseated=ibis.literal(0))
    joined = rows.left_join(members, held)
    unseated = _events_of(joined, flag(joined.person.isnull()))
    return joined.mutate(unseated=unseated, grp=ibis.literal(ORGANISATION))


def _events_of(rows: Any, count: Any) -> Any:
    """How many events a count of rows means: as many, unless the rows are sums of events."""
    return count * rows.many if "many" in rows.columns else count


def totals(rows: Any, *, also: tuple[str, ...] = (), same: Mapping[str, int] | None = None) -> Any:
    """Sums of attributed rows for each group and period (and `also`).

    `same`: columns that hold one number in all rows, which are counted and not added up row by row.
    """
    same = same or {}
    sums: dict[str, Callable[[], Any]] = {
        "numerator": lambda: _sum(rows.numerator),
        "denominator": lambda: _sum(rows.denominator),
        "aside": lambda: rows.aside.sum(),
        "undated": lambda: _events_of(rows, flag(rows.day.isnull())).sum(),
        "unseated": lambda: rows.unseated.sum(),
    }
    added = {name: made() for name, made in sums.items() if name not in same}
    found = rows.group_by(["grp", "period_start", *also]).agg(**added, rows=rows.count())
    kinds = {"numerator": "float64", "denominator": "float64"}
    counted = {name: (found.rows * number).cast(kinds.get(name, "int64")) for name, number in same.items()}
    return found.mutate(**counted).select("grp", "period_start", *also, *sums)


def _sum(column: Any) -> Any:
    """A sum in float64, so that no engine divides whole numbers; these are added up as such, which is quicker."""
    return column.sum().cast("float64") if column.type().is_integer() else column.cast("float64").sum()


def _summed(events: Any, *, organisation: bool, in_one: bool) -> Any:
    """The totals of events, without work on each row for what is the same in all of them."""
    same = {} if "many" in events.columns or "settled_on" in events.columns else _same(events)
    # Events join the days that they fall on, and groups the people in a seat: none is left without.
    same |= {} if in_one else {"undated": 0}
    same |= {} if organisation else {"unseated": 0}
    return totals(attributed(placed(events, in_one=in_one), organisation=organisation), same=same)


def _with_zeros(found: Any, zeros: Any, *, organisation: bool, in_one: bool) -> Any:
    """The totals, with what adds nothing counted below where events told nothing but that something is unknown.

    Most often there is no such cell. The days are narrowed first, so that an engine sees before it reads the table that
    there is none.
    """
    silent = found.filter((found.denominator == 0) & (found.aside > 0)).select("grp", "period_start")
    days = days_table()
    rows = placed(zeros, in_one=in_one, days=days.semi_join(silent, "period_start"))
    rows = attributed(rows, organisation=organisation).semi_join(silent, ["grp", "period_start"])
    known = rows.group_by(["grp", "period_start"]).agg(zeros=rows.count())
    return (
        found.left_join(known, ["grp", "period_start"])
        .mutate(denominator=found.denominator + known.zeros.fill_null(0).cast("float64"))
        .select(found.columns)
    )


def _same(events: Any) -> dict[str, int]:
    """The columns of events that are one whole number, as their last step says."""
    import ibis.expr.operations as ops

    step = events.op()
    values = step.values if isinstance(step, ops.Project) else {}
    columns = {name: values.get(name) for name in ("numerator", "denominator", "aside")}
    return {name: value.value for name, value in columns.items() if isinstance(value, ops.Literal)}


def different(rows: Any) -> Any:
    """How many different things attributed rows have in each group and period."""
    return rows.group_by(["grp", "period_start"]).agg(
        numerator=rows.thing.nunique().cast("float64"),
        denominator=rows.denominator.cast("float64").sum(),
        aside=rows.aside.sum(),
        undated=flag(rows.day.isnull()).sum(),
        unseated=rows.unseated.sum(),
    )


def quantiles(rows: Any, *, also: float | None = None) -> Any:
    """The exact median of the numerators in each group and period, by rank, and the quantile `also` as `upper`.

    Between two ranks it lies on a straight line, so that a median is the middle row or the mean of the two. Rows with
    a denominator but no numerator are still open and rank after all others; `blocked` is above zero where the median
    would fall on one of them, `upper_blocked` where the other quantile would.
    """
    import ibis

    groups = ["grp", "period_start"]
    rows = rows.mutate(is_open=flag(rows.numerator.isnull()), size=rows.numerator.cast("float64"))
    within = ibis.window(group_by=groups, order_by=[ibis.desc("denominator"), "is_open", "size"])
    ranked = rows.mutate(rank=ibis.row_number().over(within))
    ranked = ranked.mutate(known=ranked.denominator.sum().over(ibis.window(group_by=groups)))

    def at(quantile: float) -> Any:
        place = quantile * (ranked.known - 1).cast("float64")
        distance = (ranked["rank"].cast("float64") - place).abs()
        return ((ranked.denominator == 1) & (distance < 1)).ifelse(1.0 - distance, 0.0)

    middle = at(0.5)
    told = {
        "value": (middle * ranked["size"].coalesce(0.0)).sum(),
        "blocked": (middle * ranked.is_open.cast("float64")).sum(),
    }
    if also is not None:
        upper = at(also)
        told["upper"] = (upper * ranked["size"].coalesce(0.0)).sum()
        told["upper_blocked"] = (upper * ranked.is_open.cast("float64")).sum()
    return ranked.group_by(groups).agg(
        **told,
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
    rows = open_at_ends()
    rows = rows.mutate(on=rows.snapshot_on, closed_later=flag(rows.status != "open"))
    rows = attributed(rows, organisation=organisation)
    return rows.group_by(["grp", "period_start"]).agg(
        deals=rows.count().cast("float64"),
        worth=rows.amount.sum(),
        with_amount=rows.amount.count(),
        hindsight=flag(rows.amount.notnull() & (rows.closed_later == 1)).sum(),
        undated=flag(rows.opened_on.isnull()).sum(),
        unseated=rows.unseated.sum(),
    )

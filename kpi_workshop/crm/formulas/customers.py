"""Customers: who stays, who leaves, what they are worth and what it cost to win them."""

from __future__ import annotations

from typing import Any

from .base import CUSTOMERS, DEALS, WON, WON_AMOUNT, Formula, each, ends, flag, standing, unbound
from .deals import customers_until


def _began() -> Any:
    customers = unbound("customers")
    return each(customers, customers.started_on)


def _at(day: Any, customers: Any) -> list[Any]:
    """Who was a customer when this day began: started earlier, and not gone before it."""
    return [customers.started_on < day, customers.until >= day]


def at_the_start() -> Any:
    """The customers of each period's first day, with `left` where their last day lies in the known part of it."""
    customers, days = customers_until(), ends()
    rows = customers.join(days, _at(days.first_on, customers))
    return rows.mutate(left=flag(rows.ended_on <= rows.snapshot_on))


def _stayed() -> Any:
    rows = at_the_start()
    return standing(rows, numerator=1 - rows.left)


def _left() -> Any:
    rows = at_the_start()
    return standing(rows, numerator=rows.left)


def left_in_a_year() -> Any:
    """The customers of a year before each snapshot, and those of them who have left since."""
    customers, days = customers_until(), ends()
    rows = customers.join(days, _at(days.year_ago, customers))
    return standing(rows, numerator=flag(rows.ended_on <= rows.snapshot_on))


def _now() -> Any:
    """The customers on each snapshot's day."""
    customers, days = customers_until(), ends()
    return customers.join(days, [customers.started_on <= days.snapshot_on, customers.until >= days.snapshot_on])


def margins() -> Any:
    """The yearly margins of the customers on each snapshot's day; without one a customer is set aside."""
    rows = _now()
    known = rows.yearly_margin.notnull()
    return standing(rows, numerator=rows.yearly_margin, denominator=flag(known), aside=flag(~known))


def _recurring() -> Any:
    rows = _now()
    known = rows.yearly_value.notnull()
    return standing(rows, numerator=rows.yearly_value, denominator=flag(known), aside=flag(~known))


def _won() -> Any:
    deals = unbound("opportunities")
    deals = deals.filter((deals.status == "won") & deals.account_id.notnull() & deals.closed_on.notnull())
    return deals.select("opportunity_id", "account_id", "seller", "opened_on", "closed_on", "amount")


def _expansions() -> Any:
    """Won deals with accounts that had a customer before the deal was opened."""
    deals, customers = _won(), unbound("customers")
    before = [deals.account_id == customers.account_id, customers.started_on < deals.opened_on]
    found = deals.semi_join(customers, before)
    known = found.amount.notnull()
    return found.select("seller", day="closed_on", numerator=found.amount, denominator=flag(known), aside=flag(~known))


def _bought_more() -> Any:
    """The customers at the start of each period, and those of them with a deal won in it."""
    there = at_the_start().select("customer_id", "account_id", "seller", "period_start", "first_on", "snapshot_on")
    deals = _won().select(bought="account_id", closed_on="closed_on")
    more = [
        there.account_id == deals.bought, deals.closed_on >= there.first_on, deals.closed_on <= there.snapshot_on
    ]  # fmt: skip
    buyers = there.semi_join(deals, more)
    return standing(there, numerator=0).union(standing(buyers, denominator=0))


def _kept_and_grown() -> Any:
    """The value of the customers of a year ago, and what of it is left and was won from them since.

    A customer is worth the yearly value that the data name, then as now; without one a customer is set aside. A deal
    counts for the account's customer once, and only where the account has one such customer or more: it is not shared.
    """
    customers, days = customers_until(), ends()
    rows = customers.join(days, _at(days.year_ago, customers))
    known = rows.yearly_value.notnull()
    stayed = 1 - flag(rows.ended_on <= rows.snapshot_on)
    base = standing(
        rows, numerator=(rows.yearly_value * stayed).cast("float64"), aside=flag(~known),
        denominator=rows.yearly_value.fill_null(0.0).cast("float64"),
    )  # fmt: skip
    owners = rows.filter(rows.account_id.notnull() & known)
    owners = owners.group_by("account_id", "period_start", "snapshot_on", "year_ago").agg(seller=owners.seller.min())
    deals = _won().select(bought="account_id", closed_on="closed_on", amount="amount")
    since = [
        owners.account_id == deals.bought, deals.closed_on >= owners.year_ago, deals.closed_on <= owners.snapshot_on
    ]  # fmt: skip
    won = owners.join(deals, since)
    more = standing(won, numerator=won.amount.cast("float64"), aside=0, denominator=won.amount.cast("float64") * 0.0)
    return base.union(more)


_VALUES = ("values", "no customer has a yearly value")
_ACCOUNTS = ("customer_accounts", "no customer says which account it is")
_DEAL_ACCOUNTS = ("deal_accounts", "no deal says which account it is of")
_MARGINS = ("margins", "no customer has a yearly margin")
_COSTS = ("costs", "no costs are in the data")
_NO_CUSTOMERS = "there was no customer at the start"
_NONE_A_YEAR_AGO = "there was no customer a year earlier"

FORMULAS: dict[str, Formula] = {
    "new_customers": Formula("sum", "customers", "customers", (CUSTOMERS,), _began),
    "customer_retention_rate": Formula(
        "ratio", "share", "customers", (CUSTOMERS,), standing=_stayed, undefined=_NO_CUSTOMERS
    ),
    "churn_rate": Formula("ratio", "share", "customers", (CUSTOMERS,), standing=_left, undefined=_NO_CUSTOMERS),
    "customer_lifetime_value": Formula("derived", "money", "customers", (CUSTOMERS, _MARGINS)),
    "customer_acquisition_cost": Formula("derived", "money", "customers", (CUSTOMERS, _COSTS)),
    "lifetime_value_to_acquisition_cost": Formula("derived", "ratio", "customers", (CUSTOMERS, _MARGINS, _COSTS)),
    "expansion_revenue": Formula(
        "sum", "money", "opportunities", (DEALS, WON, WON_AMOUNT, CUSTOMERS, _ACCOUNTS, _DEAL_ACCOUNTS), _expansions,
        aside_says="{} won without an amount left out", counted_by="closing",
    ),
    "upsell_rate": Formula(
        "ratio", "share", "customers", (CUSTOMERS, DEALS, WON, _ACCOUNTS, _DEAL_ACCOUNTS), standing=_bought_more,
        undefined=_NO_CUSTOMERS,
    ),
    "annual_recurring_revenue": Formula(
        "snapshot", "money", "customers", (CUSTOMERS, _VALUES), standing=_recurring,
        aside_says="{} customers without a yearly value left out",
    ),
    "net_revenue_retention": Formula(
        "ratio", "share", "customers", (CUSTOMERS, _VALUES, DEALS, WON, _ACCOUNTS, _DEAL_ACCOUNTS),
        standing=_kept_and_grown, undefined=_NONE_A_YEAR_AGO, aside_says="{} customers without a yearly value left out",
    ),
}  # fmt: skip
"""A customer's last day belongs to the period in which the customer left; customers who came in the period are left
out of retention and churn. Lifetime value: mean yearly margin of the day's customers / share that left in a year."""

PARTS: dict[str, Formula] = {
    "yearly_margin": Formula(
        "ratio", "money", "customers", (CUSTOMERS, _MARGINS), standing=margins, undefined="there is no customer",
        aside_says="{} customers without a yearly margin left out",
    ),
    "yearly_churn": Formula(
        "ratio", "share", "customers", (CUSTOMERS,), standing=left_in_a_year, undefined=_NONE_A_YEAR_AGO
    ),
}  # fmt: skip
"""The lifetime value is made of the mean margin of the day and of who has left of the customers of a year ago."""

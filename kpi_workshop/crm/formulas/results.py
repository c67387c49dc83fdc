"""Results: deals won and lost, their size and speed, revenue and quota."""

from __future__ import annotations

import functools
from typing import Any

from .base import (
    CLOSED,
    DEALS,
    LOST_TOLD,
    NO_CLOSING_DAY,
    NO_OPENING_DAY,
    NOT_ONLY_WON,
    SEATS,
    TARGETS,
    WON,
    WON_AMOUNT,
    Formula,
    days_between,
    each,
    flag,
    starts,
    terms,
    unbound,
)


def _closed(*of: str) -> Any:
    deals = unbound("opportunities")
    return deals.filter(deals.status.isin(of))


def _won_or_lost(status: str) -> Any:
    deals = _closed("won", "lost")
    return deals.select("seller", day="closed_on", numerator=flag(deals.status == status), denominator=1, aside=0)


def _won_to_lost() -> Any:
    deals = _closed("won", "lost")
    won, lost = flag(deals.status == "won"), flag(deals.status == "lost")
    return deals.select("seller", day="closed_on", numerator=won, denominator=lost, aside=0)


def _opened_and_won() -> Any:
    deals = unbound("opportunities")
    return deals.select(
        "seller",
        day="opened_on",
        settled_on=(deals.status == "open").ifelse(None, deals.closed_on),
        numerator=flag(deals.status == "won"),
        denominator=1,
        aside=flag(deals.status == "open"),
    )


def won_amounts() -> Any:
    """Won deals by their closing day, with their amounts."""
    deals = _closed("won")
    known = deals.amount.notnull()
    return deals.select("seller", day="closed_on", numerator=deals.amount, denominator=flag(known), aside=flag(~known))


def _of_products() -> Any:
    deals = _closed("won")
    known = deals.amount.notnull() & deals["product"].notnull()
    amount = known.ifelse(deals.amount, None)
    return deals.select("seller", day="closed_on", numerator=amount, denominator=flag(known), aside=flag(~known))


def _count(status: str) -> Any:
    deals = _closed(status)
    return each(deals, deals.closed_on)


def _discounts() -> Any:
    """What was taken off the list price of won deals, and the list price; without both amounts a deal is set aside."""
    deals = _closed("won")
    known = deals.amount.notnull() & (deals.list_amount > 0)
    return deals.select(
        "seller",
        day="closed_on",
        numerator=known.ifelse(deals.list_amount - deals.amount, None),
        denominator=known.fill_null(False).ifelse(deals.list_amount, 0.0),
        aside=flag(~known.fill_null(False)),
    )


def _first_wins() -> Any:
    """Days from each seller's first day in the seat to the first won deal; empty where none was won so far."""
    sellers = starts()
    deals = _closed("won").cross_join(terms().select("as_of"))
    deals = deals.filter(deals.closed_on <= deals.as_of).select(winner="seller", closed_on="closed_on")
    rows = sellers.left_join(deals, [sellers.seller == deals.winner, deals.closed_on >= sellers.day])
    rows = rows.group_by("seller", "day").agg(won_on=rows.closed_on.min())
    return rows.select(
        "seller", "day", numerator=days_between(rows.won_on, rows.day), denominator=1, aside=flag(rows.won_on.isnull())
    )


_closing = functools.partial(Formula, table="opportunities", undated_says=NO_CLOSING_DAY, counted_by="closing")
_opening = functools.partial(Formula, table="opportunities", undated_says=NO_OPENING_DAY, counted_by="opening")

_NO_AMOUNT = "{} won without an amount left out"
_NO_WON = "no deal was won in this period"
_NO_CLOSED = "no deal was won or lost in this period"

FORMULAS: dict[str, Formula] = {
    "win_rate": _closing(
        "ratio", "share", needs=(DEALS, CLOSED, LOST_TOLD), events=functools.partial(_won_or_lost, "won"),
        undefined=_NO_CLOSED,
    ),
    "close_rate": _opening(
        "ratio", "share", needs=(DEALS, NOT_ONLY_WON), events=_opened_and_won,
        undefined="no deal was opened in this period",
        aside_says="{} of those opened still open: the rate can still rise",
    ),
    "win_loss_ratio": _closing(
        "ratio", "ratio", needs=(DEALS, CLOSED, LOST_TOLD), events=_won_to_lost,
        undefined="no deal was lost in this period",
    ),
    "loss_rate": _closing(
        "ratio", "share", needs=(DEALS, CLOSED, LOST_TOLD), events=functools.partial(_won_or_lost, "lost"),
        undefined=_NO_CLOSED,
    ),
    "deals_closed": _closing("sum", "deals", needs=(DEALS, CLOSED), events=functools.partial(_count, "won")),
    "deals_lost": _closing("sum", "deals", needs=(DEALS, CLOSED, LOST_TOLD), events=functools.partial(_count, "lost")),
    "average_deal_size": _closing(
        "ratio", "money", needs=(DEALS, WON, WON_AMOUNT), events=won_amounts, undefined=_NO_WON, aside_says=_NO_AMOUNT
    ),
    "median_deal_size": _closing(
        "median", "money", needs=(DEALS, WON, WON_AMOUNT), events=won_amounts, undefined=_NO_WON, aside_says=_NO_AMOUNT
    ),
    "revenue": _closing("sum", "money", needs=(DEALS, WON, WON_AMOUNT), events=won_amounts, aside_says=_NO_AMOUNT),
    "revenue_by_product": _closing(
        "sum", "money", needs=(DEALS, WON, WON_AMOUNT, ("products", "no won deal says which product was sold")),
        events=_of_products, aside_says="{} won without a product or an amount left out",
    ),
    "revenue_per_seller": _closing(
        "per_seller", "money", needs=(DEALS, WON, WON_AMOUNT, SEATS), events=won_amounts, aside_says=_NO_AMOUNT
    ),
    "sales_growth": _closing("growth", "share", needs=(DEALS, WON, WON_AMOUNT)),
    "quota_attainment": _closing("attainment", "share", needs=(TARGETS, DEALS, WON, WON_AMOUNT)),
    "quota_attainment_share": _closing("attainment_share", "share", needs=(TARGETS, DEALS, WON, WON_AMOUNT)),
    "discount": _closing(
        "ratio", "share", needs=(DEALS, WON, WON_AMOUNT, ("listed", "no won deal has its list price")),
        events=_discounts, undefined=_NO_WON, aside_says="{} won without a list price or an amount left out",
    ),
    "ramp_time": Formula(
        "median", "days", "opportunities",
        (DEALS, WON, ("starts", "no seller's first day in a seat lies within the data")), _first_wins,
        undefined="no seller began in this period",
        aside_says="{} without a won deal yet, counted as longer than any with one",
        blocked_says="half of the sellers who began or more have not won a deal yet",
    ),
}  # fmt: skip
"""deals_closed, revenue: won deals by the day they were won. win_rate: won / (won + lost) by that day. close_rate: won
up to the report date / opened, by the day they were opened."""

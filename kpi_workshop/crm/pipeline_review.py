"""The deals to talk about: those that stand still, and those that moved in the last days, in whatever direction."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..engagement import Engagement
from . import calendar, engines, formulas
from .coverage import Coverage, coverage
from .formulas import unbound
from .formulas.deals import lives
from .formulas.pipeline import changes, limits_of_stages, stages, visits
from .given import given

if TYPE_CHECKING:
    import pandas as pd

FORWARD, BACK, WON, LOST = "forward", "back", "won", "lost"


@dataclass(frozen=True)
class StuckDeal:
    """An open deal that is longer in its stage than 85 % of the finished visits to that stage lasted.

    `days` it is in the stage, `usual` that 85th percentile, `silent` days since anything was logged on it (None: never,
    or the data do not say), `pushed` how often imports showed a later expected close, `amount` None where unknown.
    """

    deal: str
    name: str
    account: str
    seller: str
    stage: str
    days: int
    usual: float
    silent: int | None
    pushed: int
    amount: float | None


@dataclass(frozen=True)
class Move:
    """A deal that moved: forward or back in the stages, won, or lost. All of them count, also the lost ones (S0:27)."""

    deal: str
    name: str
    seller: str
    on: dt.date
    direction: str
    stage: str


def stuck(engagement: Engagement, *, as_of: dt.date) -> list[StuckDeal]:
    """The stuck deals of the report date, the largest first; as many as the measure `stuck_deals` counts.

    Empty where the measure is not computable: `why_not` says why.
    """
    covered = coverage(engagement, as_of=as_of)
    if covered.lacks(formulas.FORMULAS["stuck_deals"]):
        return []
    with engines.session(engagement) as engine:
        _prepare(engagement, engine, covered, as_of)
        found = engine.ask(_stuck_now)
        touched = engine.ask(_touched) if "activities" in engine.tables else None
        pushes = engine.ask(_pushes)
        names = engine.ask(_accounts).set_index("account_id")["name"].to_dict() if "accounts" in engine.tables else {}
    last = {} if touched is None else dict(zip(touched["opportunity_id"], touched["last_on"], strict=True))
    times = dict(zip(pushes["opportunity_id"], pushes["many"], strict=True))
    deals = [
        StuckDeal(
            deal=row["opportunity_id"],
            name=_text(row["name"]),
            account=_text(names.get(row["account_id"])),
            seller=row["seller"],
            stage=_text(row["stage_name"]) or row["stage"],
            days=(as_of - _day(row["day"])).days,
            usual=float(row["longest"]),
            silent=(as_of - _day(last[row["opportunity_id"]])).days if row["opportunity_id"] in last else None,
            pushed=int(times.get(row["opportunity_id"], 0)),
            amount=None if row["amount"] != row["amount"] or row["amount"] is None else float(row["amount"]),
        )
        for row in found.to_dict("records")
    ]
    return sorted(deals, key=lambda deal: (-(deal.amount or 0), deal.usual - deal.days, deal.deal))


def why_not(engagement: Engagement, *, as_of: dt.date) -> str:
    """Why stuck deals cannot be told with these data; "" where they can."""
    return coverage(engagement, as_of=as_of).lacks(formulas.FORMULAS["stuck_deals"])


def moved(engagement: Engagement, *, since: dt.date, as_of: dt.date) -> list[Move]:
    """Every move of a deal from `since` to `as_of`, by day: stage changes where they are known, and closings."""
    covered = coverage(engagement, as_of=as_of)
    with engines.session(engagement) as engine:
        if "opportunities" not in engine.tables:
            return []
        closed = engine.ask(_closed, since, as_of)
        steps: pd.DataFrame | None = None
        if "stage_changes" in engine.tables and covered.stages:
            _prepare(engagement, engine, covered, as_of)
            steps = engine.ask(_steps, since)
    moves = [
        Move(row["opportunity_id"], _text(row["name"]), row["seller"], _day(row["closed_on"]), row["status"], "")
        for row in closed.to_dict("records")
    ]
    for row in [] if steps is None else steps.to_dict("records"):
        direction = FORWARD if row["place"] > row["left_place"] else BACK
        moves.append(
            Move(row["opportunity_id"], _text(row["name"]), row["seller"], _day(row["day"]), direction, row["stage"])
        )
    return sorted(moves, key=lambda move: (move.on, move.deal, move.direction))


def _prepare(engagement: Engagement, engine: engines.Engine, covered: Coverage, as_of: dt.date) -> None:
    week = [calendar.holding(engagement.settings.calendar, "week", as_of)]
    for measure in ("stuck_deals", "pushed_close_dates"):
        formula = formulas.FORMULAS[measure]
        for name, rows in given(engagement, covered, formula, week, "week", as_of, undated=True).items():
            if name in ("terms", "stages", "pushes"):
                engine.give(name, rows)


def _stuck_now() -> Any:
    import ibis

    stays = visits().join(limits_of_stages(), "stage")
    deals = lives().select("opportunity_id", "open_until", "name", "account_id", "amount", stage_name="stage")
    now = stays.filter(stays.left_on.isnull()).join(deals, "opportunity_id")
    now = now.cross_join(formulas.base.terms().select("as_of"))
    now = now.filter(now.open_until > now.as_of)
    days = formulas.base.days_between(now.as_of, now.day).cast("float64")
    # A percentile between two equal lengths may come out a rounding error short of them.
    found = now.filter(days > now.longest + 1e-6)
    latest = found.group_by("opportunity_id").mutate(rank=ibis.row_number().over(order_by=ibis.desc("day")))
    return latest.filter(latest["rank"] == 0).drop("rank", "left_on", "open_until", "as_of")


def _touched() -> Any:
    activities = unbound("activities").cross_join(formulas.base.terms().select("as_of"))
    known = activities.filter(activities.opportunity_id.notnull() & (activities.at.date() <= activities.as_of))
    return known.group_by("opportunity_id").agg(last_on=known.at.date().max())


def _pushes() -> Any:
    pushes = formulas.pipeline.pushes()
    return pushes.group_by("opportunity_id").agg(many=pushes.count())


def _accounts() -> Any:
    return unbound("accounts").select("account_id", "name")


def _closed(since: dt.date, as_of: dt.date) -> Any:
    import ibis

    deals = unbound("opportunities")
    inside = (deals.closed_on >= ibis.literal(since)) & (deals.closed_on <= ibis.literal(as_of))
    return deals.filter((deals.status != "open") & inside).select(
        "opportunity_id", "name", "seller", "closed_on", "status"
    )


def _steps(since: dt.date) -> Any:
    import ibis

    moves = changes()
    moves = moves.join(stages(), "stage").join(stages().select(before="stage", left_place="place"), "before")
    inside = moves.filter(
        (moves.day >= ibis.literal(since))
        & (moves.place != moves.left_place)
        & (moves.place < formulas.base.WON_PLACE)
        & (moves.left_place < formulas.base.WON_PLACE)
    )
    names = unbound("opportunities").select("opportunity_id", "name")
    return inside.join(names, "opportunity_id").select(
        "opportunity_id", "name", "seller", "day", "stage", "place", "left_place"
    )


def _day(value: Any) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

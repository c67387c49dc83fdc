"""The panel that every analysis here starts from: sellers by weeks, checked once, then plain arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import WorkshopError, did_you_mean, listed

Array = NDArray[np.float64]
KINDS = ("activity", "metric")
LARGEST = 1e15
"""Numbers from here on are slips: no seller makes so much in a week, and their squares would not be exact."""
LONGEST = 1040
"""Weeks from the first to the last that a panel may span: twenty years; more is a slip in a week's number."""
NEEDED = ("seller", "team", "week", "present")


@dataclass(frozen=True)
class Panel:
    """Sellers in their teams (rows; who changes teams has two) by weeks (columns, none left out).

    `present` is the share of the week, 0 where the seller was away or the row is missing. `rates[measure]` is the
    count or amount per full week present, NaN where unknown. `start[team]` is a week or None for a hold-out.
    """

    sellers: tuple[str, ...]
    team: NDArray[np.int64]
    tier: tuple[str, ...]
    teams: tuple[str, ...]
    weeks: NDArray[np.int64]
    present: Array
    rates: dict[str, Array]
    activities: tuple[str, ...]
    metrics: tuple[str, ...]
    start: tuple[int | None, ...]

    @property
    def first_start(self) -> int | None:
        """The first week in which any team had started, or None where none ever starts."""
        return min((week for week in self.start if week is not None), default=None)

    @property
    def last_start(self) -> int | None:
        """The start of the team that starts last: the looks count from here."""
        return max((week for week in self.start if week is not None), default=None)

    def before(self, week: int) -> Panel:
        """The same panel with nothing from `week` on."""
        kept = self.weeks < week
        rates = {name: values[:, kept] for name, values in self.rates.items()}
        return replace(self, weeks=self.weeks[kept], present=self.present[:, kept], rates=rates)

    def started(self) -> Array:
        """Team by week: 1 from the week in which the team starts."""
        rows = [
            np.zeros(len(self.weeks)) if week is None else (self.weeks >= week).astype(float) for week in self.start
        ]
        return np.array(rows)


def read(panel: Any, starts: Any) -> Panel:
    """The checked panel of two tables: data frames, or paths of CSV files; `starts` may also be {team: week}.

    Every fault is named with its row as a spreadsheet counts, all in one message.
    """
    import pandas as pd

    rows, where = _frame(panel, "the panel")
    columns = [str(column) for column in rows.columns]
    again = sorted({column for column in columns if columns.count(column) > 1})
    if again:
        raise WorkshopError(f"{where} has the column '{again[0]}' twice. Keep one of them.")
    rows = rows.set_axis(columns, axis=1)
    measures = [column for column in columns if column.split("_", 1)[0] in KINDS and "_" in column]
    problems = [
        f"{where} has no column '{column}'. {did_you_mean(column, columns)}".strip()
        for column in NEEDED
        if column not in columns
    ]
    if not measures:
        problems.append(f"{where} has no measure: name a column activity_NAME or metric_NAME.")
    if problems:
        raise WorkshopError(listed(problems))
    if rows.empty:
        raise WorkshopError(f"{where} has no rows.")
    rows = rows.assign(**{name: _stripped(rows[name]) for name in ("seller", "team")})
    numbers = {name: _numbers(rows[name], name, where, problems) for name in ["week", "present", *measures]}
    problems += _impossible(rows, numbers, where)
    if problems:
        raise WorkshopError(listed(problems))
    week = numbers["week"].astype(int)
    if week.max() - week.min() >= LONGEST:
        raise WorkshopError(
            f"{where}, row {int(week.argmax()) + 2}: week {week.max()} lies {week.max() - week.min()} weeks after the "
            f"first, {week.min()}. Give weeks of one rollout, numbered one after the other."
        )
    teams = tuple(sorted({str(team) for team in rows["team"]}))
    start = _starts(starts, teams)
    unit = pd.MultiIndex.from_arrays([rows["seller"].astype(str), rows["team"].astype(str)])
    code, units = pd.factorize(unit, sort=True)
    length = int(week.max() - week.min()) + 1
    column = week - week.min()
    present = np.zeros((len(units), length))
    present[code, column] = np.nan_to_num(numbers["present"], nan=0.0)
    rates = {}
    for name in measures:
        grid = np.full((len(units), length), np.nan)
        grid[code, column] = numbers[name]
        with np.errstate(invalid="ignore", divide="ignore"):
            rates[name] = np.where(present > 0, grid / present, np.nan)
    return Panel(
        sellers=tuple(seller for seller, _ in units),
        team=np.array([teams.index(team) for _, team in units]),
        tier=_tiers(rows, code, len(units)),
        teams=teams,
        weeks=np.arange(week.min(), week.max() + 1),
        present=present,
        rates=rates,
        activities=tuple(name for name in measures if name.startswith("activity_")),
        metrics=tuple(name for name in measures if name.startswith("metric_")),
        start=start,
    )


def named(column: str) -> str:
    """A measure's own name: its column without the word in front.

    >>> named("activity_calls_made")
    'calls_made'
    """
    return column.split("_", 1)[1]


def column_of(panel: Panel, measure: str) -> str:
    """The column of a measure, given as that or by its own name."""
    for column in panel.rates:
        if measure in (column, named(column)):
            return column
    raise WorkshopError(f"The panel has no measure '{measure}'. It has: {', '.join(map(named, panel.rates))}.")


def read_pairs(pairs: Any, panel: Panel) -> list[tuple[str, str]]:
    """The (activity, metric) columns to judge: all of them, or those of a table, a CSV file or a list of two names."""
    if pairs is None:
        return [(activity, metric) for activity in panel.activities for metric in panel.metrics]
    if isinstance(pairs, (str, Path)) or hasattr(pairs, "columns"):
        rows, where = _frame(pairs, "the pairs")
        for column in KINDS:
            if column not in rows.columns:
                raise WorkshopError(f"{where} has no column '{column}'. It needs two: activity and metric.")
        given: Iterable[Any] = zip(rows["activity"], rows["metric"], strict=True)
    else:
        given = pairs
    problems: list[str] = []
    found = []
    for pair in given:
        if isinstance(pair, str) or len(tuple(pair)) != 2:
            problems.append(f"The pair {pair!r} is not an activity and a metric.")
            continue
        activity, metric = pair
        both = (
            _measure(str(activity), panel.activities, "activity", problems),
            _measure(str(metric), panel.metrics, "metric", problems),
        )
        if both not in found:
            found.append(both)
    if problems:
        raise WorkshopError(listed(problems))
    return found


def _measure(name: str, known: tuple[str, ...], kind: str, problems: list[str]) -> str:
    for column in known:
        if name in (column, named(column)):
            return column
    names = [named(column) for column in known]
    problems.append(f"The panel has no {kind} '{name}'. {did_you_mean(name, names)}".strip())
    return name


def _frame(given: Any, what: str) -> tuple[Any, str]:
    import pandas as pd

    if not isinstance(given, (str, Path)):
        try:
            return pd.DataFrame(given), what
        except (ValueError, TypeError):
            raise WorkshopError(f"{what.capitalize()} must be a table or the path of a CSV file.") from None
    path = Path(given)
    try:
        return pd.read_csv(path, dtype={"seller": str, "team": str, "tier": str}), path.name
    except FileNotFoundError:
        raise WorkshopError(f"There is no file '{path.name}'. Check its name and folder.") from None
    except pd.errors.EmptyDataError:
        raise WorkshopError(f"'{path.name}' is empty.") from None
    except (OSError, UnicodeDecodeError, pd.errors.ParserError):
        raise WorkshopError(f"'{path.name}' cannot be read as a table. Save it as CSV in UTF-8.") from None


def _stripped(names: Any) -> Any:
    return names.map(lambda name: str(name).strip() or None if name == name and name is not None else None)


def _numbers(column: Any, name: str, where: str, problems: list[str]) -> Array:
    import pandas as pd

    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    text = column.notna().to_numpy() & ~(np.abs(values) < LARGEST)
    for place in np.flatnonzero(text)[:11]:
        problems.append(f"{where}, row {place + 2}, column '{name}': '{column.iloc[place]}' is not a usable number.")
    return values


def _impossible(rows: Any, numbers: dict[str, Array], where: str) -> list[str]:
    week, present = numbers["week"], numbers["present"]
    found = []
    whole = np.isfinite(week) & (week == np.round(week)) & (week >= 0)
    for place in np.flatnonzero(~whole)[:11]:
        found.append(f"{where}, row {place + 2}: week '{rows['week'].iloc[place]}' is not a whole number from 0.")
    for place in np.flatnonzero((present < 0) | (present > 1))[:11]:
        found.append(
            f"{where}, row {place + 2}: present is {present[place]:g}; it is a share of the week, from 0 to 1."
        )
    for name in ("seller", "team"):
        for place in np.flatnonzero(rows[name].isna().to_numpy())[:11]:
            found.append(f"{where}, row {place + 2} has no {name}.")
    again = rows.duplicated(["seller", "team", "week"]).to_numpy()
    for place in np.flatnonzero(again)[:11]:
        row = rows.iloc[place]
        found.append(f"{where}, row {place + 2}: seller '{row['seller']}' has week {row['week']} already.")
    return found


def _starts(starts: Any, teams: tuple[str, ...]) -> tuple[int | None, ...]:
    if isinstance(starts, Mapping) and not hasattr(starts, "columns") and not {"team", "week"} <= set(starts):
        given = {str(team).strip(): week for team, week in starts.items()}
        where = "the starts"
    else:
        rows, where = _frame(starts, "the starts")
        missing = [f"{where} has no column '{name}'." for name in ("team", "week") if name not in rows.columns]
        if missing:
            raise WorkshopError(listed([*missing, "It needs two: team, and week (empty for a hold-out)."]))
        given = {str(team).strip(): week for team, week in zip(rows["team"], rows["week"], strict=True)}
        if len(given) < len(rows):
            raise WorkshopError(f"{where} names a team twice; a team starts once.")
    problems = [
        f"{where} names no start for team '{team}': a week, or empty for a hold-out."
        for team in teams
        if team not in given
    ]
    problems += [
        f"{where}: team '{team}' is not in the panel. {did_you_mean(team, teams)}".strip()
        for team in given
        if team not in teams
    ]
    found: list[int | None] = []
    for team in teams:
        week = given.get(team)
        if week is None or week != week or str(week).strip() == "":
            found.append(None)
            continue
        try:
            number = float(week)
        except (TypeError, ValueError):
            number = float("nan")
        if not (abs(number) < LARGEST and number == int(number)):
            problems.append(f"{where}: team '{team}' starts in week '{week}', which is not a whole number.")
        found.append(None if problems else int(number))
    if problems:
        raise WorkshopError(listed(problems))
    return tuple(found)


def _tiers(rows: Any, code: NDArray[np.int64], units: int) -> tuple[str, ...]:
    if "tier" not in rows.columns:
        return ()
    found = [""] * units
    for unit, tier, missing in zip(code, rows["tier"], rows["tier"].isna(), strict=True):
        if not missing and not found[unit]:
            found[unit] = str(tier)
    return tuple(found)

"""Charters as an Excel workbook: a sheet for each team, in which a value typed is held against its target at once."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .. import catalogue, numbers
from ..pages import workbooks
from .charter import CharterOut, MeasureOut, TeamOut

HEADINGS = (
    ("Measure", 25), ("Kind", 9), ("What it is", 36), ("Formula", 32), ("Source", 13), ("Owner", 15), ("Moves", 20),
    ("Guardrail", 16), ("Review", 10), ("Unit", 9), ("Better", 8), ("Baseline", 10), ("Target", 10), ("Latest", 10),
    ("To target", 10), ("Reached?", 10), ("Because", 32),
)  # fmt: skip
_BASELINE, _TARGET, _LATEST, _TO_TARGET, _REACHED, _BECAUSE = 11, 12, 13, 14, 15, 16
NUMBERS = (_BASELINE, _TARGET, _LATEST, _TO_TARGET)
FIRST_ROW = 5
"""The row, counted from 0, of the first measure."""
LOGO_COLUMN = 3
"""What stands over the table reaches over the three wide columns before it."""
_LINE, _ROOM = 15, 0.9
"""Points of a line of text; the share of a column that words fill before the next one is wrapped."""
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")
LONGEST_SHEET = 31


def written(
    charters: CharterOut,
    *,
    latest: Mapping[tuple[str, str], float] | None = None,
    brand: Mapping[str, Any] | None = None,
    paper: str = "A4",
) -> bytes:
    """The workbook's bytes, the same for the same charters; `brand` and `paper` are those of a report's facts.

    `latest` gives, by team and measure, the value of the last full period; where there is none the cell waits to be
    typed. Text of people is written as text: no cell of theirs is a formula, however it begins.
    """
    book = workbooks.Book(f"Charters, {charters.engagement}", brand=brand, paper=paper)
    names = sheet_names([team.team for team in charters.teams])
    for team, name in zip(charters.teams, names, strict=True):
        sheet = book.sheet(name)
        _sheet(book, sheet, charters, team, latest or {}, by=brand["name"] if brand else "")
        book.place_logo(sheet, column=LOGO_COLUMN)
    return book.bytes()


def sheet_names(teams: list[str]) -> list[str]:
    """A name that Excel takes for the sheet of each team, no two alike.

    >>> sheet_names(["Field/Sales", "field:sales", "'", "x" * 40])
    ['Field Sales', 'field sales 2', 'Team', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx']
    """
    taken: set[str] = set()
    names = []
    for team in teams:
        plain = " ".join(_NOT_IN_A_NAME.sub(" ", team).split())[:LONGEST_SHEET].strip() or "Team"
        plain = "History." if plain.lower() == "history" else plain
        name, number = plain, 1
        while name.lower() in taken:
            number += 1
            name = f"{plain[: LONGEST_SHEET - len(str(number)) - 1]} {number}"
        taken.add(name.lower())
        names.append(name)
    return names


def _sheet(
    book: workbooks.Book, sheet: Any, charters: CharterOut, team: TeamOut, latest: Mapping[tuple[str, str], float],
    *, by: str,
) -> None:  # fmt: skip
    title = book.add_format(book.title())
    grey = book.add_format({"font_color": "#5c5c5c"})
    head = book.add_format(book.heading(valign="bottom"))
    over_numbers = book.add_format(book.heading(valign="bottom", align="right"))
    over_answers = book.add_format(book.heading(valign="bottom", indent=1))
    heads = dict.fromkeys(NUMBERS, over_numbers) | {_REACHED: over_answers}
    text = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, f"{team.team}: charter {team.version}", title)
    state = "agreed" if team.status == "ready" else "draft"
    about = (by, charters.engagement, numbers.spoken_day(team.dated), state)
    sheet.write_string(1, 0, " · ".join(filter(None, about)), grey)
    told = []
    if team.baseline_from and team.baseline_to:
        first, last = numbers.spoken_day(team.baseline_from), numbers.spoken_day(team.baseline_to)
        told.append(f"Baseline: {first} to {last}.")
    if team.exception_reason:
        told.append(f"Number of measures: {team.exception_reason}")
    if charters.demo:
        told.append("Demo data.")
    sheet.write_string(2, 0, " ".join(told), grey)
    for column, (heading, width) in enumerate(HEADINGS):
        sheet.set_column(column, column, width)
        sheet.write_string(FIRST_ROW - 1, column, heading, heads.get(column, head))
    for row, measure in enumerate(team.measures, start=FIRST_ROW):
        _row(book, sheet, row, charters, measure, latest.get((team.team, measure.id)), text)
    sheet.freeze_panes(FIRST_ROW, 1)
    sheet.repeat_rows(FIRST_ROW - 1)


def _row(
    book: workbooks.Book, sheet: Any, row: int, charters: CharterOut, measure: MeasureOut, latest: float | None,
    text: Any,
) -> None:  # fmt: skip
    moves = numbers.joined([catalogue.name_of(moved) for moved in measure.moves])
    words = (
        measure.name, measure.kind, measure.sentence, measure.formula, measure.source, measure.owner, moves,
        catalogue.name_of(measure.guardrail) if measure.guardrail else "", measure.review,
        numbers.heading(measure.unit, currency=charters.currency), measure.better,
    )  # fmt: skip
    for column, word in enumerate(words):
        sheet.write_string(row, column, word, text)
    sheet.set_row(row, _LINE * max(_lines(word, at) for at, word in [*enumerate(words), (_BECAUSE, measure.reason)]))
    values = (measure.baseline, measure.target, latest)
    number = book.add_format({"num_format": _number_format(measure.unit, values), "valign": "top"})
    for column, value in zip((_BASELINE, _TARGET, _LATEST), values, strict=True):
        if value is None:
            sheet.write_blank(row, column, None, number)
        else:
            sheet.write_number(row, column, value, number)
    line = row + 1
    both = f'OR(N{line}="",M{line}="")'
    gap = None if latest is None or measure.target is None else latest - measure.target
    sheet.write_formula(row, _TO_TARGET, f'=IF({both},"",N{line}-M{line})', number, "" if gap is None else gap)
    reached = {"lower": f"N{line}<=M{line}", "band": f"N{line}=M{line}"}.get(measure.better, f"N{line}>=M{line}")
    is_there = "" if gap is None else _answer(measure.better, gap)
    answer = book.add_format({"valign": "top", "indent": 1})
    sheet.write_formula(row, _REACHED, f'=IF({both},"",IF({reached},"yes","no"))', answer, is_there)
    sheet.write_string(row, _BECAUSE, measure.reason, text)


def _lines(words: str, column: int) -> int:
    """How many lines the words take in their column: programs set no height of their own where words are wrapped."""
    return max(1, math.ceil(len(words) / (_ROOM * HEADINGS[column][1])))


def _answer(better: str, gap: float) -> str:
    met = gap <= 0 if better == "lower" else gap == 0 if better == "band" else gap >= 0
    return "yes" if met else "no"


def _number_format(unit: str, values: Sequence[float | None]) -> str:
    """A row's decimals are all alike, and whole numbers have none: `#,##0.##` would leave a point behind them."""
    if unit in numbers.RATIOS:
        return "0.0%"
    whole = all(value is None or float(value).is_integer() for value in values)
    return "#,##0" if unit in numbers.MONEY or whole else "#,##0.0"

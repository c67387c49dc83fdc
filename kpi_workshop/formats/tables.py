"""The report as a workbook: one tidy table a sheet, with every number behind the charts of the pages."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from typing import Any

from .. import locales
from ..numbers import MONEY, RATIOS
from ..pages import workbooks
from ..pages.documents import printable
from ..pages.editions import View
from . import published

_LONGEST_CELL = 32_000
"""Excel holds 32,767 characters in a cell."""

_VALUES = frozenset(
    ("Value", "Target", "Baseline", "Expected from", "Mean", "Expected to", "Own value", "Team's median",
     "Own, a week over four", "Team's median, a week")
)  # fmt: skip
"""The headings of values in the unit of their row."""
WIDE = 60
"""Signs of the widest column; longer text is wrapped."""
_LINE = 15
"""Points of a line of text."""

Table = tuple[str, Sequence[str], Iterable[Sequence[Any]]]


def written(view: View, *, edition: str) -> bytes:
    """The workbook's bytes, the same for the same view; text is written as text and is never a formula."""
    book = workbooks.Book("Report", brand=view.facts["brand"], paper=view.facts["paper"])
    looks = _Looks(book, view.facts)
    for name, headings, rows in tables(view, edition=edition):
        sheet = book.sheet(name)
        listed = [list(row) for row in rows]
        for column, heading in enumerate(headings):
            longest = max([len(heading), *(looks.signs(row[column]) for row in listed)])
            sheet.set_column(column, column, min(WIDE, max(9, longest + 3)))
            are_numbers = any(type(row[column]) in (int, float) for row in listed)
            sheet.write_string(0, column, heading, looks.over_numbers if are_numbers else looks.head)
        sheet.set_row(0, 22)
        for at, row in enumerate(listed, start=1):
            longest = max((len(value) for value in row if isinstance(value, str)), default=0)
            if longest > WIDE:
                sheet.set_row(at, _LINE * math.ceil(longest / WIDE))
            unit = row[headings.index("Unit")] if "Unit" in headings else ""
            for column, value in enumerate(row):
                _cell(sheet, at, column, value, looks.of(value, headings[column], unit))
        if name == "About":
            book.place_logo(sheet, column=len(headings) + 1)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        if listed:
            sheet.autofilter(0, 0, len(listed), len(headings) - 1)
    return book.bytes()


def tables(view: View, *, edition: str) -> list[Table]:
    """Name, headings and rows of each sheet; one without rows is there only where it says what the report is."""
    told = published.told(view, edition=edition)
    about = [
        ("Engagement", told.engagement), ("Edition", told.edition), ("Report date", told.as_of),
        ("Data", told.data), ("Currency", told.currency), ("Run", told.run),
        ("Demo data", "yes" if told.demo else "no"),
        *(("Note", note) for note in told.notes),
    ]  # fmt: skip
    if brand := view.facts["brand"]:
        about += [("From", brand["name"])] if brand["name"] else []
    found: list[Table] = [("About", ("What", "Value"), about)]
    measures, periods, pairs, stuck = [], [], [], []
    for team in told.teams:
        for line in team.measures:
            latest = line.latest
            measures.append(
                (team.team, line.kind, line.name, line.unit, line.every, latest and latest.says,
                 latest and latest.value, line.target, line.baseline, line.signal, line.why_not)
            )  # fmt: skip
            periods += [
                (team.team, line.name, every, row.start, row.end, row.value, line.unit, row.finished, row.note)
                for every, rows in (("week", line.weeks), ("month", line.months), ("quarter", line.quarters))
                for row in rows
            ]
        pairs += [(team.team, p.says, p.verdict, p.adopted, p.worked, p.decision, p.decided_on) for p in team.pairs]
        stuck += [(team.team, *deal.model_dump().values()) for deal in team.stuck]
    sheets = [
        (sheet.team, sheet.person, sheet.manager, line.name, line.unit, line.says, line.value, line.median, line.mean,
         line.median_mean)
        for sheet in told.sheets for line in sheet.lines
    ]  # fmt: skip
    takeaways = [(team.team, f"{team.takeaway}.", team.sellers, team.charter, team.starts_on) for team in told.teams]
    behaviour = [
        (team["team"], line["name"], line["unit"], dt.date.fromisoformat(row["start"]),
         dt.date.fromisoformat(row["end"]), row["value"], shown["low"], shown["mean"], shown["high"], row["word"])
        for team in view.facts["teams"] for _, line in published.lines_of(team) if (shown := line.get("behaviour"))
        for row in shown["weeks"]
    ]  # fmt: skip
    more: list[Table] = [
        ("Teams", ("Team", "Takeaway", "Sellers", "Charter", "Starts on"), takeaways),
        ("Measures", ("Team", "Kind", "Measure", "Unit", "Read every", "Latest period", "Value", "Target", "Baseline",
                      "Signal", "Not computable because"), measures),
        ("Periods", ("Team", "Measure", "Every", "First day", "Last day", "Value", "Unit", "Finished", "Note"),
         periods),
        ("Weeks since baseline", ("Team", "Measure", "Unit", "First day", "Last day", "Value", "Expected from", "Mean",
                                  "Expected to", "Signal"), behaviour),
        ("Verdicts", ("Team", "Activity → metric", "Verdict", "Adopted?", "Worked?", "Decided", "On"), pairs),
        ("Stuck deals", ("Team", "Deal", "Account", "Owner", "Stage", "Days in it", "Usual at most", "Days silent",
                         "Close pushed", "Worth"), stuck),
        ("Sellers", ("Team", "Seller", "Manager", "Measure", "Unit", "Period", "Own value", "Team's median",
                     "Own, a week over four", "Team's median, a week"), sheets),
    ]  # fmt: skip
    return found + [table for table in more if table[2]]


class _Looks:
    """How cells look: days and amounts as the locale writes them, shares in percent, headings in the brand's colours.

    The separators are those of whoever opens the workbook; values are kept as they were computed.
    """

    def __init__(self, book: workbooks.Book, facts: dict[str, Any]) -> None:
        style = locales.current()
        head = book.heading(valign="top")
        self.head = book.add_format(head)
        self.over_numbers = book.add_format(head | {"align": "right", "indent": 1})
        self.text = book.add_format({"valign": "top"})
        self.long = book.add_format({"valign": "top", "text_wrap": True})
        self.day = book.add_format({"valign": "top", "align": "left", "num_format": style.sheet_day})
        # A number and the words to its right would touch.
        number = {"valign": "top", "align": "right", "indent": 1}
        self.money, self.share, self.count, self.decimal, self.fine = (
            book.add_format(number | {"num_format": written})
            for written in (style.sheet_money(facts["currency"]), "0.0%", "#,##0", "#,##0.0", "0.00")
        )
        self._beside = len(style.currency(facts["currency"])) + 1

    def signs(self, value: Any) -> int:
        """How many signs a value takes in its cell, and rather one more: what has no room is shown as ###."""
        if isinstance(value, dt.date):
            return len("30 September 2025")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return len(f"{value:,.1f}") + self._beside
        return len(str(value or ""))

    def of(self, value: Any, heading: str, unit: str) -> Any:
        """The format of a value under a heading, in a row of this unit."""
        if isinstance(value, dt.date):
            return self.day
        if heading == "Worth" or (heading in _VALUES and unit in MONEY):
            return self.money
        if heading in _VALUES and unit in RATIOS:
            return self.share
        if isinstance(value, str | bool) or value is None:
            return self.long if len(str(value)) > WIDE else self.text
        return self.count if float(value).is_integer() else self.fine if abs(value) < 10 else self.decimal


def _cell(sheet: Any, row: int, column: int, value: Any, look: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(row, column, "yes" if value else "no", look)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, value, look)
    elif isinstance(value, int | float):
        if math.isfinite(value):
            sheet.write_number(row, column, value, look)
    else:
        sheet.write_string(row, column, str(printable(value))[:_LONGEST_CELL], look)

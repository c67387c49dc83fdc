"""The report as a workbook: one tidy table a sheet, with every number behind the charts of the pages."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Iterable, Sequence
from typing import Any

from ..pages.documents import printable
from ..pages.editions import View
from . import published

_LONGEST_CELL = 32_000
"""Excel holds 32,767 characters in a cell."""

Table = tuple[str, Sequence[str], Iterable[Sequence[Any]]]


def written(view: View, *, edition: str) -> bytes:
    """The workbook's bytes, the same for the same view; text is written as text and is never a formula."""
    import xlsxwriter

    held = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(held, {"in_memory": True, **plain})
    book.set_properties({"title": "Report", "created": dt.datetime(2000, 1, 1)})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    for name, headings, rows in tables(view, edition=edition):
        sheet = book.add_worksheet(name)
        listed = [list(row) for row in rows]
        for column, heading in enumerate(headings):
            longest = max([len(heading), *(len(str(row[column] or "")) for row in listed)])
            sheet.set_column(column, column, min(60, max(9, longest + 2)))
            sheet.write_string(0, column, heading, head)
        for at, row in enumerate(listed, start=1):
            for column, value in enumerate(row):
                _cell(sheet, at, column, value, day)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        if listed:
            sheet.autofilter(0, 0, len(listed), len(headings) - 1)
    book.close()
    return held.getvalue()


def tables(view: View, *, edition: str) -> list[Table]:
    """Name, headings and rows of each sheet; one without rows is there only where it says what the report is."""
    told = published.told(view, edition=edition)
    about = [
        ("Engagement", told.engagement), ("Edition", told.edition), ("Report date", told.as_of),
        ("Data", told.data), ("Currency", told.currency), ("Run", told.run),
        ("Demo data", "yes" if told.demo else "no"), *(("Note", note) for note in told.notes),
    ]  # fmt: skip
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
        (team["team"], line["name"], row["start"], row["end"], row["value"], shown["low"], shown["mean"], shown["high"],
         row["word"])
        for team in view.facts["teams"] for _, line in published.lines_of(team) if (shown := line.get("behaviour"))
        for row in shown["weeks"]
    ]  # fmt: skip
    more: list[Table] = [
        ("Teams", ("Team", "Takeaway", "Sellers", "Charter", "Starts on"), takeaways),
        ("Measures", ("Team", "Kind", "Measure", "Unit", "Read every", "Latest period", "Value", "Target", "Baseline",
                      "Signal", "Not computable because"), measures),
        ("Periods", ("Team", "Measure", "Every", "First day", "Last day", "Value", "Unit", "Finished", "Note"),
         periods),
        ("Weeks since baseline", ("Team", "Measure", "First day", "Last day", "Value", "Expected from", "Mean",
                                  "Expected to", "Signal"), behaviour),
        ("Verdicts", ("Team", "Activity → metric", "Verdict", "Adopted?", "Worked?", "Decided", "On"), pairs),
        ("Stuck deals", ("Team", "Deal", "Account", "Seller", "Stage", "Days in it", "Usual at most", "Days silent",
                         "Close pushed", "Worth"), stuck),
        ("Sellers", ("Team", "Seller", "Manager", "Measure", "Unit", "Period", "Own value", "Team's median",
                     "Own, a week over four", "Team's median, a week"), sheets),
    ]  # fmt: skip
    return found + [table for table in more if table[2]]


def _cell(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(row, column, "yes" if value else "no")
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, int | float):
        if math.isfinite(value):
            sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(printable(value))[:_LONGEST_CELL])

"""The page of say versus do: what sellers name beside what the CRM shows that top performers do more of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt

from ..numbers import counted, figure, heading, percent
from ..steps import interviews as interview_step
from ..steps import say_do as step
from . import plain
from .fields import Values
from .own_screen import OwnScreen
from .picture import ACCENT, GREY, INK, PALE, Picture
from .plain import PlainList, PlainTable
from .table_editor import Column
from .workshop import Workshop

if TYPE_CHECKING:
    import pandas as pd

ROWS_DRAWN = 15
_ALIKE = "datum.value === 0 ? 'alike' : datum.label"


@dataclass(frozen=True)
class SayDo:
    """Said and done as it may be shown to everyone: a table, and a picture of what can be computed."""

    here: Workshop
    told: pd.DataFrame

    @property
    def table(self) -> PlainTable:
        """Each measure: who says so, what top and middle performers do a week, and what follows."""
        group = self.told["group"].iloc[0] if len(self.told) else interview_step.EVERYONE
        rows = [_cells(row, self.here) for row in self.told.itertuples()]
        columns = {
            "name": "Measure", "said": f"{group.capitalize()} who say so", "top": "Top, a week",
            "middle": "Middle, a week", "difference": "Difference, in a team", "range": "Range", "verdict": "Reading",
        }  # fmt: skip
        right = ("said", "top", "middle", "difference", "range")
        return plain.table(rows, columns, says=_says(self.told), right=right)

    @property
    def picture(self) -> Picture | PlainList:
        """How much more of each measure top performers do, with its range; pale where the range reaches zero."""
        drawn = self.told[(self.told["note"] == "") & (self.told["middle"] > 0)].head(ROWS_DRAWN)
        if drawn.empty:
            why = next((note for note in self.told["note"] if note), "No measure of what sellers do can be computed.")
            return PlainList("", nothing=f"Nothing to draw. {why}")
        shares = drawn.assign(
            share=drawn["difference"] / drawn["middle"],
            least=drawn["low"] / drawn["middle"],
            most=drawn["high"] / drawn["middle"],
        )
        shares["reading"] = [_reading(row) for row in shares.itertuples()]
        says = " ".join(
            f"{row['name']}: {_more(row['share'])} ({_more(row['least'])} to {_more(row['most'])}), {row['reading']}."
            for row in shares.to_dict("records")
        )
        return Picture(_chart(shares), f"How much more than middle performers top performers do. {says}")


def compare(here: Workshop) -> SayDo:
    """Said and done on the report date, fit to be shown to everyone."""
    return SayDo(here, step.told(here.engagement, as_of=here.as_of))


def own(here: Workshop) -> OwnScreen:
    """What the top performers interviewed say beside what they do: on the leader's own screen only, when asked for."""

    def rows() -> list[Values]:
        table = step.own(here.engagement, as_of=here.as_of)
        return [_cells(row, here) | {"said": f"{row.said_by} of {row.of}"} for row in table.itertuples()]

    columns = (
        Column("name", "Measure", fixed=True),
        Column("said", "Top performers who say so", fixed=True),
        Column("top", "Top, a week", fixed=True),
        Column("middle", "Middle, a week", fixed=True),
        Column("range", "Range of the difference", fixed=True),
        Column("verdict", "Reading", fixed=True),
    )
    title = "What top performers say and do"
    return OwnScreen(title, columns, rows=rows, noun="measure", waits=True)


def _says(told: pd.DataFrame) -> str:
    many = int((told["note"] == "").sum())
    if not many:
        return "Nothing can be compared yet: it takes tiers, and activities in the CRM of enough sellers of each tier."
    return (
        f"{counted(many, 'measure')} compared over {step.WEEKS} weeks. A range holds the difference nine times in ten: "
        f"of {counted(many, 'range')}, about {max(1, round(many / 10))} may miss it by chance. It shows what top "
        "performers do, not that it makes them so."
    )


def _cells(row: Any, here: Workshop) -> dict[str, object]:
    currency = here.engagement.settings.currency
    unit = heading(row.unit, currency=currency)
    name = row.name if unit in ("count", "deals", "leads") else f"{row.name} ({unit})"
    cells: dict[str, object] = {"name": name, "said": _said(row, here)}
    if row.note:
        return cells | {"top": "", "middle": "", "difference": "", "range": "", "verdict": row.note}
    return cells | {
        "top": figure(row.top, row.unit),
        "middle": figure(row.middle, row.unit),
        "difference": figure(row.difference, row.unit),
        "range": f"{figure(row.low, row.unit)} to {figure(row.high, row.unit)}",
        "verdict": _reading(row),
    }


def _reading(row: Any) -> str:
    less, more = row.high < 0, row.low > 0
    if row.verdict in (step.SAID_AND_DONE, step.DONE_UNSAID):
        return str(row.verdict)
    shown = "the CRM shows more" if more else "the CRM shows less" if less else "no clear difference"
    said = {"": "few say so", step.SAID_ONLY: step.SAID_ONLY}.get(row.verdict, "not said")
    return f"{said}: {shown}"


def _said(row: Any, here: Workshop) -> str:
    import pandas as pd

    if pd.isna(row.said_by):
        return f"under {here.engagement.settings.smallest_group}"
    return str(row.said_by)


def _more(share: float) -> str:
    return percent(share, signed=True)


def _chart(shares: pd.DataFrame) -> Any:
    rows = shares[["name", "share", "least", "most", "reading"]].to_dict("records")
    for row, is_clear in zip(rows, (shares["low"] > 0) | (shares["high"] < 0), strict=True):
        row["is_clear"] = bool(is_clear)
    order = [row["name"] for row in rows]
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y(
            "name:N", sort=order, axis=alt.Axis(title=None, labelLimit=300, domain=False, ticks=False, labelColor=INK)
        )
    )
    across = alt.Axis(title="more than middle performers of the same team", format="+.0%", grid=False, labelExpr=_ALIKE)
    colour = alt.condition("datum.is_clear", alt.value(ACCENT), alt.value(GREY))
    ranges = base.mark_rule(strokeWidth=3, opacity=0.6).encode(
        x=alt.X("least:Q", axis=across), x2="most:Q", color=colour
    )
    points = base.mark_point(filled=True, size=60, opacity=1).encode(x="share:Q", color=colour)
    words = base.mark_text(align="left", dx=8, color=GREY).encode(x="most:Q", text="reading:N")
    zero = alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(color=PALE).encode(x="x:Q")
    clear = sum(row["is_clear"] and row["share"] > 0 for row in rows)
    title = f"Top performers clearly do more of {clear} of {counted(len(rows), 'measure')}"
    return alt.layer(zero, ranges, points, words).properties(width=320, height=24 * len(rows), title=title)

"""What was recorded, in plain output: a small table or a list that stays readable in any copy of a notebook."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..numbers import number, spoken_day


@dataclass(frozen=True)
class PlainTable:
    """Rows under headings, with a sentence a line above; everything escaped.

    Numbers stand at the right, and so does what is under the headings named in `right`, such as numbers with a unit.
    With `unfolds`, the rows stand behind these words until somebody presses them.
    """

    says: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    right: tuple[str, ...] = ()
    unfolds: str = ""

    def _repr_html_(self) -> str:
        sentence = f"<p>{html.escape(self.says).replace(chr(10), '<br>')}</p>"
        if not self.rows:
            return sentence
        sides = [
            "right" if heading in self.right or all(map(_is_number, cells)) else "left"
            for heading, cells in zip(self.columns, zip(*self.rows, strict=True), strict=True)
        ]
        head = "".join(
            f'<th scope="col" style="text-align:{side}">{html.escape(column)}</th>'
            for column, side in zip(self.columns, sides, strict=True)
        )
        body = "".join(f"<tr>{''.join(map(_cell, row, self.columns, sides))}</tr>" for row in self.rows)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        if self.unfolds:
            table = f"<details><summary>{html.escape(self.unfolds)}</summary>{table}</details>"
        return sentence + table

    def __repr__(self) -> str:
        lines = [" | ".join(map(spoken, row)) for row in self.rows]
        return "\n".join([self.says, *([" | ".join(self.columns)] if lines else []), *lines])


@dataclass(frozen=True)
class PlainList:
    """Sentences, one a line, under one that says what they are; `nothing` is said where there are none.

    `links` gives each line the address it leads to.
    """

    says: str
    lines: tuple[str, ...] = ()
    nothing: str = ""
    links: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        if not self.lines:
            return f"<p>{html.escape(self.nothing)}</p>"
        lines = [html.escape(line) for line in self.lines]
        if self.links:
            pairs = zip(lines, self.links, strict=True)
            lines = [f'<a href="{html.escape(link)}">{line}</a>' for line, link in pairs]
        return f"<p>{html.escape(self.says)}</p><ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>"

    def __repr__(self) -> str:
        return "\n".join([self.says, *(f"- {line}" for line in self.lines)]) if self.lines else self.nothing


def table(
    rows: Sequence[Mapping[str, object]],
    columns: Mapping[str, str],
    *,
    says: str,
    right: Sequence[str] = (),
    unfolds: str = "",
) -> PlainTable:
    """Dicts as a plain table: `columns` gives the heading of each key, in order; the keys in `right` stand there.

    >>> table([{"team": "Inside", "people": 9}], {"team": "Team", "people": "People"}, says="One team.")
    One team.
    Team | People
    Inside | 9
    """
    cells = tuple(tuple(row.get(name, "") for name in columns) for row in rows)
    return PlainTable(says, tuple(columns.values()), cells, tuple(columns[name] for name in right), unfolds)


def missing(lines: Sequence[str], *, thoughts: Sequence[str] = ()) -> PlainList:
    """What is still missing before the next step, or that nothing is; `thoughts` stop nobody, and say so."""
    if thoughts and not lines:
        return PlainList("Nothing is missing. Before you go on, think of this:", tuple(thoughts))
    lines = [*lines, *thoughts]
    return PlainList("Still missing before the next step:", tuple(lines), "Nothing is missing: go on to the next step.")


def spoken(value: object) -> str:
    """A value as people write it: days in words, thousands apart, yes and no, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.date):
        return spoken_day(value)
    if isinstance(value, int | float):
        decimals = len(f"{value:.10g}".partition(".")[2]) if abs(value) < 1e10 else 0
        return number(value, decimals)
    return str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: object, column: str, side: str) -> str:
    is_right = side == "right" or _is_number(value)
    style = "text-align:right;font-variant-numeric:tabular-nums" if is_right else "text-align:left"
    return f'<td data-label="{html.escape(column)}" style="{style}">{html.escape(spoken(value))}</td>'

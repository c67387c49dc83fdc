"""The editable table of a form: its columns, and what was typed or pasted into its cells turned into values."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..errors import did_you_mean

Kind = Literal["text", "long", "number", "whole", "day", "flag", "choice", "choices"]
FLAG = {"yes": True, "no": False}

_FILE = Path(__file__)
SCRIPT = "".join(_FILE.with_name(f"{name}.js").read_text(encoding="utf-8") for name in ("search", "table_editor"))
"""Defines `tableEditor` in the browser; it is shipped with the form, nothing is fetched from elsewhere."""
STYLE = _FILE.with_suffix(".css").read_text(encoding="utf-8")
_PLAIN_NUMBER = re.compile(r"[-+]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")


@dataclass(frozen=True)
class Column:
    """One column: `name` in the values, `label` on the page, `kind` of its cells.

    `choices` closes what a cell may hold; `suggest` only offers it. `needed` refuses an empty cell in a row that
    holds anything. A `fixed` column is shown and cannot be typed into; a `hidden` one only
    travels with its row. `suggest` may give each word what else it is called, which is searched as well; with
    `suggest_from`, the name of a table of the form and of its column, what stands there is offered. In a column of
    `pieces`, words stand with commas between them, and each is offered by itself. Numbers of a column `in_percent` may
    be written with the sign or without; elsewhere "20 %" is 0.2.
    """

    name: str
    label: str
    kind: Kind = "text"
    choices: Sequence[str] | Mapping[str, str] = ()
    suggest: Sequence[str] | Mapping[str, str] = ()
    needed: bool = False
    help: str = ""
    fixed: bool = False
    hidden: bool = False
    suggest_from: tuple[str, str] | tuple[()] = ()
    pieces: bool = False
    in_percent: bool = False

    def spec(self) -> dict[str, Any]:
        """What the browser needs to draw it."""
        return {
            "name": self.name, "label": self.label, "kind": self.kind, "choices": options(self.kind, self.choices),
            "suggest": offered(self.suggest), "needed": self.needed, "help": self.help, "fixed": self.fixed,
            "hidden": self.hidden, "suggest_from": list(self.suggest_from), "pieces": self.pieces,
        }  # fmt: skip


def options(kind: str, choices: Sequence[str] | Mapping[str, str]) -> list[list[str]]:
    """Choices as pairs of value and label."""
    if kind == "flag":
        return [[word, word] for word in FLAG]
    pairs = choices.items() if isinstance(choices, Mapping) else ((c, c) for c in choices)
    return [[value, label] for value, label in pairs]


def offered(words: Sequence[str] | Mapping[str, str]) -> list[list[str]]:
    """What is offered while typing, as pairs of a word and what else it is called."""
    return [[word, also] for word, also in (words.items() if isinstance(words, Mapping) else ((w, "") for w in words))]


def shown(value: object) -> str:
    """A value as it stands in a cell; what `parse` reads back.

    >>> shown(12.0), shown(None), shown(True), shown(dt.date(2017, 3, 2))
    ('12', '', 'yes', '2017-03-02')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def parse(kind: str, text: str, *, choices: Iterable[str] = (), in_percent: bool = False) -> Any:
    """The value that `text` stands for; an empty text is None, or "" where the kind is a text.

    Raises ValueError with one sentence that quotes the text and says what would be right.

    >>> parse("number", "60 %"), parse("number", "60%", in_percent=True), parse("day", "31.12.2026").isoformat()
    (0.6, 60.0, '2026-12-31')
    """
    words = text.strip()
    if kind in ("text", "long", "choice"):
        known = list(choices)
        if kind == "choice" and words and words not in known:
            raise ValueError(f"'{words}' is not on the list. {did_you_mean(words, known)}".strip())
        return words
    if not words:
        return None
    if kind == "flag":
        if words.casefold() not in FLAG:
            raise ValueError(f"'{words}' is neither yes nor no.")
        return FLAG[words.casefold()]
    if kind == "day":
        return _day(words)
    share = words.removesuffix("%").rstrip()
    if not _PLAIN_NUMBER.fullmatch(share):
        raise ValueError(f"'{words}' is not a number. Write it with digits and a point, such as 1250.5.")
    number = float(share.replace(",", ""))
    if share != words and not in_percent:
        number = round(number / 100, 12)
    if kind == "whole":
        if not number.is_integer():
            raise ValueError(f"'{words}' is not a whole number.")
        return int(number)
    return number


def _day(words: str) -> dt.date:
    """A day in any form that leaves no doubt which one is meant; 3/4/2026 may be two days, so it is refused."""
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y"):
        with contextlib.suppress(ValueError):
            return dt.datetime.strptime(words, form).date()
    days = set()
    for form in ("%d/%m/%Y", "%m/%d/%Y"):
        with contextlib.suppress(ValueError):
            days.add(dt.datetime.strptime(words, form).date())
    if len(days) > 1:
        either = " or ".join(day.isoformat() for day in sorted(days))
        raise ValueError(f"'{words}' may be two days. Write {either}.")
    if not days:
        raise ValueError(f"'{words}' is not a day. Give it as year-month-day, such as 2017-12-31.")
    return days.pop()


def read(rows: Sequence[Mapping[str, str]], columns: Sequence[Column]) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """Typed rows, and for each row that cannot be read (counted from 0) what is wrong with it.

    Rows with nothing in them are left out. Each typed row holds its columns and `row`, its number on the page.
    """
    found: list[dict[str, Any]] = []
    wrong: dict[int, str] = {}
    for at, cells in enumerate(rows):
        if not any(str(cells.get(c.name, "")).strip() for c in columns):
            continue
        row: dict[str, Any] = {"row": at + 1}
        faults = []
        for column in columns:
            text = str(cells.get(column.name, ""))
            try:
                known = [value for value, _ in options("", column.choices)]
                row[column.name] = parse(column.kind, text, choices=known, in_percent=column.in_percent)
            except ValueError as error:
                faults.append(f"{column.label}: {error}")
            else:
                if column.needed and not text.strip():
                    faults.append(f"{column.label} is empty.")
        if faults:
            wrong[at] = " ".join(faults)
        else:
            found.append(row)
    return found, wrong

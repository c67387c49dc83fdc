"""The fields of a form: what each takes, how its value is shown, and how what was entered is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import catalogue
from . import table_editor
from .table_editor import Column

Values = dict[str, Any]
Rows = list[dict[str, str]]
"""The rows of a table as they are shown: a text for each column."""


@dataclass(frozen=True)
class Field:
    """One field: its name in the values, the label above it, a line of help, and what it takes.

    `table` takes `columns`, and its value is a list of dicts; `noun` is what a row is called, and without `grows` rows
    are neither added nor removed. The value of `choices` (several of a list) is a list of words, of `flag` True or
    False, of `number`, `whole` and `day` None where empty, of every other a text. `note` shows a text and gives no
    value. `links` draws which row of the table `draws[0]` moves which of `draws[1]`, while they are typed. Rooms with
    kinds of their own derive from it.

    In a table, `key` names the hidden column that says which record a row is, so that what two people changed can be
    put together row by row; `ordered` lets rows be moved up and down; `act` is a button on each row with what it does
    to the rows shown, given the row's place from 0; with `act_where`, only on rows that hold something in the hidden
    column of this name.
    """

    name: str
    label: str
    kind: str = "text"
    help: str = ""
    choices: Sequence[str] | Mapping[str, str] = ()
    suggest: Sequence[str] | Mapping[str, str] = ()
    needed: bool = False
    columns: Sequence[Column] = ()
    noun: str = "row"
    grows: bool = True
    key: str = ""
    ordered: bool = False
    act: tuple[str, Callable[[Rows, int], Rows]] | None = None
    act_where: str = ""
    draws: tuple[str, str] = ("", "")

    def spec(self) -> Values:
        """What the browser needs to draw it."""
        return {
            "name": self.name, "label": self.label, "kind": self.kind, "help": self.help, "noun": self.noun,
            "choices": table_editor.options(self.kind, self.choices), "needed": self.needed,
            "suggest": table_editor.offered(self.suggest), "columns": [column.spec() for column in self.columns],
            "grows": self.grows, "ordered": self.ordered, "act": self.act[0] if self.act else "",
            "act_where": self.act_where, "draws": list(self.draws),
        }  # fmt: skip

    def show(self, value: Any) -> Any:
        """The value as the browser holds it."""
        if self.kind == "table":
            return [{c.name: table_editor.shown(row.get(c.name)) for c in self.columns} for row in value or ()]
        return list(value or ()) if self.kind == "choices" else table_editor.shown(value)

    def read(self, shown: Any) -> tuple[Any, str, dict[int, str]]:
        """The value typed, what is wrong with it, and for a table what is wrong with which row."""
        if self.kind == "table":
            rows, wrong = table_editor.read(shown or [], self.columns)
            return rows, "", wrong
        if self.kind in ("note", "links"):
            return "", "", {}
        known = [value for value, _ in table_editor.options("", self.choices)]
        if self.kind == "choices":
            found = [word for word in shown or () if word in known]
            return found, "Choose at least one." if self.needed and not found else "", {}
        text = str(shown or "")
        if self.needed and not text.strip():
            return None, "This is needed.", {}
        try:
            return table_editor.parse(self.kind, text, choices=known), "", {}
        except ValueError as error:
            return None, str(error), {}


def without_numbers(value: Any) -> Any:
    """The rows of a table without their numbers on the page; any other value as it is."""
    is_table = isinstance(value, list) and all(isinstance(row, dict) for row in value)
    return [{k: v for k, v in row.items() if k != "row"} for row in value] if is_table else value


def measures_offered() -> dict[str, str]:
    """The measures of the catalogue to be searched while typing: each name with its other names."""
    return {
        measure.name: ", ".join(name for name in measure.names if name.casefold() != measure.name.casefold())
        for measure in catalogue.measures().values()
    }

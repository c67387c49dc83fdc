"""Forms: what is recorded, shown to be changed; saved at once, confirmed by one line, undone by one button.

A form is a value that can be read and replayed. It starts at what the store holds, `value` is what the store holds
now, and `fill` and `press` do what a person does in the browser. A private form never puts what it holds into the
notebook: it travels to an open browser page only, and is in no output, no widget state and no representation.
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import pydantic
import traitlets

from .. import audience
from ..errors import WorkshopError, listed
from ..kinds import Record
from ..records import Store
from . import table_editor
from .fields import Field, Values, without_numbers

_FILE = Path(__file__)
NOT_YET = "Not saved yet."


class Refused(WorkshopError):
    """What was entered cannot be recorded: `fields` names messages by field, `rows` by field and row (1 is the first).

    A `save` raises it so that each message stands beside what it is about.
    """

    def __init__(
        self, fields: Mapping[str, str] | None = None, *, rows: Mapping[str, Mapping[int, str]] | None = None
    ) -> None:
        self.fields = dict(fields or {})
        self.rows = {name: dict(wrong) for name, wrong in (rows or {}).items()}
        by_row = [f"Row {at}: {words}" for wrong in self.rows.values() for at, words in sorted(wrong.items())]
        super().__init__(listed([*self.fields.values(), *by_row]))


class Form(anywidget.AnyWidget):
    """A form over what one or a few records hold.

    load : what is recorded now, as values by field name
    save : records such values, all or nothing; raises WorkshopError or Refused; may return a sentence to show
    tell : one sentence on what is recorded; for a private form it says only how many, complete or not, sealed when
    value : what `form.value` gives; without it the loaded values
    store, kinds : where the time of the last saving is read from, and of which kinds of records
    at_once : save at every change (tables) instead of at the main button
    clear : start empty again after saving (capture)
    undo : takes back the last saving; without it, what was recorded before is saved again
    chooser, choose : the field that says whose records are shown, and what to call when it changes; what was entered
        for the one before is saved first
    """

    _esm = table_editor.SCRIPT + _FILE.with_suffix(".js").read_text(encoding="utf-8")
    _css = _FILE.with_suffix(".css").read_text(encoding="utf-8") + table_editor.STYLE

    spec = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        *,
        load: Callable[[], Values],
        save: Callable[[Values], str | None],
        tell: Callable[[], str],
        value: Callable[[], Any] | None = None,
        store: Store | None = None,
        kinds: Sequence[type[Record]] = (),
        at_once: bool = False,
        clear: bool = False,
        undo: Callable[[], object] | None = None,
        chooser: str = "",
        choose: Callable[[str], object] | None = None,
        button: str = "Save",
        help: str = "",
    ) -> None:
        self.title, self.fields = title, tuple(fields)
        self._load_from, self._save_to, self._value, self._undo_by = load, save, value, undo
        self.tell, self.store, self.at_once, self.clear = tell, store, at_once, clear
        self._chooser, self._choose = chooser, choose
        self._history: list[Values] = []
        self._revision = 0
        self.status, self.said = _saved_line(store.last_saved(*kinds) if store else None), ""
        super().__init__(
            spec={
                "title": title, "help": help, "button": button, "private": self.private,
                "fields": [field.spec() for field in self.fields],
            }
        )  # fmt: skip
        self.on_msg(self._heard)
        self.reload()

    private = False

    # What a person does

    def fill(self, **values: Any) -> Form:
        """Enter values by field name, as typing them would; returns the form, so that `press` may follow."""
        known = {field.name: field for field in self.fields}
        for name in values:
            if name not in known:
                raise WorkshopError(f"The form '{self.title}' has no field '{name}'. It has: {', '.join(known)}.")
        shown = {name: known[name].show(value) for name, value in values.items()}
        if self._chooser in shown:
            self._turn_to(shown.pop(self._chooser))
        self._shown |= shown
        self._revision += 1
        if shown:
            self._changed()
        return self

    def press(self, button: str = "save") -> Form:
        """Press `save`, `undo` or, after somebody else's change, `theirs`."""
        if button == "save":
            self._save(over_theirs=self.conflict)
        elif button == "undo":
            self._undo()
        elif button == "theirs" and self.conflict:
            mine = self._read()
            self.reload()
            self._history.append(mine)
        self._push()
        return self

    # What it holds

    @property
    def value(self) -> Any:
        """What is recorded now."""
        return self._value() if self._value else self._load_from()

    def reload(self) -> None:
        """Start again at what is recorded; what was entered and not saved is dropped."""
        self._seen = self._load()
        self._shown = self._display(self._seen)
        self._revision += 1
        self._forget_problems()
        self._push()

    def _load(self) -> Values:
        return dict(self._load_from())

    def _display(self, values: Values) -> Values:
        return {field.name: field.show(values.get(field.name)) for field in self.fields}

    def _forget_problems(self) -> None:
        self.problem = self.said = ""
        self.problems: dict[str, str] = {}
        self.rows: dict[str, dict[int, str]] = {}
        self.conflict = False

    # Saving and undoing

    def _turn_to(self, chosen: str) -> None:
        before = self._shown.get(self._chooser)
        if chosen == before:
            return
        if not self._is_as(self._seen):
            self._save(over_theirs=False)
            if self.status.startswith(NOT_YET):
                self.problem = self.problem or f"'{before}' is not saved yet. Mend what is marked, then go on."
                self._revision += 1
                self._push()
                return
        if self._choose:
            self._choose(chosen)
        self.reload()

    def _changed(self) -> None:
        if self.at_once:
            self._save(over_theirs=False)
        elif not self.conflict:
            self.status = NOT_YET
        self._push()

    def _read(self) -> Values:
        values: Values = {}
        for field in self.fields:
            values[field.name], words, wrong = field.read(self._shown.get(field.name))
            if words:
                self.problems[field.name] = words
            if wrong:
                self.rows[field.name] = {at + 1: sentence for at, sentence in wrong.items()}
        return values

    def _is_as(self, values: Values) -> bool:
        """Whether what was entered is what these values say, rows with nothing in them aside."""
        for field in self.fields:
            mine, problem, rows = field.read(self._shown.get(field.name))
            theirs, _, _ = field.read(field.show(values.get(field.name)))
            if problem or rows or without_numbers(mine) != without_numbers(theirs):
                return False
        return True

    def _save(self, *, over_theirs: bool) -> None:
        self._forget_problems()
        values = self._read()
        if self.problems or self.rows:
            self.status = f"{NOT_YET} See the words beside the field."
            return
        try:
            before = self._load()
            if not over_theirs and not self.clear and before != self._seen:
                self.conflict = True
                self.problem = (
                    "This was changed elsewhere since you opened it. Nothing was overwritten: keep yours, or show "
                    "theirs. Undo brings back the other."
                )
                self.status = NOT_YET
                return
            said = self._save_to(values)
            self._seen = self._load()
        except Refused as refused:
            self.problems, self.rows = refused.fields, refused.rows
            self.status = f"{NOT_YET} See the words beside the field."
            return
        except WorkshopError as error:
            self.problem, self.status = str(error), NOT_YET
            return
        except pydantic.ValidationError as error:
            self.problem, self.status = _plain(error), NOT_YET
            return
        if self.clear or before != self._seen:
            self._history.append(before)
        self.status, self.said = _saved_line(dt.datetime.now(dt.UTC)), said or ""
        if self.clear:
            self._shown = self._display(self._seen)
            self._revision += 1

    def _undo(self) -> None:
        if not self._history:
            self.status = "There is nothing to undo."
            return
        before = self._history[-1]
        if self._choose:
            self._choose(before[self._chooser])
        try:
            if self._undo_by:
                self._undo_by()
            else:
                self._save_to(before)
        except WorkshopError as error:
            self.problem = str(error)
            return
        self._history.pop()
        self.reload()
        self.status = f"Undone. {_saved_line(dt.datetime.now(dt.UTC))}"

    # Between kernel and page

    def _picture(self) -> Values:
        wrong = {name: {str(at - 1): words for at, words in rows.items()} for name, rows in self.rows.items()}
        return {
            "values": self._shown, "revision": self._revision, "status": f"{self.status} {self.said}".strip(),
            "problem": self.problem, "problems": self.problems, "rows": wrong,
            "undo": bool(self._history), "conflict": self.conflict,
        }  # fmt: skip

    def _push(self) -> None:
        self.state = self._picture()

    def _heard(self, _widget: object, content: Values, _buffers: object) -> None:
        kind, values = content.get("kind"), content.get("values")
        if isinstance(values, dict):
            chosen = values.get(self._chooser, self._shown.get(self._chooser))
            kept = {self._chooser: self._shown.get(self._chooser)} if self._chooser else {}
            self._shown = {field.name: values.get(field.name) for field in self.fields} | kept
            if kept and chosen != kept[self._chooser]:
                self._turn_to(str(chosen))
                return
        if kind == "change":
            self._changed()
        elif kind == "press":
            self.press(str(content.get("button")))

    # Representations

    def _told(self) -> str:
        return f"{self.tell().rstrip('.')}. {self.status} {'' if self.private else self.said}".strip()

    def __repr__(self) -> str:
        return f"{self.title}: {self._told()}"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        data["text/html"] = f"<p><strong>{html.escape(self.title)}</strong>: {html.escape(self._told())}</p>"
        return data, metadata


class PrivateForm(Form):
    """A form whose values and messages never enter the notebook: they are sent only to a page that asks for them.

    Where everyone looks on, as in an app that is served without `--private`, it stays shut: it loads nothing, hears
    nothing, and says only that it is for the leader.
    """

    state = traitlets.Dict()
    private = True
    _is_open = False

    @property
    def is_shut(self) -> bool:
        """Whether somebody else than the leader may be looking."""
        return not audience.is_leader()

    def _load(self) -> Values:
        return {} if self.is_shut else super()._load()

    def _save(self, *, over_theirs: bool) -> None:
        if self.is_shut:
            raise WorkshopError(audience.FOR_THE_LEADER)
        super()._save(over_theirs=over_theirs)

    def _push(self) -> None:
        if self._is_open:
            self.send({"state": self._picture()})

    def _heard(self, widget: object, content: Values, buffers: object) -> None:
        if self.is_shut:
            return
        if content.get("kind") == "hello":
            self._is_open = True
            self._push()
        super()._heard(widget, content, buffers)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        if not self.is_shut:
            return super()._repr_mimebundle_(**kwargs)
        shut = f"<p><strong>{html.escape(self.title)}</strong>: {audience.FOR_THE_LEADER}</p>"
        return {"text/plain": f"{self.title}: {audience.FOR_THE_LEADER}", "text/html": shut}, {}


def _saved_line(at: dt.datetime | None) -> str:
    if at is None:
        return "Nothing saved yet."
    here = at.astimezone()
    today = here.date() == dt.date.today()
    return f"Saved {here:%H:%M}." if today else f"Saved {here.day} {here:%B %Y}, {here:%H:%M}."


def _plain(error: pydantic.ValidationError) -> str:
    faults = [f"{' '.join(str(part) for part in f['loc'])}: {f['msg']}" for f in error.errors()]
    return listed([fault.replace("_", " ").removeprefix(": ") for fault in faults])

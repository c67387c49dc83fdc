"""Forms: what is recorded, shown to be changed; saved at once, confirmed by one line, undone by one button.

A form is a value that can be read and replayed. It starts at what the store holds, `value` is what the store holds
now, and `fill` and `press` do what a person does in the browser. Undo reads the records alone, so that it works after
a restart as well. What two people change at once is put together; where both changed the same, both versions are shown
and a person decides. A private form never puts what it holds into the notebook: it travels to an open browser page
only, and is in no output, no widget state and no representation.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import html
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import pydantic
import traitlets

from .. import audience, changes
from ..errors import WorkshopError, listed
from ..kinds import Record
from ..records import ChangedMeanwhile, Store
from . import merging, table_editor, together
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


def script(*more: str) -> str:
    """What draws a form in the browser; `more` names files beside this one with further kinds of fields.

    Such a file defines INTERVIEW_FIELDS: for each kind what makes it of field, id and what to call on a change.
    """
    names = ("links", "together", "fields", *more, "forms")
    return table_editor.SCRIPT + "".join(_FILE.with_name(f"{name}.js").read_text(encoding="utf-8") for name in names)


class Form(anywidget.AnyWidget):
    """A form over what one or a few records hold.

    fields : the fields, or what makes them anew where what they offer depends on what other forms save
    load : what is recorded now, as values by field name
    save : records such values, all or nothing; raises WorkshopError or Refused; may return a sentence to show
    tell : one sentence on what is recorded; for a private form it says only how many, complete or not, sealed when
    value : what `form.value` gives; without it the loaded values
    store, kinds : which records it is about: the time of the last saving is read from them, and the way back
    at_once : save at every change (tables) instead of at the main button alone
    clear : start empty again after saving (capture)
    undo : takes back the last saving where that is more than the last action on `kinds`; `undoable` says whether there
        is one; without it, each saving since the form was opened is one
    chooser, choose : the field that says whose records are shown, and what to call when it changes; what was entered
        for the one before is saved first
    looks_only : nothing is entered or saved
    """

    _esm = script()
    _css = _FILE.with_suffix(".css").read_text(encoding="utf-8") + table_editor.STYLE

    spec = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        title: str,
        fields: Sequence[Field] | Callable[[], Sequence[Field]],
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
        undoable: Callable[[], bool] | None = None,
        chooser: str = "",
        choose: Callable[[str], object] | None = None,
        button: str = "Save",
        help: str = "",
        looks_only: bool = False,
    ) -> None:
        self.title, self._make_fields = title, fields if callable(fields) else lambda: fields
        self._load_from, self._save_to, self._value = load, save, value
        self._undo_by, self._undoable = undo, undoable
        self.tell, self.store, self.kinds, self.at_once, self.clear = tell, store, tuple(kinds), at_once, clear
        self._chooser, self._choose = chooser, choose
        self._about = {"title": title, "button": button, "help": help, "private": self.private, "looks": looks_only}
        self._history: list[Values] = []
        self._aside: Values = {}
        self._revision = self._saves = 0
        self._heard_last = ""
        self.status, self.said = _saved_line(store.last_saved(*kinds) if store else None), ""
        super().__init__(spec=self._specified())
        self.on_msg(self._heard)
        self.reload()
        together.joins(self)

    private = False

    def _specified(self) -> Values:
        self.fields = tuple(self._make_fields())
        return self._about | {"fields": [field.spec() for field in self.fields]}

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
        """Press `save`, `undo` or, after somebody else's change, `theirs`; `act:people:3` is a button on a row."""
        if button == "save":
            self._save(over_theirs=self.conflict)
        elif button == "undo":
            self._undo()
        elif button == "theirs" and self.conflict:
            mine = self._read()
            self.reload()
            self._aside = mine
            self.status = "Theirs is shown and stays. Undo brings back yours."
        elif button.startswith("act:"):
            _, name, at = button.split(":")
            act = next(field.act for field in self.fields if field.name == name)
            if act:
                self._shown[name] = act[1](self._shown[name], int(at))
                self._revision += 1
                self.status = NOT_YET
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

    def refresh(self) -> None:
        """Show what another form on the page has saved; what was entered here and not saved stays."""
        is_as_seen = self._is_as(self._seen)
        self._specify_anew()
        if is_as_seen and self._load() != self._seen:
            self.reload()
        else:
            self._push()

    def _specify_anew(self) -> None:
        specified = self._specified()
        if any(self.spec.get(name) != part for name, part in specified.items()):
            self.spec = {**self.spec, **specified}

    def _load(self) -> Values:
        return dict(self._load_from())

    def _display(self, values: Values) -> Values:
        return {field.name: field.show(values.get(field.name)) for field in self.fields}

    def _forget_problems(self) -> None:
        self.problem = self.said = ""
        self.problems: dict[str, str] = {}
        self.rows: dict[str, dict[int, str]] = {}
        self.clashes: tuple[merging.Clash, ...] = ()

    @property
    def conflict(self) -> bool:
        """Whether somebody else changed the same thing meanwhile, and a person has to decide."""
        return bool(self.clashes)

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
        self._specify_anew()
        values = self._read()
        if self.problems or self.rows:
            self.status = f"{NOT_YET} See the words beside the field."
            return
        try:
            since = self.store.state(*self.kinds) if self.store else ""
            before = self._load()
            if not self.clear and before != self._seen:
                if not self._put_together(values, before, over_theirs=over_theirs):
                    return
                values = self._read()
            with self._unless_changed(since):
                said = self._save_to(values)
            self._seen = self._load()
        except ChangedMeanwhile:
            self._save(over_theirs=over_theirs)
            return
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
        if self.clear or (not self._by_records and before != self._seen):
            self._history.append(before)
        self._aside = {}
        self.status, self.said = _saved_line(dt.datetime.now(dt.UTC)), said or ""
        if self.clear:
            self._shown = self._display(self._seen)
            self._revision += 1
        else:
            self._learn()
        self._saves += 1

    def _unless_changed(self, since: str) -> contextlib.AbstractContextManager[None]:
        """Nobody comes between looking and saving."""
        if self.store is None or not self.kinds or self.clear:
            return contextlib.nullcontext()
        return self.store.unless_changed(since, *self.kinds)

    def _put_together(self, values: Values, theirs: Values, *, over_theirs: bool) -> bool:
        """Take what somebody else saved meanwhile; False where both changed the same and a person has to decide."""
        made = merging.merge(
            self.fields, base=self._display(self._seen), mine=self._display(values), theirs=self._display(theirs)
        )
        if made.clashes and not over_theirs:
            self.clashes, self.status = made.clashes, NOT_YET
            self.problem = "Somebody else changed the same meanwhile. Nothing is lost: choose which version stays."
            return False
        self._shown, self._seen = made.shown, theirs
        self._revision += 1
        return True

    def _learn(self) -> None:
        """Show each row as it was saved, with the key by which the store knows it, in the order in which it stands."""
        for field in self.fields:
            if field.kind != "table" or not field.key:
                continue
            saved = field.show(self._seen.get(field.name))
            named = next(column.name for column in field.columns if not column.hidden)
            exact = {tuple(v for k, v in row.items() if k != field.key): row for row in saved}
            of_name = {row[named]: row for row in saved}
            shown = []
            for row in self._shown[field.name] or []:
                cells = tuple(row.get(c.name, "") for c in field.columns if c.name != field.key)
                shown.append(exact.get(cells) or of_name.get(str(row.get(named, "")).strip()) or row)
            alone = Counter(map(id, shown))
            self._shown[field.name] = [
                dict(new if alone[id(new)] == 1 else old)
                for new, old in zip(shown, self._shown[field.name] or [], strict=True)
            ]

    @property
    def _by_records(self) -> bool:
        return self._undo_by is None and self.store is not None and bool(self.kinds)

    def _has_a_way_back(self) -> bool:
        if self._history or self._aside:
            return True
        if self._by_records and self.store:
            return changes.last(self.store, *self.kinds) is not None
        return bool(self._undoable and self._undoable())

    def _undo(self) -> None:
        if not self._has_a_way_back():
            self.status = "There is nothing to undo."
            return
        try:
            if self._aside:
                self._save_to(self._aside)
                self._aside = {}
            elif self._by_records and self.store:
                taken = changes.take_back(self.store, *self.kinds)
                if self._choose:
                    self._choose(next(key for _, key in taken.changed))
            else:
                before = self._history[-1] if self._history else {}
                if self._choose and before:
                    self._choose(before[self._chooser])
                if self._undo_by:
                    self._undo_by()
                else:
                    self._save_to(before)
                self._history = self._history[:-1]
        except WorkshopError as error:
            self.problem = str(error)
            return
        self.reload()
        self.status = f"Undone. {_saved_line(dt.datetime.now(dt.UTC))}"
        self._saves += 1

    # Between kernel and page

    def _picture(self) -> Values:
        wrong = {name: {str(at - 1): words for at, words in rows.items()} for name, rows in self.rows.items()}
        return {
            "values": self._shown, "revision": self._revision, "status": f"{self.status} {self.said}".strip(),
            "problem": self.problem, "problems": self.problems, "rows": wrong, "undo": self._has_a_way_back(),
            "conflict": [{"what": clash.what, "parts": clash.parts} for clash in self.clashes],
            "saves": self._saves, "heard": self._heard_last,
        }  # fmt: skip

    def _push(self) -> None:
        self.state = self._picture()

    def _heard(self, _widget: object, content: Values, _buffers: object) -> None:
        kind, values = content.get("kind"), content.get("values")
        self._heard_last = str(content.get("number", self._heard_last))
        if kind == "look":
            if name := str(content.get("output") or ""):
                self.send({"output": name, "html": together.drawn(name)})
            else:
                together.saved(self)
                self.send({"output": "", "html": None})
            return
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

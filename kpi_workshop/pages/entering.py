"""Entering: what is typed into a form is read, put together with what others saved, recorded, and taken back."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import pydantic

from .. import changes
from ..errors import WorkshopError, listed
from ..kinds import Record
from ..records import ChangedMeanwhile, Store
from . import merging
from .fields import Field, Values, without_numbers

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


class Entering:
    """A form without its page: the values shown, as texts, and what happens to them. `forms.Form` puts it on a page."""

    title: str
    fields: tuple[Field, ...]
    spec: Any
    store: Store | None
    kinds: Sequence[type[Record]]
    at_once: bool
    clear: bool
    _about: Values
    _make_fields: Callable[[], Sequence[Field]]
    _load_from: Callable[[], Values]
    _save_to: Callable[[Values], str | None]
    _value: Callable[[], Any] | None
    _undo_by: Callable[[], object] | None
    _undoable: Callable[[], bool] | None
    _chooser: str
    _choose: Callable[[str], object] | None
    _history: list[Values]
    _aside: Values
    _revision: int
    _saves: int
    status: str
    said: str

    def _push(self) -> None:
        """Show the page how it stands."""

    def _specified(self) -> Values:
        self.fields = tuple(self._make_fields())
        return self._about | {"fields": [field.spec() for field in self.fields]}

    # What a person does

    def fill(self, **values: Any) -> Self:
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

    def press(self, button: str = "save") -> Self:
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
            field = next(field for field in self.fields if field.name == name)
            if field.act:
                self._shown[name] = field.act[1](self._shown[name], int(at))
                self._revision += 1
                self.status = NOT_YET
                if not field.read(self._shown[name])[2]:
                    self._changed()
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
        self.status, self.said = saved_line(dt.datetime.now(dt.UTC)), said or ""
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
        self.status = f"Undone. {saved_line(dt.datetime.now(dt.UTC))}"
        self._saves += 1


def saved_line(at: dt.datetime | None) -> str:
    if at is None:
        return "Nothing saved yet."
    here = at.astimezone()
    today = here.date() == dt.date.today()
    return f"Saved {here:%H:%M}." if today else f"Saved {here.day} {here:%B %Y}, {here:%H:%M}."


def _plain(error: pydantic.ValidationError) -> str:
    faults = [f"{' '.join(str(part) for part in f['loc'])}: {f['msg']}" for f in error.errors()]
    return listed([fault.replace("_", " ").removeprefix(": ") for fault in faults])

"""Forms: what is recorded, shown to be changed; saved at once, confirmed by one line, undone by one button.

A form is a value that can be read and replayed. It starts at what the store holds, `value` is what the store holds
now, and `fill` and `press` do what a person does in the browser. Undo reads the records alone, so that it works after
a restart as well. What two people change at once is put together; where both changed the same, both versions are shown
and a person decides. A private form never puts what it holds into the notebook: it travels to an open browser page
only, and is in no output, no widget state and no representation.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from .. import audience
from ..errors import WorkshopError
from ..kinds import Record
from ..records import Store
from . import table_editor, together
from .entering import Entering, Refused, saved_line
from .fields import Field, Values

__all__ = ["Field", "Form", "PrivateForm", "Refused", "Values", "script"]

_FILE = Path(__file__)


def script(*more: str) -> str:
    """What draws a form in the browser; `more` names files beside this one with further kinds of fields.

    Such a file defines INTERVIEW_FIELDS: for each kind what makes it of field, id and what to call on a change.
    """
    names = ("links", "together", "fields", *more, "forms")
    return table_editor.SCRIPT + "".join(_FILE.with_name(f"{name}.js").read_text(encoding="utf-8") for name in names)


class Form(Entering, anywidget.AnyWidget):
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
        self.status, self.said = saved_line(store.last_saved(*kinds) if store else None), ""
        super().__init__(spec=self._specified())
        self.on_msg(self._heard)
        self.reload()
        together.joins(self)

    private = False

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
            before, self._shown = self._shown, {field.name: values.get(field.name) for field in self.fields} | kept
            self.problems = {n: words for n, words in self.problems.items() if self._shown[n] == before[n]}
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

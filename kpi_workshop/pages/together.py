"""What stands on one open page together: forms hear of what another one saved, and outputs are drawn anew after it.

An output of a notebook is drawn once. On an open page it would go on saying that nobody is in the org chart after
somebody was entered, so it carries a name, by which an open page asks for it again whenever a form has saved.
"""

from __future__ import annotations

import functools
import html
import weakref
from collections.abc import Callable
from typing import Any, ParamSpec, Protocol

P = ParamSpec("P")


class Shown(Protocol):
    """What a page shows in plain output."""

    def _repr_html_(self) -> str: ...


class Hearing(Protocol):
    """What wants to know that something was saved elsewhere on the page."""

    title: str

    def refresh(self) -> None:
        """Show what is recorded now."""


class Live:
    """A plain output that an open page can ask for again; everything else is that of the output itself."""

    def __init__(self, name: str, make: Callable[[], Shown]) -> None:
        self.name, self.now = name, make()
        offers(name, make)

    def _repr_html_(self) -> str:
        return f'<div data-kw-live="{html.escape(self.name)}">{self.now._repr_html_()}</div>'

    def __repr__(self) -> str:
        return repr(self.now)

    def __getattr__(self, name: str) -> Any:
        if name == "now" or name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.now, name)


_outputs: dict[str, Callable[[], Shown]] = {}
_forms: weakref.WeakValueDictionary[str, Hearing] = weakref.WeakValueDictionary()


def live(make: Callable[P, Shown]) -> Callable[P, Live]:
    """Make what a page function returns a `Live` output, named by the function."""
    name = f"{make.__module__.rpartition('.')[2]}.{make.__name__}"

    @functools.wraps(make)
    def shown(*args: P.args, **kwargs: P.kwargs) -> Live:
        return Live(name, functools.partial(make, *args, **kwargs))

    return shown


def offers(name: str, make: Callable[[], Shown]) -> None:
    """From now on an open page can ask for this output again."""
    _outputs[name] = make


def drawn(name: str) -> str | None:
    """The output of this name as it is now, in HTML; None where this page has none."""
    make = _outputs.get(name)
    return make()._repr_html_() if make else None


def joins(form: Hearing) -> None:
    """From now on this form hears of what others on the page save; one of the same title takes the place of another."""
    _forms[form.title] = form


def saved(by: Hearing) -> None:
    """Tell every other form on the page that something was saved."""
    for form in list(_forms.values()):
        if form is not by:
            form.refresh()

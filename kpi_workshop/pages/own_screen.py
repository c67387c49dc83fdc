"""Private tables to look at: on the leader's own screen, on an open page, and in no file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .fields import Field, Values
from .forms import PrivateForm
from .table_editor import Column


class OwnScreen(PrivateForm):
    """A table nobody can type into; where it `waits`, it is worked out when its one button is pressed."""

    def __init__(
        self,
        title: str,
        columns: Sequence[Column],
        *,
        rows: Callable[[], list[Values]],
        noun: str,
        waits: bool = False,
        button: str = "Show it",
    ) -> None:
        self._wanted = not waits
        field = Field("rows", title, kind="table", columns=columns, noun=noun, grows=False)
        super().__init__(
            title,
            [field],
            load=lambda: {"rows": rows() if self._wanted else []},
            save=lambda values: None,
            tell=lambda: "Shown on an open page only, and in no file.",
            button=button,
            help="For your own screen: nothing of this is saved with the notebook.",
            looks_only=not waits,
        )
        self.status = ""

    def _specified(self) -> Values:
        return super()._specified() | {"asks": True}

    def _save(self, *, over_theirs: bool) -> None:
        self._wanted = True
        self.reload()
        self.status = "As recorded now."

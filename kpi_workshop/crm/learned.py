"""What was learned of the imported tables by reading them through: kept in the cache until an import changes them."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

import pydantic

from ..engagement import Engagement
from . import compiled

T = TypeVar("T")

Stamp = tuple[tuple[str, int, int], ...]


def kept(engagement: Engagement, stamp: Stamp, what: str, kind: Any, learn: Callable[[], T]) -> T:
    """What `learn` returns, learned once for each import, version of the code and `what`, a name fit for a file.

    Of the tables of an engine elsewhere nothing is kept: it does not say when they change.
    """
    if engagement.settings.engine.is_elsewhere:
        return learn()
    form = pydantic.TypeAdapter(kind)
    of = hashlib.sha256(f"{compiled.code()}{stamp!r}".encode()).hexdigest()[:16]
    file = engagement.cache / "learned" / of / f"{what}.json"
    with contextlib.suppress(OSError, ValueError):
        return form.validate_json(file.read_bytes())
    found = learn()
    with contextlib.suppress(OSError):
        compiled.keep(file, form.dump_json(found).decode())
    return found

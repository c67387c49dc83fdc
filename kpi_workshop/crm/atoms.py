"""Sums by seller and day, from which any grain follows: of large tables they are kept once a measure is asked again."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING, Any

from . import compiled, queries
from .formulas import ALL
from .tables import TABLES

if TYPE_CHECKING:
    from .embedded import Embedded

LARGE = 1_000_000
"""Rows below which asking the table itself is quick enough."""


def at_hand(engine: Embedded, measure: str, stamp: object) -> bool:
    """True where the engine has the sums of this measure as a table, having made them at the second asking.

    A first question goes to the table itself, which costs less than making the sums.
    """
    formula = ALL[measure]
    if engine.rows.get(formula.table, 0) < LARGE or formula.shape not in ("sum", "ratio") or formula.events is None:
        return False
    of = hashlib.sha256(f"{compiled.code()}{stamp!r}".encode()).hexdigest()[:16]
    file = engine.cache / "atoms" / of / f"{measure}.parquet"
    if not file.is_file():
        asked = file.with_suffix(".asked")
        if not asked.is_file():
            with contextlib.suppress(OSError):
                compiled.keep(asked, "once")
            return False
        if asked.read_text(encoding="utf-8") == "never":
            return False
        if not _is_of_tables_alone(formula.events()):
            compiled.keep(asked, "never")
            return False
        if not engine.write(compiled.sql(engine.cache, queries.atoms, measure), file):
            return False
    engine.see(queries.atoms_name(measure), file)
    return True


def _is_of_tables_alone(events: Any) -> bool:
    """True where what happened is the same whatever is asked: neither the report date nor limits are joined to it."""
    import ibis.expr.operations as ops

    return all(table.name in TABLES for table in events.op().find(ops.UnboundTable))

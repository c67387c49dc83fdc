"""What was expected of a period on its first day, as the import in force then had it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from .calendar import Period
from .sources import history

if TYPE_CHECKING:
    from .cells import Question

EARLIER = dt.timedelta(days=7)
"""An import may be so much older than the period whose expectations it tells."""
NO_IMPORT = "no import of the week before this period shows what was expected of it"


def give(question: Question, spine: list[Period]) -> set[dt.date]:
    """Hand the engine the deals that were open and due in each period, as the last import of the week before had them.

    Returns the first days of the periods for which there is such an import. Its last day of data counts, not the day
    on which it was done.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    done = [version for version in history.imports(question.engagement) if version.record.last_day]
    parts, known = [], set()
    for period in spine if question.every != "all" else []:
        before = [v for v in done if v.record.last_day and period.start - EARLIER <= v.record.last_day < period.start]
        rows = history.as_known(question.engagement, "opportunities", on=before[-1].at) if before else None
        if rows is None:
            continue
        known.add(period.start)
        due = pc.and_(
            pc.greater_equal(rows["expected_close_on"], pa.scalar(period.start, pa.date32())),
            pc.less_equal(rows["expected_close_on"], pa.scalar(period.end, pa.date32())),
        )
        rows = rows.filter(pc.and_(due, pc.equal(rows["status"], "open")))
        day = pa.array([period.start] * len(rows), pa.date32())
        parts.append(pa.table({"seller": rows["seller"], "day": day, "amount": rows["amount"]}))
    empty = pa.table(
        {"seller": pa.array([], pa.string()), "day": pa.array([], pa.date32()), "amount": pa.array([], pa.float64())}
    )
    question.engine.give("forecast", pa.concat_tables([empty, *parts]))
    return known

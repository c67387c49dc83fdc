"""The same twelve measures by team and week, three times: our definitions, DuckDB SQL by hand, pandas by hand.

    python -m benchmarks.contestants NAME FOLDER [MEASURE ...]

Each runs in a process of its own and prints one line of JSON: seconds on the clock, CPU seconds and peak memory of the
whole process, of it for starting Python with pandas, pyarrow and DuckDB, and CPU seconds of each measure.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from kpi_workshop.engagement import Engagement

TWELVE = (
    "revenue", "deals_closed", "win_rate", "average_deal_size", "sales_cycle_length", "open_pipeline",
    "opportunities_opened", "calls_made", "emails_sent", "meetings_held", "conversations", "talk_time",
)  # fmt: skip
"""The most used measures: seven of deals, five of what sellers do."""

THREADS = 2
Answers = Iterator[tuple[str, "pd.DataFrame"]]
"""Each measure with a table: team, week (its first day), value."""


def ours(engagement: Engagement, measures: tuple[str, ...], *, memory: str = "") -> Answers:
    """Our definitions, as a notebook asks for them: every cell of the whole spine with its note."""
    yield from _asked(engagement, measures, by="team", every="week", memory=memory)


def ours_in_400_mb(engagement: Engagement, measures: tuple[str, ...]) -> Answers:
    """The same where DuckDB may use 400 MB."""
    yield from ours(engagement, measures, memory="400MB")


def ours_by_month(engagement: Engagement, measures: tuple[str, ...]) -> Answers:
    """The same at another grain."""
    yield from _asked(engagement, measures, by="team", every="month", memory="")


def ours_by_manager(engagement: Engagement, measures: tuple[str, ...]) -> Answers:
    """The same at a third grain."""
    yield from _asked(engagement, measures, by="manager", every="quarter", memory="")


def floor(engagement: Engagement, measures: tuple[str, ...], *, memory: str = "") -> Answers:
    """Hand-written SQL straight on the files."""
    import pandas as pd

    from . import floor as sql

    db = sql.connect(engagement, memory=memory, threads=THREADS)
    for measure in measures:
        yield measure, pd.DataFrame(sql.answer(db, measure), columns=["team", "week", "value"])


def floor_in_400_mb(engagement: Engagement, measures: tuple[str, ...]) -> Answers:
    """Hand-written SQL where DuckDB may use 400 MB."""
    yield from floor(engagement, measures, memory="400MB")


def pandas(engagement: Engagement, measures: tuple[str, ...]) -> Answers:
    """pandas: the columns that are needed, read once and joined to the seats once."""
    from . import frames

    yield from frames.answers(engagement, measures)


def _asked(engagement: Engagement, measures: tuple[str, ...], *, by: str, every: str, memory: str) -> Answers:
    import dataclasses

    from kpi_workshop.crm.measures import measure_table
    from kpi_workshop.engagement import Engine

    engine = Engine(memory=memory, threads=THREADS)
    asked = dataclasses.replace(engagement, settings=engagement.settings.model_copy(update={"engine": engine}))
    for measure in measures:
        found = measure_table(asked, measure, by=by, every=every)
        yield measure, found.rename(columns={"by": "team", "period_start": "week"})


CONTESTANTS: dict[str, Callable[..., Answers]] = {
    "ours": ours, "ours-400mb": ours_in_400_mb, "ours-month": ours_by_month, "ours-manager": ours_by_manager,
    "floor": floor, "floor-400mb": floor_in_400_mb, "pandas": pandas,
}  # fmt: skip


def main(name: str, folder: str, *measures: str) -> None:
    """Run one contestant; with an answers folder beside the data, write what it said there."""
    started = time.perf_counter()
    import duckdb  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    from kpi_workshop import engagement as engagements

    start = time.process_time()
    engagement = engagements.load(Path(folder))
    said = Path(folder) / "answers"
    told: dict[str, Any] = {}
    before = time.process_time()
    for measure, table in CONTESTANTS[name](engagement, measures or TWELVE):
        told[measure] = round(time.process_time() - before, 3)
        if said.is_dir():
            table[["team", "week", "value"]].to_parquet(said / f"{name}.{measure}.parquet")
        before = time.process_time()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "seconds": round(time.perf_counter() - started, 2),
                "cpu": round(usage.ru_utime + usage.ru_stime, 2),
                "start": round(start, 2),
                "memory": round(_peak() / 1024),
                "measures": told,
            }
        )
    )


def _peak() -> int:
    """Peak memory in KiB of this program alone: what getrusage says may be that of the process it was started from."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.is_file() else []
    peak = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)
    return peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(*sys.argv[1:])

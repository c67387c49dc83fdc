"""What an import changed against the one before it, in sentences."""

from __future__ import annotations

from ...engagement import Engagement
from . import history
from .storing import Stored
from .summary import ImportSummary


def tell(engagement: Engagement, summary: ImportSummary, stored: Stored) -> None:
    """Write into the summary what this import changed, and what it restated; nothing at the first import."""
    done = history.imports(engagement)
    summary.number = stored.number
    if stored.is_new and len(done) < 2:
        return
    changed = {table: found for table, found in stored.differs.items() if found}
    summary.nothing_new = not (changed or stored.untold or stored.first or summary.added)
    if not stored.is_new:
        return
    for table, found in changed.items():
        parts = [(found.added, "new"), (found.changed, "changed"), (found.gone, "gone from the export and removed")]
        summary.news.append(f"{table}: {', '.join(f'{many:,} {what}' for many, what in parts if many)}.")
        if found.gone * 2 > found.before:
            summary.news.append(
                f"{table}: more than half of the rows of the import before are gone. An export holds all rows of its "
                "tables; if this one holds only what is new, import a full one."
            )
    for table, (before, now) in stored.untold.items():
        summary.news.append(
            f"{table}: {before:,} rows before, {now:,} now; without an id in the export nobody knows which row became "
            "which."
        )
    summary.news += [f"{table}: imported for the first time." for table in stored.first]
    summary.restated = history.told(engagement, since=done[-2].at)
    if stored.mapping_changed and (changed or summary.restated):
        summary.news.append("The mapping is another one than at the import before: changes may come from it.")

"""What an import tells when it is done: rows, what was put aside and why, what is new, doubtful and proposed."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...numbers import joined


@dataclass
class ImportSummary:
    """What an import read, kept and put aside, what is doubtful, and what it proposes for the org chart."""

    mapping: str
    rows: dict[str, int] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    set_aside: dict[str, dict[str, int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    stayed: dict[str, int] = field(default_factory=dict)
    number: int = 0
    """Which import of the engagement counts now."""
    nothing_new: bool = False
    """The export says what the import before it said."""
    news: list[str] = field(default_factory=list)
    """What is new, changed and gone against the import before."""
    restated: list[str] = field(default_factory=list)
    """What the export says otherwise about the past than the import before."""
    aside_rows: dict[str, dict[str, dict[str, list[int]]]] = field(default_factory=dict)
    """The row numbers of rows put aside: by table, reason and file."""
    repeated: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """The row numbers of rows that repeat another one and were dropped: by table and file."""
    mapped: dict[str, list[str]] = field(default_factory=dict)
    """The canonical columns that the mapping fills, by table."""
    numbered: list[str] = field(default_factory=list)
    """Tables whose rows have no id of their own."""

    def lines(self) -> list[str]:
        """The summary as plain sentences, ready to be printed."""
        if self.nothing_new:
            stands = joined(
                [f"{many:,} {table.replace('_', ' ')}" for table, many in (self.rows | self.stayed).items()]
            )
            return [f"Nothing new in this export: {stands} stand as they were.", *self._proposals()]
        out = [f"Rows imported with {self.mapping}:"]
        for table, kept in self.rows.items():
            out.append(f"  {table}: {self.read[table]:,} read, {kept:,} kept")
            out += [f"    {many:,} put aside: {why}" for why, many in self.set_aside.get(table, {}).items()]
        out += [f"  {table}: {many:,} stay from an earlier import" for table, many in self.stayed.items()]
        if self.added:
            out.append(f"Recorded in the org chart and targets: {', '.join(self.added)}.")
        for heading, lines in (
            ("Against the import before:", self.news),
            ("Said otherwise about the past:", self.restated),
            ("Worth knowing:", self.notes),
        ):
            if lines:
                out += [heading, *(f"  {line}" for line in lines)]
        return [*out, *self._proposals()]

    def _proposals(self) -> list[str]:
        return ["Proposed, not changed:", *(f"  {line}" for line in self.proposed)] if self.proposed else []

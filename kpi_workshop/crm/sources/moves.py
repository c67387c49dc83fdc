"""Moves between stages: snapshots of a deal become moves, each with the stage it left."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .shaped import Shaped


def told(shaped: Shaped) -> None:
    """Where the export does not say which stage was left, take it from the row before; a row that moves nothing goes.

    Exports of histories hold a row for every change of a deal, whatever changed; only another stage is a move.
    """
    import numpy as np

    table = shaped.table
    if "from_stage" in shaped.labels or not table.num_rows:
        return
    at = pc.fill_null(table["changed_at"].cast(pa.int64()), -1).to_numpy()
    deal = _codes(table["opportunity_id"])
    stage = _codes(table["to_stage"])
    place = np.arange(len(at))
    if _newest_first(deal, at):
        place = -place
    order = np.lexsort((place, at, deal))
    same_deal = np.r_[False, deal[order[1:]] == deal[order[:-1]]]
    still = np.r_[False, stage[order[1:]] == stage[order[:-1]]] & same_deal
    kept = order[~still]
    again = np.r_[False, deal[kept[1:]] == deal[kept[:-1]]] if len(kept) else np.array([], bool)
    before = pa.array(np.r_[-1, kept[:-1]], pa.int64(), mask=~again)
    left = table["to_stage"].combine_chunks().take(before)
    moved = table.take(pa.array(kept))
    column = moved.column_names.index("from_stage")
    shaped.table = moved.set_column(column, table.schema.field("from_stage"), left)
    if still.any():
        shaped.notes.append(
            f"stage_changes: {still.sum():,} of {len(at):,} rows of the history leave the deal in its stage; the "
            "others are its moves."
        )


def _codes(column: Any) -> Any:
    coded = column.combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    return pc.fill_null(coded.indices, -1).to_numpy()


def _newest_first(deal: Any, at: Any) -> bool:
    together = deal[1:] == deal[:-1]
    return bool(((at[1:] < at[:-1]) & together).sum() > ((at[1:] > at[:-1]) & together).sum())


def reopened(tables: dict[str, pa.Table]) -> list[str]:
    """A note on deals that left a stage in which deals are won or lost: they were opened again."""
    if "stage_changes" not in tables or "opportunities" not in tables:
        return []
    deals, changes = tables["opportunities"], tables["stage_changes"]
    closed = pc.not_equal(deals["status"], "open")
    still_open = pc.unique(deals["stage"].filter(pc.invert(closed)).drop_null())
    ends = pc.unique(deals["stage"].filter(closed).drop_null())
    ends = ends.filter(pc.invert(pc.is_in(ends, value_set=still_open)))
    left = pc.fill_null(pc.is_in(changes["from_stage"], value_set=ends), False)
    many = pc.count_distinct(changes["opportunity_id"].filter(left)).as_py()
    if not many:
        return []
    pairs = pc.binary_join_element_wise(changes["from_stage"].filter(left), changes["to_stage"].filter(left), " to ")
    common = max(pc.value_counts(pairs).to_pylist(), key=lambda entry: entry["counts"])
    what = "1 deal was" if many == 1 else f"{many:,} deals were"
    return [
        f"{what} moved on after being closed, {common['counts']:,} times from {common['values']}: a deal counts as "
        "what it is now, and its earlier closing is in the stage history only."
    ]

"""One row a product: rows that are lines of the same deal become one row, and no deal and no amount counts twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from ...numbers import counted
from . import checking
from .shaped import Shaped

OF_A_LINE = ("product", "amount", "list_amount")
"""What may differ between the lines of one deal."""
WHY = "another product of a deal that stands on several rows: the deal counts once"


def together(part: Shaped, *, numbered: bool, added_up: frozenset[str] = frozenset()) -> None:
    """Make one row of the rows of each deal that differ in nothing but product and amounts.

    Deals are told by their id; where rows are only `numbered`, by everything they say beside product and amounts.
    Products are joined by "; ". An amount that is the same on all rows of every deal is the deal's own and is taken
    once; one that differs on the rows of some deal, or is in `added_up`, is the line's and is added up. Rows that go
    are put aside.
    """
    table = part.table
    if "product" not in part.labels or not table.num_rows or (numbered and "name" not in part.labels):
        return
    origin = ("source_file", "source_row")
    key = [n for n in table.column_names if n not in (*OF_A_LINE, *origin, "opportunity_id")] if numbered else None
    places = checking.perhaps_repeated(table.select(key or ["opportunity_id"]))
    groups: dict[tuple[Any, ...], list[tuple[int, dict[str, Any]]]] = {}
    for place, row in zip(places.tolist(), table.take(pa.array(places)).to_pylist(), strict=True):
        if numbered and row["name"] is None:
            continue
        alike = tuple(row[name] for name in (key or ["opportunity_id"]))
        groups.setdefault(alike, []).append((place, row))
    deals = [rows for rows in groups.values() if _are_lines(rows, numbered=numbered)]
    if not deals:
        return
    sums = {n: n in added_up or any(len(_amounts(rows, n)) > 1 for rows in deals) for n in OF_A_LINE[1:]}
    changed: dict[str, dict[int, Any]] = {name: {} for name in OF_A_LINE}
    gone = np.zeros(table.num_rows, dtype=bool)
    for rows in deals:
        first = rows[0][0]
        gone[[place for place, _ in rows[1:]]] = True
        changed["product"][first] = "; ".join(dict.fromkeys(row["product"] for _, row in rows if row["product"]))
        for name, is_sum in sums.items():
            given = [row[name] for _, row in rows if row[name] is not None]
            changed[name][first] = (sum(given) if is_sum else given[0]) if given else None
    for name, cells in changed.items():
        column = table[name].to_pylist()
        for place, value in cells.items():
            column[place] = value
        table = table.set_column(
            table.column_names.index(name), table.schema.field(name), pa.array(column, table.schema.field(name).type)
        )
    part.table = table
    part.put_aside(WHY, pa.array(gone))
    part.table = table.filter(pa.array(~gone))
    part.notes.append(_said(part, len(deals), int(gone.sum()) + len(deals), sums, deals, numbered=numbered))


def _are_lines(rows: list[tuple[int, dict[str, Any]]], *, numbered: bool) -> bool:
    if len({row["product"] for _, row in rows}) < 2:
        return False
    if numbered:
        return True
    rest = [{k: v for k, v in row.items() if k not in (*OF_A_LINE, "source_file", "source_row")} for _, row in rows]
    return all(one == rest[0] for one in rest)


def _amounts(rows: list[tuple[int, dict[str, Any]]], name: str) -> set[Any]:
    return {row[name] for _, row in rows if row[name] is not None}


def _said(
    part: Shaped, deals: int, rows: int, sums: dict[str, bool], found: list[list[tuple[int, dict[str, Any]]]], *,
    numbered: bool,
) -> str:  # fmt: skip
    file = found[0][0][1]["source_file"]
    stands = "stands" if deals == 1 else "stand"
    says = f"{file}: {counted(deals, 'deal')} {stands} on {rows:,} rows, one for each product; each deal counts once."
    for name, is_sum in sums.items():
        if name in part.labels and any(_amounts(group, name) for group in found):
            how = "is that of a row, and was added up" if is_sum else "is the same on all rows of a deal: taken once"
            says += f" Its '{part.labels[name]}' {how}."
    if numbered:
        says += " Without an id, rows that say the same but for the product were taken for one deal."
    return says

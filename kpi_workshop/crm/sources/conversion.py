"""Leads that became deals: where the export has no day for it, the deals that name their lead say when."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from ...numbers import counted


def from_deals(leads: pa.Table, deals: pa.Table) -> tuple[pa.Table, str]:
    """The leads with the first deal that names each and its opening day, and a note; unchanged where a lead has a day.

    Zoho says of a lead only that it was converted; its deals say which lead they came from. A deal that was opened
    before its lead came in counts from the day of the lead.
    """
    named = deals.filter(pc.and_(pc.is_valid(deals["lead_id"]), pc.is_valid(deals["opened_on"])))
    if pc.any(pc.is_valid(leads["converted_on"])).as_py() or not named.num_rows:
        return leads, ""
    import duckdb

    with duckdb.connect() as db:
        db.register("leads", leads.append_column("place", pa.array(range(leads.num_rows), pa.int64())))
        db.register("named", named.select(["lead_id", "opportunity_id", "opened_on"]))
        found = db.execute(
            "SELECT coalesce(l.opportunity_id, n.opportunity_id) AS opportunity_id, "
            "CASE WHEN n.opened_on IS NOT NULL THEN greatest(n.opened_on, l.created_at::DATE) END AS converted_on, "
            "n.opened_on < l.created_at::DATE AS early FROM leads l LEFT JOIN ("
            "SELECT lead_id, min_by(opportunity_id, (opened_on, opportunity_id)) AS opportunity_id, "
            "min(opened_on) AS opened_on FROM named GROUP BY lead_id) n USING (lead_id) ORDER BY l.place"
        ).to_arrow_table()
    became = pc.sum(pc.is_valid(found["converted_on"])).as_py() or 0
    if not became:
        return leads, ""
    for name in ("opportunity_id", "converted_on"):
        at = leads.schema.get_field_index(name)
        leads = leads.set_column(at, leads.schema.field(at), found[name].cast(leads.schema.field(at).type))
    early = pc.sum(found["early"]).as_py() or 0
    before = f" {counted(early, 'deal')} opened before its lead came in: there the lead's day counts." if early else ""
    return leads, (
        f"leads: the export gives no day on which a lead became a deal. {became:,} of {leads.num_rows:,} are named by "
        f"a deal and count as converted on the day it was opened.{before}"
    )

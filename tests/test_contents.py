"""Files that are something else than their name says, workbooks with merged cells, boards with repeated headings."""

from __future__ import annotations

import html
import io

import openpyxl
import pyarrow.parquet as pq
import pytest

from kpi_workshop.crm.sources import drafting, import_crm
from kpi_workshop.errors import WorkshopError

HEADINGS = ["Deal ID", "Deal Name", "Owner", "Stage", "Amount", "Created Date", "Close Date"]
ROWS = [
    ["1", "Acme & Söhne", "Ann Lee", "Closed Won", "1,200.50", "2026-01-05", "2026-01-31"],
    ["2", "Beta", "Bob Ray", "Closed Lost", "300", "2026-01-06", "2026-02-13"],
    ["3", "Gamma", "Bob Ray", "Proposal", "50", "2026-01-07", "2026-05-30"],
]
DEALS = [
    ("1", "Acme & Söhne", "Ann Lee", "won", 1200.5),
    ("2", "Beta", "Bob Ray", "lost", 300),
    ("3", "Gamma", "Bob Ray", "open", 50),
]


def text(separator: str) -> str:
    return "\n".join(separator.join(f'"{cell}"' for cell in row) for row in [HEADINGS, *ROWS])


def page(meta: str) -> str:
    """A page as Salesforce's reports come "in the format of Excel": a table in HTML, its file called .xls."""
    cells = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in ROWS]
    rows = "".join(f"<tr>{row}</tr>" for row in cells)
    head = "".join(f"<th scope=col>{name}</th>" for name in HEADINGS)
    return f"<head>{meta}</head><table><tr><td>small</td></tr></table><table border=1><tr>{head}</tr>{rows}</table>"


def workbook(rows: list[list[object]], *merged: str) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def deals(engagement) -> list[tuple]:
    columns = ("opportunity_id", "name", "seller", "status", "amount")
    rows = pq.read_table(engagement.tables / "opportunities.parquet").to_pylist()
    return [tuple(row[column] for column in columns) for row in rows]


UNICODE_PAGE = page("<meta http-equiv=Content-Type content='text/html; charset=UTF-8'>")
OLDER_PAGE = page("<meta content='text/html; charset=windows-1252'>")
NAMED_WRONG = {
    "a workbook called .csv": ("deals.csv", workbook([HEADINGS, *ROWS])),
    "a workbook called .xls": ("deals.xls", workbook([HEADINGS, *ROWS])),
    "tabs in UTF-16 called .xls": ("deals.xls", text("\t").encode("utf-16")),
    "commas called .xlsx": ("deals.xlsx", text(",").encode()),
    "a page called .xls": ("report.xls", UNICODE_PAGE.encode()),
    "an older page called .xls": ("report.xls", OLDER_PAGE.encode("cp1252")),
    "a page called .csv": ("report.csv", UNICODE_PAGE.encode("utf-8-sig")),
}  # fmt: skip


@pytest.mark.parametrize("how", NAMED_WRONG)
def test_a_table_arrives_whatever_its_name_says(engagement, tmp_path, how):
    name, content = NAMED_WRONG[how]
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / name).write_bytes(content)
    import_crm(engagement, tmp_path / "export")
    assert deals(engagement) == DEALS
    assert import_crm(engagement, tmp_path / "export" / name).nothing_new


def test_a_merged_owner_owns_every_row_it_spans_and_a_merged_amount_counts_once(engagement, tmp_path):
    rows = [["Deals of the year", *[None] * 6], HEADINGS, *[list(row) for row in ROWS]]
    rows[2][4], rows[3][4], rows[4][4] = 1200.5, None, 50
    rows[4][2] = None
    (tmp_path / "deals.xlsx").write_bytes(workbook(rows, "A1:G1", "C4:C5", "E3:E4"))
    summary = import_crm(engagement, tmp_path / "deals.xlsx")
    assert deals(engagement) == [DEALS[0], (*DEALS[1][:4], None), DEALS[2]]
    assert "deals.xlsx: 1 merged cell read into every row spanned." in summary.notes


# A board of monday: titles, a group with its own headings, an item with what lies below it, sums without a name.
BOARD = [
    ["Deals"],
    ["What we sell"],
    [],
    ["Active"],
    HEADINGS,
    ROWS[2],
    ["Subitems", "Name", "Owner", "Status"],
    ["", "Write the offer", "Bob Ray", "Done"],
    ["", "", "", "", "50"],
    [],
    ["Closed"],
    HEADINGS,
    ROWS[0],
    ROWS[1],
    ["", "", "", "", "1,500.50"],
]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_board_that_repeats_its_headings_gives_its_items_only(engagement, tmp_path, form):
    content = workbook(BOARD) if form == "xlsx" else "\n".join(
        ",".join(f'"{cell}"' for cell in [*row, *[""] * (7 - len(row))]) for row in BOARD
    ).encode()  # fmt: skip
    (tmp_path / f"board.{form}").write_bytes(content)
    summary = import_crm(engagement, tmp_path / f"board.{form}")
    assert deals(engagement) == DEALS
    assert f"board.{form}: the column names stand once more between the rows" in "\n".join(summary.notes)
    assert summary.read["opportunities"] == 3 and not summary.set_aside.get("opportunities")


def test_a_damaged_workbook_is_refused_with_what_to_do(engagement, tmp_path):
    (tmp_path / "deals.xlsx").write_bytes(workbook([HEADINGS, *ROWS])[:900])
    with pytest.raises(
        WorkshopError, match=r"deals.xlsx .*damaged.*[Oo]pen it in Excel|deals.xlsx is an archive or damaged"
    ):
        drafting.propose(engagement, tmp_path / "deals.xlsx")

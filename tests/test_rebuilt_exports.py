"""Exports as public repositories show them, rebuilt small with values of our own: what arrives, what is said.

Beside each the repository whose header row and habits it follows; none is a copy of a real file.
"""
# ruff: noqa: E501  (a header row is as wide as the product makes it)

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile

import openpyxl
import pyarrow.parquet as pq
import pytest

from kpi_workshop.crm.sources import drafting, import_crm
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Person

D = dt.date


@pytest.fixture
def brought(engagement, tmp_path):
    """Imports files with the proposed mapping; gives the proposal, the summary and the rows of a table."""

    def brought(files: dict[str, str | bytes], table: str = "opportunities"):
        folder = tmp_path / "export"
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        draft = drafting.propose(engagement, folder)
        summary = import_crm(engagement, folder)
        assert import_crm(engagement, folder).nothing_new
        return draft, summary, pq.read_table(engagement.tables / f"{table}.parquet").to_pylist()

    return brought


# Salesforce

# Header of the standard report; opportunities with products give one row a product.
PRODUCTS = """"Opportunity Owner","Account Name","Opportunity Name","Opportunity ID","Stage","Amount","Close Date","Created Date","Product Name","Total Price"
"Ann Lee","Acme","Acme big","0061t00000AbCdE","Closed Won","1,000.00","1/15/2024","12/20/2023","Widget","600.00"
"Ann Lee","Acme","Acme big","0061t00000AbCdE","Closed Won","1,000.00","1/15/2024","12/20/2023","Gadget","400.00"
"Bob Ray","Beta","Beta one","0061t00000AbCdF","Prospecting","500.00","5/30/2024","2/14/2024","Widget","500.00"

"Grand Totals (3 records)"
"""


@pytest.mark.parametrize("without", ["", '"Opportunity ID",', '"Amount",'])
def test_a_deal_on_one_row_a_product_counts_once(brought, without):
    text = PRODUCTS
    if without:
        at = text.splitlines()[0].split(",").index(without.rstrip(","))
        lines = []
        for line in text.splitlines():
            parts = line.split('","')
            lines.append('","'.join(parts[:at] + parts[at + 1 :]) if len(parts) > at else line)
        text = "\n".join(lines)
    _, summary, rows = brought({"report.csv": text})
    assert [(row["name"], row["amount"], row["product"]) for row in rows] == [
        ("Acme big", 1000, "Widget; Gadget"),
        ("Beta one", 500, "Widget"),
    ]
    assert "report.csv: 1 deal stands on 2 rows, one for each product" in "\n".join(summary.notes)
    assert list(summary.aside_rows["opportunities"].values()) == [{"report.csv": [3]}]


# A Salesforce Data Export is a zip of one CSV an object, often several of them; other files lie beside.
OBJECTS = {
    "Opportunity.csv": """"ID","ISDELETED","NAME","STAGENAME","AMOUNT","CLOSEDATE","ISCLOSED","ISWON","OWNERID","CREATEDDATE"
"006bm00000LKJNNAA5","0","Acme","Signed","10","2024-01-15","1","1","005Nq00000AU6ztIAD","2023-12-20 10:00:00"
""",
    "Task.csv": """"Id","WhatId","WhoId","Subject","ActivityDate","Status","OwnerId","IsDeleted","TaskSubtype","CreatedDate"
"00T1t00000AAAAA","006bm00000LKJNN","","Call","2024-01-05","Completed","005Nq00000AU6zt","0","Call","2024-01-05T00:00:00.000Z"
""",
    "User.csv": """"Id","Username","LastName","Name","IsActive"
"005Nq00000AU6zt","ann@x.com","Lee","Ann Lee","1"
""",
}


def zipped(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize("how", ["a zip", "two zips in a folder", "files among others"])
def test_a_data_export_arrives_zipped_or_among_other_files_and_short_ids_find_long_ones(engagement, tmp_path, how):
    folder = tmp_path / "export"
    folder.mkdir()
    if how == "files among others":
        (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
        (folder / "~$Opportunity.xlsx").write_bytes(b"lock")
        (folder / "terms.pdf").write_bytes(b"%PDF-1.4")
        (folder / "notes.txt").write_text("Dear all,\nhere are the files.\n", encoding="utf-8")
        (folder / "empty.csv").write_bytes(b"")
        (folder / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
        (folder / "broken.xlsx").write_bytes(b"PK\x03\x04")
        (folder / "more.zip").write_bytes(zipped({"x.csv": "a,b\n1,2\n"}))
        for name, text in OBJECTS.items():
            (folder / name).write_text(text, encoding="utf-8")
    elif how == "a zip":
        (folder / "WE_00D_1.ZIP").write_bytes(zipped({**OBJECTS, "__MACOSX/._a.csv": "x", "../out.csv": "a\n1\n"}))
        folder /= "WE_00D_1.ZIP"
    else:
        (folder / "WE_1.zip").write_bytes(zipped({n: OBJECTS[n] for n in ("Opportunity.csv", "User.csv")}))
        (folder / "WE_2.zip").write_bytes(zipped({"Task.csv": OBJECTS["Task.csv"], "logo.png": "x"}))
    draft = drafting.propose(engagement, folder)
    assert draft.product == "Salesforce, Data Export"
    import_crm(engagement, folder)
    rows = {
        name: pq.read_table(engagement.tables / f"{name}.parquet").to_pylist()
        for name in ("opportunities", "activities")
    }
    assert [(r["opportunity_id"], r["seller"], r["status"]) for r in rows["opportunities"]] == [
        ("006bm00000LKJNNAA5", "005Nq00000AU6ztIAD", "won")
    ]
    assert rows["activities"][0]["opportunity_id"] == "006bm00000LKJNNAA5"
    assert engagement.records.current(Person)["005Nq00000AU6ztIAD"].name == "Ann Lee"
    assert sorted(f.name for f in (engagement.crm / "exports").iterdir()) == sorted(OBJECTS)
    if how == "files among others":
        assert (
            "old.xls is a file of an old Office program and no workbook, or damaged: open it and save it as .xlsx"
            in "\n".join(draft.says)
        )
    assert import_crm(engagement, folder).nothing_new


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04 no archive", "damaged or no zip file"),
        (zipped({"readme.md": "x"}), "holds no file that can be read"),
    ],
)
def test_an_archive_that_holds_no_table_is_refused(engagement, tmp_path, content, says):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(WorkshopError, match=says):
        import_crm(engagement, tmp_path / "x.zip")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("deals.csv", b"PK\x03\x04\x14", "deals.csv is an archive or damaged, no table: give it the ending .zip"),
        (
            "deals.csv",
            b"<html><p>Please log in</p></html>",
            "deals.csv is a web page without a table: open it in Excel",
        ),
        (
            "deals.xls",
            b"\xd0\xcf\x11\xe0",
            "deals.xls is a file of an old Office program and no workbook, or damaged",
        ),
        ("deals.csv", b"%PDF-1.7", "deals.csv is a PDF: export the table itself"),
        ("deals.xls", b'<?xml version="1.0"?><Workbook/>', "deals.xls is XML or JSON, no table: open it in Excel"),
        ("deals.numbers", b"PK", "deals.numbers is none of the files that can be read"),
    ],
)
def test_a_table_under_a_wrong_name_is_told_for_what_it_is(engagement, tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WorkshopError, match=says):
        import_crm(engagement, tmp_path / name)


# Several currencies: "Total Amount Currency", "Total Amount" beside each other in a public parser's test of such a report.
CURRENCIES = """Opportunity Owner,Opportunity Name,Stage,Total Amount Currency,Total Amount,Close Date
Ann Lee,Acme,Closed Won,USD,1000,2024-01-15
Ann Lee,Beta,Closed Won,EUR,500,2024-01-16
Bob Ray,Gamma,Closed Lost,usd,70,2024-01-17
Bob Ray,Delta,Closed Won,,30,2024-01-18
"""


def test_amounts_in_other_currencies_are_left_out_and_said_until_a_rate_is_given(engagement, brought):
    _, summary, rows = brought({"report.csv": CURRENCIES})
    assert [row["amount"] for row in rows] == [1000, None, 70, None]
    said = next(note for note in summary.notes if "currencies" in note)
    assert "(2 in USD, 1 in EUR)" in said and "2 amounts in EUR cannot be added to those in USD" in said
    file = engagement.crm / "mapping.toml"
    text = file.read_text(encoding="utf-8")
    assert 'amount = { column = "Total Amount", currency = "Total Amount Currency" }' in text
    file.write_text(
        text.replace('"Total Amount Currency" }', '"Total Amount Currency", rates = { EUR = 1.1 } }'), encoding="utf-8"
    )
    _, summary, rows = brought({"report.csv": CURRENCIES})
    assert [row["amount"] for row in rows] == [1000, pytest.approx(550), 70, None]
    assert "Those in EUR were turned into USD at the rates of the mapping." in "\n".join(summary.notes)


@pytest.mark.parametrize(
    ("amounts", "read"),
    [
        (["$1,000.00", "€500.00", "$70"], [1000, None, 70]),
        (["1.000,50 EUR", "500 EUR", "70 EUR"], [1000.5, 500, 70]),
        (["USD 1,000.00", "US$500", "($70.00)"], [1000, 500, -70]),
        (["£10.5", "£20", "kr 30"], [10.5, 20, None]),
    ],
)
def test_currencies_written_into_the_cells_are_never_mixed(brought, amounts, read):
    lines = [f'Ann Lee,D{i},Closed Won,2024-01-1{i},"{amount}"' for i, amount in enumerate(amounts)]
    text = "\n".join(["Opportunity Owner,Opportunity Name,Stage,Close Date,Amount", *lines])
    _, _, rows = brought({"report.csv": text})
    assert [row["amount"] for row in rows] == read


# A public report in a German locale writes 31.12.3999 where a deal has no day yet.
def test_a_day_in_the_far_future_is_no_day_and_decimal_commas_are_read(brought):
    head = '"Opportunity Owner";"Opportunity Name";"Stage";"Probability (%)";"Age";"Close Date";"Created Date"\n'
    rows = "".join(f'"Ann Lee";"D{i}";"Draft";"0";"25,0000000000";"31.12.3999";"{i + 10}.06.2025"\n' for i in range(9))
    _, summary, found = brought(
        {"o.csv": head + rows + '"Ann Lee";"W";"Closed Won";"100";"13,0";"02.07.2025";"19.06.2025"\n'}
    )
    assert [row["closed_on"] for row in found if row["status"] == "won"] == [D(2025, 7, 2)]
    assert {row["expected_close_on"] for row in found} == {None}
    assert "9 days lie beyond the year 2100, such as '31.12.3999': read as no day." in "\n".join(summary.notes)


# A formatted report: title lines, an empty first column, arrows behind grouped columns, subtotals, counts and notices, as
# scripts in public repositories strip them ("Subtotal", "Confidential Information - Do Not Distribute").
GROUPED = [
    ["", "Opportunities by owner"],
    ["", "As of 2024-05-01 10:00:00 Generated by Kim Doe"],
    [],
    [
        "",
        "Opportunity Owner  ↑",
        "Stage  ↑",
        "Opportunity Name",
        "Account Name",
        "Amount",
        "Close Date",
        "Created Date",
    ],
    ["", "Ann Lee", "Closed Won", "Acme", "A", 1000.5, D(2024, 1, 15), D(2023, 12, 20)],
    ["", "", "", "Acme 2", "A", 500, D(2024, 1, 16), D(2023, 12, 20)],
    ["", "", "Subtotal", "", "", 1500.5],
    ["", "", "", "Count", 2],
    ["", "", "Prospecting", "Acme 3", "A", 300, D(2024, 7, 16), D(2023, 12, 20)],
    ["", "", "Subtotal", "", "", 300],
    ["", "Subtotal", "", "", "", 1800.5],
    ["", "Bob Ray", "Closed Lost", "Beta", "B", 700, D(2024, 2, 25), D(2023, 12, 21)],
    ["", "", "Subtotal", "", "", 700],
    ["", "Subtotal", "", "", "", 700],
    ["", "Total", "", "", "", 2500.5],
    ["", "", "", "Count", 4],
    [],
    ["", "Confidential Information - Do Not Distribute"],
    ["", "Copyright © 2000-2024 salesforce.com, inc. All rights reserved."],
]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_report_in_groups_keeps_its_rows_and_none_of_its_subtotals(brought, kind):
    out: io.BytesIO | io.StringIO
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in GROUPED:
            book.active.append([None if cell == "" else cell for cell in row])
        book.save(out := io.BytesIO())
    else:
        csv.writer(out := io.StringIO()).writerows([[*row, *[""] * (8 - len(row))] for row in GROUPED])
    _, summary, rows = brought({f"report.{kind}": out.getvalue()})
    found = sorted((row["name"], row["seller"], row["stage"], row["amount"], row["source_row"]) for row in rows)
    assert found == [
        ("Acme", "Ann Lee", "Closed Won", 1000.5, 5),
        ("Acme 2", "Ann Lee", "Closed Won", 500, 6),
        ("Acme 3", "Ann Lee", "Prospecting", 300, 9),
        ("Beta", "Bob Ray", "Closed Lost", 700, 12),
    ]
    assert "is a report in groups" in "\n".join(summary.notes)


# Calls exported without the column of their owner.
HUBSPOT_CALLS = {
    "deals.csv": "Record ID,Deal Name,Deal Stage,Amount,Deal owner,Create Date,Close Date\n"
    "11,Acme,Closed Won,10,,2023-12-20 10:00,2024-01-15 11:00\n",
    "calls.csv": "Record ID,Call Title,Activity date,Call outcome,Call duration,Associated Deal IDs\n"
    "1,Hello,2024-01-05 10:00,Connected,120000,11;12\n2,Again,2024-01-06 10:00,No answer,0,11\n",
}


def test_calls_without_an_owner_arrive_and_it_is_said_that_nobody_is_named(brought):
    draft, summary, calls = brought(HUBSPOT_CALLS, "activities")
    assert "Nobody is named who owns the activities of calls.csv" in "\n".join(draft.says)
    assert [(c["seller"], c["type"], c["minutes"], c["opportunity_id"]) for c in calls] == [
        ("Owner not in the export", "call", 2, "11"),
        ("Owner not in the export", "call", 0, "11"),
    ]
    assert "deals.csv: 1 of 1 row has nobody in 'Deal owner': counted as 'No owner'." in summary.notes


# Trackers in public repositories write closed_won, WON, "Deal lost"; a heading may carry its time zone.
def test_words_for_won_and_lost_are_known_however_they_are_spelled_and_doubtful_ones_are_named(brought):
    words = ["closed_won", "Deal lost", "WON", "Cancelled", "negotiating", "Loss"]
    lines = [f"{i},Ann Lee,{word},2023-12-2{i},2024-01-1{i},1" for i, word in enumerate(words)]
    draft, _, rows = brought(
        {"t.csv": "\n".join(["Deal ID,Sales Rep,Status,Created (GMT+2),Close Date,Deal Value", *lines])}
    )
    assert [row["status"] for row in rows] == ["won", "lost", "won", "open", "open", "lost"]
    assert {row["opened_on"] for row in rows} == {D(2023, 12, 20 + i) for i in range(6)}
    assert "Counted as open: 'Cancelled'. If such deals are over, map them to lost." in "\n".join(draft.says)


# A public demo organisation's export writes one and the same day in every row of a column: only another column tells.
def test_an_order_of_day_and_month_is_asked_about_with_a_hint_from_the_columns_beside_it(engagement, tmp_path):
    text = """Opportunity ID,Opportunity Name,Opportunity Owner,Stage,Amount,Close Date,Created Date
006A,A,Ann Lee,Closed Won,10,02/03/24,12/20/23
006B,B,Ann Lee,Prospecting,20,02/03/24,12/21/23
"""
    (tmp_path / "report.csv").write_text(text, encoding="utf-8")
    with pytest.raises(WorkshopError) as asked:
        import_crm(engagement, tmp_path / "report.csv")
    assert "no value decides it. In column 'Created Date' it is M/D/Y. Say which in the mapping: closed_on" in str(
        asked.value
    )

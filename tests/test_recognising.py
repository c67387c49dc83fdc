"""Recognition by columns: which product an export comes from, the mapping proposed, and what is asked or refused.

The header rows made here are those that the templates in templates/mappings cite; none is a copy of a real file.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import openpyxl
import pytest
from product_exports import (
    DATA_EXPORT,
    EXPORTS,
    PIPEDRIVE,
    PLAIN,
    D,
    put,
    rows,
)

from kpi_workshop.crm.sources import drafting, import_crm, mapping, recognising
from kpi_workshop.crm.sources.exports import ExportFolder


@pytest.fixture
def export(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    return folder


# Products


@pytest.mark.parametrize("product", EXPORTS)
def test_the_same_three_deals_arrive_from_every_product(engagement, export, product):
    put(export, EXPORTS[product])
    draft = drafting.propose(engagement, export)
    assert draft.product == product
    import_crm(engagement, export)
    found = {row["opportunity_id"]: row for row in rows(engagement, "opportunities") if "006" in row["opportunity_id"]}
    owner = {"005A": "Ann Lee", "005B": "Bob Ray"}
    got = {
        key: (owner.get(row["seller"], row["seller"]), row["status"], row["opened_on"], row["closed_on"], row["amount"])
        for key, row in found.items()
    }
    assert got == {
        "006A": ("Ann Lee", "won", D(2023, 12, 20), D(2024, 1, 15), 10000.5),
        "006B": ("Bob Ray", "open", D(2024, 2, 14), None, 5000),
        "006C": ("Bob Ray", "lost", D(2024, 2, 4), D(2024, 3, 3), None),
    }
    assert found["006B"]["expected_close_on"] == D(2024, 5, 3)
    assert not (engagement.crm / drafting.DRAFT_FILE).exists()
    assert mapping.load(engagement.crm / "mapping.toml").product == product


PLAINLY_WRITTEN = [
    p for p, files in EXPORTS.items() if all(isinstance(t, str) and '"' not in t for t in files.values())
]


@pytest.mark.parametrize("product", PLAINLY_WRITTEN)
def test_order_case_and_further_columns_make_no_difference(engagement, export, product):
    files = {}
    for name, text in EXPORTS[product].items():
        separator = ";" if ";" in text else ","
        lines = [[*reversed(line.split(separator)), "?"] for line in text.splitlines()]
        lines[0] = [*[cell.upper() if "each" not in cell else cell for cell in lines[0][:-1]], "Notes"]
        files[f"x{name}"] = "\n".join(separator.join(line) for line in lines)
    put(export, files)
    if product == "HubSpot, tables of a warehouse":
        files["xdeal.csv"] = files["xdeal.csv"].replace("HS_V2_DATE_ENTERED", "hs_v2_date_entered")
        put(export, files)
    assert drafting.propose(engagement, export).product == product
    import_crm(engagement, export)
    assert {row["status"] for row in rows(engagement, "opportunities")} == {"won", "lost", "open"}


def test_columns_of_stages_become_moves_named_as_the_deals_name_their_stages(engagement, export):
    import_crm(engagement, put(export, EXPORTS["HubSpot"]))
    assert [
        (row["opportunity_id"], row["from_stage"], row["to_stage"], str(row["changed_at"]))
        for row in rows(engagement, "stage_changes")
    ] == [
        ("006A", None, "Open", "2023-12-20 10:00:00"),
        ("006A", "Open", "Closed Won", "2024-01-15 11:00:00"),
        ("006B", None, "Open", "2024-02-14 10:00:00"),
        ("006C", None, "Open", "2024-02-04 10:00:00"),
    ]


def test_api_names_of_stages_and_unix_times_are_understood(engagement, export):
    import_crm(engagement, put(export, EXPORTS["HubSpot, tables of a warehouse"]))
    moves = rows(engagement, "stage_changes")
    assert [(row["opportunity_id"], row["to_stage"]) for row in moves] == [
        ("006A", "new"),
        ("006A", "closedwon"),
        ("006B", "new"),
    ]
    assert moves[2]["changed_at"] == dt.datetime(2024, 2, 14, 10)


def test_activities_that_name_their_deal_find_its_number(engagement, export):
    summary = import_crm(engagement, put(export, EXPORTS["Pipedrive"]))
    (call,) = rows(engagement, "activities")
    assert (call["opportunity_id"], call["type"], call["at"].date()) == ("006A", "call", D(2024, 1, 3))
    assert summary.set_aside == {"activities": {"planned and not done": 1}, "opportunities": {"deleted in the CRM": 1}}


@pytest.mark.parametrize(
    ("header", "row", "product", "status"),
    [
        (
            "ID,Title,Owner,Value,Stage,Status,Deal created,Won time",
            "1,A,Ann,5,x,Won,2024-01-02,2024-02-03",
            "Pipedrive",
            "won",
        ),
        (
            "id,title,owner_name,value,stage_id,status,add_time,won_time",
            "1,A,Ann,5,2,won,2024-01-02,2024-02-03",
            "Pipedrive",
            "won",
        ),
        (
            "Id,Name,Owner.Name,Amount,StageName,CloseDate,CreatedDate",
            "1,A,Ann,5,Closed Won,2024-02-03,2024-01-02",
            "Salesforce, Data Export",
            "won",
        ),
        (
            "id,name,owner_id,amount,stage_name,close_date,created_date,is_won,is_closed",
            "1,A,Ann,5,?,2024-02-03,2024-01-02,FALSE,TRUE",
            "Salesforce, tables of a warehouse",
            "lost",
        ),
        (
            "opportunityid,name,_ownerid_value,actualvalue,actualclosedate,statecode,createdon",
            "1,A,Ann,5,2024-02-03,2,2024-01-02",
            "Dynamics 365",
            "lost",
        ),
        (
            "Record ID,Deal Name,Deal Stage,Is Closed Won,Is closed lost,Amount,Deal owner,Create Date,Close Date",
            "1,A,Gone,false,true,5,Ann,2024-01-02,2024-02-03",
            "HubSpot",
            "lost",
        ),
        (
            "deal_id,rep,value,created_on,won_date,lost_date",
            "1,Ann,5,2024-01-02,,2024-02-03",
            "a table with plain column names",
            "lost",
        ),
        (
            "Deal Id,Rep,Value,Created On,Is Won,Is Closed,Closed On",
            "1,Ann,5,2024-01-02,no,yes,2024-02-03",
            "a table with plain column names",
            "lost",
        ),
    ],
)
def test_further_forms_of_the_products_are_told_apart(engagement, export, header, row, product, status):
    put(export, {"x.csv": f"{header}\n{row}\n"})
    assert drafting.propose(engagement, export).product == product
    import_crm(engagement, export)
    (deal,) = rows(engagement, "opportunities")
    assert (deal["opportunity_id"], deal["seller"], deal["status"], deal["amount"]) == ("1", "Ann", status, 5)
    assert (deal["opened_on"], deal["closed_on"]) == (D(2024, 1, 2), D(2024, 2, 3))


def test_a_name_that_two_deals_have_links_to_neither(engagement, export):
    files = EXPORTS["Pipedrive"] | {"deals-123456-78.csv": PIPEDRIVE.replace("006B;Beta", "006B;Acme")}
    import_crm(engagement, put(export, files))
    assert [row["opportunity_id"] for row in rows(engagement, "activities")] == [None]


def test_salesforce_tasks_and_events_link_by_the_kind_of_id(engagement, export):
    files = {
        "Opportunity.csv": DATA_EXPORT,
        "Task.csv": "Id,IsDeleted,OwnerId,WhatId,WhoId,ActivityDate,CreatedDate,Subject,Status,TaskSubtype,CallType,"
        "CallDurationInSeconds\n00T1,false,005A,006A,003A,,2024-01-03T10:00:00Z,Hi,Completed,Call,Outbound,90\n"
        "00T2,false,005A,001A,00QA,2024-01-04,2024-01-03T10:00:00Z,Hi,Open,ListEmail,,\n",
        "Event.csv": "Id,OwnerId,WhatId,WhoId,StartDateTime,DurationInMinutes,Subject\n"
        "00U1,005B,006B,003A,2024-01-05T10:00:00Z,30,Demo\n",
        "User.csv": "Id,Username,FirstName,LastName,IsActive,UserRoleId,ManagerId,Title\n"
        "005A,a@x.example,Ann,Lee,true,00EA,005B,Seller\n005B,b@x.example,Bob,Ray,true,00EB,,Lead\n"
        "005C,c@x.example,Cy,Moe,true,,,Admin\n",
        "UserRole.csv": "Id,Name,ParentRoleId\n00EA,West,00EB\n00EB,Sales,\n",
    }
    import_crm(engagement, put(export, files))
    got = {
        row["activity_id"]: (row["type"], row["opportunity_id"], row["lead_id"], row["account_id"], row["minutes"])
        for row in rows(engagement, "activities")
    }
    assert got == {
        "00T1": ("call", "006A", None, None, 1.5),
        "00T2": ("email", None, "00QA", "001A", None),
        "00U1": ("meeting", "006B", None, None, 30),
    }
    seats = {s["person"]: (s["team"], s["role"]) for s in _seats(engagement)}
    assert seats == {"005A": ("West", "seller"), "005B": ("Sales", "manager")}


def _seats(engagement):
    from kpi_workshop.kinds import Seat

    return [seat.model_dump() for seat in engagement.records.current(Seat).values()]


def test_a_workbook_of_several_sheets_is_recognised_sheet_by_sheet(engagement, export):
    book = openpyxl.Workbook()
    book.active.append(["About"])
    for title, text in (("Deals", PLAIN), ("People", "Sales Rep,Team,Manager\nAnn Lee,West,Max\nBob Ray,East,Max\n")):
        sheet = book.create_sheet(title)
        for line in text.splitlines():
            sheet.append([cell or None for cell in line.split(",")])
    book.save(export / "everything.xlsx")
    summary = import_crm(engagement, export)
    assert summary.rows == {"people": 2, "seats": 2, "opportunities": 3}


def test_files_in_folders_below_count_only_where_the_folder_itself_holds_none(engagement, export):
    put(export, {"deals.csv": PLAIN})
    (export / "old").mkdir()
    put(export / "old", {"deals.csv": PLAIN.replace("10000.5", "9")})
    found = recognising.recognise(ExportFolder(export))
    assert [fit.head.file for fit in found.fits] == ["deals.csv"]
    assert found.others == ["old/deals.csv"]
    (export / "deals.csv").unlink()
    assert [fit.head.file for fit in recognising.recognise(ExportFolder(export)).fits] == ["old/deals.csv"]


def test_a_file_named_by_its_day_is_found_again_under_another_day(engagement, export):
    put(export, EXPORTS["HubSpot"])
    import_crm(engagement, export)
    (export / "hubspot-crm-exports-alle-deals-2024-05-01.csv").rename(
        export / "hubspot-crm-exports-alle-deals-2024-06-01.csv"
    )
    assert import_crm(engagement, export).rows["opportunities"] == 3


def test_teams_and_quotas_beside_a_products_export_are_found_too(engagement, export):
    put(export, EXPORTS["Zoho CRM"] | {"teams.csv": "Sales Rep,Team,Manager\nAnn Lee,West,Max\nBob Ray,East,Max\n"})
    assert drafting.propose(engagement, export).product == "Zoho CRM"
    import_crm(engagement, export)
    assert {seat["person"]: seat["team"] for seat in _seats(engagement) if seat["role"] == "seller"} == {
        "Ann Lee": "West",
        "Bob Ray": "East",
    }


@pytest.mark.parametrize("product", ["Salesforce, a report", "HubSpot", "Zoho CRM", "a table with plain column names"])
@pytest.mark.parametrize(
    ("encoding", "separator", "line_end", "decimal"),
    [("utf-8-sig", ",", "\r\n", "."), ("utf-16", "\t", "\r", "."), ("cp1252", ";", "\n", ",")],
)
def test_every_way_of_writing_gives_the_same_deals(engagement, export, product, encoding, separator, line_end, decimal):
    ((name, text),) = EXPORTS[product].items()
    cells = [[cell.replace("Acme", "Ácme") for cell in row] for row in csv.reader(io.StringIO(text))]
    if decimal == ",":
        swap = str.maketrans({",": ".", ".": ","})
        cells = [
            [cell.translate(swap) if re.fullmatch(r"\$?[\d,.]+K?", cell) else cell for cell in row] for row in cells
        ]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([["Übersicht"], [], *cells])
    (export / name).write_bytes(out.getvalue().encode(encoding))
    assert drafting.propose(engagement, export).product == product
    import_crm(engagement, export)
    found = {row["opportunity_id"]: row for row in rows(engagement, "opportunities")}
    assert (found["006A"]["amount"], found["006A"]["closed_on"], found["006A"]["status"]) == (
        10000.5,
        D(2024, 1, 15),
        "won",
    )
    assert (found["006B"]["amount"], found["006B"]["closed_on"], found["006C"]["status"]) == (5000, None, "lost")
    assert found["006A"]["source_row"] == 4

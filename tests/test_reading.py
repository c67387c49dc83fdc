"""Exports as they come: encodings, separators, line ends, Excel and Parquet, and the row a spreadsheet would show."""

from __future__ import annotations

import csv
import datetime as dt
import io

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kpi_workshop.crm.sources.reading import Head, Layout, heads, read
from kpi_workshop.errors import WorkshopError

ROWS = [["id", "name", "note"], ["1", "Zoë Müller", "a"], ["2", "Bob", 'two\nlines, "quoted"'], ["3", "Čapek–Ng", "c"]]


def written(separator=",", line_end="\n", rows=ROWS):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=separator, lineterminator=line_end).writerows(rows)
    return buffer.getvalue()


def export(tmp_path, data, *, wanted=("id", "name", "note"), name="x.csv", layout=None):
    path = tmp_path / name
    path.write_bytes(data)
    return read(path, name, wanted=wanted, layout=layout)


def rows(found):
    return [list(row.values()) for row in found.table.to_pylist()]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_usual_way_of_writing_csv_gives_the_same_rows(tmp_path, separator, line_end, encoding):
    found = export(tmp_path, written(separator, line_end).encode(encoding))
    assert rows(found) == ROWS[1:]
    assert found.rows.to_pylist() == [2, 3, 4]
    assert not found.notes


def test_windows_1252_is_recognised_and_said(tmp_path):
    found = export(tmp_path, written(rows=[["id", "name"], ["1", "Zoë – 5 €"]]).encode("cp1252"), wanted=("id", "name"))
    assert rows(found) == [["1", "Zoë – 5 €"]]
    assert found.notes == ("x.csv is not UTF-8; it was read as Windows-1252.",)


def test_a_separator_inside_a_column_name_does_not_mislead(tmp_path):
    found = export(tmp_path, b"id;Amount (EUR, net, all)\n1;5\n", wanted=("id", "Amount (EUR, net, all)"))
    assert rows(found) == [["1", "5"]]


def test_excels_separator_line_is_understood(tmp_path):
    assert rows(export(tmp_path, b"sep=;\nid;name\n1;A,B\n", wanted=("id", "name"))) == [["1", "A,B"]]


def test_empty_lines_count_as_rows_and_are_left_out(tmp_path):
    found = export(tmp_path, b"id,name\n1,A\n\n2,B\n,\n3,C\n\n\n", wanted=("id", "name"))
    assert rows(found) == [["1", "A"], ["2", "B"], ["3", "C"]]
    assert found.rows.to_pylist() == [2, 4, 6]


def test_lines_above_the_header_are_skipped_when_stated(tmp_path):
    data = b"Deals report\nmade 1 May\nid,name\n1,A\n"
    found = export(tmp_path, data, wanted=("id", "name"), layout=Layout(header_row=3))
    assert rows(found) == [["1", "A"]]
    assert found.rows.to_pylist() == [4]


REPORT = """"Deals by owner"
"As of 2024-05-01"

"Id","Owner","Amount"
"D1","Ann","1,000.50"
"D2","Bob","5"


"Grand Totals (2 records)"
"Confidential Information - Do Not Distribute"
"Copyright (c) 2000-2024 Acme, inc. All rights reserved."
"Acme GmbH"
"""


@pytest.mark.parametrize(("separator", "line_end"), [(",", "\n"), (";", "\r\n"), ("\t", "\r")])
def test_title_lines_and_notices_around_the_table_are_passed_over_and_said(tmp_path, separator, line_end):
    data = REPORT.replace('","', f'"{separator}"').replace("\n", line_end).encode()
    found = export(tmp_path, data, wanted=("Id", "Owner", "Amount"))
    assert rows(found) == [["D1", "Ann", "1,000.50"], ["D2", "Bob", "5"]]
    assert found.rows.to_pylist() == [5, 6]
    assert found.notes == (
        "x.csv: 3 lines above the column names were passed over.",
        "x.csv: the lines from row 9 on ('Grand Totals (2 records)') stand below the table and were passed over.",
    )


def test_a_row_of_totals_as_wide_as_the_table_is_no_row(tmp_path):
    found = export(tmp_path, b"Id,Owner,Stage,Amount\nD1,A,Won,2\nTotal,,,2\n", wanted=("Id", "Amount"))
    assert rows(found) == [["D1", "2"]]
    found = export(tmp_path, b"Id,Owner,Stage,Amount\nTotal Energies,A,Won,2\nTotal,A,Won,2\n", wanted=("Id",))
    assert rows(found) == [["Total Energies"], ["Total"]]


def test_a_record_cut_off_at_the_end_is_not_taken_for_a_notice(tmp_path):
    with pytest.raises(WorkshopError, match="row 3 has 2 cells"):
        export(tmp_path, b"Id,Owner,Stage,Amount\nD1,A,Won,2\nD2,B\n", wanted=("Id",))


def test_a_formatted_excel_report_is_read_from_its_column_names_to_its_last_row(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["Deals by owner"],
        [],
        ["Id", "Owner", "Stage", "Amount"],
        ["D1", "A", "Won", 5],
        ["Total", "", "", 5],
    ):
        book.active.append(row)
    book.save(tmp_path / "x.xlsx")
    found = read(tmp_path / "x.xlsx", "x.xlsx", wanted=("Id", "Amount"))
    assert rows(found) == [["D1", 5]]
    assert "below the table" in found.notes[1]
    assert heads(tmp_path / "x.xlsx", "x.xlsx") == [Head("x.xlsx", ("Id", "Owner", "Stage", "Amount"), 3, "Sheet")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_column_names_of_a_file_are_found_without_reading_its_rows(tmp_path, encoding):
    text = "Übersicht\n\nId;Größe;Betrag\n" + "1;2,5;3,7\n" * 40_000
    (tmp_path / "x.csv").write_bytes(text.encode(encoding))
    assert heads(tmp_path / "x.csv", "x.csv") == [Head("x.csv", ("Id", "Größe", "Betrag"), 3)]


def test_a_row_with_too_few_cells_is_told_with_its_number(tmp_path):
    with pytest.raises(
        WorkshopError,
        match=r"x\.csv, row 4 has 1 cells, the header has 2\. Was the file cut off.* So have 1 more rows\.",
    ):
        export(tmp_path, b'id,name\n1,"A\nB"\n2,B\nTotal\n4,5,6\n', wanted=("id", "name"))


def test_a_quotation_mark_never_closed_is_told_with_its_row(tmp_path):
    with pytest.raises(WorkshopError, match=r"x\.csv, row 3: a quotation mark"):
        export(tmp_path, b'id,name\n1,A\n2,"B\n3,C\n', wanted=("id", "name"))


def test_quotes_inside_a_cell_are_part_of_it(tmp_path):
    assert rows(export(tmp_path, b'id,name\n1,5" pipe\n2,x\n', wanted=("id", "name"))) == [["1", '5" pipe'], ["2", "x"]]


def test_a_binary_file_is_refused(tmp_path):
    with pytest.raises(WorkshopError, match="cannot be read as text"):
        export(tmp_path, bytes(range(256)) * 4)


def test_two_columns_of_one_name_are_refused(tmp_path):
    with pytest.raises(WorkshopError, match="2 columns named 'id'"):
        export(tmp_path, b"id,id\n1,2\n", wanted=("id",))


def test_an_excel_sheet_keeps_its_types_and_row_numbers(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    sheet = book.create_sheet("Deals")
    for row in (
        ["id", "day", "amount", "mixed"],
        [1001, dt.datetime(2017, 3, 1), 5, "13/02/2017"],
        [],
        [1002.0, None, 2.5, dt.datetime(2017, 3, 1)],
    ):
        sheet.append(row)
    book.save(tmp_path / "x.xlsx")
    found = read(tmp_path / "x.xlsx", "x.xlsx", wanted=("id", "day", "amount", "mixed"), layout=Layout(sheet="Deals"))
    assert found.table["day"].to_pylist() == [dt.datetime(2017, 3, 1), None]
    assert found.table["amount"].to_pylist() == [5.0, 2.5]
    assert found.table["mixed"].to_pylist() == ["13/02/2017", "2017-03-01 00:00:00"]
    assert found.rows.to_pylist() == [2, 4]
    assert "some cells are dates for Excel, others are text" in found.notes[0]
    with pytest.raises(WorkshopError, match=r"no sheet 'Deal'\. Did you mean: Deals"):
        read(tmp_path / "x.xlsx", "x.xlsx", wanted=("id",), layout=Layout(sheet="Deal"))


@pytest.mark.parametrize("data", [b"PK\x03\x04 no zip at all", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_what_is_no_excel_file_is_told(tmp_path, data):
    with pytest.raises(WorkshopError, match=r"x\.xlsx"):
        export(tmp_path, data, name="x.xlsx")


def test_parquet_keeps_its_types(tmp_path):
    table = pa.table(
        {
            "id": pa.array(["1", "2"]).dictionary_encode(),
            "at": pa.array([dt.datetime(2017, 3, 1, 9), None], pa.timestamp("ns")),
            "list": pa.array([[1], [2]]),
        }
    )
    pq.write_table(table, tmp_path / "x.parquet")
    found = read(tmp_path / "x.parquet", "x.parquet", wanted=("id", "at"))
    assert rows(found) == [["1", dt.datetime(2017, 3, 1, 9)], ["2", None]]
    assert found.rows.to_pylist() == [2, 3]
    with pytest.raises(WorkshopError, match="only plain values can be mapped"):
        read(tmp_path / "x.parquet", "x.parquet", wanted=("list",))

"""Exports as they come: encodings, separators, line ends, Excel and Parquet, and the row a spreadsheet would show."""

from __future__ import annotations

import csv
import datetime as dt
import io

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kpi_workshop.crm.reading import Layout, read
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


def test_a_row_with_too_few_cells_is_told_with_its_number(tmp_path):
    with pytest.raises(WorkshopError, match=r"x\.csv, row 4 has 1 cells, the header has 2\. So have 1 more rows\."):
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


@pytest.mark.parametrize("data", [b"no zip at all", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
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

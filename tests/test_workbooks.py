"""Workbooks old and new: the same calls from .xlsx, .xls, .ods and .xlsb as from CSV, and hostile ones refused."""

from __future__ import annotations

import csv
import datetime as dt
import io
import struct
import zipfile

import old_workbooks
import openpyxl
import pyarrow.parquet as pq
import pytest

from kpi_workshop.crm.sources import drafting, import_crm
from kpi_workshop.crm.sources.reading import heads, read
from kpi_workshop.errors import WorkshopError

HEADINGS = ["activity_id", "seller", "type", "at", "minutes", "subject", "is_conversation", "Note"]
ROWS = [
    ["A1", "Ann Lee", "call", dt.datetime(2026, 1, 5, 9, 30, 15), dt.timedelta(seconds=930), "Müller → 東京", True, 1],
    ["A2", "Ann Lee", "call", dt.datetime(2026, 1, 6), dt.timedelta(hours=26, minutes=3), "two\nlines", False, 0.25],
    ["A3", "Ann Lee", "meeting", dt.datetime(2026, 2, 28, 23, 59, 59), dt.timedelta(0), "<b>&amp;</b> =1+2", True, ""],
    ["A4", "Bob Ray", "call", dt.datetime(2025, 12, 31, 12), dt.timedelta(seconds=45), "007", False, None],
]  # fmt: skip
CALLS = [
    ("A1", "Ann Lee", "call", dt.datetime(2026, 1, 5, 9, 30, 15), 15.5, "Müller → 東京", True),
    ("A2", "Ann Lee", "call", dt.datetime(2026, 1, 6), 1563.0, "two\nlines", False),
    ("A3", "Ann Lee", "meeting", dt.datetime(2026, 2, 28, 23, 59, 59), 0.0, "<b>&amp;</b> =1+2", True),
    ("A4", "Bob Ray", "call", dt.datetime(2025, 12, 31, 12), 0.75, "007", False),
]


def awkward(file):
    """Title lines, a hidden sheet before the table, hidden rows and columns, a filter, merged sellers, an empty row."""
    book = openpyxl.Workbook()
    hidden, sheet = book.active, book.create_sheet("Calls & more")
    hidden.append(["activity_id", "seller", "type", "at"])
    hidden.append(["no", "no", "no", "no"])
    hidden.sheet_state = "hidden"
    sheet.append(["Calls of the quarter"])
    sheet.append([])
    sheet.append(HEADINGS)
    for row in [*ROWS[:3], [], ROWS[3]]:
        sheet.append(row)
    for number in range(4, 9):
        sheet.cell(number, 5).number_format = "[h]:mm:ss"
        sheet.cell(number, 8).number_format = "0%"
    sheet["B5"], sheet["B6"] = None, None
    sheet.merge_cells("B4:B6")
    sheet.row_dimensions[5].hidden = True
    sheet.column_dimensions["F"].hidden = True
    sheet.auto_filter.ref = "A3:H8"
    book.active = 1
    book.save(file)
    return file


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same rows in every form, by its ending."""
    home = tmp_path_factory.mktemp("books")
    made = {"xlsx": awkward(home / "calls.xlsx"), "csv": home / "calls.csv"}
    with made["csv"].open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([HEADINGS, *ROWS])
    made["xlsb"] = old_workbooks.xlsb(
        home / "calls.xlsb",
        [HEADINGS[:6], ["A1", "Ann Lee", "call", 46027.5, "15:30 min", "x"], ["A2", None, "call", 46028.0, 3.0, "y"]],
        merged=(1, 2, 1, 1),
    )
    if old_workbooks.OFFICE:
        made |= {ending: old_workbooks.converted(made["xlsx"], ending) for ending in ("xls", "ods")}
    return made


@pytest.mark.parametrize("form", ["csv", "xlsx", "xls", "ods"])
def test_every_form_of_a_workbook_gives_the_same_calls(engagement, files, form):
    if form not in files:
        pytest.skip("LibreOffice is not on this machine")
    summary = import_crm(engagement, files[form])
    rows = pq.read_table(engagement.tables / "activities.parquet").to_pylist()
    assert [tuple(row[name] for name in HEADINGS[:7]) for row in rows] == CALLS
    first = 2 if form == "csv" else 4
    assert [row["source_row"] for row in rows[:3]] == [first, first + 1, first + 2]
    if form != "csv":
        assert f"calls.{form}: 1 merged cell read into every row spanned." in summary.notes
        assert [head.sheet for head in heads(files[form], "calls")] == ["Calls & more"], "a hidden sheet is not offered"
    assert import_crm(engagement, files[form]).nothing_new


def test_short_cells_and_merged_ones_of_a_binary_workbook_are_read(files):
    found = read(files["xlsb"], "calls.xlsb", wanted=HEADINGS[:6])
    assert [tuple(row.values()) for row in found.table.to_pylist()] == [
        ("A1", "Ann Lee", "call", 46027.5, "15:30 min", "x"),
        ("A2", "Ann Lee", "call", 46028.0, "3", "y"),
    ]


def test_line_breaks_between_cells_and_repeated_rows_of_an_ods_are_read(tmp_path):
    rows = old_workbooks.ods_row("Id", "Owner") + old_workbooks.ods_row(
        "1", "Ann", more=' table:number-rows-repeated="3"'
    ).replace("<table:table-cell", "\n   <table:table-cell")
    found = read(old_workbooks.ods(tmp_path / "x.ods", rows), "x.ods", wanted=["Id", "Owner"])
    assert found.table.to_pylist() == [{"Id": "1", "Owner": "Ann"}] * 3
    assert found.rows.to_pylist() == [2, 3, 4]


def test_a_formula_that_nobody_calculated_is_refused_only_where_its_value_is_needed(engagement, tmp_path):
    book = openpyxl.Workbook()
    book.active.append([*HEADINGS[:5], "Sum"])
    book.active.append(["A1", "Ann Lee", "call", dt.datetime(2026, 1, 5), 3, "=E2*2"])
    book.save(tmp_path / "calls.xlsx")
    import_crm(engagement, tmp_path / "calls.xlsx")
    book.active["E2"] = "=1+2"
    book.save(tmp_path / "calls.xlsx")
    says = r"calls\.xlsx, row 2, column 'minutes': a formula that was never calculated.*[Oo]pen it in Excel"
    with pytest.raises(WorkshopError, match=says):
        import_crm(engagement, tmp_path / "calls.xlsx")
    assert pq.read_table(engagement.tables / "activities.parquet")["minutes"].to_pylist() == [3.0]


def test_ids_that_excel_has_cut_are_refused_and_whole_ones_are_not(engagement, tmp_path):
    book = openpyxl.Workbook()
    for row in (HEADINGS[:4], [3652397000000649013, "Ann", "call", dt.datetime(2026, 1, 5)]):
        book.active.append(row)
    book.save(tmp_path / "x.xlsx")
    says = r"x\.xlsx, row 2, column 'activity_id': '365239700000064\d+' is an id that a spreadsheet took for a number"
    with pytest.raises(WorkshopError, match=says):
        import_crm(engagement, tmp_path / "x.xlsx")
    book.active["A2"] = 1234567890123456
    book.save(tmp_path / "x.xlsx")
    import_crm(engagement, tmp_path / "x.xlsx")
    assert pq.read_table(engagement.tables / "activities.parquet")["activity_id"].to_pylist() == ["1234567890123456"]


def test_the_days_of_a_workbook_that_counts_from_1904_are_right(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["Id", "At"])
    book.active.append([1, dt.datetime(2026, 1, 5, 9, 30)])
    book.save(tmp_path / "x.xlsx")
    found = read(tmp_path / "x.xlsx", "x.xlsx", wanted=["At"])
    assert found.table["At"].to_pylist() == [dt.datetime(2026, 1, 5, 9, 30)]


def _old(*streams: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(s.encode("utf-16-le") for s in streams)


def _laughing(file):
    more = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    rows = old_workbooks.ods_row("activity_id", "seller") + old_workbooks.ods_row("&l9;", "Ann")
    return old_workbooks.ods(file, rows, before=f'<!DOCTYPE x [<!ENTITY l0 "lol">{more}]>')


def _wide(file):
    rows = old_workbooks.ods_row("x" * 500, more=' table:number-rows-repeated="1048000"')
    rows = rows.replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="16384"')
    return old_workbooks.ods(file, old_workbooks.ods_row("activity_id", "seller") + rows)


def _bomb(file):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("xl/sharedStrings.xml", "w") as part:
            for _ in range(300):
                part.write(bytes(1 << 20))
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file


def _far(file):
    book = openpyxl.Workbook()
    book.active.append(HEADINGS)
    book.active["XFD1048576"] = 1
    book.save(file)


def _lying(file):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>" + b" " * 5_000_000)
    data = packed.getvalue().replace(struct.pack("<I", 5_000_011), struct.pack("<I", 11))
    file.write_bytes(data)
    return file


def _locked_sheet(files):
    data = bytearray(files["xls"].read_bytes())
    start = data.index(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    # The record behind the workbook's first one becomes FILEPASS, which says that all others are encrypted.
    data[start + 20 : start + 22] = b"\x2f\x00"
    return bytes(data)


HOSTILE = {
    "locked.xlsx": (lambda file, _: file.write_bytes(_old("EncryptedPackage\0")), "locked with a password"),
    "locked.xls": (lambda file, files: file.write_bytes(_locked_sheet(files)), "locked with a password"),
    "locked.ods": (
        lambda file, _: old_workbooks.ods(file, old_workbooks.ods_row("a"), manifest="<encryption-data/>"),
        "locked with a password",
    ),
    "letter.xls": (
        lambda file, _: file.write_bytes(_old("WordDocument\0")),
        "file of an old Office program and no work",
    ),
    "cut.xls": (lambda file, files: file.write_bytes(files["xls"].read_bytes()[:-2500]), "damaged"),
    "cut.ods": (lambda file, files: file.write_bytes(files["ods"].read_bytes()[:5000]), "damaged or was cut off"),
    "cut.xlsb": (lambda file, files: file.write_bytes(files["xlsb"].read_bytes()[:-40]), "damaged or was cut off"),
    "laughs.ods": (lambda file, _: _laughing(file), "definitions that no spreadsheet program writes"),
    "wide.ods": (lambda file, _: _wide(file), "cannot be read as a workbook"),
    "bomb.xlsx": (lambda file, _: _bomb(file), r"would unpack to 0\.3 GB"),
    "far.xlsx": (lambda file, _: _far(file), "far too large"),
    "lying.xlsx": (lambda file, _: _lying(file), "damaged or was cut off"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_one_sentence_and_changes_nothing(engagement, files, tmp_path, name):
    make, says = HOSTILE[name]
    if name in ("locked.xls", "cut.xls", "cut.ods") and "xls" not in files:
        pytest.skip("LibreOffice is not on this machine")
    make(tmp_path / name, files)
    for read_it in (lambda: heads(tmp_path / name, name), lambda: drafting.propose(engagement, tmp_path / name)):
        with pytest.raises(WorkshopError, match=rf"{name} .*{says}"):
            read_it()
    assert not list(engagement.crm.iterdir())

"""Lengths of time: read by hand from what products write, decided by the data, asked about where nothing decides."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kpi_workshop.crm.sources import drafting, durations, import_crm
from kpi_workshop.errors import WorkshopError


def minutes(words, heading="Duration", form="", divide_by=1.0):
    column = pa.chunked_array([pa.array(words)])
    return durations.minutes(column, form=form, heading=heading, divide_by=divide_by, decimal="")


# Written, and its minutes reckoned by hand.
PLAIN = [
    ("1:02:03", 62.05), ("0:15:30", 15.5), ("26:03:00", 1563), ("00:00:45.5", 45.5 / 60), ("2d 01:00:00", 2940),
    ("1 day, 2:03:00", 1563), ("1.02:03:04", 1563 + 4 / 60), ("12:15:30 AM", 15.5), ("1:02:03 PM", 782.05),
    ("1899-12-30 00:15:30", 15.5), ("1899-12-31 01:00:00", 60), ("1900-01-01 02:03:00", 1563),
    ("PT15M", 15), ("PT1H5M30S", 65.5), ("P1DT2H", 1560), ("PT90S", 1.5), ("PT26H03M00S", 1563), ("PT0.5H", 30),
    ("2h 5m", 125), ("2 hours, 5 minutes", 125), ("1 hr 3 min 20 sec", 63 + 1 / 3), ("45s", 0.75), ("1h05", 65),
    ("5m30", 5.5), ("1.5 hours", 90), ("1,5 Std.", 90), ("1 Std. 20 Min.", 80), ("2 heures et 5 minutes", 125),
    ("1 hora 2 minutos", 62), ("5'30\"", 5.5), ("90000 ms", 1.5), ("0", 0), ("00:00:00", 0),
]  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), PLAIN)
def test_a_length_that_says_its_parts_needs_no_other_value(written, expected):
    read = minutes([written, "0:00:01", None])
    assert not read.asks and not read.notes
    assert read.values.to_pylist() == pytest.approx([expected, 1 / 60, None])


@pytest.mark.parametrize(
    "word", ["1:75:00", "0:15:61", "-0:05:00", "2026-01-05", "5 apples", "1m 2h", "45", "PT", "P5X"]
)
def test_what_is_no_length_is_wrong_and_never_a_number(word):
    read = minutes([word, "1:02:03"])
    assert read.wrong.to_pylist() == [True, False]


# Two parts: the first value and its minutes, where the data or the heading decide.
CALLS = ["3:24", "7:10", "12:45", "4:31", "5:07", "18:02"]
MEETINGS = ["0:30", "1:00", "0:45", "1:30", "2:00", "0:15"]
DECIDED = [
    (["15:30", "75:20"], "Duration", "", 15.5, "75 hours"),
    (["15:30", "45:10"], "Duration", "", 15.5, "45 hours"),
    (["15:30", "1:02:03"], "Duration", "", 15.5, "longer ones have hours"),
    (["15:30.5", "2:00"], "Duration", "", 15 + 30.5 / 60, ""),
    (CALLS, "Duration", "", 3.4, "a guess"),
    (MEETINGS, "Duration", "", 30, "a guess"),
    (["15:30", "2:00"], "Duration (mm:ss)", "", 15.5, ""),
    (["15:30", "2:00"], "Call Duration (HH:MM:SS)", "", 15.5, ""),
    (["15:30", "2:00"], "Duration (min)", "", 15.5, ""),
    (["1:30", "2:00"], "Duration (hh:mm)", "", 90, ""),
    (["1:30", "2:00"], "Dauer (Std.)", "", 90, ""),
    (["1:30", "2:00"], "Duration", "h:mm", 90, ""),
    (CALLS, "Duration", "h:mm", 204, ""),
    (["12:45:00", "3:10:00"], "Duration", "m:ss:00", 12.75, ""),
    (["12:45:00", "3:24:00", "7:10:00", "18:31:00", "5:12:00"], "Duration", "m:ss", 12.75, "a guess"),
    (["12:45:00", "3:24:00", "7:10:00", "18:31:00", "5:12:00"], "Duration", "h:mm:ss", 765, ""),
]


@pytest.mark.parametrize(("words", "heading", "form", "first", "note"), DECIDED)
def test_what_two_parts_mean_is_found_in_the_data(words, heading, form, first, note):
    read = minutes(words, heading, form)
    assert not read.asks and not any(read.wrong.to_pylist())
    assert read.values[0].as_py() == pytest.approx(first)
    assert note in " ".join(read.notes) and bool(read.notes) is bool(note)


UNDECIDED = [
    (["1:30", "2:10"], "'2:10' may be 2 hours 10 minutes (h:mm) or 2 minutes 10 seconds (m:ss)", "m:ss"),
    (["1:00", "2:00", "3:00", "4:00", "2:00"], "may be 4 hours 0 minutes", "m:ss"),
    (["0:12", "0:47", "1:31", "0:58", "2:03"], "may be 2 hours 3 minutes", "m:ss"),
    (["12:45:00", "3:24:00", "7:10:00", "18:31:00", "5:12:00"], "that Excel took for a time", "m:ss:00"),
    (["0:30", "1:00", "0:45", "1:30", "48:00"], "may be 48 hours 0 minutes", "m:ss"),
    ([90.0, 61.0, 7.0], "'90' may count minutes or seconds", "minutes"),
    ([60, 120, 180, 240, 300], "'300' may count minutes or seconds", "minutes"),
    ([30, 60, 90, 45, 2880], "'2880' may count minutes or seconds", "minutes"),
    ([31, 62, 97, 45, 288], "'288' may count minutes or seconds", "minutes"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "says", "answer"), UNDECIDED)
def test_what_the_data_do_not_decide_is_asked(words, says, answer):
    read = minutes(words)
    assert says in read.asks and answer in read.answer and read.values is None


COUNTS = [
    ([90, 30], "CallDurationInSeconds", "", 1, 1.5, ""),
    ([90000], "hs_call_duration (ms)", "", 1, 1.5, ""),
    ([1.5], "Hours spent", "", 1, 90, ""),
    ([7], "Call Duration (in minutes)", "", 1, 7, ""),
    ([90, 5000], "Duration", "", 1, 1.5, "taken for seconds"),
    ([90000, 600000], "Duration", "", 1, 1.5, "taken for milliseconds"),
    ([15, 30, 45, 60, 120], "Duration", "", 1, 15, "a guess"),
    ([3.5, 1.25, 7.75], "Duration", "", 60, 3.5 / 60, ""),
    ([3.5, 1.25, 7.75, 2.1, 4.05], "Duration", "", 1, 3.5, "fractions are whole seconds"),
    ([930 / 86400, 61 / 86400, 45 / 86400, 7 / 86400, 3601 / 86400], "Duration (min)", "", 1, 15.5, "parts of a day"),
    ([600 / 86400, 61 / 86400, 45 / 86400, 7 / 86400, 3601 / 86400], "Duration", "m:ss", 1, 10, "parts of a day"),
    ([90, 61], "Duration", "seconds", 1, 1.5, ""),
]


@pytest.mark.parametrize(("numbers", "heading", "form", "divide_by", "first", "note"), COUNTS)
def test_what_plain_numbers_count_comes_from_mapping_heading_or_values(numbers, heading, form, divide_by, first, note):
    read = minutes(numbers, heading, form, divide_by)
    assert read.values[0].as_py() == pytest.approx(first) and not read.asks
    assert note in " ".join(read.notes) and bool(read.notes) is bool(note)


CALL_LOG = """activity_id,seller,type,at,duration
1,Ann Lee,call,2026-01-05 09:00,{}
2,Bob Ray,call,2026-01-06 09:00,{}
"""


def test_the_import_asks_with_the_line_to_add_and_takes_the_answer(engagement, tmp_path):
    (tmp_path / "calls.csv").write_text(CALL_LOG.format("1:30", "2:10"))
    with pytest.raises(WorkshopError) as refused:
        import_crm(engagement, tmp_path / "calls.csv")
    assert 'Say which in the mapping: minutes = { column = "duration", format = "m:ss" }.' in str(refused.value)
    assert "calls.csv, column 'duration': '2:10' may be" in str(refused.value) and not engagement.tables.exists()
    draft = engagement.crm / drafting.DRAFT_FILE
    answered = draft.read_text().replace('minutes = "duration"', 'minutes = { column = "duration", format = "m:ss" }')
    draft.write_text(answered)
    import_crm(engagement, tmp_path / "calls.csv")
    assert pq.read_table(engagement.tables / "activities.parquet")["minutes"].to_pylist() == pytest.approx(
        [1.5, 13 / 6]
    )


def test_a_guess_is_called_one_and_a_wrong_cell_has_its_row(engagement, tmp_path):
    rows = [
        CALL_LOG.format("3:24", "7:10"),
        *(f"{n},Ann Lee,call,2026-01-07 09:00,{c}\n" for n, c in enumerate(CALLS, 3)),
    ]
    (tmp_path / "calls.csv").write_text("".join(rows))
    summary = import_crm(engagement, tmp_path / "calls.csv")
    assert any("calls.csv, column 'duration': a guess: lengths such as" in note for note in summary.notes)
    (tmp_path / "calls.csv").write_text(CALL_LOG.format("0:75:10", "0:07:10"))
    said = "1 cell was read as empty: calls.csv, row 2, column 'duration': '0:75:10' is not a length of time"
    assert any(note.startswith(said) for note in import_crm(engagement, tmp_path / "calls.csv").notes)
    (tmp_path / "calls.csv").write_text(CALL_LOG.format("0:75:10", "apples"))
    with pytest.raises(WorkshopError, match=r"row 2, column 'duration': '0:75:10' is not a length of time"):
        import_crm(engagement, tmp_path / "calls.csv")


def test_cells_of_excel_that_are_times_count_as_lengths(engagement, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["activity_id", "seller", "type", "at", "duration"])
    book.active.append(["1", "Ann Lee", "call", dt.datetime(2026, 1, 5), dt.time(0, 15, 30)])
    book.active.append(["2", "Bob Ray", "call", dt.datetime(2026, 1, 6), dt.timedelta(hours=26)])
    book.save(tmp_path / "calls.xlsx")
    import_crm(engagement, tmp_path / "calls.xlsx")
    assert pq.read_table(engagement.tables / "activities.parquet")["minutes"].to_pylist() == [15.5, 1560.0]


def test_a_call_log_of_no_known_product_gives_the_length_of_the_talk(engagement, tmp_path):
    (tmp_path / "anrufe.csv").write_text(
        "Aktivitätstyp,Zugewiesen an,Datum,Klingeldauer,Gesprächsdauer\n"
        "Anruf,Ann Lee,05.01.2026,0:00:12,0:03:30\nAnruf,Bob Ray,16.01.2026,0:00:08,1:02:03\n"
    )
    draft = drafting.propose(engagement, tmp_path / "anrufe.csv")
    import_crm(engagement, tmp_path / "anrufe.csv", mapping=draft.file)
    assert pq.read_table(engagement.tables / "activities.parquet")["minutes"].to_pylist() == [3.5, 62.05]

"""The cells of an editable table: what is typed becomes a value, and what cannot be read is said by row."""

import datetime as dt

import pytest

from kpi_workshop.pages import table_editor
from kpi_workshop.pages.table_editor import Column

COLUMNS = (
    Column("person", "Person", needed=True),
    Column("role", "Role", kind="choice", choices=("seller", "manager")),
    Column("since", "Since", kind="day"),
    Column("quota", "Quota", kind="number"),
)


def test_a_value_shown_in_a_cell_is_read_back_as_the_same_value():
    for kind, value in [
        ("text", "O'Neil, Ann"),
        ("day", dt.date(2017, 3, 2)),
        ("number", 1250.5),
        ("number", 0.1),
        ("whole", 7),
        ("flag", False),
        ("number", None),
    ]:
        assert table_editor.parse(kind, table_editor.shown(value)) == value


def test_rows_with_nothing_in_them_are_left_out_and_the_others_keep_the_number_seen_on_the_page():
    rows, wrong = table_editor.read([{"person": "Ann"}, {"person": "  "}, {"person": "Ben", "quota": "1,200"}], COLUMNS)
    assert wrong == {}
    assert [(row["row"], row["person"], row["quota"]) for row in rows] == [(1, "Ann", None), (3, "Ben", 1200.0)]


def test_days_are_read_in_every_form_that_leaves_no_doubt():
    christmas = dt.date(2026, 12, 25)
    for words in ("2026-12-25", "25.12.2026", "25/12/2026", "12/25/2026", "25 December 2026", "Dec 25, 2026"):
        assert table_editor.parse("day", words) == christmas, words
    assert table_editor.parse("day", "6/6/2026") == dt.date(2026, 6, 6)
    with pytest.raises(ValueError, match=r"'3/4/2026' may be two days\. Write 2026-03-04 or 2026-04-03\."):
        table_editor.parse("day", "3/4/2026")


def test_a_percent_sign_makes_a_share_and_is_left_out_where_percent_are_asked_for():
    assert table_editor.parse("number", "12.5 %") == 0.125
    assert table_editor.parse("number", "12.5 %", in_percent=True) == 12.5
    with pytest.raises(ValueError, match="'%' is not a number"):
        table_editor.parse("number", "%")


def test_what_cannot_be_read_is_said_by_row_with_the_word_in_quotes():
    _, wrong = table_editor.read(
        [
            {"person": "Ann", "role": "seler"},
            {"person": "", "quota": "5"},
            {"person": "Cy", "since": "3/4/17", "quota": "1,5"},
        ],
        COLUMNS,
    )
    assert wrong[0] == "Role: 'seler' is not on the list. Did you mean: seller?"
    assert wrong[1] == "Person is empty."
    assert "Since: '3/4/17' is not a day." in wrong[2] and "Quota: '1,5' is not a number." in wrong[2]


@pytest.mark.parametrize("text", ["nan", "inf", "1e400", "0x10", "=1+1", "1_000", "12,34", "½"])
def test_only_plain_numbers_are_numbers(text):
    with pytest.raises(ValueError, match="is not a number"):
        table_editor.parse("number", text)


def test_the_script_never_sets_markup_from_data():
    assert "innerHTML" not in table_editor.SCRIPT and "insertAdjacent" not in table_editor.SCRIPT

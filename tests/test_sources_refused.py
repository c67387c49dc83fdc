"""Imports that are refused, told at once with place and cure, and what people entered by hand."""

from __future__ import annotations

import os

import pytest
from small_export import DEALS, MAPPING, PEOPLE, everything, refused, small_export, table, write

from kpi_workshop.crm.sources import import_crm
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Person, Seat, Team


@pytest.fixture
def export(tmp_path):
    return small_export(tmp_path)


# What is refused


def test_everything_wrong_is_told_at_once_and_nothing_is_changed(engagement, export):
    import_crm(engagement, export)
    write(
        export,
        deals='Id,Owner,Status,Created,Closed,Amount\n"D\n1",Ann Leo,Won,2017-02-31,2017-02-01,abc\n'
        "D2,Bob Ray,Maybe,2017-01-03,2017-02-02,inf\n",
    )
    said = refused(engagement, export)
    assert "deals.csv, row 2, column 'Created': '2017-02-31' is not a date" in said
    assert "deals.csv, row 2, column 'Amount': 'abc' is not a number." in said
    assert "deals.csv, row 3, column 'Amount': 'inf' is not a number." in said
    assert "deals.csv, row 3, column 'Status': 'Maybe' is not open, won or lost. Map it" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Closed,", "Close Date,", "no column 'Closed'. It has 'Close Date': map it with closed_on = \"Close Date\"."),
        ("Ann Lee,Won", "Ann Le,Won", "column 'Owner': 'Ann Le' is not among the people. Did you mean: Ann Lee?"),
        ("Ann Lee,Won", ",Won", "row 2, column 'Owner': is empty; every row of opportunities needs its seller."),
        ("2017-02-01", "", "row 2, column 'Closed': is empty, but the deal is won."),
        ("2017-02-01", "2016-02-01", "'Closed': 2016-02-01 is before 2017-01-02, the day it was opened on."),
        ("D2", "D1", "row 3: 'D1' is in deals.csv, row 2 too, with another seller ('Ann Lee' there, 'Bob Ray' here)."),
        (DEALS[DEALS.index("D1") :], "", "deals.csv has no rows below its column names: export it again, or leave it"),
        (DEALS[DEALS.index("2017-01-02") :], "1/2/2017,2/3/2017,5\n", "deals.csv, column 'Created': '1/2/2017' may be"),
        ('"1,000.50"', '"1,000"', "deals.csv, column 'Amount': '1,000' may be 1000 or 1.000"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place_and_its_cure(engagement, export, old, new, said):
    assert old in DEALS
    write(export, deals=DEALS.replace(old, new))
    assert said in refused(engagement, export)


def test_ten_problems_are_shown_and_the_rest_counted(engagement, export):
    write(export, deals=DEALS + "".join(f"X{i},Nobody {i},Open,2017-13-{i},,\n" for i in range(1, 30)))
    lines = refused(engagement, export).splitlines()
    assert len(lines) == 12
    assert any("is not a date" in line for line in lines)
    assert any("is not among the people" in line for line in lines), "all there is to mend is told at once"
    assert lines[-1] == "and 48 more"


def test_one_wrong_value_in_many_rows_is_one_line(engagement, export):
    write(export, deals=DEALS + "".join(f"X{i},Nobody,Open,2017-12-01,,\n" for i in range(30)))
    assert "row 5, column 'Owner': 'Nobody' is not among the people. There is: " in (
        said := refused(engagement, export)
    )
    assert "(and 29 more rows.)" in said


def test_unknown_sellers_can_be_added_or_put_aside(engagement, export):
    write(export, deals=DEALS + "D4,Zed,Open,2017-12-01,,\n", mapping='sellers = "set aside"\n' + MAPPING)
    summary = import_crm(engagement, export)
    assert summary.set_aside == {"opportunities": {"unknown sellers 'Zed'": 1}}
    write(export, mapping='sellers = "add"\n' + MAPPING)
    import_crm(engagement, export, mapping=export / "mapping.toml")
    assert engagement.records.get(Seat, "Zed|Unassigned|start").role == "seller"
    assert table(engagement).num_rows == 4


@pytest.mark.parametrize("name", ["../people.csv", "/etc/passwd", "..\\people.csv", "C:\\people.csv"])
def test_a_mapping_never_reads_outside_the_export(engagement, export, name):
    (export.parent / "people.csv").write_text(PEOPLE)
    write(export, mapping=MAPPING.replace('"people.csv"', f"'{name}'"))
    assert "leaves the folder of the export" in refused(engagement, export)


@pytest.mark.skipif(os.name == "nt", reason="links need a right on Windows")
def test_a_link_that_leaves_the_export_is_refused(engagement, export, tmp_path):
    (tmp_path / "outside.csv").write_text(PEOPLE)
    (export / "people.csv").unlink()
    (export / "people.csv").symlink_to(tmp_path / "outside.csv")
    assert "'people.csv' is a link that leaves the folder" in refused(engagement, export)


def test_a_missing_file_is_told_with_the_nearest(engagement, export):
    (export / "deals.csv").rename(export / "deal.csv")
    assert "There is no 'deals.csv' in export. Did you mean: deal.csv" in refused(engagement, export)


def test_a_missing_optional_file_is_no_error(engagement, export):
    write(export, mapping=MAPPING + '[accounts]\nfile = "a.csv"\noptional = true\ncolumns = { account_id = "Id" }\n')
    assert "accounts" not in import_crm(engagement, export).rows


def test_without_a_mapping_and_without_a_known_product_the_cure_is_told(engagement, export):
    (export / "mapping.toml").unlink()
    (export / "deals.csv").write_text("Nr;Farbe\n1;rot\n")
    said = refused(engagement, export)
    assert "export is not recognised as the export of a product by its columns" in said
    assert "import again with --mapping" in said


def test_a_fault_while_recording_puts_the_old_tables_back(engagement, export, monkeypatch):
    import_crm(engagement, export)
    write(export, deals=DEALS + "D4,Bob Ray,Open,2017-01-05,,\n", people=PEOPLE + "Cy,West,\n")
    before = everything(engagement)

    def fails(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(type(engagement.records), "save_all", fails)
    with pytest.raises(WorkshopError, match="disk full"):
        import_crm(engagement, export)
    assert everything(engagement) == before
    assert not list(engagement.crm.glob(".import-*"))


# What people entered


def test_what_a_person_changed_is_proposed_and_not_overwritten(engagement, export):
    import_crm(engagement, export)
    seat = engagement.records.get(Seat, "Ann Lee|West|start")
    engagement.records.save(seat.model_copy(update={"role": "executive"}), "Ann Lee|West|start", by="Kim")
    engagement.records.withdraw(Seat, "Bob Ray|East|start", by="Kim")
    summary = import_crm(engagement, export)
    assert any(
        "seat of Ann Lee in West: recorded role 'executive', in the export 'seller'" in p for p in summary.proposed
    )
    assert any("seat of Bob Ray in East was removed by hand" in p for p in summary.proposed)
    assert engagement.records.get(Seat, "Ann Lee|West|start").role == "executive"
    assert engagement.records.get(Seat, "Bob Ray|East|start") is None


def test_a_seller_who_sits_elsewhere_by_hand_is_not_given_a_second_seat(engagement, export):
    engagement.records.save(Person(person="Ann Lee", name="Ann Lee"), "Ann Lee", by="Kim")
    engagement.records.save(Seat(person="Ann Lee", team="North"), "Ann Lee|North|start", by="Kim")
    summary = import_crm(engagement, export)
    assert any("Ann Lee: the export has a seat in West" in line for line in summary.proposed)
    assert [s.team for s in engagement.records.current(Seat).values() if s.person == "Ann Lee"] == ["North"]


def test_new_people_of_a_newer_export_are_added(engagement, export):
    import_crm(engagement, export)
    write(export, people=PEOPLE + "Cy Moe,North,Max Hill\n")
    import_crm(engagement, export)
    assert engagement.records.get(Seat, "Cy Moe|North|start").manager == "Max Hill"
    assert "North" in engagement.records.current(Team)


def test_sellers_are_known_by_id_name_and_other_names(engagement, export):
    entries = [
        ("e1", Person(person="e1", name="Ann Lee")),
        ("e2", Person(person="e2", name="Robert", also_known_as=("Bob Ray",))),
    ]
    engagement.records.save_all(entries, by="Kim")
    write(export, mapping=MAPPING[MAPPING.index("[opp") :], deals=DEALS.replace("D3,Ann Lee", "D3,e1"))
    import_crm(engagement, export)
    assert table(engagement)["seller"].to_pylist() == ["e1", "e2", "e1"]


def test_a_circle_of_managers_is_refused(engagement, export):
    write(export, people="Name,Team,Boss\nAnn Lee,West,Bob Ray\nBob Ray,East,Ann Lee\n")
    assert "The managers run in a circle: Ann Lee reports to Bob Ray reports to Ann Lee." in refused(engagement, export)

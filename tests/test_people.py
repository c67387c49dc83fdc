"""A list of people becomes the org chart: what is wrong is named by row, what a person entered is never overwritten."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import old_workbooks
import pytest
from click.testing import CliRunner

from kpi_workshop.cli import cli
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.imports import people, people_columns
from kpi_workshop.kinds import Person, Seat, Team
from kpi_workshop.steps import org_chart


def a_list(folder: Path, *lines: str, name: str = "people.csv") -> Path:
    file = folder / name
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def bring(acme: Engagement, file: Path, **more: object) -> people.Plan:
    plan = people.plan(acme, people_columns.read(file), **more)  # type: ignore[arg-type]
    people.save(acme, plan)
    return plan


def seats(acme: Engagement) -> dict[str, Seat]:
    return {seat.person: seat for seat in acme.records.current(Seat).values()}


def refused(acme: Engagement, file: Path, **more: object) -> list[str]:
    with pytest.raises(WorkshopError) as error:
        bring(acme, file, **more)
    assert acme.records.current(Person) == {} and acme.records.current(Seat) == {}
    return str(error.value).splitlines()[1:]


# Oracle's sample schema


@pytest.fixture
def oracle(shared: Path) -> Path:
    return shared / "real" / "oracle_hr"


def test_oracle_s_people_come_in_as_its_reference_counts_them(engagement: Engagement, oracle: Path) -> None:
    with (oracle / "reference.csv").open(newline="") as file:
        told = {(row["metric"], row["group"]): int(row["value"]) for row in csv.DictReader(file)}
    assert refused(engagement, oracle) == [
        "Row 80: 'Kimberely Grant' has no team. Give them one, or accept it with --accept no-team."
    ]
    bring(engagement, oracle, accept=[people.NO_TEAM])
    everyone, seated = engagement.records.current(Person), seats(engagement)
    assert len(everyone) == told["employees", "all"]
    assert len(seated) == told["employees", "all"] - told["sales_reps_without_department", "Kimberely Grant"]
    assert (
        len(engagement.records.current(Team)) == told["departments", "all"] - told["departments_without_people", "all"]
    )
    assert sum(not seat.manager for seat in seated.values()) == told["roots", "all"]
    sales = [seat for seat in seated.values() if seat.team == "Sales"]
    leaders = {seat.person for seat in sales if seat.role == "manager"}
    assert len(leaders) == told["sales_managers", "all"]
    # Grant has a manager and no seat, so Zlotkey's six are five in the chart.
    for leader in leaders:
        missing = leader == "Eleni Zlotkey"
        assert sum(s.manager == leader for s in sales) == told["reps_by_sales_manager", leader] - missing
    assert everyone["John Singh"].title == "Sales Manager"
    assert str(seated["John Singh"].valid_from) == "2014-10-01"


def test_an_employees_file_finds_the_names_of_its_departments_in_the_file_beside_it(oracle: Path) -> None:
    from_file, from_folder = people_columns.read(oracle / "employees.csv"), people_columns.read(oracle)
    assert from_file.places == from_folder.places
    assert "  department_name comes from departments.csv, through department_id." in from_file.lines()


def test_only_the_teams_that_were_asked_for_are_taken(engagement: Engagement, oracle: Path) -> None:
    plan = bring(engagement, oracle, teams=["sales"])
    assert set(engagement.records.current(Team)) == {"Sales"}
    assert len(seats(engagement)) == 34
    assert any(line.startswith("5 people report to nobody") for line in plan.lines())
    plan = bring(engagement, oracle, teams=["Purchasing"])
    assert not any("no longer" in line for line in plan.lines())
    assert len(seats(engagement)) == 40


# Columns


def test_last_name_first_and_managers_by_either_spelling_are_understood(engagement: Engagement, tmp_path: Path) -> None:
    file = a_list(
        tmp_path, "Employee Name,Job Title,Reports To,Department",
        '"Lovelace, Ada",Seller,Grace Hopper,Field', '"Hopper, Grace",Head of sales,,Field',
        '"King, Jr.",Seller,"HOPPER, Grace",Inside',
    )  # fmt: skip
    bring(engagement, file)
    found = seats(engagement)
    assert set(found) == {"Ada Lovelace", "Grace Hopper", "King, Jr."}
    assert found["Ada Lovelace"].manager == found["King, Jr."].manager == "Grace Hopper"
    assert {person: seat.role for person, seat in found.items()} == {
        "Ada Lovelace": "seller", "Grace Hopper": "manager", "King, Jr.": "seller",
    }  # fmt: skip


def test_a_bamboo_like_list_is_read_with_its_preferred_names(engagement: Engagement, tmp_path: Path) -> None:
    file = a_list(
        tmp_path,
        "Employee #,First Name,Preferred Name,Last Name,email address,Gender,Birth Date,Job Title,Reporting to,"
        "Position/Level,Region,Legal entity,Department",
        "7,Katherine,Kate,Bell,kate@acme.example,F,23-Apr-85,Seller,Joan Marsh,2,East,Acme,Inside",
        "8,Joan,,Marsh,joan@acme.example,F,01-Feb-79,Lead,,5,East,Acme,Inside",
    )
    bring(engagement, file)
    assert engagement.records.current(Person)["Katherine Bell"].also_known_as == ("7", "Kate Bell", "kate@acme.example")
    assert seats(engagement)["Katherine Bell"].manager == "Joan Marsh"


def test_columns_in_another_language_are_recognised_by_what_stands_in_them(tmp_path: Path) -> None:
    file = a_list(
        tmp_path, "Mitarbeiter;Vorgesetzte;Team;Kontakt", "Ada Lovelace;Grace Hopper;Feld;ada@acme.example",
        "Grace Hopper;;Feld;grace@acme.example", "Joan Clarke;Ada Lovelace;Feld;joan@acme.example",
    )  # fmt: skip
    export = people_columns.read(file)
    assert {field: export.headings[at] for field, at in export.places.items()} == {
        "name": "Mitarbeiter", "manager": "Vorgesetzte", "team": "Team", "email": "Kontakt",
    }  # fmt: skip


def test_a_matching_file_decides_instead_of_the_proposal(engagement: Engagement, tmp_path: Path) -> None:
    file = a_list(tmp_path, "Name,Team,Squad", "Ada,Everybody,Field")
    matching = tmp_path / "matching.toml"
    matching.write_text('name = "Name"\nteam = "Squad"\n')
    people.save(engagement, people.plan(engagement, people_columns.read(file, matching=matching)))
    assert seats(engagement)["Ada"].team == "Field"
    matching.write_text('name = "Nmae"\n')
    with pytest.raises(WorkshopError, match=r"no column 'Nmae'. Did you mean: Name"):
        people_columns.read(file, matching=matching)
    matching.write_text('nam = "Name"\n')
    with pytest.raises(WorkshopError, match="'nam' is nothing a list says of a person"):
        people_columns.read(file, matching=matching)


def test_a_workbook_says_the_same_as_the_csv(engagement: Engagement, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["Id", "Name", "Manager ID", "Team"], [1, "Ada", None, "Field"], [2, "Joan", 1, "Field"]):
        book.active.append(row)
    book.save(tmp_path / "people.xlsx")
    bring(engagement, tmp_path / "people.xlsx")
    assert seats(engagement)["Joan"].manager == "Ada"


def test_a_list_saved_by_libreoffice_is_read(engagement: Engagement, tmp_path: Path) -> None:
    rows = [["Id", "Name", "Manager ID", "Team"], ["1", "Ada", "", "Field"], ["2", "Joan", "1", "Field"]]
    file = old_workbooks.ods(tmp_path / "people.ods", "".join(old_workbooks.ods_row(*row) for row in rows))
    bring(engagement, file)
    assert seats(engagement)["Joan"].manager == "Ada"


# What is wrong


def test_everything_wrong_is_named_by_its_row_and_nothing_is_recorded(engagement: Engagement, tmp_path: Path) -> None:
    file = a_list(
        tmp_path, "id,name,manager,team,hire date,end date",
        "1,Ada,,Field,2020-01-01,", "2,Joan,Adda,Field,2020-01-01,", ",,1,Field,,", "3,Grace,3,Field,,",
        "1,Ada,,Field,2020-01-01,", "4,Kate,1,,,", "5,Ruth,1,Field,2020-05-01,2019-05-01", "6,Mary,1,Field,soon,",
    )  # fmt: skip
    lines = refused(engagement, file)
    for words in (
        "Row 3: the manager 'Adda' is not among the people. Did you mean: Ada?",
        "Row 4: there is no name.",
        "Row 5: 'Grace' is their own manager.",
        "Row 6: 'Ada' stands here twice, see row 2. Remove one, or give the earlier one a last day.",
        "Row 7: 'Kate' has no team. Give them one, or accept it with --accept no-team.",
        "Row 8: The last day, 2019-05-01, is before the first, 2020-05-01.",
        "Row 9, hire date: 'soon' is not a date.",
    ):
        assert words in lines
    assert len(lines) == 7


def test_rows_are_counted_as_a_spreadsheet_does(engagement: Engagement, tmp_path: Path) -> None:
    file = a_list(tmp_path, "Staff list", "", "name,note,team", 'Ada,"two', 'lines",Field', "Joan,,")
    assert refused(engagement, file)[0].startswith("Row 5: 'Joan' has no team.")


def test_people_who_manage_one_another_in_a_circle_are_refused(engagement: Engagement, tmp_path: Path) -> None:
    file = a_list(
        tmp_path, "name,manager,team", "Ada,Joan,Field", "Joan,Kate,Field", "Kate,Ada,Field", "Ruth,Ada,Field"
    )
    assert refused(engagement, file) == ["Row 2: These people manage one another in a circle: Ada → Joan → Kate → Ada."]


def test_a_manager_s_name_that_two_people_have_is_asked_for_by_id(engagement: Engagement, tmp_path: Path) -> None:
    rows = ["1,Ada King,,Field", "2,Ada King,,Inside", "3,Joan,Ada King,Field"]
    lines = refused(engagement, a_list(tmp_path, "id,name,manager,team", *rows))
    assert lines == ["Row 4: 2 people are called 'Ada King'. Name the one meant by id."]
    rows[2] = "3,Joan,2,Field"
    plan = bring(engagement, a_list(tmp_path, "id,name,manager,team", *rows))
    assert seats(engagement)["Joan"].manager == "Ada King (2)"
    assert "More than one person is called 'Ada King'; they are told apart by id." in plan.lines()


def test_several_roots_are_pointed_out_and_accepted(engagement: Engagement, tmp_path: Path) -> None:
    file = a_list(tmp_path, "name,manager,team", "Ada,,Field", "Joan,,Inside", "Kate,Joan,Inside")
    plan = bring(engagement, file)
    assert "2 people report to nobody, each the top of a chart: 'Ada', 'Joan'." in plan.lines()
    assert len(seats(engagement)) == 3


def test_a_day_that_may_be_two_days_is_asked_for(engagement: Engagement, tmp_path: Path) -> None:
    file = a_list(tmp_path, "name,team,hire date", "Ada,Field,03/04/2020")
    assert "no value decides it" in refused(engagement, file)[0]
    matching = tmp_path / "matching.toml"
    matching.write_text('name = "name"\nteam = "team"\nfirst_day = "hire date"\ndates = "D/M/Y"\n')
    plan = people.plan(engagement, people_columns.read(file, matching=matching))
    assert str(plan.entries[0].first_day) == "2020-04-03"


# What a person entered


def test_what_was_entered_by_hand_is_not_overwritten_but_proposed(engagement: Engagement, tmp_path: Path) -> None:
    org_chart.save_teams(engagement, [{"name": "Field"}])
    org_chart.save_people(engagement, [{"name": "Ada", "team": "Field", "title": "Our best"}])
    before = engagement.records.fingerprint()
    plan = bring(engagement, a_list(tmp_path, "id,name,team,title", "1,ADA,Inside,Seller"))
    assert engagement.records.current(Person)["Ada"].title == "Our best"
    assert seats(engagement)["Ada"].team == "Field"
    assert engagement.records.fingerprint() == before
    told = "\n".join(plan.lines())
    assert "Proposed, not changed:" in told and "'Our best'" in told and "Inside" in told


def test_the_same_list_again_changes_nothing_and_a_newer_one_only_what_differs(
    engagement: Engagement, tmp_path: Path
) -> None:
    file = a_list(tmp_path, "id,name,team,title", "1,Ada,Field,Seller", "2,Joan,Field,Seller")
    bring(engagement, file)
    before = engagement.records.fingerprint()
    assert people.save(engagement, people.plan(engagement, people_columns.read(file))) == [
        "Nothing new: the org chart holds all of it."
    ]
    assert engagement.records.fingerprint() == before
    bring(engagement, a_list(tmp_path, "id,name,team,title", "1,Ada Byron,Field,Lead", "2,Joan,Field,Seller"))
    everyone = engagement.records.current(Person)
    assert set(everyone) == {"Ada", "Joan"}
    assert (everyone["Ada"].name, everyone["Ada"].title) == ("Ada Byron", "Lead")


# On the command line


def test_without_a_terminal_the_matching_is_shown_and_waits_for_yes(engagement: Engagement, tmp_path: Path) -> None:
    file = a_list(tmp_path, "name,team", "Ada,Field")
    command = [sys.executable, "-c", "from kpi_workshop.cli import main; main()"]
    words = ["import", str(engagement.folder), "people", str(file)]
    done = subprocess.run([*command, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    assert done.returncode == 2
    assert "  name: 'name'" in done.stdout
    assert "add --yes" in done.stderr and "--matching FILE" in done.stderr
    assert engagement.records.current(Person) == {}


def test_with_yes_it_is_recorded_and_a_matching_file_is_written_first_where_asked_for(
    engagement: Engagement, tmp_path: Path
) -> None:
    file, matching = a_list(tmp_path, "name,team", "Ada,Field"), tmp_path / "matching.toml"
    words = ["import", str(engagement.folder), "people", str(file), "--yes"]
    with pytest.raises(WorkshopError, match="edit it, then import again"):
        CliRunner().invoke(cli, [*words, "--matching", str(matching)], catch_exceptions=False)
    assert 'name = "name"' in matching.read_text()
    assert engagement.records.current(Person) == {}
    done = CliRunner().invoke(cli, [*words, "--matching", str(matching)], catch_exceptions=False)
    assert done.output.endswith("Recorded: 1 team, 1 people, 1 seat.\n")
    with pytest.raises(WorkshopError, match=r"'no-teem' cannot be accepted. Did you mean: no-team"):
        CliRunner().invoke(cli, [*words, "--accept", "no-teem"], catch_exceptions=False)

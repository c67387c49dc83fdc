"""Charters handed on: the same facts in every form, live formulas, and no cell that a spreadsheet would execute."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess

import jsonschema
import openpyxl
import pytest

from kpi_workshop import catalogue, demo, exports
from kpi_workshop.crm import measures
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.exports import charter, metricflow, workbook
from kpi_workshop.kinds import Charter
from kpi_workshop.steps import rollout

AS_OF = dt.date(2026, 6, 28)
HOSTILE = "=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    return demo.create(tmp_path_factory.mktemp("demo") / "copy")


@pytest.fixture(scope="module")
def held(made: Engagement) -> charter.CharterOut:
    return charter.held(made, as_of=AS_OF)


def hostile(held: charter.CharterOut) -> charter.CharterOut:
    """The same charters with formulas, line breaks and markup wherever people write."""
    first = held.teams[0]
    measure = first.measures[0].model_copy(
        update={"owner": HOSTILE, "reason": "+1+1\n@SUM(A1)", "sentence": "<b>bold</b>", "name": HOSTILE}
    )
    team = first.model_copy(update={"team": HOSTILE, "measures": [measure, *first.measures[1:]]})
    return held.model_copy(update={"teams": [team, *held.teams[1:]], "engagement": "A\nmetrics: hacked"})


def test_json_holds_every_line_of_every_charter_and_follows_the_published_schema(made, held, tmp_path):
    assert exports.write(made, tmp_path / "c.json", as_of=AS_OF) == f"4 charters in {tmp_path / 'c.json'}."
    told = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    published = json.loads(charter.schema_file().read_text(encoding="utf-8"))
    assert published == charter.schema()
    jsonschema.validate(told, published)
    charters = rollout.charters(made, as_of=AS_OF)
    assert {t["team"]: [m["id"] for m in t["measures"]] for t in told["teams"]} == {
        team: [catalogue.id_of(line.measure) for line in agreed.lines] for team, agreed in charters.items()
    }
    told["teams"][0]["measures"][0]["kind"] = "something"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told, published)


def test_an_earlier_version_can_be_handed_on(made, tmp_path):
    now = rollout.charters(made, as_of=AS_OF)["Inside Sales"]
    later = now.model_copy(update={"version": "1.1", "lines": now.lines[:-1], "changed_by": "Ann"})
    copy = tmp_path / "copy"
    shutil.copytree(made.folder, copy)
    from kpi_workshop import engagement

    opened = engagement.load(copy)
    opened.records.save(later, "Inside Sales", effective=AS_OF)
    first = charter.held(opened, as_of=AS_OF, team="Inside Sales", version=now.version)
    assert len(first.teams[0].measures) == len(now.lines)
    assert charter.held(opened, as_of=AS_OF, team="Inside Sales").teams[0].version == "1.1"
    with pytest.raises(WorkshopError, match=r"no version 7\.0\. It has: .*1\.1"):
        charter.held(opened, as_of=AS_OF, team="Inside Sales", version="7.0")


def test_a_workbook_has_a_sheet_for_each_team_and_formulas_where_a_target_is_compared(made, held, tmp_path):
    exports.write(made, tmp_path / "c.xlsx", as_of=AS_OF)
    book = openpyxl.load_workbook(tmp_path / "c.xlsx")
    assert book.sheetnames == [team.team for team in held.teams]
    sheet = book["Inside Sales"]
    rows = {sheet.cell(row, 1).value: row for row in range(6, 6 + len(held.teams[1].measures))}
    row = rows["Emails sent"]
    assert sheet.cell(row, 14).value == 180
    shown = {sheet.cell(row, column).number_format for column in (12, 13, 14)}
    assert shown == {"#,##0.0"}, "the mean of a year has decimals, and no point stands behind a whole number"
    assert sheet.cell(row, 16).value == f'=IF(OR(N{row}="",M{row}=""),"",IF(N{row}>=M{row},"yes","no"))'


def test_the_formulas_give_in_libreoffice_what_they_say(made, tmp_path):
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not on this machine")
    exports.write(made, tmp_path / "c.xlsx", as_of=AS_OF, team="Inside Sales")
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = [
        office,
        home,
        "--headless",
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false",
    ]
    subprocess.run([*command, "c.xlsx"], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    text = (tmp_path / "c.csv").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("Emails sent")]
    assert ",180,60,yes," in line


def test_text_of_people_is_never_a_formula_and_never_breaks_out(held):
    bad = hostile(held)
    import io

    book = openpyxl.load_workbook(io.BytesIO(workbook.written(bad)))
    types = {
        cell.value: cell.data_type
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert types[HOSTILE] == "s"
    formulas = [value for value, kind in types.items() if kind == "f"]
    assert formulas
    assert all(formula.startswith("=IF(OR(N") for formula in formulas)
    said = metricflow.written(bad).yaml
    assert said.splitlines()[0] == "# Charters of A metrics: hacked, for dbt's semantic layer (MetricFlow)."
    assert [line for line in said.splitlines() if line.startswith("metrics:")] == ["metrics:"]


def test_the_same_charters_give_the_same_bytes(held):
    assert workbook.written(held) == workbook.written(held)


def test_what_metricflow_cannot_say_is_named_and_left_out():
    said = metricflow.of_measures(["win_rate", "stuck_deals", "calls_made"], title="Acme")
    assert (said.measures, said.left_out) == (("win_rate", "calls_made"), ("stuck_deals",))
    assert "# Not expressible here: Stuck deals." in said.yaml
    with pytest.raises(WorkshopError, match="MetricFlow can express none"):
        metricflow.of_measures(["stuck_deals"], title="Acme")


def test_everything_said_in_metricflow_is_a_measure_of_ours_with_a_formula():
    assert metricflow.expressible() <= set(measures.COMPUTABLE)


def test_another_ending_is_refused_and_a_missing_charter_too(made, engagement, tmp_path):
    with pytest.raises(WorkshopError, match=r"Let it end in \.xlsx, \.json or \.yml"):
        exports.write(made, tmp_path / "c.pdf", as_of=AS_OF)
    with pytest.raises(WorkshopError, match="No team has a charter yet"):
        exports.write(engagement, tmp_path / "c.json", as_of=AS_OF)
    assert [file.name for file in tmp_path.iterdir()] == ["acme"]
    assert engagement.records.current(Charter) == {}

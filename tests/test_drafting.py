"""The proposed mapping: readable, kept where it was changed, asked about, and what it refuses."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from product_exports import EXPORTS, PLAIN, D, put, rows

from kpi_workshop import cli
from kpi_workshop.crm.sources import drafting, import_crm
from kpi_workshop.errors import WorkshopError


@pytest.fixture
def export(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    return folder


# The proposal


def test_the_draft_names_every_stage_and_what_it_means(engagement, export):
    draft = drafting.propose(engagement, put(export, EXPORTS["Salesforce, a report"]))
    text = draft.file.read_text()
    assert "# won: 'Closed Won'\n# lost: 'Closed Lost'\n# open: 'Proposal/Price Quote'" in text
    assert 'product = "Salesforce, a report"' in text
    assert any("report1714567890123.csv -> opportunities" in line for line in draft.says)


def test_a_draft_changed_by_hand_is_kept_and_used(engagement, export):
    put(export, EXPORTS["a table with plain column names"])
    draft = drafting.propose(engagement, export)
    text = draft.file.read_text()
    draft.file.write_text(text.replace('Won = "won"', 'Won = "won", Proposal = "lost"'))
    again = drafting.propose(engagement, export)
    assert again.edited and "changed by hand" in again.says[0]
    import_crm(engagement, export)
    assert sorted(row["status"] for row in rows(engagement, "opportunities")) == ["lost", "lost", "won"]


def test_a_draft_nobody_changed_is_made_anew(engagement, export):
    drafting.propose(engagement, put(export, EXPORTS["a table with plain column names"]))
    (export / "tracker.csv").unlink()
    assert drafting.propose(engagement, put(export, EXPORTS["Zoho CRM"])).product == "Zoho CRM"


@pytest.mark.parametrize("name", ['we"ird\\.csv', "a # b.csv", "deals [final].csv", "ü\x7f.csv"])
def test_any_file_name_and_column_survives_the_draft(engagement, export, name):
    text = PLAIN.replace("Deal Value", '"Amount ""net"" # \\ [x]"').replace("Sales Rep", "Owner")
    text = text.replace('"Amount ""net"" # \\ [x]"', "Amount")
    (export / name).write_text(text)
    assert import_crm(engagement, export).rows["opportunities"] == 3


def test_an_order_of_day_and_month_that_no_value_proves_is_asked_about(engagement, export):
    put(export, {"deals.csv": PLAIN.replace("2024-01-15", "01/02/2024").replace("2024-05-03", "03/04/2024")})
    with pytest.raises(WorkshopError) as error:
        import_crm(engagement, export)
    said = str(error.value)
    assert "'01/02/2024' may be 2024-02-01 (D/M/Y) or 2024-01-02 (M/D/Y), and no value decides it" in said
    assert 'closed_on = { column = "Close Date", format = "D/M/Y" }' in said
    draft = engagement.crm / drafting.DRAFT_FILE
    assert str(draft) in said
    stated = 'closed_on = { column = "Close Date", format = "D/M/Y" }'
    draft.write_text(draft.read_text().replace('closed_on = "Close Date"', stated))
    import_crm(engagement, export)
    closed = {row["opportunity_id"]: row["closed_on"] for row in rows(engagement, "opportunities")}
    assert closed == {"006A": D(2024, 2, 1), "006B": None, "006C": D(2024, 3, 3)}


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("Deal Name,Amount,Deal owner,Pipeline", "The nearest is HubSpot (opportunities): x.csv has"),
        ("Opportunity Name,Opportunity Owner,Stage", "The nearest is Salesforce, a report (opportunities)"),
        ("Nr;Farbe", "No known product has enough of its columns in common"),
    ],
)
def test_what_is_not_recognised_is_told_with_the_nearest_and_what_is_missing(engagement, export, header, said):
    put(export, {"x.csv": f"{header}\n"})
    with pytest.raises(WorkshopError) as error:
        drafting.propose(engagement, export)
    assert said in str(error.value)
    assert "import again with --mapping" in str(error.value)
    if "Stage" in header:
        assert "but no column 'Close Date'" in str(error.value)


def test_a_folder_without_a_readable_file_is_told(engagement, export):
    (export / "x.pdf").write_bytes(b"%PDF")
    with pytest.raises(WorkshopError, match="holds no file that can be read"):
        drafting.propose(engagement, export)


# Faults


def test_faulty_rows_are_mended_counted_and_told(engagement, export):
    text = (
        PLAIN + "006D,Ann Lee,Won,2024-03-01,2024-02-01,10\n006E,Ann Lee,Won,2024-03-01,,10\n,Ann,Lost,,2024-01-01,1\n"
    )
    text += "006F,,Won,2024-03-32,2024-04-01,soon\n" + "".join(f"00{i},A,Won,,2024-04-01,1\n" for i in range(10, 30))
    summary = import_crm(engagement, put(export, {"deals.csv": text}))
    found = {row["opportunity_id"]: row for row in rows(engagement, "opportunities")}
    assert found["006D"]["opened_on"] is None and found["006D"]["amount"] == 10
    assert "006E" not in found
    assert "006F" not in found
    said = "\n".join(summary.lines())
    assert "1 deal closed before the day of opening" in said
    assert "'soon' is not a number" in said
    assert "'Close Date' is empty" in said and "'Deal ID' is empty or cannot be read" in said
    assert "'Sales Rep' is empty or cannot be read" in said


def test_a_column_that_cannot_be_read_is_refused_even_when_faults_are_mended(engagement, export):
    put(export, {"deals.csv": PLAIN.replace("10000.5", "much").replace("5000", "little")})
    with pytest.raises(WorkshopError, match="'much' is not a number"):
        import_crm(engagement, export)


# The command


def test_the_command_shows_the_proposal_and_does_not_import_unasked(engagement, export, monkeypatch):
    put(export, EXPORTS["Zoho CRM"])
    arguments = ["import", str(engagement.folder), "crm", str(export)]
    result = CliRunner().invoke(cli.cli, arguments)
    assert "Recognised by its columns: Zoho CRM." in result.output
    assert isinstance(result.exception, WorkshopError) and result.exception.exit_code == 2
    assert "was not confirmed, so nothing was imported" in str(result.exception)
    assert "--yes" in str(result.exception)
    assert not list(engagement.tables.glob("*.parquet")) if engagement.tables.is_dir() else True
    result = CliRunner().invoke(cli.cli, [*arguments, "--yes"])
    assert result.exit_code == 0, result.output
    assert "opportunities: 4 read" in result.output


def test_on_a_terminal_the_command_asks(engagement, export, monkeypatch):
    put(export, EXPORTS["Zoho CRM"])
    monkeypatch.setattr(cli, "_is_terminal", lambda: True)
    arguments = ["import", str(engagement.folder), "crm", str(export)]
    result = CliRunner().invoke(cli.cli, arguments, input="n\n")
    assert "Import with it?" in result.output and "Nothing was imported" in str(result.exception)
    result = CliRunner().invoke(cli.cli, arguments, input="y\n")
    assert result.exit_code == 0 and "opportunities: 4 read" in result.output

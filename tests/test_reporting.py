"""Reports for readers: rendered from a finished run, run first where there is none, and honest exit codes."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from sample_facts import facts, team

from kpi_workshop import engagement as engagements
from kpi_workshop import reporting, runs
from kpi_workshop.engagement import SETTINGS_FILE, Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Team
from kpi_workshop.steps import identity

DAY = dt.date(2024, 5, 8)


def leave(engagement: Engagement, **more: object) -> Path:
    """What a finished run leaves: facts and a manifest that knows them."""
    told = facts(team("Field Sales"), **more)
    told["inputs"] = identity.inputs(engagement, as_of=DAY, found=told)
    folder = engagement.run_folder(DAY.isoformat())
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(told)
    (folder / "facts.json").write_text(text, encoding="utf-8")
    known = {"outputs_sha256": {"facts.json": runs.sha256(text.encode())}}
    (folder / "manifest.json").write_text(json.dumps(known), encoding="utf-8")
    return folder


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The editions and formats that were asked for; nothing is drawn."""
    from kpi_workshop import formats
    from kpi_workshop.steps import persons

    asked: list[tuple[str, str]] = []

    def write(told: dict, people: dict, folder: Path, *, edition: str, format: str) -> list[Path]:
        asked.append((edition, format))
        return [folder / f"x.{format}"]

    monkeypatch.setattr(formats, "write", write)
    monkeypatch.setattr(persons, "persons", lambda engagement, *, as_of, facts: {"teams": []})
    return asked


def test_a_finished_run_is_rendered_in_every_edition_and_format_asked_for(engagement, rendered):
    folder = leave(engagement)
    done = reporting.report(engagement, as_of=DAY, editions=("executive", "public"), formats=("html", "txt"))
    assert done.exit_code == reporting.SENDABLE
    assert rendered == [("executive", "html"), ("executive", "txt"), ("public", "html"), ("public", "txt")]
    assert done.files[-1] == folder / "public" / "x.txt"


def test_a_run_whose_data_did_not_pass_the_gate_gives_readers_nothing(engagement, rendered):
    gate = {"passes": False, "fresh_to": "2024-03-02", "says": "The data end on 2 March 2024. Nothing is claimed."}
    leave(engagement, gate=gate)
    done = reporting.report(engagement, as_of=DAY)
    assert (done.exit_code, done.says, done.files) == (reporting.GATE_FAILED, gate["says"], ())
    assert rendered == []


def test_where_nothing_is_due_readers_get_nothing(engagement, rendered):
    leave(engagement, is_due=False, previous={"as_of": "2024-05-01", "run": "x"})
    done = reporting.report(engagement, as_of=DAY)
    assert done.exit_code == reporting.NOTHING_DUE
    assert "no measure has had a new period since the report of 2024-05-01" in done.says
    assert rendered == []


@pytest.mark.parametrize("damage", ["facts", "manifest"])
def test_an_unfinished_or_altered_run_is_run_again(engagement, rendered, monkeypatch, damage):
    folder = leave(engagement)
    if damage == "facts":
        (folder / "facts.json").write_text("{}", encoding="utf-8")
    else:
        (folder / "manifest.json").unlink()
    ran = []

    def run(opened: Engagement, **more: object) -> None:
        ran.append(more["as_of"])
        leave(engagement)

    monkeypatch.setattr(runs, "run", run)
    assert reporting.report(engagement, as_of=DAY).exit_code == reporting.SENDABLE
    assert ran == [DAY]


def test_what_was_changed_after_the_run_is_said_with_the_command_for_a_new_one(engagement, rendered):
    leave(engagement)
    assert reporting.report(engagement, as_of=DAY).says == "1 file for readers."
    engagement.records.save(Team(name="North"), "North", effective=DAY)
    engagement.tables.mkdir(parents=True, exist_ok=True)
    (engagement.tables / "leads.parquet").write_bytes(b"restated")
    file = engagement.folder / SETTINGS_FILE
    file.write_text(file.read_text(encoding="utf-8") + '\n[brand]\nname = "Northlake"\n', encoding="utf-8")
    says = reporting.report(engagements.load(engagement.folder), as_of=DAY).says
    assert "Records, data and settings were changed after this run" in says
    assert f"kpi-workshop run {engagement.folder} --as-of 2024-05-08" in says


def test_unknown_editions_and_formats_are_refused_in_one_message_before_anything_runs(engagement):
    with pytest.raises(WorkshopError) as refused:
        reporting.report(engagement, as_of=DAY, editions=("executiv",), formats=("dpf",))
    assert "There is no edition 'executiv'. Did you mean" in str(refused.value)
    assert "There is no format 'dpf'." in str(refused.value)
    assert not engagement.run_folder(DAY.isoformat()).exists()

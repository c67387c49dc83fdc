"""The run id: a hash of exactly what went in; each input changes it, and nothing else does."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil

import pytest
from small_crm import D, seat, won, write

from kpi_workshop import engagement as engagements
from kpi_workshop.engagement import SETTINGS_FILE, Engagement
from kpi_workshop.kinds import Annotation, Seat, Team
from kpi_workshop.steps import facts, identity

DAY = D(2026, 5, 10)


@pytest.fixture
def acme(engagement: Engagement) -> Engagement:
    """One team, two sellers, two deals."""
    engagement.records.save(Team(name="North"), "North", effective=D(2020, 1, 1))
    seat(engagement, *(Seat(person=name, team="North", valid_from=D(2025, 1, 1)) for name in ("Ann", "Bob")))
    write(engagement, "opportunities", [won("Ann", D(2026, 5, 4)), won("Bob", D(2026, 4, 7))])
    return engagement


def elsewhere(acme: Engagement, folder) -> Engagement:
    """The same engagement in another place, nothing cached."""
    shutil.copytree(acme.folder, folder, ignore=shutil.ignore_patterns("cache"))
    return engagements.load(folder)


def test_each_input_changes_the_id_and_neither_place_nor_clock_does(acme: Engagement, tmp_path) -> None:
    told = facts.facts(acme, as_of=DAY)
    assert told["run"] == hashlib.sha256(json.dumps(told["inputs"], sort_keys=True).encode()).hexdigest()[:12]
    assert set(told["inputs"]) == {"records", "data", "settings", "check_ins", "as_of", "previous"}
    same = elsewhere(acme, tmp_path / "the same")
    for table in same.tables.glob("*.parquet"):
        table.touch()  # another moment, the same bytes
    assert facts.facts(same, as_of=DAY) == told

    def run_id(opened: Engagement, *, day: dt.date = DAY, **more: object) -> str:
        return identity.run_id(identity.inputs(opened, as_of=day, found=told | more))

    def other(what: str) -> Engagement:
        return elsewhere(acme, tmp_path / what)

    record, data, settings = other("record"), other("data"), other("settings").folder
    record.records.save(Annotation(day=D(2026, 5, 1), text="A campaign"), "x", effective=D(2026, 5, 1))
    write(data, "opportunities", [won("Ann", D(2026, 5, 4)), won("Bob", D(2026, 4, 7), 101.0)])
    (settings / SETTINGS_FILE).write_text('name = "Acme"\nsmallest_group = 4\n', encoding="utf-8")
    check_in = {"team": "North", "pulse": [{"week": 1, "mean": 3.5}]}
    found = {
        "as before": run_id(acme), "record": run_id(record), "data": run_id(data),
        "settings": run_id(engagements.load(settings)), "day": run_id(acme, day=DAY + dt.timedelta(days=1)),
        "previous": run_id(acme, previous={"as_of": "2026-05-03", "run": "0123456789ab"}),
        "check-ins": run_id(acme, teams=[check_in]), "logo": run_id(acme, brand={"name": "Acme"}),
    }  # fmt: skip
    assert found["as before"] == told["run"]
    assert len(set(found.values())) == len(found), found

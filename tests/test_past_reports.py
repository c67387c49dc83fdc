"""Reports made before: one rule says which was the last, for what is due, what changed and what was restated."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sample_facts import facts

from kpi_workshop import runs
from kpi_workshop.crm.sources import import_crm
from kpi_workshop.steps import facts as everything
from kpi_workshop.steps import identity, past_reports

D = dt.date
DEALS = """opportunity_id,seller,status,opened_on,closed_on,amount
A,Ann Lee,won,2026-01-05,2026-05-04,1000
B,Bob Ray,lost,2026-01-06,2026-05-05,
C,Bob Ray,open,2026-01-07,,300
"""


def leave(engagement, told: dict, *, finished: bool = True, altered: bool = False) -> None:
    """What a run leaves of these facts; facts that were written to afterwards are not those of its manifest."""
    folder = engagement.run_folder(told["as_of"])
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(told)
    (folder / "facts.json").write_text(text + " " * altered, encoding="utf-8")
    if finished:
        known = {"outputs_sha256": {"facts.json": runs.sha256(text.encode())}}
        (folder / "manifest.json").write_text(json.dumps(known), encoding="utf-8")


@pytest.fixture
def export(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "deals.csv").write_text(DEALS, encoding="utf-8")
    return folder


def test_only_a_finished_run_of_an_earlier_day_that_claimed_something_is_the_one_before(engagement):
    def at(day: str, *, passes: bool = True) -> dict:
        return facts(as_of=day) | {"gate": {"passes": passes}}

    leave(engagement, at("2024-04-01"))
    leave(engagement, at("2024-04-08"))
    leave(engagement, at("2024-04-15", passes=False))
    leave(engagement, at("2024-04-22"), finished=False)
    leave(engagement, at("2024-04-29"), altered=True)
    leave(engagement, at("2024-05-06"))
    assert past_reports.last_before(engagement, day=D(2024, 5, 6))["as_of"] == "2024-04-08"
    assert past_reports.last_before(engagement, day=D(2024, 5, 7))["as_of"] == "2024-05-06"
    assert past_reports.last_before(engagement, day=D(2024, 4, 1)) is None
    for name, text in (("manifest.json", "{"), ("manifest.json", '{"outputs_sha256": 7}'), ("facts.json", "{")):
        (engagement.run_folder("2024-05-06") / name).write_text(text, encoding="utf-8")
        assert past_reports.last_before(engagement, day=D(2024, 5, 7))["as_of"] == "2024-04-08"


def test_what_was_restated_and_what_is_due_are_told_against_one_and_the_same_report(engagement, export):
    import_crm(engagement, export)
    first = everything.facts(engagement, as_of=D(2026, 5, 10))
    assert first["previous"] is None and first["gate"]["restated"] == []
    leave(engagement, first)
    # A later run whose data did not pass the gate claimed nothing: nothing is told against it.
    leave(engagement, facts(as_of="2026-06-30") | {"gate": {"passes": False, "import": 1}})
    # The amount of a won deal is corrected; a deal that closes later than anything known restates nothing.
    (export / "deals.csv").write_text(
        DEALS.replace(",1000", ",900").replace("open,2026-01-07,", "won,2026-01-07,2026-05-12"), encoding="utf-8"
    )
    import_crm(engagement, export)
    second = everything.facts(engagement, as_of=D(2026, 5, 17))
    assert second["previous"] == {"as_of": "2026-05-10", "run": first["run"]}
    told = ["Said otherwise since the report of 10 May 2026: 1 won deal changed amount, 100 less in all (4 May 2026)."]
    assert second["gate"]["restated"] == told == second["gate"]["notes"][:1]
    # Done again it says the same; the next report is compared with this one, which knew the correction.
    assert everything.facts(engagement, as_of=D(2026, 5, 17)) == second
    leave(engagement, second)
    third = everything.facts(engagement, as_of=D(2026, 5, 18))
    assert (third["previous"]["as_of"], third["gate"]["restated"]) == ("2026-05-17", [])


def test_last_digits_that_depend_on_the_order_of_adding_up_are_not_kept() -> None:
    amounts = [0.1 + 1.1**n for n in range(200)]
    one = identity.settled({"lines": [{"value": sum(amounts)}], "name": "North", "many": 3, "none": None})
    other = identity.settled({"lines": [{"value": sum(reversed(amounts))}], "name": "North", "many": 3, "none": None})
    assert sum(amounts) != sum(reversed(amounts))
    assert one == other
    assert (one["name"], one["many"], one["none"]) == ("North", 3, None)

"""The facts of a day: worked out once, and again where anything that they depend on has changed."""

from __future__ import annotations

import datetime as dt

import pytest
from small_crm import D, seat, won, write

from kpi_workshop.kinds import Annotation, Pulse, Seat, Team
from kpi_workshop.pages import day
from kpi_workshop.pages.workshop import Workshop
from kpi_workshop.steps import facts as everything

AS_OF = D(2024, 6, 30)


@pytest.fixture
def here(engagement, monkeypatch):
    """An engagement with a deal; `worked` counts how often the facts were worked out."""
    engagement.records.save(Team(name="Field"), "Field", effective=dt.date(1900, 1, 1))
    seat(engagement, Seat(person="Ann", team="Field"))
    write(engagement, "opportunities", [won("Ann", D(2024, 6, 20))])
    real, worked = everything.facts, []
    monkeypatch.setattr(everything, "facts", lambda *given, **more: worked.append(1) or real(*given, **more))
    day._last.clear()
    return Workshop(engagement, AS_OF), worked


def test_facts_are_taken_from_memory_and_after_a_restart_from_the_cache(here):
    shown, worked = here
    first = day.facts(shown)
    assert day.facts(shown) == first
    day._last.clear()
    assert day.facts(shown) == first
    assert len(worked) == 1


def test_whatever_they_depend_on_makes_them_anew(here):
    shown, worked = here
    day.facts(shown)
    engagement = shown.engagement
    engagement.records.save(Annotation(day=AS_OF, text="A fair"), "a", effective=dt.date(1900, 1, 1))
    day.facts(shown)
    engagement.private.save(Pulse(team="Field", week=1, score=3), "p")
    day.facts(shown)
    write(engagement, "opportunities", [won("Ann", D(2024, 6, 20)), won("Ann", D(2024, 6, 21))])
    assert day.facts(shown)["gate"]["rows"][0]["rows"] == 2
    assert day.facts(Workshop(engagement, D(2024, 6, 23)))["as_of"] == "2024-06-23"
    assert len(worked) == 5


def test_a_damaged_cache_is_worked_out_again_and_nobody_else_may_read_it(here):
    shown, worked = here
    first = day.facts(shown)
    (file,) = shown.engagement.cache.glob("facts/*/*.json")
    assert file.stat().st_mode & 0o077 == 0
    file.write_text("{", encoding="utf-8")
    day._last.clear()
    assert day.facts(shown) == first
    assert len(worked) == 2

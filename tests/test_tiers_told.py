"""How many sellers are in each tier is drawn of a team only where that tells of nobody."""

from __future__ import annotations

import datetime as dt

from small_crm import seat

from kpi_workshop.kinds import PerformerTier, Seat, Team
from kpi_workshop.pages import org_drawing
from kpi_workshop.steps import org_chart, tiers

EVER = dt.date(1900, 1, 1)
AS_OF = dt.date(2024, 6, 30)


def staffed(engagement, **teams: str):
    """Teams whose sellers have these tiers, one letter each: t, m, l, or - for one without."""
    words = {"t": "top", "m": "middle", "l": "low"}
    for team, letters in teams.items():
        engagement.records.save(Team(name=team), team, effective=EVER)
        for number, letter in enumerate(letters):
            person = f"{team}{number}"
            seat(engagement, Seat(person=person, team=team))
            if letter in words:
                engagement.records.save(PerformerTier(person=person, tier=words[letter]), person, effective=EVER)
    return org_chart.chart(engagement, as_of=AS_OF)


def test_tiers_are_counted_where_each_has_enough_people(engagement):
    places = staffed(engagement, Field="tttmmmmlll", Inside="tttmmml", Small="tm")
    assert tiers.told(engagement, places, as_of=AS_OF) == {"Field": {"top": 3, "middle": 4, "low": 3}}


def test_a_tier_that_could_be_worked_out_from_the_others_is_not_told(engagement):
    places = staffed(engagement, Field="tttmmm-", Inside="tttmmm")
    assert tiers.told(engagement, places, as_of=AS_OF) == {"Inside": {"top": 3, "middle": 3, "low": 0}}


def test_the_drawing_says_tiers_and_where_they_are_too_few(engagement):
    places = staffed(engagement, Field="tttmmmmlll", Inside="tm")
    told = tiers.told(engagement, places, as_of=AS_OF)
    drawn = org_drawing.org_chart(places, teams=["Field", "Inside"], spans=org_chart.spans(places), tiers=told)
    assert "Field: 10 sellers; tiers: 3 top, 4 middle, 3 low." in drawn.says
    assert "tiers" not in drawn.says.split("Inside:")[1]
    assert "3 top, 4 middle, 3 low" in drawn.svg
    assert "tiers: too few to tell" in drawn.svg

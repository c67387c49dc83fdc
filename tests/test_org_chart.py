"""The org chart: problems named by row, seats over time, spans counted by hand, tiers proposed and overridden."""

import datetime as dt
import json
import sys
import types

import pandas as pd
import pytest

from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Business, Goal, Hypothesis, Interview, PerformerTier, Person, Seat, Stage, Team
from kpi_workshop.pages import org_chart as page
from kpi_workshop.pages.workshop import Workshop
from kpi_workshop.steps import org_chart, rows_of_people, tiers

DAY = dt.date(2026, 6, 30)
TEAMS = ("Inside Sales", "Field Sales")


def row(name, team="Inside Sales", manager="", role="seller", **more):
    return {"name": name, "team": team, "manager": manager, "role": role, **more}


def staffed(engagement, rows):
    org_chart.save_teams(engagement, [{"name": team} for team in TEAMS])
    org_chart.save_people(engagement, rows)
    return engagement


STAFF = [
    row("Ann", role="executive"),
    row("Ben", manager="Ann", role="manager"),
    row("Cy", manager="Ben"),
    row("Di", manager="Ben"),
    row("Ed", team="Field Sales", manager="Ann", role="manager"),
    row("Flo", team="Field Sales", manager="Ed"),
]


def says(rows):
    return [(number, words) for number, words in rows_of_people.problems(rows, teams=TEAMS)]


def test_sound_rows_have_no_problem_and_several_roots_are_fine():
    assert says(STAFF) == []
    assert says([row("Ann"), row("Ben")]) == []


def test_an_unknown_team_is_named_with_its_row_and_the_nearest_name():
    [(number, words)] = says([row("Ann"), row("Ben", team="Insde Sales")])
    assert number == 2
    assert words.startswith("Team 'Insde Sales' is not in the org chart. Did you mean: Inside Sales")


def test_a_person_without_a_team_is_named_by_row():
    assert says([row("Ann", team="")]) == [(1, "'Ann' has no team.")]


def test_an_unknown_manager_is_named_with_the_nearest_name():
    assert says([row("Benjamin"), row("Cy", manager="Benjamn")]) == [
        (2, "The manager 'Benjamn' is not among the people. Did you mean: Benjamin?")
    ]


def test_a_circle_of_managers_is_told_as_a_circle():
    [(number, words)] = says([row("Ann", manager="Cy"), row("Ben", manager="Ann"), row("Cy", manager="Ben")])
    assert number == 1 and words == "These people manage one another in a circle: Ann → Cy → Ben → Ann."
    assert says([row("Ann", manager="Ann")]) == [(1, "'Ann' is their own manager.")]


def test_a_seller_in_two_teams_at_once_is_refused_and_one_who_moved_is_not():
    [(number, words)] = says([row("Ann"), row("Ann", team="Field Sales")])
    assert number == 2 and "see row 1" in words
    moved = [row("Ann", valid_to=dt.date(2026, 3, 31)), row("Ann", team="Field Sales", valid_from=dt.date(2026, 4, 1))]
    assert says(moved) == []


def test_the_last_day_of_one_seat_may_not_be_the_first_of_the_next():
    day = dt.date(2026, 3, 31)
    assert len(says([row("Ann", valid_to=day), row("Ann", team="Field Sales", valid_from=day)])) == 1


def test_a_manager_may_lead_two_teams():
    both = [row("Ann", role="manager"), row("Ann", team="Field Sales", role="manager"), row("Ben", manager="Ann")]
    assert says(both) == []


def test_two_people_of_one_name_are_told_apart_by_id():
    rows = [row("Ann Lee", person="u1"), row("Ann Lee", person="u2"), row("Cy", manager="Ann Lee")]
    assert says(rows) == [(3, "Two people are called 'Ann Lee': name the manager by id (u1, u2).")]
    rows[2]["manager"] = "u2"
    assert says(rows) == []


def test_nothing_is_saved_when_one_row_is_wrong(engagement):
    staffed(engagement, STAFF)
    before = engagement.records.fingerprint()
    with pytest.raises(WorkshopError, match="Row 2: 'Ben' is their own manager"):
        org_chart.save_people(engagement, [row("Ann"), row("Ben", manager="Ben")])
    assert engagement.records.fingerprint() == before


def test_only_what_differs_gets_a_new_version(engagement):
    staffed(engagement, STAFF)
    changed = [dict(r, title="Coach") if r["name"] == "Ben" else r for r in STAFF if r["name"] != "Di"]
    org_chart.save_people(engagement, changed)
    versions = {key: engagement.records.version(Person, key) for key in ("Ann", "Ben", "Cy", "Di")}
    assert versions == {"Ann": 1, "Ben": 2, "Cy": 1, "Di": 2}
    assert "Di" not in engagement.records.current(Person)
    assert sorted(seat.person for seat in engagement.records.current(Seat).values()) == [
        "Ann",
        "Ben",
        "Cy",
        "Ed",
        "Flo",
    ]


def test_seats_that_an_import_recorded_keep_their_key(engagement):
    org_chart.save_teams(engagement, [{"name": "Inside Sales"}])
    engagement.records.save_all(
        [("a", Person(person="a", name="Ann")), ("any key", Seat(person="a", team="Inside Sales"))]
    )
    org_chart.save_people(engagement, [row("Ann", person="a", manager="")])
    assert list(engagement.records.current(Seat)) == ["any key"]


def test_the_chart_shows_who_sat_where_on_the_day_asked_for(engagement):
    rows = [
        row("Ann", valid_to=dt.date(2026, 3, 31)),
        row("Ann", team="Field Sales", valid_from=dt.date(2026, 4, 1)),
    ]
    staffed(engagement, rows)
    seen = {day: [p.team for p in org_chart.chart(engagement, as_of=day)] for day in (dt.date(2017, 1, 1), DAY)}
    assert seen == {dt.date(2017, 1, 1): ["Inside Sales"], DAY: ["Field Sales"]}


def test_spans_count_the_people_below_each_manager(engagement):
    staffed(engagement, STAFF)
    assert org_chart.spans(org_chart.chart(engagement, as_of=DAY)) == {"Ann": 2, "Ben": 2, "Ed": 1}


def test_a_team_with_people_is_not_removed_and_two_teams_cannot_share_a_name(engagement):
    staffed(engagement, STAFF)
    with pytest.raises(WorkshopError, match="'Field Sales' has 2 people"):
        org_chart.save_teams(engagement, [{"name": "Inside Sales"}])
    with pytest.raises(WorkshopError, match="Two teams are called 'inside sales'"):
        org_chart.save_teams(engagement, [{"name": "Inside Sales"}, {"name": "inside sales"}])


def test_what_is_missing_is_said_until_nothing_is(engagement):
    assert org_chart.missing(engagement, as_of=DAY) == ["There is no team yet: every plan belongs to one."]
    staffed(engagement, STAFF[:5])
    lines = " ".join(org_chart.missing(engagement, as_of=DAY))
    assert "Field Sales has no sellers" in lines and "no goal yet" in lines and "not confirmed yet" in lines
    staffed(engagement, STAFF)
    tiers.save(engagement, [{"person": p, "tier": "top"} for p in ("Cy", "Flo")], as_of=DAY)
    goal = {"goal": "Grow", "number": 20.0, "by": DAY}
    org_chart.save_goals(engagement, [goal], business=Business(industry="software"), as_of=DAY)
    org_chart.save_process(engagement, [{"stage": "qualified", "evidence": "need, budget, need"}])
    assert org_chart.missing(engagement, as_of=DAY) == []
    assert engagement.records.get(Stage, "qualified").evidence == ("need", "budget")
    assert engagement.records.get(Goal, "Grow").number == 20.0


def test_no_copy_of_the_page_says_who_performs_how(engagement):
    staffed(engagement, STAFF)
    here = Workshop(engagement, DAY)
    before = (page.picture(here).svg, page.picture(here).says)
    tiers.save(engagement, [{"person": "Cy", "tier": "top"}, {"person": "Flo", "tier": "low"}], as_of=DAY)
    assert (page.picture(here).svg, page.picture(here).says) == before
    told = page.tiers(here)._repr_html_()
    assert "2 of" in told and not [word for word in ("Cy", "Flo", "top", "low") if f">{word}<" in told.lower()]


def test_the_default_process_is_the_five_stages():
    assert [stage.stage for stage in org_chart.default_stages()] == ["qualified", "discovery", "trial", "close", "lost"]


def test_a_renamed_team_keeps_its_people_goals_stages_and_hypothesis_and_one_click_takes_it_back(engagement):
    here = Workshop(staffed(engagement, STAFF), DAY)
    goal = {"goal": "Grow", "number": 20.0, "by": DAY, "team": "Inside Sales"}
    org_chart.save_goals(engagement, [goal], business=Business(), as_of=DAY)
    org_chart.save_process(
        engagement, [{"stage": "close", "owner_team": "Inside Sales", "hand_off_to": "Inside Sales"}]
    )
    engagement.private.save(Hypothesis(team="Inside Sales", metrics=("Win rate",)), "Inside Sales")

    def where(name):
        seats = [seat.team for seat in engagement.records.current(Seat).values()]
        stage = engagement.records.get(Stage, "close")
        found = (seats.count(name), engagement.records.get(Goal, "Grow").team == name, stage.owner_team == name)
        return (*found, stage.hand_off_to == name, engagement.private.get(Hypothesis, name) is not None)

    form = page.teams_form(here)
    rows = [dict(r, name="Telephone") if r["name"] == "Inside Sales" else r for r in form._load()["teams"]]
    form.fill(teams=rows)
    assert form.status.startswith("Saved") and where("Telephone") == (4, True, True, True, True)
    assert engagement.private.get(Hypothesis, "Telephone").team == "Telephone"
    again = page.teams_form(here)
    again.press("undo")
    assert where("Inside Sales") == (4, True, True, True, True) and where("Telephone") == (0,) + (False,) * 4
    assert [team.name for team in org_chart.teams(engagement)] == list(TEAMS)


def test_a_team_that_interviews_name_keeps_its_name(engagement):
    staffed(engagement, STAFF)
    interview = Interview(interview="i", interviewee="X", role="top", teams=("Inside Sales",), held_on=DAY)
    engagement.private.save(interview, "i")
    with pytest.raises(WorkshopError, match="'Inside Sales' keeps its name: interviews, a charter"):
        org_chart.save_teams(engagement, [{"key": "Inside Sales", "name": "Phone"}, {"name": "Field Sales"}])
    with pytest.raises(WorkshopError, match="'Inside Sales' is the name of another team"):
        org_chart.save_teams(engagement, [{"key": "Field Sales", "name": "Inside Sales"}])


# Tiers


@pytest.fixture
def revenue(monkeypatch):
    """Stands in for the measures: revenue by seller as given."""

    def given(values, *, why_not=""):
        def table(engagement, measure, *, by, every, as_of, since):
            assert (measure, by, every) == ("revenue", "seller", "all")
            assert since == dt.date(2025, 7, 1) and as_of == DAY
            return pd.DataFrame({"by": list(values), "value": list(values.values())})

        fake = types.SimpleNamespace(
            measure_table=table, availability=lambda engagement, *, as_of: {"revenue": why_not}
        )
        monkeypatch.setitem(sys.modules, "kpi_workshop.crm.measures", fake)
        monkeypatch.setattr("kpi_workshop.crm.measures", fake, raising=False)

    return given


def test_one_seller_in_five_is_proposed_as_top_and_one_as_low(engagement, revenue):
    names = [f"Seller {i:02}" for i in range(10)]
    staffed(engagement, [row(name) for name in names])
    revenue({name: 100.0 * i for i, name in enumerate(names)})
    found = tiers.proposed(engagement, as_of=DAY)
    assert [found[name].tier for name in names] == ["low"] * 2 + ["middle"] * 6 + ["top"] * 2
    assert found["Seller 09"].reason.startswith("Number 1 of 10 by revenue won")


def test_no_proposal_comes_with_its_reason(engagement, revenue):
    staffed(engagement, [row("A"), row("B"), row("C", team="Field Sales", valid_from=dt.date(2026, 6, 1))])
    revenue({"A": 5.0})
    found = tiers.proposed(engagement, as_of=DAY)
    assert [p.tier for p in found.values()] == ["", "", ""]
    assert found["A"].reason.startswith("Fewer than 3") and "fewer than 90 days" in found["C"].reason
    revenue({}, why_not="There are no opportunities.")
    assert tiers.proposed(engagement, as_of=DAY)["A"].reason == "No proposal: There are no opportunities."


def test_a_tier_set_by_hand_stays_and_can_be_undone(engagement, revenue):
    staffed(engagement, [row(name) for name in "ABCD"])
    revenue({"A": 4.0, "B": 3.0, "C": 2.0, "D": 1.0})
    form = page.tiers_form(Workshop(engagement, DAY))
    shown = form._shown["tiers"]
    kept = form.get_state()
    assert '"proposed"' not in json.dumps([kept["spec"], kept.get("state")]), "who performs how is not in the notebook"
    assert [(r["name"], r["tier"], r["basis"]) for r in shown] == [
        ("A", "top", "proposed"), ("B", "middle", "proposed"), ("C", "middle", "proposed"), ("D", "low", "proposed"),
    ]  # fmt: skip
    form.fill(tiers=[dict(r, tier="top", reason="New ground.") if r["name"] == "D" else r for r in shown]).press()
    assert {p: t.tier for p, t in form.value.items()} == {"A": "top", "B": "middle", "C": "middle", "D": "top"}
    assert tiers.confirmed(engagement, as_of=DAY)["D"].reason == "New ground."
    form.press("undo")
    assert engagement.records.current(PerformerTier) == {}


# Pages


def test_the_people_form_reads_back_what_it_shows(engagement):
    here = Workshop(staffed(engagement, STAFF), DAY)
    form = page.people_form(here)
    before = engagement.records.fingerprint()
    form.fill(people=form._load()["people"])
    assert form.rows == {} and engagement.records.fingerprint() == before


def test_a_problem_stands_at_its_row_on_the_page(engagement):
    here = Workshop(staffed(engagement, STAFF), DAY)
    form = page.people_form(here)
    form.fill(people=[dict(r, manager="Bem") if r["name"] == "Cy" else r for r in STAFF])
    assert form.state["rows"]["people"]["2"].startswith("The manager 'Bem' is not among the people. Did you mean: Ben")


def test_the_picture_says_in_words_what_it_draws(engagement):
    here = Workshop(staffed(engagement, STAFF), DAY)
    drawn = page.picture(here)
    assert drawn.says == (
        "Org chart: 2 teams, 6 people. Inside Sales: 2 sellers, 1 manager under Ben. "
        "Field Sales: 1 seller, 1 manager under Ed."
    )
    assert 'role="img"' in drawn.svg and "Flo" in drawn.svg


def test_people_in_a_circle_are_drawn_all_the_same(engagement):
    org_chart.save_teams(engagement, [{"name": "Inside Sales"}])
    for name, manager in (("Ann", "Ben"), ("Ben", "Ann"), ("Cy", "")):
        engagement.records.save(Seat(person=name, team="Inside Sales", manager=manager), name, effective=DAY)
    drawn = page.picture(Workshop(engagement, DAY)).svg
    assert all(f">{name}<" in drawn for name in ("Ann", "Ben", "Cy"))


def test_three_hundred_people_become_a_box_a_team(engagement):
    rows = [row("Lead", role="manager")] + [row(f"Seller {i}", manager="Lead") for i in range(299)]
    drawn = page.picture(Workshop(staffed(engagement, rows), DAY))
    assert "299 sellers" in drawn.svg and "Seller 17" not in drawn.svg and "Lead" in drawn.svg


def test_markup_in_a_name_is_shown_as_text(engagement):
    here = Workshop(staffed(engagement, [row("<script>x</script>")]), DAY)
    assert "<script>" not in page.picture(here).svg
    assert "<script>" not in page.people(here)._repr_html_()


def test_pages_of_an_empty_engagement_say_what_to_do(engagement):
    here = Workshop(engagement, DAY)
    assert "enter teams and people" in page.picture(here)._repr_html_()
    assert "confirm the stages" in page.process_picture(here)._repr_html_()
    assert "Enter the teams first" in page.people_form(here).spec["fields"][0]["help"]


def test_the_process_is_drawn_in_order_with_its_evidence(engagement):
    here = Workshop(engagement, DAY)
    page.process_form(here).press()
    drawn = page.process_picture(here)
    assert drawn.says.startswith("Sales process, in order: qualified, to be known: budget, authority, need, timeframe;")
    assert "Conversion and time per stage: not computable: no CRM data were imported yet." in drawn.says


def test_goals_that_no_measure_fits_are_kept_and_pointed_out(engagement):
    here = Workshop(engagement, DAY)
    org_chart.save_teams(engagement, [{"name": "Inside Sales"}])
    form = page.goals_form(here).fill(
        goals=[{"goal": "Grow", "measure": "happiness of owls", "number": 3.0, "by": DAY}]
    )
    assert "kept as written: happiness of owls" in form.said
    form.fill(goals=[{"goal": "Grow", "measure": "Win rate", "number": 3.0, "by": DAY}])
    assert engagement.records.get(Goal, "Grow").measure == "win_rate" and "Win rate" in repr(page.goals(here))
    form.press("undo")
    assert repr(page.goals(here)).splitlines()[-1] == "Grow | happiness of owls | 3 |  | 30 June 2026 | "
    assert engagement.records.current(Team).keys() == {"Inside Sales"}

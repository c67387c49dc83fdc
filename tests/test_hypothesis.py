"""The hypothesis: one team each, sealed once, and in nothing that others see."""

import datetime as dt
import hashlib
import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from kpi_workshop import bundle
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Hypothesis, HypothesisLink, Interview, Seal, Suggestion
from kpi_workshop.pages import hypothesis as page
from kpi_workshop.pages.plain import PlainList
from kpi_workshop.pages.workshop import Workshop
from kpi_workshop.steps import hypothesis, org_chart

DAY = dt.date(2026, 6, 30)
SECRETS = ("Zebra ratio", "Walrus count", "Phoning walruses", "Feeding zebras", "Naming owls")


@pytest.fixture
def teamed(engagement):
    org_chart.save_teams(engagement, [{"name": "Inside Sales"}, {"name": "Field Sales"}])
    return engagement


def link(activity, moves, **more):
    return HypothesisLink(activity=activity, moves=moves, **({"size": 0.1, "delay_weeks": 6} | more))


def guess(team="Inside Sales"):
    links = (link(SECRETS[2], SECRETS[0]), link(SECRETS[3], SECRETS[0]), link(SECRETS[4], SECRETS[1], direction="down"))
    return Hypothesis(team=team, metrics=SECRETS[:2], links=links)


def state_of(engagement, team="Inside Sales"):
    return next(s for s in hypothesis.state(engagement, as_of=DAY) if s.team == team)


def test_the_seal_is_the_sha256_of_plain_sorted_json():
    text = (
        '{"links":[{"activity":"A","delay_weeks":6,"direction":"up","moves":"M","size":0.1}],'
        '"metrics":["M"],"team":"Équipe"}'
    ).replace("É", "\\u00c9")
    made = Hypothesis(team="Équipe", metrics=("M",), links=(link("A", "M"),))
    assert hypothesis.seal_of(made) == hashlib.sha256(text.encode()).hexdigest()


def test_a_hypothesis_belongs_to_one_team(teamed):
    for everyone in ("", "Organisation", "all teams"):
        with pytest.raises(WorkshopError, match="belongs to one team"):
            hypothesis.save(teamed, Hypothesis.model_construct(team=everyone, metrics=(), links=()))
    with pytest.raises(WorkshopError, match=r"'Insde Sales' is not in the org chart. Did you mean: Inside Sales"):
        hypothesis.save(teamed, guess("Insde Sales"))


def test_fewer_are_told_and_more_need_a_reason(teamed):
    five = tuple(link(f"Act {i}", "M0") for i in range(5))
    many = Hypothesis(team="Inside Sales", metrics=("M0", "M1", "M2", "M3"), links=five)
    with pytest.raises(WorkshopError, match="4 metrics, where 3 are the most and 5 activities, where 4 are the most"):
        hypothesis.save(teamed, many)
    hypothesis.save(teamed, many.model_copy(update={"reason": "Two markets in one team."}))
    assert len(teamed.private.get(Hypothesis, "Inside Sales").links) == 5
    told = hypothesis.save(teamed, Hypothesis(team="Inside Sales", metrics=("M0",), links=five[:1]))
    assert "1 metric, where 2 or 3 are asked for." in told and "1 activity, where 3 or 4 are asked for." in told


def test_a_fifth_activity_waits_in_the_form_for_its_reason(teamed):
    form = page.form(Workshop(teamed, DAY))
    rows = [{"activity": f"Act {i}", "moves": "M"} for i in range(5)]
    form.fill(metrics=[{"metric": "M"}], activities=rows)
    assert "5 activities" in form.problems["reason"] and len(form._shown["activities"]) == 5
    assert not teamed.private.file.exists()
    form.fill(reason="Two markets in one team.")
    assert hypothesis.of(teamed, "Inside Sales").reason == "Two markets in one team."


def test_the_leader_sees_when_it_was_sealed_and_its_fingerprint(teamed):
    hypothesis.save(teamed, guess())
    form = page.form(Workshop(teamed, DAY), team="Inside Sales")
    assert form._shown["sealed"] == ""
    made = hypothesis.seal(teamed, "Inside Sales")
    form.refresh()
    assert made.sha256 in form._shown["sealed"] and "is what was sealed" in form._shown["sealed"]
    form.fill(metrics=[{"metric": m} for m in (*SECRETS[:2], "Third")])
    assert "differs from it" in hypothesis.seal_words(teamed, "Inside Sales")
    assert made.sha256 not in json.dumps(form._repr_mimebundle_()) + json.dumps(form.get_state(), default=str)


def test_a_name_near_the_catalogue_is_told_with_the_nearest(teamed):
    told = hypothesis.save(teamed, Hypothesis(team="Inside Sales", metrics=("Win rat", "Win rate")))
    [line] = [t for t in told if "Win rat'" in t]
    assert "kept as new. Nearest:" in line and "win rate" in line.casefold()
    assert not [t for t in told if "'Win rate'" in t]


def test_an_activity_must_move_a_metric_that_is_named(teamed):
    wrong = Hypothesis(team="Inside Sales", metrics=("Win rate",), links=(link("Calls", "Win rte"),))
    with pytest.raises(WorkshopError, match=r"'Win rte' is not one of the metrics above. Did you mean: Win rate"):
        hypothesis.save(teamed, wrong)


def test_the_first_seal_stays_and_a_later_change_is_said(teamed):
    hypothesis.save(teamed, guess())
    first = hypothesis.seal(teamed, "Inside Sales")
    assert first.sha256 == hypothesis.seal_of(guess()) and not state_of(teamed).changed
    changed = guess().model_copy(update={"metrics": (*guess().metrics, "Third")})
    assert "This differs from what was sealed, and every page will say so." in hypothesis.save(teamed, changed)
    assert hypothesis.seal(teamed, "Inside Sales") == first
    assert state_of(teamed).changed and "Changed since it was sealed" in state_of(teamed).says
    assert hypothesis.sealed(teamed, "Inside Sales") == guess()
    hypothesis.save(teamed, guess())
    assert not state_of(teamed).changed


def test_a_seal_made_again_over_a_changed_hypothesis_is_noticed(teamed):
    hypothesis.save(teamed, guess())
    hypothesis.seal(teamed, "Inside Sales")
    other = guess().model_copy(update={"metrics": (*SECRETS[:2], "Other")})
    hypothesis.save(teamed, other)
    forged = Seal(team="Inside Sales", sha256=hypothesis.seal_of(other), hypothesis_version=2)
    teamed.private.save(forged, "Inside Sales")
    assert state_of(teamed).changed


def test_without_a_hypothesis_there_is_nothing_to_seal_and_the_late_one_is_said(teamed):
    assert hypothesis.seal(teamed, "Inside Sales") is None
    interview = Interview(interview="i", interviewee="X", role="top", teams=("Inside Sales",), held_on=DAY)
    teamed.private.save(interview, "i", effective=DAY)
    assert state_of(teamed).late and "nothing to score" in state_of(teamed).says
    assert not state_of(teamed, "Field Sales").late


def test_what_is_missing_names_teams_and_numbers_only(teamed):
    hypothesis.save(teamed, guess())
    hypothesis.save(teamed, Hypothesis(team="Field Sales", metrics=SECRETS[:1]))
    lines = hypothesis.missing(teamed, as_of=DAY)
    assert lines == ["Field Sales: 1 metric, where 2 or 3 are asked for. 0 activities, where 3 or 4 are asked for."]
    hypothesis.save(teamed, guess("Field Sales"))
    assert hypothesis.missing(teamed, as_of=DAY) == []


def test_a_packed_copy_says_that_the_private_store_is_not_here(teamed):
    teamed.records.save(Suggestion(suggestion="s", text="Call back sooner"), "s", effective=DAY)
    here = Workshop(teamed, DAY)
    assert "private store is not here" in hypothesis.missing(teamed, as_of=DAY)[0]
    for shown in (page.form(here), page.state(here), page.picture(here), page.missing(here)):
        assert isinstance(getattr(shown, "now", shown), PlainList) and "private store is not here" in repr(shown)
    assert not teamed.private.file.exists()


# The form


def fill(form, team="Inside Sales"):
    rows = [
        {"activity": SECRETS[2], "moves": SECRETS[0].upper(), "direction": "up", "size": 10.0, "delay_weeks": 6},
        {"activity": SECRETS[3], "moves": SECRETS[0], "direction": "up", "size": 10.0, "delay_weeks": 6},
        {"activity": SECRETS[4], "moves": SECRETS[1], "direction": "down", "size": 10.0, "delay_weeks": 6},
    ]
    return form.fill(team=team, metrics=[{"metric": m} for m in SECRETS[:2]], activities=rows)


def test_the_form_records_the_guess_and_starts_at_it_again(teamed):
    form = fill(page.form(Workshop(teamed, DAY))).press()
    assert form.value == guess() == hypothesis.of(teamed, "Inside Sales")
    assert "is not in the catalogue" in form.said
    again = page.form(Workshop(teamed, DAY), team="Inside Sales")
    assert again._shown["activities"][2]["size"] == "10" and again._is_as(again._seen)
    assert page.form(Workshop(teamed, DAY))._shown["team"] == "Field Sales", "it starts at the first incomplete team"


def test_choosing_another_team_saves_the_one_before(teamed):
    form = fill(page.form(Workshop(teamed, DAY)))
    form.fill(team="Field Sales")
    assert hypothesis.of(teamed, "Inside Sales") == guess() and form._shown["metrics"] == []
    form.press("undo")
    assert hypothesis.of(teamed, "Inside Sales") == Hypothesis(team="Inside Sales")
    assert form._shown["team"] == "Inside Sales"


def test_choosing_another_team_does_not_lose_what_cannot_be_saved(teamed):
    form = page.form(Workshop(teamed, DAY)).fill(activities=[{"activity": "Calls", "moves": "Nothing"}])
    form.fill(team="Field Sales")
    assert form._shown["team"] == "Inside Sales" and form._shown["activities"][0]["activity"] == "Calls"
    assert "is not one of the metrics above" in form.rows["activities"][1]


def test_looking_at_another_team_records_nothing(teamed):
    form = page.form(Workshop(teamed, DAY))
    sent = {"team": "Field Sales", "metrics": [{"metric": ""}], "activities": [{"activity": "", "moves": ""}]}
    form._handle_custom_msg({"kind": "change", "values": sent}, [])
    assert form._shown["team"] == "Field Sales" and not teamed.private.file.exists()


def test_nothing_shared_repeats_a_word_of_it(teamed):
    here = Workshop(teamed, DAY)
    form = fill(page.form(here)).press()
    hypothesis.seal(teamed, "Inside Sales")
    shown = [page.state(here), page.picture(here), page.missing(here), form, *hypothesis.state(teamed, as_of=DAY)]
    text = "".join(repr(s) for s in shown) + json.dumps(form._repr_mimebundle_()) + page.picture(here).svg
    text += page.state(here)._repr_html_() + json.dumps(form.get_state(), default=str)
    assert not [secret for secret in SECRETS if secret.casefold() in text.casefold()]
    assert "1 of 2 teams complete, 1 sealed." in text


# The notebooks


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Both notebooks run as a scheduler runs them, on an engagement whose hypothesis is written and sealed."""
    from kpi_workshop import engagement as engagements

    made = engagements.create(tmp_path_factory.mktemp("notebooks") / "acme")
    org_chart.save_teams(made, [{"name": "Inside Sales"}, {"name": "Field Sales"}])
    people = [{"name": "Ann", "team": "Inside Sales", "role": "manager"}, {"name": "Ben", "team": "Field Sales"}]
    org_chart.save_people(made, [*people, {"name": "Cy", "team": "Inside Sales", "manager": "Ann"}])
    hypothesis.save(made, guess())
    hypothesis.seal(made, "Inside Sales")
    run = {}
    for file in sorted(bundle.folder("notebooks").glob("0[12]_*.ipynb")):
        notebook = nbformat.read(file, as_version=4)
        [at] = [i for i, c in enumerate(notebook.cells) if "parameters" in c.metadata.get("tags", [])]
        given = f"engagement = {str(made.folder)!r}\nas_of = {DAY.isoformat()!r}"
        notebook.cells.insert(at + 1, nbformat.v4.new_code_cell(given))
        client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(made.folder.parent)}})
        run[file.stem] = client.execute()
    return run


def outputs(notebook, kind):
    return [o["data"][kind] for c in notebook.cells for o in c.get("outputs", []) if kind in o.get("data", {})]


def test_the_org_chart_notebook_shows_what_is_recorded(executed):
    shown = "".join(outputs(executed["01_org_chart"], "text/html"))
    assert "2 sellers in 2 teams" in shown and ">Ben<" in shown
    assert "There is no goal yet" in shown
    errors = [o for c in executed["01_org_chart"].cells for o in c.get("outputs", []) if o.output_type == "error"]
    assert errors == []


def test_the_executed_hypothesis_notebook_holds_no_word_of_the_hypothesis(executed):
    notebook = executed["02_hypothesis"]
    everything = nbformat.writes(notebook)
    assert "widgets" in notebook.metadata, "widget state was saved, and searched too"
    assert not [secret for secret in SECRETS if secret.casefold() in everything.casefold()]
    assert "1 of 2 teams complete, 1 sealed." in "".join(outputs(notebook, "text/html"))


@pytest.mark.parametrize("name", ["01_org_chart", "02_hypothesis"])
def test_forms_leave_a_plain_line_where_no_widget_can_be_shown(executed, name):
    for cell in executed[name].cells:
        for output in cell.get("outputs", []):
            if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
                assert "aved" in output["data"]["text/html"]


def test_the_notebooks_hold_no_path_of_this_machine():
    for file in bundle.folder("notebooks").glob("0[12]_*.ipynb"):
        assert str(Path.home()) not in file.read_text(encoding="utf-8")


def test_the_form_shows_names_and_keeps_the_catalogues_ids(teamed):
    form = page.form(Workshop(teamed, DAY), team="Inside Sales")
    form.fill(
        metrics=[{"metric": "Win rate"}, {"metric": "Smiles"}],
        activities=[{"activity": "talk time", "moves": "win rate", "size": "10", "delay_weeks": "2"}],
    ).press()
    kept = hypothesis.of(teamed, "Inside Sales")
    assert (kept.metrics, kept.links[0].activity, kept.links[0].moves) == (
        ("win_rate", "Smiles"),
        "talk_time",
        "win_rate",
    )
    again = page.form(Workshop(teamed, DAY), team="Inside Sales")._shown
    assert [row["metric"] for row in again["metrics"]] == ["Win rate", "Smiles"]
    assert (again["activities"][0]["activity"], again["activities"][0]["moves"]) == ("Talk time", "Win rate")

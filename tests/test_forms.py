"""Forms: saved at once, confirmed by a line, undone by a button, and silent about what is private."""

import json

import ipywidgets
import pytest

from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Business, Hypothesis, Team
from kpi_workshop.pages import forms
from kpi_workshop.pages.forms import Field, Form, PrivateForm, Refused
from kpi_workshop.pages.table_editor import Column

SECRET = "zebra-counting"


def business_form(engagement, **more):
    store = engagement.records

    def load():
        found = store.get(Business, "business") or Business()
        return {"industry": found.industry, "stage": found.stage}

    def save(values):
        if values["industry"] == "crime":
            raise WorkshopError("'crime' is not an industry we advise.")
        store.save(Business(industry=values["industry"], stage=values["stage"]), "business")

    fields = [
        Field("industry", "Industry", needed=True),
        Field("stage", "Stage of business", kind="choice", choices=("startup", "growth")),
    ]
    return Form("Business", fields, load=load, save=save, tell=lambda: "One business.", store=store, **more)


def teams_form(engagement):
    store = engagement.records

    def save(values):
        wrong = {row["row"]: "Called like a dog." for row in values["teams"] if row["name"] == "Rex"}
        if wrong:
            raise Refused(rows={"teams": wrong})
        for key in store.current(Team):
            if key not in [row["name"] for row in values["teams"]]:
                store.withdraw(Team, key)
        store.save_all([(row["name"], Team(name=row["name"])) for row in values["teams"]])

    return Form(
        "Teams",
        [Field("teams", "Teams", kind="table", columns=[Column("name", "Name", needed=True)])],
        load=lambda: {"teams": [{"name": team} for team in sorted(store.current(Team))]},
        save=save,
        tell=lambda: f"{len(store.current(Team))} teams.",
        at_once=True,
    )


def private_form(engagement):
    store = engagement.private

    def load():
        found = store.get(Hypothesis, "Inside")
        return {"metric": found.metrics[0] if found else ""}

    return PrivateForm(
        "Guess",
        [Field("metric", "Metric")],
        load=load,
        save=lambda values: store.save(Hypothesis(team="Inside", metrics=(values["metric"],)), "Inside") and None,
        tell=lambda: "Recorded." if store.get(Hypothesis, "Inside") else "Nothing yet.",
    )


def test_pressing_save_records_and_says_when(engagement):
    form = business_form(engagement)
    assert form.status == "Nothing saved yet."
    form.fill(industry="software", stage="growth")
    assert engagement.records.get(Business, "business") is None and form.status == "Not saved yet."
    form.press()
    assert engagement.records.get(Business, "business") == Business(industry="software", stage="growth")
    assert form.status.startswith("Saved ") and form.value == {"industry": "software", "stage": "growth"}


def test_a_form_starts_at_what_is_recorded(engagement):
    business_form(engagement).fill(industry="software").press()
    again = business_form(engagement)
    assert again.state["values"]["industry"] == "software" and again.status.startswith("Saved ")


def test_a_table_saves_at_every_change_and_undo_goes_back_step_by_step(engagement):
    form = teams_form(engagement)
    form.fill(teams=[{"name": "Inside"}]).fill(teams=[{"name": "Inside"}, {"name": "Field"}])
    assert set(engagement.records.current(Team)) == {"Inside", "Field"}
    form.press("undo")
    assert set(engagement.records.current(Team)) == {"Inside"}
    form.press("undo").press("undo")
    assert engagement.records.current(Team) == {} and form.status == "There is nothing to undo."


def test_a_message_stands_beside_its_field_and_nothing_is_saved(engagement):
    form = business_form(engagement).fill(industry=" ").press()
    assert form.state["problems"] == {"industry": "This is needed."}
    form.fill(industry="crime").press()
    assert form.state["problem"] == "'crime' is not an industry we advise." and form.state["problems"] == {}
    assert engagement.records.get(Business, "business") is None and form.status.startswith("Not saved yet.")


def test_a_message_about_a_row_stands_at_that_row(engagement):
    form = teams_form(engagement).fill(teams=[{"name": "Inside"}, {"name": "Rex"}])
    assert form.state["rows"] == {"teams": {"1": "Called like a dog."}}
    assert engagement.records.current(Team) == {}


def test_what_the_page_sends_is_taken_as_typed(engagement):
    form = business_form(engagement)
    form._handle_custom_msg({"kind": "press", "button": "save", "values": {"industry": "retail", "stage": ""}}, [])
    assert engagement.records.get(Business, "business").industry == "retail"
    form._handle_custom_msg({"kind": "press", "button": "save", "values": {"industry": "retail", "stage": "x"}}, [])
    assert "'x' is not on the list" in form.problems["stage"]


def test_a_change_made_elsewhere_is_shown_and_none_is_lost(engagement):
    form = business_form(engagement)
    business_form(engagement).fill(industry="theirs").press()
    form.fill(industry="mine").press()
    assert form.conflict and engagement.records.get(Business, "business").industry == "theirs"
    form.press("theirs")
    assert form.state["values"]["industry"] == "theirs"
    form.press("undo")
    assert engagement.records.get(Business, "business").industry == "mine"


def test_keeping_mine_over_theirs_can_be_undone(engagement):
    form = business_form(engagement)
    business_form(engagement).fill(industry="theirs").press()
    form.fill(industry="mine").press().press()
    assert engagement.records.get(Business, "business").industry == "mine"
    assert form.press("undo").value["industry"] == "theirs"


def test_a_form_has_a_plain_fallback_with_everything_escaped(engagement):
    form = business_form(engagement)
    form.tell = lambda: "<script>alert(1)</script>"
    data, _ = form._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "<script>" not in data["text/html"] and "&lt;script&gt;" in data["text/html"]


def test_a_private_form_keeps_its_values_out_of_widget_state_and_representations(engagement):
    form = private_form(engagement).fill(metric=SECRET).press()
    assert engagement.private.get(Hypothesis, "Inside").metrics == (SECRET,)
    form.fill(metric=SECRET * 2)
    saved = json.dumps(ipywidgets.Widget.get_manager_state(), default=str)
    shown = json.dumps(form._repr_mimebundle_()) + repr(form) + str(form)
    assert SECRET not in saved and SECRET not in shown and SECRET not in json.dumps(form.get_state(), default=str)


def test_a_private_form_speaks_only_to_a_page_that_asked(engagement, monkeypatch):
    sent = []
    monkeypatch.setattr(PrivateForm, "send", lambda self, content, buffers=None: sent.append(content))
    form = private_form(engagement).fill(metric=SECRET).press()
    assert sent == []
    form._handle_custom_msg({"kind": "hello"}, [])
    assert sent[-1]["state"]["values"] == {"metric": SECRET}


def test_an_unknown_field_is_named(engagement):
    with pytest.raises(WorkshopError, match="no field 'indstry'"):
        business_form(engagement).fill(indstry="x")


def test_the_page_is_self_contained():
    script = forms.Form._esm.replace("http://www.w3.org/2000/svg", "")
    assert "innerHTML" not in script and "http" not in script and "import " not in script


def keyed_form(engagement):
    columns = [Column("key", "", hidden=True), Column("name", "Name", needed=True), Column("purpose", "Purpose")]

    def load():
        return {"teams": [t.model_dump() | {"key": t.name} for t in engagement.records.current(Team).values()]}

    def save(values):
        kept = [(row["name"], Team(name=row["name"], purpose=row["purpose"] or "")) for row in values["teams"]]
        gone = [(Team, key) for key in engagement.records.current(Team) if key not in dict(kept)]
        engagement.records.save_all(kept, without=gone)

    table = Field("teams", "Teams", kind="table", columns=columns, key="key", noun="team")
    store = engagement.records
    return Form("Teams", [table], load=load, save=save, tell=lambda: "", store=store, kinds=(Team,), at_once=True)


def rows(form, **purposes):
    return {"teams": [dict(row, purpose=purposes.get(row["name"], row["purpose"])) for row in form._shown["teams"]]}


def test_two_people_who_change_different_rows_are_put_together(engagement):
    keyed_form(engagement).fill(teams=[{"name": "Inside"}, {"name": "Field"}, {"name": "Partners"}])
    mine, theirs = keyed_form(engagement), keyed_form(engagement)
    theirs.fill(teams=[*rows(theirs, Inside="theirs")["teams"][:2], {"name": "Key"}])
    mine.fill(teams=[{"name": "New"}, *rows(mine, Field="mine")["teams"]])
    assert {name: team.purpose for name, team in engagement.records.current(Team).items()} == {
        "Inside": "theirs", "Field": "mine", "Key": "", "New": "",
    }  # fmt: skip
    assert not mine.conflict and [row["purpose"] for row in mine._shown["teams"]].count("theirs") == 1


def test_the_same_row_changed_by_two_people_is_shown_in_both_versions_and_waits(engagement):
    keyed_form(engagement).fill(teams=[{"name": "Inside", "purpose": "before"}, {"name": "Field"}])
    mine, theirs = keyed_form(engagement), keyed_form(engagement)
    theirs.fill(**rows(theirs, Inside="theirs"))
    mine.fill(**rows(mine, Inside="mine", Field="also mine"))
    assert mine.state["conflict"] == [{"what": "Team 'Inside'", "parts": (("Purpose", "mine", "theirs"),)}]
    assert engagement.records.get(Team, "Inside").purpose == "theirs"
    mine.press()
    assert {t.purpose for t in engagement.records.current(Team).values()} == {"mine", "also mine"}
    assert mine.press("undo") and engagement.records.get(Team, "Inside").purpose == "theirs"


def test_a_row_that_one_removed_and_the_other_changed_is_shown_to_the_second(engagement):
    keyed_form(engagement).fill(teams=[{"name": "Inside"}, {"name": "Field"}])
    mine, theirs = keyed_form(engagement), keyed_form(engagement)
    theirs.fill(**rows(theirs, Field="theirs"))
    mine.fill(teams=mine._shown["teams"][:1])
    assert mine.state["conflict"][0]["what"] == "Team 'Field'" and "removed" in str(mine.state["conflict"])
    mine.press("theirs")
    assert engagement.records.get(Team, "Field").purpose == "theirs" and mine._shown["teams"][1]["purpose"] == "theirs"


def test_undo_works_after_a_restart_and_takes_one_action_at_a_time(engagement):
    form = keyed_form(engagement).fill(teams=[{"name": "Inside"}])
    form.fill(teams=[{"name": "Inside", "purpose": "By telephone"}])
    again = keyed_form(engagement)
    assert again.state["undo"]
    assert again.press("undo").value["teams"][0]["purpose"] == ""
    assert again.press("undo").value["teams"] == [] and not again.state["undo"]


def test_what_another_form_saves_is_offered_here_and_what_is_typed_stays(engagement):
    def fields():
        return [Field("industry", "Industry", kind="choice", choices=list(engagement.records.current(Team)))]

    form = Form("About", fields, load=dict, save=lambda values: None, tell=lambda: "")
    engagement.records.save(Team(name="Inside"), "Inside")
    form._shown["industry"] = "Inside"
    form.refresh()
    assert form.spec["fields"][0]["choices"] == [["Inside", "Inside"]] and form._shown["industry"] == "Inside"

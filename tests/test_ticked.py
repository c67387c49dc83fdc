"""What could be ticked, found from answers; forms in other languages; totals that are nobody's answers."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from kpi_workshop.engagement import Engagement
from kpi_workshop.imports import answers, form_columns, ticked
from kpi_workshop.kinds import Interview, Team
from kpi_workshop.steps import notes

OPTIONS = (
    "Calls",
    "E-mail",
    "Events (fairs, meet-ups, dinners)",
    "Referrals, by customers or partners",
    "None of these",
)


@pytest.mark.parametrize("seed", range(5))
def test_options_that_hold_commas_are_found_again_from_what_was_ticked(seed: int) -> None:
    rng = random.Random(seed)
    picked = [[one for one in OPTIONS if rng.random() < 0.5] or ["Calls"] for _ in range(60)]
    said = [", ".join(one) for one in picked]
    said[7] += ", My own way, which nobody else has"
    found = ticked.options(said)
    assert set(found) == set(OPTIONS)
    for one, words in zip(picked, said, strict=True):
        assert notes.ticked(words, found)[: len(one)] == one


def test_microsoft_forms_ends_each_choice_and_free_text_is_none() -> None:
    assert set(ticked.options(["A, b;C;", "C;", "A, b;", "C;A, b;"], product="Microsoft Forms")) == {"A, b", "C"}
    free = [
        "I call them, then I wait.",
        "Ask why, listen, ask again.",
        "More time, fewer forms",
        "Nothing, really",
        "No",
    ]
    assert ticked.options(free) == ()
    assert ticked.options(["Red", "Blue", "Red", "Blue"]) == ()


def test_the_choices_of_a_real_survey_are_found(shared: Path) -> None:
    form = form_columns.read(shared / "real" / "forms_rstudio" / "2019 English R Community Survey Responses.csv")
    events = next(c for c in form.columns if c.heading.startswith("Which of the following events have you attended"))
    # A count by hand of the cells that hold these words, wherever in the cell they stand.
    assert "R Ladies meetups (local, regional, national, or international)" in events.options
    held = sum("UseR conference" in row.cell(events.number - 1) for row in form.rows)
    split = sum("UseR conference" in notes.ticked(row.cell(events.number - 1), events.options) for row in form.rows)
    assert split == held > 50


def test_totals_below_the_answers_are_no_respondent(shared: Path, engagement: Engagement) -> None:
    engagement.records.save(Team(name="Field"), "Field")
    form = form_columns.read(shared / "real" / "forms_cncf" / "results-h1-2017.csv")
    assert form.totals() == {21}
    assert "row 21. No interview is made of them." in "\n".join(form.lines())
    answers.save(engagement, answers.plan(engagement, form, role="top", teams=("Field",)), as_of=dt.date(2026, 1, 1))
    assert len(engagement.private.current(Interview)) == len(form.rows) - 1 == 19


@pytest.mark.parametrize(
    ("headings", "when", "product"),
    [
        ("Zeitstempel,Was tun Sie?", "2024/03/15 2:27:03 PM GMT+1", "Google Forms"),
        ("Horodateur,Que faites-vous ?", "15/03/2024 14:27:03", "Google Forms"),
        ("Timestamp,What do you do?", "2024/03/15 11:27:03 PM EDT", "Google Forms"),
        ("ID,Startzeit,Fertigstellungszeit,E-Mail,Name,Wo", "1,3/15/24 14:20,3/15/24 14:27,x@y.z,", "Microsoft Forms"),
    ],
)  # fmt: skip
def test_forms_in_other_languages_and_zones_keep_their_day(
    engagement: Engagement, tmp_path: Path, headings: str, when: str, product: str
) -> None:
    engagement.records.save(Team(name="Field"), "Field")
    (tmp_path / "form.csv").write_text(f"{headings}\n{when},Calls\n", encoding="utf-8")
    form = form_columns.read(tmp_path / "form.csv")
    assert form.product == product
    planned = answers.plan(engagement, form, role="top", teams=("Field",))
    day = dt.date(2024, 3, 16 if "EDT" in when else 15)
    assert [one.held_on for one in planned.new] == [day]

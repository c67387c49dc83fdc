"""Choosing: a score in named parts, each with its evidence, and no part of it that others see knows the hypothesis."""

from __future__ import annotations

import datetime as dt
import random
import re
import shutil
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
from whole_workshop import shown

from kpi_workshop import catalogue, demo, erasing, exports
from kpi_workshop import engagement as engagements
from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Business, Goal, Hypothesis, HypothesisLink, Rollout, Seal, Team
from kpi_workshop.pages import choosing as pages
from kpi_workshop.pages.workshop import Workshop
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import charter, choosing, hindsight, history, interviews, seals

AS_OF = dt.date(2026, 6, 28)
INSIDE, FIELD, AM, SDR = "Inside Sales", "Field Sales", "Account Management", "Sales Development"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    return demo.create(tmp_path_factory.mktemp("choosing") / "demo")


@pytest.fixture(scope="module")
def boards(made: Engagement) -> dict[str, choosing.Board]:
    return {board.team: board for board in choosing.boards(made, as_of=AS_OF)}


@pytest.fixture
def acme(engagement: Engagement) -> Engagement:
    engagement.records.save(Team(name="Field"), "Field", effective=ALWAYS)
    interviews.record(
        engagement, interviewee="Somebody", role="top", teams=["Field"], held_on=dt.date(2024, 3, 14),
        suggestions=[(text, "") for text in ("Talk time", "New customers", "Customer retention", "Demos held")],
    )  # fmt: skip
    return engagement


def one(board: choosing.Board, measure: str) -> choosing.Candidate:
    return next(candidate for candidate in board.candidates if candidate.measure.id == measure)


def part(candidate: choosing.Candidate, name: str) -> choosing.Part:
    return next(part for part in candidate.parts if part.name == name)


def of(engagement: Engagement, measure: str, name: str) -> choosing.Part:
    (board,) = choosing.boards(engagement, as_of=dt.date(2024, 12, 31))
    return part(one(board, measure), name)


def shared_views(engagement: Engagement, out: Path) -> dict[str, str | bytes]:
    """All that notebook 4 shows and every form in which charters are handed on, without ids of widgets and times."""
    ipywidgets.Widget.close_all()  # those of other tests
    seen: dict[str, str | bytes] = {
        where: re.sub(r"[0-9a-f]{32}|\b\d\d:\d\d\b|0x[0-9a-f]+", "", text)
        for where, text in shown(engagement, ("04_sorting",), as_of=AS_OF.isoformat())
    }
    for ending in exports.ENDINGS:
        exports.write(engagement, out / f"charters{ending}", as_of=AS_OF)
        seen[ending] = (out / f"charters{ending}").read_bytes()
    return seen


def guess_anew(engagement: Engagement, dice: random.Random | None) -> None:
    """Put other hypotheses and their seals into the private store, or none at all, as if it had always been so."""
    names = sorted(catalogue.measures())
    sums: dict[str, str] = {}

    def change(kind: str, key: str, content: Any) -> Any:
        if kind not in (Hypothesis.kind, Seal.kind):
            return content
        if dice is None:
            return None
        if kind == Seal.kind:
            return content | {"sha256": sums[key]}
        metrics, activities = dice.sample(names, 3), dice.sample(names, 4)
        links = tuple(HypothesisLink(activity=name, moves=metrics[0]) for name in activities)
        guess = Hypothesis(team=key, metrics=tuple(metrics), links=links)
        sums[key] = seals.seal_of(guess)
        return guess.model_dump(mode="json")

    erasing.rewrite(engagement.private, change)


def test_nothing_that_others_see_depends_on_the_hypothesis_to_the_byte(made: Engagement, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(made.folder, tmp_path / "demo"))
    engagement = engagements.load(copied)
    with_it = shared_views(engagement, tmp_path)
    assert len(with_it) > 30 and "Senior-level conversations" in str(with_it)
    board = next(b for b in choosing.boards(engagement, as_of=AS_OF) if b.team == INSIDE)
    own = [[row[2] for row in choosing.guessed(board, hindsight.written(engagement, INSIDE))]]
    for dice in (random.Random(1), None):
        guess_anew(engagement, dice)
        own.append([row[2] for row in choosing.guessed(board, hindsight.written(engagement, INSIDE))])
        again = shared_views(engagement, tmp_path)
        assert [where for where in with_it if with_it[where] != again[where]] == []
    assert len({tuple(totals) for totals in own}) == 3, "the private view knows it, so the equality could have failed"


def test_the_private_board_puts_nothing_into_the_notebook(made: Engagement) -> None:
    form = pages.own(Workshop(made, AS_OF)).press()
    assert len(form._shown["rows"]) > 40
    data, _ = form._repr_mimebundle_()
    assert "You guessed it" not in str(data) and "You guessed it" not in repr(form) + str(form.get_state())


def test_the_history_before_the_rollout_shows_what_was_planted_and_not_the_look_alikes(
    boards: dict[str, choosing.Board],
) -> None:
    most = choosing.weights()["history"]
    for team, activity, weeks in (
        (INSIDE, "senior_conversations", 3), (FIELD, "senior_conversations", 3), (AM, "meetings_held", 2),
    ):  # fmt: skip
        found = part(one(boards[team], activity), "history")
        assert found.points >= most / 2 and f"{weeks} weeks later" in found.says, (team, found)
    for team, activity in (
        (INSIDE, "emails_sent"),
        (FIELD, "emails_sent"),
        (INSIDE, "calls_made"),
        (SDR, "calls_made"),
    ):
        assert part(one(boards[team], activity), "history").points == 0, (team, activity)


def test_nothing_after_the_end_of_the_baseline_speaks_in_the_history(made: Engagement) -> None:
    end = made.records.current(Rollout)[INSIDE].baseline_to
    pairs = {INSIDE: [("senior_conversations", "deals_closed"), ("emails_sent", "opportunities_opened")]}
    later = history.examine(made, pairs, as_of=AS_OF).examined
    assert later == history.examine(made, pairs, as_of=end).examined
    assert [found.word != "nothing" for found in later] == [False, True]


def test_every_part_is_shown_with_its_points_and_its_evidence(
    boards: dict[str, choosing.Board], made: Engagement
) -> None:
    page = pages.board(Workshop(made, AS_OF), team=INSIDE)._repr_html_()
    most = choosing.weights()
    for candidate in boards[INSIDE].candidates:
        assert candidate.points == sum(p.points for p in candidate.parts)
        assert [p.most for p in candidate.parts] == [most[p.name] for p in candidate.parts]
        assert all(0 <= p.points <= p.most and p.says.endswith((".", "yet")) for p in candidate.parts)
    assert page.count("<details") == sum(len(board.candidates) for board in boards.values()) + len(boards)
    assert "<script" not in page
    by_label = [c.points for c in boards[INSIDE].of("activity")]
    assert by_label == sorted(by_label, reverse=True)


def test_no_number_under_the_smallest_group_is_told_of_who_asked(
    made: Engagement, boards: dict[str, choosing.Board]
) -> None:
    told = [part(c, "support").says for board in boards.values() for c in board.candidates]
    numbers = [int(n) for says in told for n in re.findall(r"(\d+) of \d+", says)]
    assert numbers and all(number >= made.settings.smallest_group for number in numbers)
    assert any("some of" in says for says in told) and any("none of" in says for says in told)


def test_the_weights_stand_in_one_place(acme: Engagement, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = dict(choosing._rules())
    monkeypatch.setattr(choosing, "_rules", lambda: rules | {"points": rules["points"] | {"gaming": 9}})
    choosing.weights.cache_clear()
    try:
        assert of(acme, "talk_time", "gaming").most == 9
        assert "hard to game 9" in pages.weights_in_words()
    finally:
        choosing.weights.cache_clear()


def test_every_measure_in_the_rules_is_in_the_catalogue() -> None:
    rules = choosing._rules()
    named = [name for names in rules["stage"].values() for name in names]
    named += [name for rule in rules["industry"] for name in rule["measures"]]
    assert [name for name in named if name not in catalogue.measures()] == []
    assert set(rules["points"]) == {*choosing.PARTS, "hypothesis"}


def test_a_startup_looks_at_winning_customers_and_an_established_business_at_keeping_them(acme: Engagement) -> None:
    points = {}
    for stage in ("startup", "established"):
        acme.records.save(Business(industry="Toys", stage=stage), "business", effective=ALWAYS)  # type: ignore[arg-type]
        points[stage] = [of(acme, m, "business").points for m in ("new_customers", "customer_retention_rate")]
    assert points == {"startup": [1, 0], "established": [0, 1]}
    acme.records.save(Business(industry="Cloud software", stage="established"), "business", effective=ALWAYS)
    assert of(acme, "customer_retention_rate", "business").points == 2


def test_a_goal_counts_for_what_it_counts_and_for_what_is_believed_to_move_it(acme: Engagement) -> None:
    assert of(acme, "new_customers", "goal").says == "No goal is entered in step 1."
    acme.records.save(
        Goal(goal="Grow", measure="new_customers", number=50, by=dt.date(2025, 12, 31)), "Grow", effective=ALWAYS
    )
    assert of(acme, "new_customers", "goal").points == choosing.weights()["goal"]
    acme.records.save(
        Goal(goal="Win", measure="opportunities_opened", number=9, by=dt.date(2025, 12, 31)), "Win", effective=ALWAYS
    )
    assert "opportunities_opened" in catalogue.get("talk_time").moves
    near = of(acme, "talk_time", "goal")
    assert 0 < near.points < choosing.weights()["goal"] and "“Win”" in near.says


def test_without_data_the_history_is_not_yet_examined_and_says_why(acme: Engagement) -> None:
    found = of(acme, "demos_held", "history")
    assert (found.points, found.is_examined) == (0, False)
    assert found.says.startswith("Not yet examined")
    assert of(acme, "demos_held", "data").says == charter.NOT_KNOWN_YET
    assert "not yet" in pages.board(Workshop(acme, AS_OF))._repr_html_()


def test_few_weeks_are_too_few_to_examine() -> None:
    import pandas as pd

    rows = pd.DataFrame([
        {"seller": s, "team": "A", "week": w, "present": 1.0, "calls_made": 1.0, "deals_closed": 1.0}
        for s in "abcde" for w in range(12)
    ])  # fmt: skip
    (found,) = history._team("A", [("calls_made", "deals_closed")], rows, {})
    assert (found.word, found.says) == (
        "not examined", "Not enough weeks: 12 weeks before the baseline ends, 26 are needed.",
    )  # fmt: skip


def test_a_volume_measure_is_easy_to_game_and_brings_its_guardrail(acme: Engagement) -> None:
    volume, qualified = of(acme, "talk_time", "gaming"), of(acme, "demos_held", "gaming")
    assert volume.points < qualified.points
    assert "Proposed guardrail: topic coverage" in volume.says


def test_what_sellers_do_is_no_harder_to_game_where_a_team_reads_it_as_a_result(
    boards: dict[str, choosing.Board],
) -> None:
    follow_ups = one(boards[INSIDE], "follow_ups_made")
    assert (follow_ups.label, follow_ups.measure.depth) == ("metric", "volume")
    assert part(follow_ups, "gaming").points < part(one(boards[INSIDE], "deals_closed"), "gaming").points
    assert "can be raised by doing it badly" in part(follow_ups, "gaming").says

"""The demo engagement: valid records, a finished workshop, and its planted truths visible in the data."""

from __future__ import annotations

import datetime as dt
import json
import stat
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from demo_panel import AM, BUNDLED, FIELD, FIRST, INSIDE, LAST, SDR, by_seller_and_week, read

from kpi_workshop import catalogue, demo, kinds
from kpi_workshop.engagement import Engagement
from kpi_workshop.steps import voices


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    return demo.create(tmp_path_factory.mktemp("demo") / "copy")


@pytest.fixture(scope="module")
def panel() -> dict[str, pd.DataFrame]:
    """Counts by seller (rows) and week (columns), read from the exports without the package."""
    return by_seller_and_week()


# The records


def test_the_bundled_records_are_valid_and_in_the_right_store() -> None:
    shared, private = list(demo.entries(BUNDLED / "records.jsonl")), list(demo.entries(BUNDLED / "private.jsonl"))
    assert not any(record.private for _, _, record in shared)
    assert all(record.private for _, _, record in private)
    assert all(day <= LAST for day, _, _ in shared + private)
    assert not {"person", "seat"} & {record.kind for _, _, record in shared}, "people come from the import alone"


def test_eleven_people_of_every_role_made_twenty_to_thirty_suggestions(made: Engagement) -> None:
    talks = made.private.current(kinds.Interview)
    roles = Counter(talk.role for talk in talks.values())
    assert roles == {"top": 2, "middle": 2, "low": 2, "manager": 3, "executive": 2}
    tiers = made.records.current(kinds.PerformerTier)
    for talk in talks.values():
        if talk.role in ("top", "middle", "low"):
            assert tiers[talk.interviewee].tier == talk.role
    suggestions, quotes = made.records.current(kinds.Suggestion), made.private.current(kinds.Quote)
    assert 20 <= len(suggestions) <= 30
    assert set(suggestions) == set(quotes) == set(made.records.current(kinds.Sorting))
    assert {q.interview for q in quotes.values()} == set(talks)


def test_several_suggestions_mean_the_same_measure(made: Engagement) -> None:
    sortings = made.records.current(kinds.Sorting).values()
    assert all(not s.measure or catalogue.get(s.measure) for s in sortings)
    meant = Counter(s.measure for s in sortings)
    assert meant["senior_conversations"] >= 5
    assert {s.disposition for s in sortings} == {"chosen", "merged", "parked", "dropped"}
    assert all(s.disposition_reason for s in sortings)


def test_the_order_of_suggestions_does_not_tell_who_made_them(made: Engagement) -> None:
    suggestions = list(made.records.current(kinds.Suggestion))
    assert suggestions == sorted(suggestions)
    assert {v.by for key in suggestions for v in made.records.history(kinds.Suggestion, key)} == {""}


def test_no_shared_record_names_an_interviewee_beside_the_org_chart(made: Engagement) -> None:
    names = {talk.interviewee for talk in made.private.current(kinds.Interview).values()}
    lines = (BUNDLED / "records.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if json.loads(line)["kind"] != "tier":
            assert not [name for name in names if name in line]


def test_charters_keep_their_limits_and_each_activity_names_a_metric(made: Engagement) -> None:
    charters = made.records.current(kinds.Charter)
    assert set(charters) == {SDR, INSIDE, FIELD, AM}
    for team, charter in charters.items():
        assert (charter.version, charter.status) == ("1.1" if team == AM else "1.0", "ready")
        assert any(catalogue.get(line.measure).experience != "none" for line in charter.lines)
        metrics = [line.measure for line in charter.lines if line.label == "metric"]
        activities = [line for line in charter.lines if line.label == "activity"]
        assert 2 <= len(metrics) <= 3 and 3 <= len(activities) <= 4, team
        for line in charter.lines:
            assert 0 < len(line.sentence.split()) <= 30
            assert line.owner and line.source and line.target and line.baseline
            lower = catalogue.get(line.measure).better == "lower"
            assert line.target < line.baseline if lower else line.target > line.baseline
        for line in activities:
            assert line.guardrail and set(line.moves) <= set(metrics)


def test_charter_baselines_are_what_the_workshop_itself_works_out(made: Engagement) -> None:
    from kpi_workshop.steps import progress

    for team, charter in made.records.current(kinds.Charter).items():
        first, last = charter.baseline_from, charter.baseline_to
        assert (first, last) == (dt.date(2024, 7, 1), dt.date(2025, 6, 29))
        panel = progress.Panel(made, as_of=last, fresh_to=None)
        for line in charter.lines:
            found = progress.mean_of_days(panel, team, line, first=first, last=last)
            assert found == pytest.approx(line.baseline, rel=0.005, abs=0.06), (team, line.measure)


def test_every_charter_is_agreed_by_all_who_were_asked_and_hides_who_they_are(made: Engagement) -> None:
    from kpi_workshop.steps import playback

    asked = made.private.current(kinds.Invitation).values()
    heard = {(team, talk.interviewee) for talk in made.private.current(kinds.Interview).values() for team in talk.teams}
    assert heard <= {(one.team, one.person) for one in asked}
    for team in (SDR, INSIDE, FIELD, AM):
        assert playback.lacking(made, team) == ""
        assert len([one for one in asked if one.team == team]) > len([1 for at, _ in heard if at == team]) + 3
    assert all(one.answer for one in made.records.current(kinds.Objection).values())


def test_charter_baselines_are_what_the_measures_say(made: Engagement) -> None:
    from kpi_workshop.crm import measures

    charter = made.records.current(kinds.Charter)[INSIDE]
    since, until = dt.date(2024, 7, 1), dt.date(2025, 6, 29)
    lines = {line.measure: line for line in charter.lines}
    for measure, every, parts in (("senior_conversations", "week", 52), ("deals_closed", "month", 12)):
        table = measures.measure_table(made, measure, by="team", every=every, as_of=until, since=since)
        total = table.loc[table["by"] == INSIDE, "value"].sum()
        assert lines[measure].baseline == pytest.approx(total / parts, abs=0.06), measure


def test_starts_are_staggered_on_mondays_with_a_year_before_and_one_team_held_back(made: Engagement) -> None:
    plans = made.records.current(kinds.Rollout)
    starts = sorted((p.starts_on, team) for team, p in plans.items() if p.starts_on)
    assert [team for _, team in starts] == [INSIDE, AM, FIELD]
    assert plans[SDR].starts_on is None
    for start, _ in starts:
        assert start.weekday() == 0 and (LAST - start).days // 7 >= 30
    for plan in plans.values():
        assert (plan.baseline_to - plan.baseline_from).days + 1 == 52 * 7 and plan.baseline_from >= FIRST


def test_every_hypothesis_is_sealed_as_it_stands(made: Engagement) -> None:
    from kpi_workshop.steps import hypothesis

    guesses, seals = made.private.current(kinds.Hypothesis), made.private.current(kinds.Seal)
    assert set(guesses) == set(seals) == {SDR, INSIDE, FIELD, AM}
    for team, guess in guesses.items():
        assert seals[team].sha256 == hypothesis.seal_of(guess)
        assert seals[team].hypothesis_version == made.private.version(kinds.Hypothesis, team)


def test_as_of_before_the_workshop_there_is_an_org_chart_and_no_charter(made: Engagement) -> None:
    early = dt.date(2025, 1, 31)
    assert len(made.records.current(kinds.Team, as_of=early)) == 4
    assert made.records.current(kinds.Seat, as_of=early)
    assert not made.records.current(kinds.Charter, as_of=early)
    assert not voices.listed(made, as_of=early)


# The engagement


def test_a_fresh_demo_holds_data_people_and_a_finished_workshop(made: Engagement) -> None:
    import pyarrow.parquet as pq

    assert made.settings.demo
    people = made.records.current(kinds.Person)
    sellers = {seat.person for seat in made.records.current(kinds.Seat).values() if seat.role == "seller"}
    assert len(sellers) == 41 and len(people) == 47
    assert pq.read_metadata(made.tables / "activities.parquet").num_rows == len(read("activities.parquet"))
    moved = [s for s in made.records.current(kinds.Seat).values() if s.person == "Ilsabet Vorrance"]
    assert sorted(s.team for s in moved) == [INSIDE, SDR]


def test_win_rate_by_team_equals_a_count_of_the_export(made: Engagement, panel: dict[str, pd.DataFrame]) -> None:
    from kpi_workshop.crm import measures

    table = measures.measure_table(made, "win_rate", by="team", every="all", as_of=LAST).set_index("by")
    for team in (FIELD, AM):
        won, lost = (panel[what].loc[panel["team"].eq(team).any(axis=1)].sum().sum() for what in ("won", "lost"))
        assert table.loc[team, "value"] == pytest.approx(won / (won + lost)), team


def test_a_demo_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(demo, "_load", fails)
    with pytest.raises(OSError, match="no space"):
        demo.create(tmp_path / "demo")
    assert not list(tmp_path.iterdir())


def test_nothing_stands_in_its_folder_before_the_demo_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_each_step = []
    load = demo._load

    def looks(*given: object) -> None:
        at_each_step.append((tmp_path / "demo").exists())
        load(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(demo, "_load", looks)
    demo.create(tmp_path / "demo")
    assert at_each_step == [False, False]
    assert [p.name for p in tmp_path.iterdir()] == ["demo"]


def test_the_users_copy_is_made_once_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_WORKSHOP_CACHE", str(tmp_path / "cache"))
    with ThreadPoolExecutor(3) as at_once:
        folders = {found.folder for found in at_once.map(lambda _: demo.copy(), range(3))}
    assert len(folders) == 1
    kept = folders.pop()
    assert tmp_path in kept.parents
    assert [p.name for p in kept.parent.iterdir()] == [kept.name], "no half-made copies are left"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700 or sys.platform == "win32"
    demo.copy().records.save(kinds.Annotation(day=LAST, text="Tried out"), "mine")
    assert demo.copy().records.get(kinds.Annotation, "mine"), "what was tried out stays"


def test_a_changed_demo_gets_a_copy_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_WORKSHOP_CACHE", str(tmp_path))
    before = demo.copy()
    monkeypatch.setattr(demo, "fingerprint", lambda: "0" * 64)
    assert demo.copy().folder != before.folder and before.folder.is_dir()


# The planted truths, found again without the package


def test_senior_conversations_rise_by_a_quarter_or_more_where_adopted(panel: dict[str, pd.DataFrame]) -> None:
    for team, start in ((INSIDE, "2025-07-07"), (FIELD, "2025-09-29")):
        assert 1.22 <= _after_to_before(panel, "senior", team, start) <= 1.40, team


def test_emails_rise_too_and_move_nothing(panel: dict[str, pd.DataFrame]) -> None:
    for team, start in ((INSIDE, "2025-07-07"), (FIELD, "2025-09-29")):
        assert _after_to_before(panel, "emails", team, start) >= 1.25
        slope, error = _slopes(panel, "emails", "opened", team)
        assert np.abs(slope[1:] / error[1:]).max() < 3.0, team


def test_nothing_was_adopted_in_account_management(panel: dict[str, pd.DataFrame]) -> None:
    for activity in ("meetings", "conversations", "minutes"):
        assert 0.92 <= _after_to_before(panel, activity, AM, "2025-08-18") <= 1.08, activity


@pytest.mark.parametrize(
    ("activity", "metric", "team", "lag", "truth"),
    [("senior", "won", INSIDE, 3, 0.40), ("senior", "won", FIELD, 3, 0.50), ("meetings", "opened", AM, 2, 0.50)],
)
def test_the_planted_effect_is_found_at_its_lag_and_size(
    panel: dict[str, pd.DataFrame], activity: str, metric: str, team: str, lag: int, truth: float
) -> None:
    slope, error = _slopes(panel, activity, metric, team)
    assert int(np.argmax(slope[1:] / error[1:])) + 1 == lag
    assert slope[lag] / error[lag] > 4
    assert abs(slope[lag] - truth) < 2 * error[lag] + 0.02


def test_calls_look_like_the_cause_of_new_deals_and_are_not(panel: dict[str, pd.DataFrame]) -> None:
    for team in (SDR, INSIDE):
        calls = panel["calls"].where(panel["team"] == team).sum().to_numpy()
        opened = panel["opened"].where(panel["team"] == team).sum().to_numpy()
        assert np.corrcoef(calls[:-2], opened[2:])[0, 1] > 0.3, f"{team}: the totals go together"
        slope, error = _slopes(panel, "calls", "opened", team)
        assert np.abs(slope[1:] / error[1:]).max() < 3.0, f"{team}: between sellers of the same week nothing is left"


def test_middle_performers_took_it_up_most(panel: dict[str, pd.DataFrame], made: Engagement) -> None:
    tiers = {key: tier.tier for key, tier in made.records.current(kinds.PerformerTier).items()}
    for team, start in ((INSIDE, "2025-07-07"), (FIELD, "2025-09-29")):
        lift = {
            tier: _after_to_before(panel, "senior", team, start, only={p for p, t in tiers.items() if t == tier})
            for tier in ("top", "middle", "low")
        }
        assert lift["middle"] > max(lift["top"], lift["low"]), team


def _at_work(panel: dict[str, pd.DataFrame], team: str) -> pd.DataFrame:
    """Seller-weeks in the team with at least a handful of calls, emails and meetings: nobody on holiday."""
    busy = panel["calls"] + panel["emails"] + panel["meetings"] >= 8
    return (panel["team"] == team) & busy


def _after_to_before(
    panel: dict[str, pd.DataFrame], what: str, team: str, start: str, *, only: set[str] | None = None
) -> float:
    """The mean seller-week after four weeks of rollout over that of the year before the start."""
    first = (pd.Timestamp(start) - pd.Timestamp(FIRST)).days // 7
    values = panel[what].where(_at_work(panel, team))
    if only is not None:
        values = values.loc[values.index.isin(only)]
    after, before = values.loc[:, first + 4 :], values.loc[:, first - 52 : first - 1]
    return float(np.nanmean(after.to_numpy()) / np.nanmean(before.to_numpy()))


def _slopes(panel: dict[str, pd.DataFrame], activity: str, metric: str, team: str) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and standard errors at lags 0 to 8: relative to each seller's mean, seller and week means taken out."""
    inside = (panel["team"] == team).to_numpy()
    rows = inside.sum(axis=1) > 80
    use = inside[rows] & _at_work(panel, team).to_numpy()[rows]
    x, y = panel[activity].to_numpy()[rows], panel[metric].to_numpy()[rows]
    x = x / np.nanmean(np.where(use, x, np.nan), axis=1, keepdims=True)
    y = y / np.nanmean(np.where(use, y, np.nan), axis=1, keepdims=True)
    use[:, :8] = False

    def within(values: np.ndarray) -> np.ndarray:
        left = np.where(use, values, 0.0)
        for _ in range(50):
            for axis in (0, 1):
                mean = left.sum(axis=axis, keepdims=True) / np.maximum(use.sum(axis=axis, keepdims=True), 1)
                left = np.where(use, left - mean, 0.0)
        return left[use]

    design = np.stack([within(np.roll(x, lag, axis=1)) for lag in range(9)], axis=1)
    outcome = within(y)
    slope = np.linalg.lstsq(design, outcome, rcond=None)[0]
    left = outcome - design @ slope
    error = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * left.var())
    return slope, error

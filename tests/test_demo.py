"""The demo engagement: reproducible, small, valid, harmless, and with its planted truths visible in the data."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import stat
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from kpi_workshop import catalogue, demo, kinds
from kpi_workshop.engagement import Engagement
from kpi_workshop.steps import voices

DATA = Path(__file__).resolve().parents[1] / "data"
BUNDLED = DATA / "demo"
FIRST, LAST = dt.date(2024, 7, 1), dt.date(2026, 6, 28)
WEEKS = 104
INSIDE, FIELD, AM, SDR = "Inside Sales", "Field Sales", "Account Management", "Sales Development"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """data/generate_demo.py as a module."""
    sys.path.insert(0, str(DATA))
    try:
        import generate_demo
    finally:
        sys.path.remove(str(DATA))
    return generate_demo


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    return demo.create(tmp_path_factory.mktemp("demo") / "copy")


@pytest.fixture(scope="module")
def panel() -> dict[str, pd.DataFrame]:
    """Counts by seller (rows) and week (columns), read from the exports without the package."""
    return _panel()


# The files


def test_the_generator_writes_the_committed_files_again(generator: ModuleType, tmp_path: Path) -> None:
    generator.write(tmp_path)
    names = sorted(p.relative_to(BUNDLED).as_posix() for p in BUNDLED.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    for name in names:
        if name.endswith(".parquet"):
            pd.testing.assert_frame_equal(pd.read_parquet(BUNDLED / name), pd.read_parquet(tmp_path / name))
        else:
            assert (BUNDLED / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_the_demo_takes_at_most_six_megabytes() -> None:
    assert sum(p.stat().st_size for p in BUNDLED.rglob("*") if p.is_file()) <= 6_000_000


def test_every_file_and_column_is_described_in_the_readme() -> None:
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    for file in sorted((BUNDLED / "crm").iterdir()):
        assert f"`{file.name}`" in readme, file.name
        columns = [] if file.suffix == ".toml" else list(_read(file.name).columns)
        assert not [c for c in columns if f"`{c}`" not in readme], file.name


def test_the_readme_states_the_planted_truths_as_they_are_planted(generator: ModuleType) -> None:
    import demo_world as world

    readme = (DATA / "README.md").read_text(encoding="utf-8")
    rows = [[c.strip(" `") for c in line.split("|")[1:-1]] for line in readme.splitlines() if line.startswith("|")]
    for link in world.LINKS:
        assert [link.team, link.activity, link.metric, f"{link.lag} weeks", f"{link.elasticity:.2f}"] in rows
    for team, start in world.STARTS.items():
        assert any(row[0] == team and row[1] == (str(start) if start else "held back") for row in rows if len(row) > 1)
    for tier, lift in world.LIFT_OF_SENIOR.items():
        assert [tier, f"+{lift:.0%}".replace("%", " %")] in [row[:2] for row in rows]


def test_exports_hold_no_addresses_and_no_formulas() -> None:
    for file in sorted((BUNDLED / "crm").iterdir()):
        if file.suffix == ".csv":
            with file.open(encoding="utf-8", newline="") as rows:
                cells = {cell for row in csv.reader(rows) for cell in row}
        elif file.suffix == ".parquet":
            frame = pd.read_parquet(file).select_dtypes(["object", "string"])
            cells = {str(value) for column in frame for value in frame[column].dropna().unique()}
        else:
            continue
        assert not [c for c in cells if "@" in c or c.startswith(("=", "+", "-", "\t"))], file.name
    for file in (BUNDLED / "records.jsonl", BUNDLED / "private.jsonl"):
        assert not re.search(r"@|\"=|https?://", file.read_text(encoding="utf-8")), file.name


def test_the_data_end_on_a_sunday_and_nothing_lies_after_it() -> None:
    assert LAST.weekday() == 6
    leads = pd.to_datetime(_read("leads.csv")["Created"])
    activities = _read("activities.parquet")["Start"]
    deals = _read("opportunities.csv")
    closed = pd.to_datetime(deals["Close Date"])
    moved = pd.to_datetime(_read("stage_history.csv")["Changed"])
    last = [leads.max(), activities.max(), closed.max(), moved.max(), pd.to_datetime(deals["Created Date"]).max()]
    assert max(last).date() == LAST
    assert activities.min().date() == closed.min().date() == FIRST


def test_a_stage_history_leads_to_the_stage_the_deal_is_in() -> None:
    history = _read("stage_history.csv")
    deals = _read("opportunities.csv").set_index("Opportunity ID")
    times = pd.to_datetime(history["Changed"])
    assert (times.groupby(history["Opportunity ID"]).diff().dropna() > pd.Timedelta(0)).all()
    final = history.groupby("Opportunity ID")["To Stage"].last()
    assert (final == deals["Stage"].reindex(final.index)).all() and len(final) == len(deals)
    chained = history.groupby("Opportunity ID")["To Stage"].shift()
    assert (chained.fillna("") == history["From Stage"].fillna("")).all()


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
    assert pq.read_metadata(made.tables / "activities.parquet").num_rows == len(_read("activities.parquet"))
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


def _read(name: str) -> pd.DataFrame:
    file = BUNDLED / "crm" / name
    return pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)


def _panel() -> dict[str, pd.DataFrame]:
    people = _read("people.csv")
    sellers = people[people["Role"] == "seller"]
    names = sorted(sellers["Full Name"].unique())

    def count(who: pd.Series, when: pd.Series, weight: pd.Series | None = None) -> pd.DataFrame:
        week = (pd.to_datetime(when) - pd.Timestamp(FIRST)).dt.days // 7
        values = weight if weight is not None else pd.Series(1, index=who.index)
        table = values.groupby([who, week]).sum().unstack(fill_value=0)
        return table.reindex(index=names, columns=range(WEEKS), fill_value=0).astype(float)

    done, deals = _read("activities.parquet"), _read("opportunities.csv")
    team = pd.DataFrame("", index=names, columns=range(WEEKS))
    mondays = [pd.Timestamp(FIRST) + pd.Timedelta(weeks=w) for w in range(WEEKS)]
    for row in sellers.itertuples():
        since = pd.Timestamp.min if pd.isna(row[6]) else pd.Timestamp(row[6])
        until = pd.Timestamp.max if pd.isna(row[7]) else pd.Timestamp(row[7])
        team.loc[row[1], [w for w, monday in enumerate(mondays) if since <= monday <= until]] = row[3]
    found = {"team": team}
    for name, which in {
        "senior": done["Senior Contact"], "conversations": done["Reached"], "calls": done["Type"] == "Call",
        "emails": done["Type"] == "Email", "meetings": done["Type"] == "Meeting",
    }.items():  # fmt: skip
        found[name] = count(done.loc[which, "Owner"], done.loc[which, "Start"])
    calls = done[done["Type"] == "Call"]
    found["minutes"] = count(calls["Owner"], calls["Start"], calls["Minutes"])
    found["opened"] = count(deals["Owner"], deals["Created Date"])
    for name, stage in (("won", "Closed Won"), ("lost", "Closed Lost")):
        closed = deals[deals["Stage"] == stage]
        found[name] = count(closed["Owner"], closed["Close Date"])
    return found


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

"""The workshop's records of the demo company: what `kpi_workshop.demo` saves into its two stores."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any, cast

import demo_words as words
import demo_world as world
import numpy as np
import pandas as pd
from demo_words import CHARTERS, HYPOTHESES, TALKS

from kpi_workshop import catalogue, kinds
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import review_plan
from kpi_workshop.steps.progress import charter_pairs

Entry = tuple[str, kinds.Record, dt.date]

ORG_CHART = dt.date(2025, 4, 7)
HYPOTHESIS = dt.date(2025, 4, 14)
INTERVIEWS = dt.date(2025, 5, 1)
SORTED = dt.date(2025, 5, 26)
CHARTERED = dt.date(2025, 6, 30)
"""The days from which the records of each step hold; a shared record must not tell the day of an interview."""

BASELINE_WEEKS = 52
BASELINE_FROM = CHARTERED - dt.timedelta(weeks=BASELINE_WEEKS)
"""The charters' baselines are means over the year before they were agreed, the first of the data."""


def records(exports: dict[str, pd.DataFrame]) -> tuple[list[Entry], list[Entry]]:
    """Shared and private records, each with its key and the day from which it holds."""
    rng = np.random.default_rng(world.SEED + 1)
    private: list[Entry] = []
    for team, hypothesis in _hypotheses().items():
        private.append((team, hypothesis, HYPOTHESIS))
    for team, hypothesis in _hypotheses().items():
        private.append((team, kinds.Seal(team=team, sha256=_sealed(hypothesis), hypothesis_version=1), INTERVIEWS))
    suggestions, sortings, talks = _interviews(rng)
    objections, invitations = _playbacks(np.random.default_rng(world.SEED + 3))
    charters = _charters(exports)
    plan = _review_plan(charters)
    shared = [*_org_chart(), *suggestions, *sortings, *charters, *objections, *plan, *_rollouts()]
    check_ins = _check_ins(np.random.default_rng(world.SEED + 4))
    return shared, [*private, *talks, *invitations, *check_ins]


def lines(entries: list[Entry]) -> str:
    """One JSON object a line: kind, key, data, effective."""
    rows = (
        {"kind": record.kind, "key": key, "data": record.model_dump(mode="json"), "effective": day.isoformat()}
        for key, record, day in entries
    )
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _org_chart() -> list[Entry]:
    found: list[Entry] = []
    for order, team in enumerate(world.TEAMS):
        found.append((team, kinds.Team(name=team, purpose=words.PURPOSES[team], order=order), ALWAYS))
    business = kinds.Business(
        industry="Business software", stage="growth", model="Yearly licences for companies, sold directly"
    )
    found.append(("business", business, ORG_CHART))
    goals = (
        kinds.Goal(goal="Grow revenue", measure="revenue", number=18_000_000, unit="USD", by=dt.date(2026, 12, 31)),
        kinds.Goal(
            goal="More sellers at quota", measure="quota_attainment_share", number=0.6, unit="share",
            by=dt.date(2026, 12, 31),
        ),
        kinds.Goal(
            goal="More expansions", measure="opportunities_opened", number=700, unit="deals", by=dt.date(2026, 12, 31),
            team=world.AM,
        ),
    )  # fmt: skip
    found += [(goal.goal, goal, ORG_CHART) for goal in goals]
    stages = (
        ("Qualified", world.SDR, world.INSIDE, ("need",)),
        ("Discovery", world.INSIDE, "", ("budget", "need")),
        ("Trial", world.INSIDE, "", ("budget", "authority", "need")),
        ("Close", world.FIELD, world.AM, ("budget", "authority", "need", "timeframe")),
        ("Won", world.AM, "", ()),
        ("Lost", "", "", ()),
    )
    for order, (stage, owner, next_team, evidence) in enumerate(stages):
        record = kinds.Stage(stage=stage, order=order, owner_team=owner, hand_off_to=next_team, evidence=evidence)
        found.append((stage, record, ALWAYS))
    for seller in world.SELLERS:
        if seller.joined is None:
            tier = kinds.PerformerTier(
                person=seller.name, tier=seller.tier, reason="Sales review at the start of the workshop"
            )
            found.append((seller.name, tier, ORG_CHART))
    return found


def _hypotheses() -> dict[str, kinds.Hypothesis]:
    return {
        team: kinds.Hypothesis(
            team=team,
            metrics=metrics,
            links=tuple(
                kinds.HypothesisLink(activity=activity, moves=moves, size=size, delay_weeks=weeks)
                for activity, moves, size, weeks in links
            ),
        )
        for team, (metrics, links) in HYPOTHESES.items()
    }


def _sealed(hypothesis: kinds.Hypothesis) -> str:
    said = {name: value for name, value in hypothesis.model_dump(mode="json").items() if name != "reason" or value}
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _interviews(rng: np.random.Generator) -> tuple[list[Entry], list[Entry], list[Entry]]:
    """Suggestions and sortings in the order of their random ids, so that nothing tells who said what."""
    suggestions: list[Entry] = []
    sortings: list[Entry] = []
    private: list[Entry] = []
    for talk in TALKS:
        interview = _id(rng)
        record = kinds.Interview(
            interview=interview, interviewee=talk.person, role=talk.role, teams=talk.teams, held_on=talk.day,
            notes=talk.notes,
        )  # fmt: skip
        private.append((interview, record, INTERVIEWS))
        for said in talk.said:
            key = _id(rng)
            private.append((key, kinds.Quote(suggestion=key, interview=interview, words=said.quote), INTERVIEWS))
            suggestions.append((key, kinds.Suggestion(suggestion=key, text=said.text), INTERVIEWS))
            sortings.append((key, _sorting(key, said), SORTED))
    return sorted(suggestions, key=_key), sorted(sortings, key=_key), private


def _sorting(key: str, said: words.Said) -> kinds.Sorting:
    answers: dict[str, Any] = {"control": "none", "timing": "after", "label": "metric"}
    reason = "Not in the catalogue; nothing a seller does changes it, and no deal waits for it."
    if said.measure:
        measure = catalogue.get(said.measure)
        answers = {"control": measure.control, "timing": measure.timing, "label": _label(measure)}
        reason = ""
    if said.measure == "opportunities_opened":
        answers = {"control": "influenced", "timing": "with", "label": "metric"}
        reason = words.WHY_A_METRIC
    return kinds.Sorting(
        suggestion=key, measure=said.measure, reason=reason, disposition=said.disposition,
        disposition_reason=said.reason, **answers,
    )  # fmt: skip


def _label(measure: catalogue.Measure) -> str:
    in_hand, before = measure.control == "direct", measure.timing == "before"
    return "activity" if in_hand and before else "signal" if in_hand or before else "metric"


def _charters(exports: dict[str, pd.DataFrame]) -> list[Entry]:
    before = _baselines(exports)
    found: list[Entry] = []
    for team, chosen in CHARTERS.items():
        lines = []
        for line in chosen:
            measure = catalogue.get(line.measure)
            box = "activity" if line.moves else "metric"
            baseline = before[team, line.measure]
            lines.append(
                kinds.CharterLine(
                    measure=line.measure,
                    label=box,
                    sentence=line.sentence or measure.sentence,
                    reason=line.why,
                    owner=f"{team}, team managers",
                    source=measure.source,
                    moves=line.moves,
                    guardrail=line.guardrail,
                    target=_rounded(baseline * (1 + line.raise_by)),
                    baseline=baseline,
                    review="weekly" if line.moves else "monthly",
                )
            )
        charter = kinds.Charter(
            team=team, dated=CHARTERED, status="ready", lines=tuple(lines), baseline_from=BASELINE_FROM,
            baseline_to=CHARTERED - dt.timedelta(days=1),
        )  # fmt: skip
        found.append((team, charter, CHARTERED))
        if team == words.CHANGED[0]:
            found.append((team, _changed(charter), words.CHANGED[3]))
    return found


def _changed(charter: kinds.Charter) -> kinds.Charter:
    """The next version: one target comes down."""
    _, measure, raise_by, day, by, why = words.CHANGED
    lines = tuple(
        line.model_copy(update={"target": _rounded((line.baseline or 0) * (1 + raise_by))})
        if line.measure == measure
        else line
        for line in charter.lines
    )
    update = {"version": "1.1", "dated": day, "lines": lines, "changed_by": by, "change_reason": why}
    return charter.model_copy(update=update)


def _playbacks(rng: np.random.Generator) -> tuple[list[Entry], list[Entry]]:
    """What was said against each charter, and, private, everybody who was asked: the team and those interviewed."""
    fields = {"sales process": "fits_process", "initiatives": "fits_initiatives"}
    shared: list[Entry] = []
    private: list[Entry] = []
    for team, question, said, answer in words.OBJECTIONS:
        key = _id(rng)
        objection = kinds.Objection(
            team=team, version="1.0", question=cast(kinds.Question, question), words=said, answer=answer
        )
        shared.append((key, objection, ALWAYS))
        sellers = [s.name for s in world.SELLERS if _team_at(s, CHARTERED) == team]
        managers = [name for name, _, _, led, role in world.LEADERS if led == team and role == "manager"]
        asked = sorted({*sellers, *managers, *(talk.person for talk in TALKS if team in talk.teams)})
        objector = asked[int(rng.integers(len(asked)))]
        for person in asked:
            answers: dict[str, Any] = dict.fromkeys(fields.values(), "yes")
            if person == objector:
                answers |= {fields[question]: "no", "objections": (key,)}
            invitation = kinds.Invitation(team=team, person=person, version="1.0", **answers)
            private.append((f"{team}|{person.casefold()}", invitation, CHARTERED))
    return sorted(shared, key=_key), private


def _team_at(seller: world.Seller, day: dt.date) -> str:
    """The team of a seller on a day, "" before the first and after the last."""
    if (seller.joined and seller.joined > day) or (seller.left and seller.left < day):
        return ""
    return seller.moved[1] if seller.moved and seller.moved[0] <= day else seller.team


def _review_plan(charters: list[Entry]) -> list[Entry]:
    """When and by what the rollout may be judged, and the order of starts that was drawn; the last is held back."""
    seed = next(n for n in range(1000) if review_plan.drawn(world.TEAMS, seed=n)[0] == tuple(world.STARTS))
    order, number = review_plan.drawn(world.TEAMS, seed=seed)
    held = [record for _, record, day in charters if isinstance(record, kinds.Charter) and day <= CHARTERED]
    pairs = tuple(sorted({pair for charter in held for pair in charter_pairs(charter)}))
    return [(review_plan.KEY, kinds.ReviewPlan(pairs=pairs, start_order=order, drawn_with=number), CHARTERED)]


def _check_ins(rng: np.random.Generator) -> list[Entry]:
    """Seven answers a check-in: the second week is the hardest, the eighth the best. Nothing tells who answered."""
    found: list[Entry] = []
    for team, start in world.STARTS.items():
        for week, mean in words.CHECK_INS.items() if start else ():
            for score in np.clip(np.rint(rng.normal(mean, 0.8, size=7)), 1, 5):
                found.append((_id(rng), kinds.Pulse(team=team, week=week, score=int(score)), ALWAYS))
    return found


def _rollouts() -> list[Entry]:
    found: list[Entry] = []
    for team, start in world.STARTS.items():
        begins = start or world.STARTS[world.HELD_BACK_WITH]
        assert begins is not None
        rollout = kinds.Rollout(
            team=team,
            starts_on=start,
            baseline_from=begins - dt.timedelta(weeks=BASELINE_WEEKS),
            baseline_to=begins - dt.timedelta(days=1),
        )
        found.append((team, rollout, CHARTERED))
    for team, activity, metric, decision, day, reason in words.DECISIONS:
        record = kinds.Decision(
            team=team, activity=activity, metric=metric, decision=decision, decided_on=day, reason=reason
        )
        found.append((f"{team}|{activity}|{metric}|{day}", record, dt.date.fromisoformat(day)))
    rng = np.random.default_rng(world.SEED + 2)
    for day, text, team, measure in words.ANNOTATIONS:
        note = kinds.Annotation(day=day, text=text, team=team, measure=measure)
        found.append((_id(rng), note, dt.date.fromisoformat(day)))
    return found


def _baselines(exports: dict[str, pd.DataFrame]) -> dict[tuple[str, str], float]:
    """The mean week of each activity and the mean month of each metric, by team, in the year before the charters."""
    people = exports["people.csv"]
    seats = people[people["Role"] == "seller"][["Full Name", "Team", "Start Date", "End Date"]]
    done = _placed(exports["activities.parquet"], "Owner", "Start", seats)
    deals = exports["opportunities.csv"]
    opened = _placed(deals, "Owner", "Created Date", seats)
    won = _placed(deals[deals["Stage"] == "Closed Won"], "Owner", "Close Date", seats)
    followed = _placed(_follow_ups(exports["activities.parquet"]), "Owner", "Start", seats)
    waited = _placed(_waits(exports["leads.csv"], exports["activities.parquet"]), "Lead Owner", "Created", seats)
    found = {}
    for team in world.TEAMS:
        mine = done[done["Team"] == team]
        counts = {
            "calls_made": (mine["Type"] == "Call").sum(),
            "emails_sent": (mine["Type"] == "Email").sum(),
            "meetings_held": (mine["Type"] == "Meeting").sum(),
            "conversations": mine["Reached"].sum(),
            "senior_conversations": mine["Senior Contact"].sum(),
            "talk_time": mine.loc[mine["Type"] == "Call", "Minutes"].sum(),
        }
        found |= {(team, name): round(float(count) / BASELINE_WEEKS, 1) for name, count in counts.items()}
        monthly = {
            "deals_closed": (won["Team"] == team).sum(),
            "opportunities_opened": (opened["Team"] == team).sum(),
            "revenue": won.loc[won["Team"] == team, "Amount"].sum(),
            "follow_ups_made": (followed["Team"] == team).sum(),
        }
        found |= {(team, name): round(float(total) / 12, 1) for name, total in monthly.items()}
        if (hours := waited.loc[waited["Team"] == team, "hours"]).size:
            found[team, "lead_response_time"] = round(float(hours.median()), 1)
    return found


def _follow_ups(activities: pd.DataFrame) -> pd.DataFrame:
    """All but the first activity with the same deal, or with the same lead where no deal is named."""
    rows = activities.sort_values(["Start", "Activity ID"], kind="stable")
    thing = rows["Opportunity ID"].where(rows["Opportunity ID"].notna(), "lead " + rows["Lead ID"])
    known = thing.notna()
    return rows[known & thing.duplicated()]


def _waits(leads: pd.DataFrame, activities: pd.DataFrame) -> pd.DataFrame:
    """Each lead with the hours until the first activity with it; one that is never answered waits for ever."""
    named = activities.dropna(subset=["Lead ID"]).merge(leads[["Lead ID", "Created"]], on="Lead ID")
    after = named[pd.to_datetime(named["Start"]) >= pd.to_datetime(named["Created"])]
    first = pd.to_datetime(after.groupby("Lead ID")["Start"].min())
    hours = (leads["Lead ID"].map(first) - pd.to_datetime(leads["Created"])).dt.total_seconds() / 3600
    return leads.assign(hours=hours.fillna(np.inf))


def _placed(rows: pd.DataFrame, owner: str, day: str, seats: pd.DataFrame) -> pd.DataFrame:
    """The rows of the baseline year, each with the team its owner sat in on that day."""
    at = pd.to_datetime(rows[day])
    year = rows[(at >= pd.Timestamp(BASELINE_FROM)) & (at < pd.Timestamp(CHARTERED))].assign(day=at)
    joined = year.merge(seats, left_on=owner, right_on="Full Name")
    since, until = pd.to_datetime(joined["Start Date"]), pd.to_datetime(joined["End Date"])
    on = joined["day"].dt.normalize()
    return joined[(since.isna() | (on >= since)) & (until.isna() | (on <= until))]


def _rounded(value: float) -> float:
    return float(f"{value:.3g}") if value < 1000 else round(value, -3)


def _id(rng: np.random.Generator) -> str:
    return rng.bytes(8).hex()


def _key(entry: Entry) -> str:
    return entry[0]

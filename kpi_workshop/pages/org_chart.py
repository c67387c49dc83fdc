"""The pages of step 1: forms for teams, people, tiers, goals and the sales process, and both pictures."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from .. import catalogue, changes
from ..kinds import Business, Goal, PerformerTier, Person, Record, Seat, Stage, Team
from ..numbers import RATIOS, counted, spoken_day, written
from ..steps import org_chart as step
from ..steps import rows_of_people, team_names
from ..steps import tiers as performer_tiers
from . import org_drawing, plain
from .fields import Field, Rows, Values, measures_offered
from .forms import Form, PrivateForm, Refused
from .picture import Picture
from .plain import PlainList, PlainTable
from .table_editor import Column
from .together import live
from .workshop import Workshop

ROLES = ("seller", "manager", "executive")
NO_PROPOSALS = "The client data say nothing about revenue won: choose each tier yourself, and say why."
STAGES_OF_BUSINESS = ("startup", "growth", "established")


def teams_form(here: Workshop) -> Form:
    """The teams, in the order in which everything shows them."""
    engagement = here.engagement

    def load() -> Values:
        names = ("name", "purpose", "customer_facing")
        return {"teams": [_plain(team, *names) | {"key": team.name} for team in step.teams(engagement)]}

    columns = (
        Column("key", "", hidden=True),
        Column("name", "Team", needed=True),
        Column("purpose", "What it is there for"),
        Column("customer_facing", "Meets customers", kind="flag"),
    )
    return Form(
        "Teams",
        [Field("teams", "Teams", kind="table", columns=columns, noun="team", key="key", ordered=True)],
        load=load,
        save=lambda values: step.save_teams(engagement, values["teams"]),
        undo=lambda: team_names.take_back(engagement),
        undoable=lambda: changes.last(engagement.records, Team) is not None,
        value=lambda: step.teams(engagement),
        tell=lambda: counted(len(step.teams(engagement)), "team"),
        store=engagement.records,
        kinds=(Team,),
        at_once=True,
        help="One row a team, in the order in which you want to see them. Saved at every change.",
    )


def people_form(here: Workshop) -> Form:
    """Who sits where: one row a seat, so that somebody who moved stands in two rows."""
    engagement = here.engagement

    def load() -> Values:
        seats = [place for place in step.seats(engagement) if place.team]
        names = {place.person: place.name for place in seats}
        return {"people": [_person_row(place, names) for place in seats]}

    def save(values: Values) -> str:
        rows = values["people"]
        wrong: dict[int, str] = {}
        for number, says in rows_of_people.problems(rows, teams=[team.name for team in step.teams(engagement)]):
            wrong[number] = f"{wrong[number]} {says}" if number in wrong else says
        if wrong:
            raise Refused(rows={"people": wrong})
        step.save_people(engagement, rows)
        heads = {row["name"] for row in rows if not row["manager"]}
        return f"{len(heads)} people have no manager above them." if len(heads) > 1 else ""

    def fields() -> list[Field]:
        names = [team.name for team in step.teams(engagement)]
        columns = (
            Column("key", "", hidden=True),
            Column("name", "Name", needed=True),
            Column("title", "Title"),
            Column("team", "Team", kind="choice", choices=names, needed=True),
            Column("role", "Role", kind="choice", choices=ROLES),
            Column("manager", "Manager", suggest_from=("people", "name")),
            Column("valid_from", "First day", kind="day"),
            Column("valid_to", "Last day", kind="day"),
            Column("person", "Id in exports"),
        )
        words = "" if names else "Enter the teams first: a seat belongs to one of them."
        move = ("Move", lambda rows, at: _moved(rows, at, on=here.as_of))
        table = Field("people", "People and seats", "table", words, columns=columns, noun="seat", key="key", act=move)
        return [table]

    return Form(
        "People",
        fields,
        load=load,
        save=save,
        value=lambda: step.chart(engagement, as_of=here.as_of),
        tell=lambda: counted(len({place.person for place in step.seats(engagement)}), "person", plural="people"),
        store=engagement.records,
        kinds=(Person, Seat),
        at_once=True,
        help="One row a seat; paste from a spreadsheet works, in the order of the columns. Who moves to another team "
        "gets a second row with Move; who left gets a last day instead of being removed, so that earlier numbers stay "
        "with the team that earned them. Leave the id empty where the CRM knows the person by name.",
    )


def tiers_form(here: Workshop) -> PrivateForm:
    """Each seller's performer tier: what was confirmed, else the proposal with its reason, to accept or to change.

    Who performs how is for the leader alone: it is on an open page only, and not in an app served to everyone.
    """
    engagement = here.engagement
    won: list[performer_tiers.Won] = []

    def load() -> Values:
        known = performer_tiers.confirmed(engagement, as_of=here.as_of)
        won[:] = won or [performer_tiers.won_revenue(engagement, as_of=here.as_of)]
        offers = performer_tiers.proposed(engagement, as_of=here.as_of, won=won[0])
        sellers = [p for p in step.chart(engagement, as_of=here.as_of) if p.role == "seller"]
        rows = []
        for place in {p.person: p for p in sellers}.values():
            set_by_hand, offer = known.get(place.person), offers.get(place.person)
            rows.append(
                {
                    "person": place.person,
                    "name": place.name,
                    "team": place.team,
                    "tier": set_by_hand.tier if set_by_hand else offer.tier if offer else "",
                    "reason": set_by_hand.reason if set_by_hand else offer.reason if offer and offer.tier else "",
                    "basis": "confirmed" if set_by_hand else _so_far(offer, why_none=won[0][1]),
                }
            )
        return {"none": NO_PROPOSALS if won[0][1] and rows else "", "tiers": rows}

    def save(values: Values) -> str:
        changed = performer_tiers.save(engagement, values["tiers"], as_of=here.as_of)
        return f"{counted(len(changed), 'tier')} changed."

    columns = (
        Column("name", "Seller", fixed=True),
        Column("team", "Team", fixed=True),
        Column("tier", "Tier", kind="choice", choices=("top", "middle", "low")),
        Column("reason", "Reason"),
        Column("basis", "So far", fixed=True),
        Column("person", "Id in exports", hidden=True),
    )
    return PrivateForm(
        "Performer tiers",
        [
            Field("none", "No proposals", kind="note"),
            Field("tiers", "Sellers", kind="table", columns=columns, noun="seller", grows=False, key="person"),
        ],
        load=load,
        save=save,
        value=lambda: performer_tiers.confirmed(engagement, as_of=here.as_of),
        tell=lambda: f"{counted(len(performer_tiers.confirmed(engagement, as_of=here.as_of)), 'tier')} confirmed.",
        store=engagement.records,
        kinds=(PerformerTier,),
        button="Confirm these tiers",
        help="Proposals come from revenue won in the last twelve months; change what you know better, and say why.",
    )


def goals_form(here: Workshop) -> Form:
    """What kind of business this is, and its goals: each with a number and a date."""
    engagement = here.engagement

    def load() -> Values:
        business = engagement.records.get(Business, "business") or Business()
        names = ("goal", "measure", "number", "unit", "by", "team")
        found = step.goals(engagement, as_of=here.as_of)
        rows = [_plain(goal, *names) | {"measure": catalogue.name_of(goal.measure), "key": goal.goal} for goal in found]
        return {"industry": business.industry, "stage": business.stage, "model": business.model, "goals": rows}

    def save(values: Values) -> str:
        business = Business(industry=values["industry"], stage=values["stage"], model=values["model"])
        known = {row["measure"]: catalogue.find(row["measure"]) for row in values["goals"] if row["measure"]}
        ids = {words: measure.id for words, measure in known.items() if measure}
        rows = [row | {"measure": ids.get(row["measure"], row["measure"])} for row in values["goals"]]
        step.save_goals(engagement, rows, business=business, as_of=here.as_of)
        unknown = [words for words, measure in known.items() if not measure]
        return f"Not in the catalogue, kept as written: {', '.join(unknown)}." if unknown else ""

    def fields() -> list[Field]:
        columns = (
            Column("key", "", hidden=True),
            Column("goal", "Goal", needed=True),
            Column("measure", "Measured by", suggest=measures_offered()),
            Column("number", "Number", kind="number", needed=True),
            Column("unit", "Unit"),
            Column("by", "By", kind="day", needed=True),
            Column("team", "Team", kind="choice", choices=[team.name for team in step.teams(engagement)]),
        )
        earns = "How it earns: subscriptions, projects, products, services."
        return [
            Field("industry", "Industry"),
            Field("stage", "Stage of business", kind="choice", choices=STAGES_OF_BUSINESS),
            Field("model", "Business model", help=earns),
            Field("goals", "Goals", "table", "Each has a number and a date.", columns=columns, noun="goal", key="key"),
        ]

    return Form(
        "Business and goals",
        fields,
        load=load,
        save=save,
        value=lambda: step.goals(engagement, as_of=here.as_of),
        tell=lambda: counted(len(step.goals(engagement, as_of=here.as_of)), "goal"),
        store=engagement.records,
        kinds=(Goal, Business),
        at_once=True,
    )


def process_form(here: Workshop) -> Form:
    """The stages a deal passes, in order; before anything is saved, the usual five to start from."""
    engagement = here.engagement

    def load() -> Values:
        stages = step.stages(engagement) or step.default_stages()
        rows = [_plain(stage, "stage", "owner_team", "hand_off_to") | {"key": stage.stage} for stage in stages]
        return {"stages": [row | {"evidence": ", ".join(s.evidence)} for row, s in zip(rows, stages, strict=True)]}

    def fields() -> list[Field]:
        names = [team.name for team in step.teams(engagement)]
        lists = {", ".join(words): name for name, words in step.EVIDENCE_TOPICS.items()}
        topics = {word: name for name, words in step.EVIDENCE_TOPICS.items() for word in words}
        columns = (
            Column("key", "", hidden=True),
            Column("stage", "Stage", needed=True),
            Column("owner_team", "Team that owns it", kind="choice", choices=names),
            Column("evidence", "Must be known before a deal moves on", suggest=lists | topics, pieces=True),
            Column("hand_off_to", "Handed on to", kind="choice", choices=names),
        )
        return [Field("stages", "Stages", "table", columns=columns, noun="stage", key="key", ordered=True)]

    offered = " ".join(f"{name}: {', '.join(words)}." for name, words in step.EVIDENCE_TOPICS.items())
    return Form(
        "Sales process",
        fields,
        load=load,
        save=lambda values: step.save_process(engagement, values["stages"]),
        value=lambda: step.stages(engagement),
        tell=lambda: counted(len(step.stages(engagement)), "stage"),
        store=engagement.records,
        kinds=(Stage,),
        at_once=True,
        button="Save the process",
        help="In order. What must be known is separated by commas; both usual lists are offered where you type. "
        f"{offered}",
    )


@live
def people(here: Workshop) -> PlainTable:
    """Who leads and who sells in each team on the report date, in plain output."""
    places = step.chart(here.engagement, as_of=here.as_of)
    rows = []
    for team in step.teams(here.engagement, as_of=here.as_of):
        members = [place for place in places if place.team == team.name]
        leads = [place.name for place in members if place.role != "seller"]
        sellers = [place.name for place in members if place.role == "seller"]
        rows.append(
            {"team": team.name, "leads": ", ".join(leads), "count": len(sellers), "sellers": ", ".join(sellers)}
        )
    columns = {"team": "Team", "leads": "Managers and executives", "count": "Sellers", "sellers": "Who sells"}
    count = counted(len({place.person for place in places}), "person", plural="people")
    return plain.table(rows, columns, says=f"{count} in the org chart on {spoken_day(here.as_of)}.")


@live
def tiers(here: Workshop) -> PlainTable:
    """How many sellers of each team have a confirmed tier, in plain output; not who, and not which.

    An executed notebook is passed on, and a tier of one or two people would be a name.
    """
    known = performer_tiers.confirmed(here.engagement, as_of=here.as_of)
    sellers = {(p.team, p.person) for p in step.chart(here.engagement, as_of=here.as_of) if p.role == "seller"}
    rows = []
    for team in step.teams(here.engagement, as_of=here.as_of):
        members = [person for name, person in sellers if name == team.name]
        done = sum(person in known for person in members)
        rows.append({"team": team.name, "sellers": len(members), "done": done, "open": len(members) - done})
    columns = {"team": "Team", "sellers": "Sellers", "done": "Tier confirmed", "open": "Not confirmed yet"}
    confirmed = sum(person in known for _, person in sellers)
    return plain.table(rows, columns, says=f"{confirmed} of {len(sellers)} sellers have a confirmed tier.")


@live
def goals(here: Workshop) -> PlainTable:
    """The goals as recorded, in plain output."""
    found = step.goals(here.engagement, as_of=here.as_of)
    columns = {"goal": "Goal", "measure": "Measured by", "number": "Number", "unit": "Unit", "by": "By", "team": "Team"}
    rows = [_plain(goal, *columns) | {"measure": catalogue.name_of(goal.measure)} | _number(goal) for goal in found]
    return plain.table(rows, columns, says=f"{counted(len(found), 'goal')}.", right=("number",))


@live
def picture(here: Workshop) -> Picture | PlainList:
    """The org chart on the report date, drawn; every person up to sixty, above that a box a team."""
    places = step.chart(here.engagement, as_of=here.as_of)
    teams = [team.name for team in step.teams(here.engagement, as_of=here.as_of)]
    if not places:
        return plain.PlainList(
            "", nothing="There is nobody in the org chart on this day: enter teams and people above."
        )
    tiers = performer_tiers.told(here.engagement, places, as_of=here.as_of)
    return org_drawing.org_chart(places, teams=teams, spans=step.spans(places), tiers=tiers)


@live
def process_picture(here: Workshop) -> Picture | PlainList:
    """The sales process as a flow, with conversion and time per stage where the CRM tells them."""
    stages = step.stages(here.engagement, as_of=here.as_of)
    if not stages:
        return plain.PlainList("", nothing="The sales process is not saved yet: confirm the stages above.")
    numbers, why_not = step.stage_numbers(here.engagement, as_of=here.as_of)
    return org_drawing.process(stages, numbers=numbers, why_not=why_not)


@live
def missing(here: Workshop) -> PlainList:
    """What is still missing before the next step."""
    return plain.missing(step.missing(here.engagement, as_of=here.as_of))


def _number(goal: Goal) -> dict[str, Any]:
    """A share is said in percent, as people say it; every other number stands beside its own unit."""
    return {"number": written(goal.number, goal.unit), "unit": ""} if goal.unit in RATIOS else {}


def _so_far(offer: performer_tiers.Proposal | None, *, why_none: str) -> str:
    if offer and offer.tier:
        return "proposed"
    return "open" if why_none or not offer else f"open: {offer.reason[:1].lower()}{offer.reason[1:]}"


def _person_row(place: step.Place, names: dict[str, str]) -> dict[str, Any]:
    twice = Counter(names.values())
    manager = _name(place, names)
    return _plain(place, "name", "title", "team", "role", "valid_from", "valid_to") | {
        "manager": place.manager if twice[manager] > 1 else manager,
        "person": "" if place.person == place.name else place.person,
        "key": f"{place.person}|{place.team}|{place.valid_from or ''}",
    }


def _moved(rows: Rows, at: int, *, on: dt.date) -> Rows:
    """The seat at this place ends the day before, and a new one begins in a team still to be chosen."""
    row = rows[at]
    if row["valid_to"] or not row["name"]:
        return rows
    before = row | {"valid_to": (on - dt.timedelta(days=1)).isoformat()}
    after = row | {"key": "", "team": "", "manager": "", "valid_from": on.isoformat(), "valid_to": ""}
    return [*rows[:at], before, after, *rows[at + 1 :]]


def _name(place: step.Place, names: dict[str, str]) -> str:
    return names.get(place.manager, place.manager)


def _plain(record: Record | step.Place, *names: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}

"""A small team with a charter, a start and five weeks of rollout, made by hand."""

from __future__ import annotations

import datetime as dt

from small_crm import lost, seat, won, write

from kpi_workshop import engagement as engagements
from kpi_workshop.kinds import Charter, CharterLine, Seat, Team
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import rollout

D = dt.date
AS_OF = D(2024, 5, 8)
START = D(2024, 4, 1)
SELLERS = ("Nell Ashgrove", "Piet Ravensdal", "Una Corriebank")
EARLIER, LATER = "Field Sales", "Inside Sales"

LINES = (
    CharterLine(measure="Meetings held", label="activity", moves=("Win rate",), target=3, guardrail="Revenue"),
    CharterLine(measure="win_rate", label="metric", target=0.5, review="monthly"),
    CharterLine(measure="Owl sightings", label="metric"),
)


def day(week: int, weekday: int = 0) -> dt.date:
    """A day in the week so many weeks after the start (a Monday)."""
    return START + dt.timedelta(weeks=week, days=weekday)


def meeting(seller: str, on: dt.date) -> dict[str, object]:
    return {"seller": seller, "type": "meeting", "at": dt.datetime.combine(on, dt.time(10))}


def build(folder, *, teams=(EARLIER,)):
    """A team with a charter live since 1 April 2024, perhaps one without; data up to 8 May 2024, a Wednesday."""
    made = engagements.create(folder)
    made.records.save_all([(t, Team(name=t, order=i)) for i, t in enumerate(teams)], effective=ALWAYS)
    seat(made, *(Seat(person=person, team=EARLIER) for person in SELLERS))
    if LATER in teams:
        seat(made, Seat(person="Olaf Quill", team=LATER))
    # Baseline weeks -6 to -1: 2 meetings in each but 4 in the last. Live weeks 0 to 4: 3 each. Week 5, unfinished: 1.
    meetings = [meeting(SELLERS[n % 3], day(week, n)) for week in range(-6, 5) for n in range(2 if week < 0 else 3)]
    meetings += [meeting(SELLERS[0], day(-1, 3)), meeting(SELLERS[1], day(-1, 4)), meeting(SELLERS[0], day(5, 2))]
    write(made, "activities", meetings)
    deals = [won(SELLERS[0], D(2024, 1, 1)), lost(SELLERS[0], D(2024, 1, 2))]
    # Baseline: week -6 wins 1 of 1, week -2 wins 1 of 4: together 2 of 5, while the mean of the ratios is 0.625.
    deals += [won(SELLERS[0], day(-6)), won(SELLERS[1], day(-2)), *(lost(SELLERS[2], day(-2, n)) for n in range(3))]
    deals += [won(SELLERS[0], D(2024, 4, 10)), lost(SELLERS[1], D(2024, 4, 20)), lost(SELLERS[1], D(2024, 4, 21))]
    deals += [won("Olaf Quill", D(2024, 4, 3), 1000.0)]
    write(made, "opportunities", deals)
    charter = Charter(team=EARLIER, dated=D(2024, 3, 20), status="ready", lines=LINES)
    made.records.save(charter, EARLIER, effective=D(2024, 3, 20))
    plan = rollout.planned(made, EARLIER, starts_on=START, baseline_weeks=6, as_of=D(2024, 3, 20))
    rollout.record_plans(made, [plan], as_of=D(2024, 3, 20))
    return made

"""The one-minute form of a check-in, and what the check-ins say: never who answered, never of too few."""

from __future__ import annotations

from ..numbers import joined, number, spoken_day
from ..steps import pulse as step
from . import plain
from .forms import Field, Form, Values
from .own_screen import OwnScreen
from .plain import PlainList, PlainTable
from .table_editor import Column
from .workshop import Workshop

_SCORES = {"1": "1, not at all", "2": "2", "3": "3", "4": "4", "5": "5, very well"}


def form(here: Workshop) -> Form | PlainList:
    """A score and a comment for the check-in that is open; nothing of who answers is kept."""
    open_now = step.due(here.engagement, as_of=here.today)
    if not open_now:
        return PlainList("", nothing="No check-in is open: they are in weeks 1, 2, 4 and 8 after a team's start.")

    def save(values: Values) -> str:
        team = values["team"]
        given = step.answer(
            here.engagement,
            team,
            week=open_now[team],
            score=int(values["score"]),
            comment=values["comment"] or "",
            as_of=here.today,
        )
        step.record(here.engagement, [given])
        return "Thank you. Your answer is kept without your name."

    teams = list(open_now)
    return Form(
        "Check-in",
        [
            Field("team", "Your team", kind="choice", choices=teams, needed=True),
            Field("score", step.QUESTION, kind="choice", choices=_SCORES, needed=True),
            Field("comment", "What helps, what hinders?", kind="long", help="Read by the leader, without a name."),
        ],
        load=lambda: {"team": teams[0] if len(teams) == 1 else "", "score": "", "comment": ""},
        save=save,
        value=lambda: None,
        tell=lambda: f"Open: {joined([f'week {week} of {team}' for team, week in open_now.items()])}.",
        clear=True,
        button="Send",
        help="One minute. The mean is shown once the check-in has closed, where enough people answered.",
    )


def told(here: Workshop) -> PlainTable:
    """The mean of each check-in that has closed."""
    least = here.engagement.settings.smallest_group
    rows = []
    for row in step.check_ins(here.engagement, as_of=here.today):
        if row.is_open:
            said = f"open until {spoken_day(row.closes)}"
        elif row.mean is None:
            said = f"fewer than {least} answers: not shown"
        else:
            said = f"{number(row.mean, 1)} of 5"
        rows.append({"team": row.team, "week": row.week, "said": said, "answers": row.answers or ""})
    columns = {"team": "Team", "week": "Week", "said": "Mean", "answers": "Answers"}
    return plain.table(rows, columns, says="Check-ins:" if rows else "No team has started yet: nobody was asked.")


def comments(here: Workshop) -> OwnScreen:
    """The comments of closed check-ins, for the leader's own screen."""

    def rows() -> list[Values]:
        told = [row for row in step.check_ins(here.engagement, as_of=here.today) if row.mean is not None]
        return [
            {"team": row.team, "week": row.week, "comment": comment}
            for row in told
            for comment in step.comments(here.engagement, team=row.team, week=row.week, as_of=here.today)
        ]

    columns = (Column("team", "Team"), Column("week", "Week"), Column("comment", "Comment"))
    return OwnScreen("Comments", columns, rows=rows, noun="comment")

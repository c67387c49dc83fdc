"""The one-minute form of a check-in, and what the check-ins say: never who answered, never of too few."""

from __future__ import annotations

from ..errors import WorkshopError
from ..imports import pulse
from ..imports.form_columns import FormExport
from ..numbers import joined, number, spoken_day
from ..steps import pulse as step
from . import plain
from .answering import AnswersForm, ChosenFile
from .forms import Field, Form, PrivateForm, Values
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


class ScoresForm(AnswersForm):
    """A form that says of each column whether it holds a team, a week, a score or a comment."""

    def _understood(self, export: FormExport) -> tuple[list[str], list[dict[str, str]]]:
        means = pulse.proposed(export)
        rows = [
            {"number": str(column.number), "heading": column.heading, "means": means[column.number]}
            for column in export.columns
        ]
        return pulse.lines(export, means), rows


def answers_file(here: Workshop) -> PrivateForm:
    """The answers to a check-in form, from a file: what each column holds is proposed, corrected, and then kept."""
    batches: list[step.Taken] = []
    teams = list(dict.fromkeys(row.team for row in step.check_ins(here.engagement, as_of=here.today)))

    def save(values: Values) -> str:
        if asked.export is None:
            raise WorkshopError("Choose the file with the answers first.")
        means = {int(row["number"]): row["means"] for row in values["columns"]}
        week = int(values["week"]) if values["week"] else None
        said, taken = pulse.record(
            here.engagement, asked.export, means, team=values["team"], week=week, as_of=here.today
        )
        batches.append(taken)
        asked.export = None
        return said

    columns = (
        Column("number", "", kind="whole", hidden=True),
        Column("heading", "Column of the form", fixed=True),
        Column("means", "It holds", kind="choice", choices=pulse.MEANS),
    )
    fields = (
        ChosenFile("file", "File", kind="file", help="CSV or Excel, as Google, Microsoft or another form exports it."),
        Field("understood", "What was understood", kind="note"),
        Field(
            "columns", "What each column holds", kind="table", columns=columns, noun="column", grows=False,
            help="Correct what is wrong.",
        ),
        Field("team", "Team", kind="choice", choices=teams, help="Where the form does not ask it."),
        Field(
            "week", "Check-in of week", kind="choice", choices=tuple(map(str, step.WEEKS)),
            help="Where the form does not ask it.",
        ),
    )  # fmt: skip
    asked = ScoresForm(
        "Answers to a check-in form",
        fields,
        load=lambda: {"columns": [], "team": teams[0] if len(teams) == 1 else "", "week": ""},
        save=save,
        undo=lambda: step.take_back(here.engagement, batches.pop()),
        value=lambda: None,
        tell=lambda: "Answers stay on an open page and in the private store.",
        clear=True,
        button="Keep these answers",
        help="No name is kept. The same file again adds nothing; a newer one adds its new answers.",
    )
    asked.status = ""
    return asked


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

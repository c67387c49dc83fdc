"""Answers to a form: the file is handed over on the page, and each possible suggestion in it accepted or dropped."""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from ..errors import WorkshopError
from ..imports import answers as import_step
from ..imports import form_columns
from ..imports.form_columns import FormExport
from ..kinds import FormColumn, Interview, Team
from ..numbers import counted
from ..steps import guides, hypothesis, offers
from ..steps import interviews as step
from . import capture
from .fields import Field, Values, measures_offered
from .forms import PrivateForm
from .table_editor import Column
from .workshop import Workshop

AT_ONCE = 100
"""How many parts of answers are shown at a time: a page with thousands of fields is slow."""
LARGEST = 6_000_000
"""Bytes of a file that a page can hand over; a larger one is imported on the command line."""
ENDINGS = (".csv", ".tsv", ".xlsx", ".xls", ".ods", ".xlsm", ".txt")
ORDERS = {"D/M/Y": "day, month, year", "M/D/Y": "month, day, year", "Y/M/D": "year, month, day"}
MEANS = {
    "question": "an answer",
    "name": "the name",
    "email": "the e-mail address",
    "role": "interviewed as",
    "team": "the team",
    "submitted": "when it was sent",
    "about": "about the response",
    "check": "a check for robots",
}


@dataclass(frozen=True)
class ChosenFile(Field):
    """A file from the reader's own computer. The value is its name; its bytes are handed over once."""

    def spec(self) -> Values:
        """What the browser needs to draw it."""
        return super().spec() | {"accept": ",".join(ENDINGS), "largest": LARGEST}

    def show(self, value: Any) -> Any:
        """Nothing of a file is ever shown again but its name."""
        return value if isinstance(value, dict) else None

    def read(self, shown: Any) -> tuple[Any, str, dict[int, str]]:
        """The name of the file."""
        name = str((shown or {}).get("name") or "")
        return name, "" if name else "Choose a file first.", {}


class AnswersForm(PrivateForm):
    """A form that reads the file as soon as it is chosen, and shows what was understood before anything is kept."""

    _esm, _css = capture.SCRIPT, capture.STYLE
    export: FormExport | None = None

    def _changed(self) -> None:
        file = self._shown.get("file") or {}
        if file.get("bytes"):
            self._forget_problems()
            self.export = None
            try:
                self.export = received(str(file.get("name") or ""), str(file["bytes"]))
            except WorkshopError as error:
                self.problems["file"] = str(error)
            self._shown["file"] = {"name": file.get("name", ""), "bytes": ""}
            understood, columns = self._understood(self.export) if self.export else ([], [])
            self._shown["understood"] = "\n".join(line.strip() for line in understood)
            self._shown["columns"] = columns
            self._revision += 1
        super()._changed()

    def _understood(self, export: FormExport) -> tuple[list[str], list[dict[str, str]]]:
        """What was understood, and a row for each column to be corrected."""
        return export.lines(), [_column_row(column) for column in export.columns]


def answers_file(here: Workshop) -> PrivateForm:
    """The responses to a form, from a file: what each column holds is proposed, corrected, and then recorded."""
    engagement = here.engagement
    batches: list[set[str]] = []
    teams = list(engagement.records.current(Team, as_of=here.as_of))

    def save(values: Values) -> str:
        if form.export is None:
            raise WorkshopError("Choose the file with the responses first.")
        chosen = {int(row["number"]): row for row in values["columns"]}
        export = replace(
            form.export, dates=values["dates"], columns=tuple(_as_chosen(c, chosen) for c in form.export.columns)
        )
        plan = import_step.plan(engagement, export, role=values["role"], teams=values["teams"])
        before = set(engagement.private.current(Interview))
        said = import_step.save(engagement, plan, as_of=here.as_of, seal=hypothesis.seal)
        batches.append(set(engagement.private.current(Interview)) - before)
        form.export = None
        return said[0]

    def undo() -> None:
        for interview in batches.pop():
            step.withdraw(engagement, interview)

    questions = {q.id: q.ask for role in guides.ROLES for q in guides.guide(role).questions}
    columns = (
        Column("number", "", kind="whole", hidden=True),
        Column("heading", "Column of the form", fixed=True),
        Column("means", "It holds", kind="choice", choices=MEANS),
        Column("question", "It asks what the guide asks", kind="choice", choices=questions),
    )
    fields = (
        ChosenFile("file", "File", kind="file", help="CSV or Excel, as the form exports it. It stays private."),
        Field("understood", "What was understood", kind="note"),
        Field(
            "columns", "What each column holds", kind="table", columns=columns, noun="column", grows=False,
            help="Correct what is wrong; an answer without a question of the guide is kept with its own heading.",
        ),
        Field(
            "dates", "Days are written", kind="choice", choices=ORDERS,
            help="Needed only where no day in the file decides it.",
        ),
        Field(
            "role", "Interviewed as", kind="choice", choices=step.ROLE_WORDS,
            help="For respondents whose role neither the form nor the org chart tells.",
        ),
        Field("teams", "Counts for", kind="choices", choices=teams, help="Where the form does not say the team."),
    )  # fmt: skip
    form = AnswersForm(
        "Responses to a form",
        fields,
        load=lambda: {"columns": [], "teams": teams if len(teams) == 1 else []},
        save=save,
        undo=undo,
        value=lambda: step.groups(engagement, as_of=here.as_of),
        tell=lambda: "Responses stay on an open page and in the private store.",
        clear=True,
        button="Record these responses",
        help="Nothing is recorded before you have seen what was understood. The same file again adds nothing.",
    )
    form.status = ""
    return form


def answers(here: Workshop) -> PrivateForm:
    """What imported answers seem to suggest, part by part: to be accepted in words that may be shown, or dropped."""
    engagement = here.engagement
    batches: list[list[str]] = []

    def load() -> Values:
        waiting = offers.waiting(engagement)[:AT_ONCE]
        rows = [
            {"key": o.key, "question": o.question, "words": o.words, "text": o.text, "decision": ""} for o in waiting
        ]
        return {"offers": rows, "waits": "" if rows else "No answer waits to be looked at."}

    def save(values: Values) -> str:
        batches.append(offers.decide(engagement, [row for row in values["offers"] if row["decision"]]))
        return f"{len(batches[-1])} decided."

    columns = (
        Column("key", "", hidden=True),
        Column("question", "Asked", kind="long", fixed=True),
        Column("words", "Part of the answer", kind="long", fixed=True),
        Column("text", "Suggestion, in a few words", suggest=measures_offered(), help="Shown to others: no names."),
        Column("decision", "Decision", kind="choice", choices=offers.DECISIONS),
    )
    form = PrivateForm(
        "Suggestions in answers",
        [
            Field("waits", "", kind="note"),
            Field("offers", "What may be a suggestion", kind="table", columns=columns, noun="part", grows=False),
        ],
        load=load,
        save=save,
        undo=lambda: offers.take_back(engagement, batches.pop()),
        tell=lambda: told(here),
        clear=True,
        button="Record these decisions",
        help=f"Up to {AT_ONCE} at a time. What you leave open is still here next time.",
    )
    form.status = ""
    return form


def told(here: Workshop) -> str:
    """Whether answers wait, and nothing of what they say."""
    return "Answers wait to be looked at." if offers.waiting(here.engagement) else "No answer waits to be looked at."


def received(name: str, content: str) -> FormExport:
    """The responses in a file that a page handed over: its name, and its bytes in base64. Nothing stays on disk."""
    plain = Path(name.replace("\\", "/")).name
    if Path(plain).suffix.lower() not in ENDINGS:
        raise WorkshopError(f"'{plain}' is no list of responses. Export them as CSV or Excel.")
    try:
        given = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise WorkshopError(f"'{plain}' did not arrive whole. Choose it again.") from None
    if len(given) > LARGEST:
        many = counted(LARGEST // 1_000_000, "megabyte")
        raise WorkshopError(f"'{plain}' has more than {many}. Import it with: kpi-workshop import DIR answers FILE")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / plain
        file.touch(0o600)
        file.write_bytes(given)
        return form_columns.read(file)


def _column_row(column: FormColumn) -> dict[str, str]:
    heading = f"{column.heading}: {column.option}" if column.option else column.heading
    return {"number": str(column.number), "heading": heading, "means": column.means, "question": column.question}


def _as_chosen(column: FormColumn, chosen: Mapping[int, Mapping[str, Any]]) -> FormColumn:
    row = chosen.get(column.number)
    if row is None:
        return column
    known = get_args(FormColumn.model_fields["means"].annotation)
    means = row["means"] if row["means"] in known else column.means
    return column.model_copy(update={"means": means, "question": row["question"] if means == "question" else ""})

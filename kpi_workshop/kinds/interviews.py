"""Step 3: what was said, and by whom; most of it is private."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import pydantic

from .record import Name, Record, Text

InterviewRole = Literal["top", "middle", "low", "manager", "executive"]


class Interview(Record):
    """One conversation with one person; may count for several teams. Key: a random id."""

    kind = "interview"
    private = True
    interview: Name
    interviewee: Name
    role: InterviewRole
    teams: tuple[Name, ...]
    held_on: dt.date
    notes: Text = ""


class Suggestion(Record):
    """A measure or behaviour somebody proposed, in a few words that may be shown. Key: a random id.

    For which teams, when and by whom is known to the private store alone, through its quote.
    """

    kind = "suggestion"
    undated = True
    suggestion: Name
    text: Name


class Quote(Record):
    """The words as spoken behind a suggestion, the interview they come from, and when. Key: the suggestion's id."""

    kind = "quote"
    private = True
    suggestion: Name
    interview: Name
    words: Text = ""
    said_at: dt.datetime | None = None


LONGEST = 40_000
"""Characters an answer may have: no cell of a spreadsheet holds more."""
Words = Annotated[str, pydantic.StringConstraints(max_length=LONGEST)]
"""An answer as it was typed, nothing trimmed."""


class FormColumn(Record):
    """One column of a form's responses: its place from 1, its heading, and what it holds.

    `option` is the second heading of a column that stands for one option or for a remark; `question` is the id of the
    guide question that was asked; `options` are the answers that could be ticked, where they are known.
    """

    number: int = pydantic.Field(ge=1)
    heading: str
    option: str = ""
    means: Literal["question", "check", "name", "email", "role", "team", "submitted", "about"] = "question"
    question: str = ""
    options: tuple[str, ...] = ()


class AnswerForm(Record):
    """A file of form responses as it was imported. Key: the SHA-256 of its bytes."""

    kind = "answer_form"
    private = True
    file: Name
    product: str = ""
    columns: tuple[FormColumn, ...]
    respondents: int = pydantic.Field(ge=0)


class Reply(Record):
    """Every filled cell of one respondent's row. Key: a digest of the row, so that it is imported once.

    `form` is the key of the file it came in, `row` its number there, `cells` pairs of column number and words.
    """

    kind = "reply"
    private = True
    form: Name
    row: int = pydantic.Field(ge=1)
    interview: Name
    repeats_row: int = 0
    cells: tuple[tuple[int, Words], ...]


class Offer(Record):
    """What was decided about a suggestion that an answer seemed to hold. Key: reply, column and place in the answer.

    `suggestion` is the id of the suggestion that an accepted one became.
    """

    kind = "offer"
    private = True
    decision: Literal["accepted", "dropped"]
    suggestion: str = ""

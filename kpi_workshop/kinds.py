"""What can be recorded: one typed model for each kind of record, and where it may be kept."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

import pydantic

from .errors import no_time_zone

SCHEMA_VERSION = 2

Name = Annotated[str, pydantic.StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, pydantic.StringConstraints(strip_whitespace=True, max_length=20_000)]
Role = Literal["seller", "manager", "executive"]
Tier = Literal["top", "middle", "low"]
InterviewRole = Literal["top", "middle", "low", "manager", "executive"]
Label = Literal["activity", "metric", "signal"]


class Record(pydantic.BaseModel):
    """A thing that was entered or decided; `kind` names it in the store, `private` says which store keeps it.

    Of an `undated` kind the store keeps neither when nor by whom nor in which order: together they would tell which
    suggestions were made in one interview. Such records hold from the beginning, and what is taken out is gone.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    kind: ClassVar[str] = ""
    private: ClassVar[bool] = False
    undated: ClassVar[bool] = False


# Step 1: org chart, and what the business wants


class Team(Record):
    """A sales team. Key: its name."""

    kind = "team"
    name: Name
    purpose: Text = ""
    customer_facing: bool = True
    order: int = 0


class Person(Record):
    """Somebody in the organisation. Key: `person`, the name or id by which the client's exports know them.

    `time_zone` is where they work, such as "America/New_York"; "" is the business time zone.
    """

    kind = "person"
    person: Name
    name: Name
    title: Text = ""
    also_known_as: tuple[Name, ...] = ()
    time_zone: Text = ""

    @pydantic.field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value and (wrong := no_time_zone(value)):
            raise ValueError(wrong)
        return value


class Seat(Record):
    """A person in a team for some time. Key: person, team and first day. Both days are inclusive; None is open."""

    kind = "seat"
    person: Name
    team: Name
    role: Role = "seller"
    manager: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    @pydantic.model_validator(mode="after")
    def _ends_after_it_starts(self) -> Seat:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError(f"ends on {self.valid_to}, before it starts on {self.valid_from}")
        return self


class PerformerTier(Record):
    """How a seller performs against their peers. Key: the person."""

    kind = "tier"
    person: Name
    tier: Tier
    reason: Text = ""


class Business(Record):
    """What kind of business this is. Key: `business`."""

    kind = "business"
    industry: Text = ""
    stage: Literal["", "startup", "growth", "established"] = ""
    model: Text = ""


class Goal(Record):
    """What the business wants, with a number and a date. Key: a short name."""

    kind = "goal"
    goal: Name
    measure: str = ""
    number: float
    unit: str = ""
    by: dt.date
    team: str = ""


class Stage(Record):
    """A stage of the sales process, in order, with the evidence that lets a deal move on. Key: its name."""

    kind = "stage"
    stage: Name
    order: int
    owner_team: str = ""
    hand_off_to: str = ""
    evidence: tuple[Name, ...] = ()


# Step 2: hypothesis


class HypothesisLink(Record):
    """An activity and the metric it should move: direction, size as a share, delay in weeks."""

    activity: Name
    moves: Name
    direction: Literal["up", "down"] = "up"
    size: float | None = pydantic.Field(default=None, ge=0, le=10)
    delay_weeks: int | None = pydantic.Field(default=None, ge=0, le=104)


class Hypothesis(Record):
    """The leader's private guess for one team. Key: the team. `reason` says why it holds more than the method asks."""

    kind = "hypothesis"
    private = True
    team: Name
    metrics: tuple[Name, ...] = ()
    links: tuple[HypothesisLink, ...] = ()
    reason: Text = ""


class Seal(Record):
    """The hypothesis of one team as it stood before its first interview. Key: the team.

    `salt` is random: without it nobody can guess a seal from its mark.
    """

    kind = "seal"
    private = True
    team: Name
    sha256: str
    hypothesis_version: int
    made_at: dt.datetime | None = None
    salt: str = ""


class SealMark(Record):
    """That a team's hypothesis was sealed: the SHA-256 of the salted seal, which tells nothing of it. Key: the team."""

    kind = "seal_mark"
    undated = True
    team: Name
    mark: str


# Step 3: interviews


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


# Step 4: sorting and choosing


class Sorting(Record):
    """What a person decided a suggestion is. Key: the suggestion's id.

    Undated as well: what is sorted after each interview would tell what was said in it.
    """

    kind = "sorting"
    undated = True
    suggestion: Name
    measure: str = ""
    control: Literal["direct", "influenced", "none"]
    timing: Literal["before", "with", "after"]
    label: Label
    reason: Text = ""
    disposition: Literal["", "chosen", "parked", "merged", "dropped"] = ""
    disposition_reason: Text = ""


class Grouping(Record):
    """What a person says a suggestion counts the same as. Key: the suggestion's id.

    `theme` is what all suggestions of one measure share; a theme of its own sets a suggestion apart. Undated like
    the suggestion itself.
    """

    kind = "grouping"
    undated = True
    suggestion: Name
    theme: Text


class MeasureCard(Record):
    """The answers to the eight questions about one measure (S2:81-134). Key: the measure.

    A question that nobody has answered is left out.
    """

    kind = "measure_card"
    measure: Name
    answers: dict[str, Literal["KPI", "metric"]] = {}


class CharterLine(Record):
    """One chosen measure of a team: what it is, in a plain sentence, and what it is held against."""

    measure: Name
    label: Label
    sentence: Text = ""
    reason: Text = ""
    owner: str = ""
    source: str = ""
    moves: tuple[Name, ...] = ()
    guardrail: str = ""
    pay_linked: bool = False
    target: float | None = None
    baseline: float | None = None
    review: Literal["weekly", "monthly", "quarterly"] = "weekly"


class Charter(Record):
    """The measures one team agreed to run on. Key: the team.

    `baseline_from` and `baseline_to` are the days of the lines' baselines; `changed_by` and `change_reason` say who
    made this version out of the one before, and why.
    """

    kind = "charter"
    team: Name
    version: str = "1.0"
    dated: dt.date
    status: Literal["draft", "ready"] = "draft"
    lines: tuple[CharterLine, ...] = ()
    exception_reason: Text = ""
    baseline_from: dt.date | None = None
    baseline_to: dt.date | None = None
    changed_by: str = ""
    change_reason: Text = ""


Question = Literal["sales process", "initiatives"]
"""What is asked of everybody at the playback: does it fit our sales process, does it fit our initiatives?"""
Answer = Literal["", "yes", "no"]


class Objection(Record):
    """What somebody said against a charter at its playback, and the answer, without a name. Key: a random id.

    Undated: when it was recorded would tell who had just been asked.
    """

    kind = "objection"
    undated = True
    team: Name
    version: str
    question: Question
    words: Name
    answer: Text = ""


class Invitation(Record):
    """Somebody asked to a team's playback, and their two answers. Key: the team and the person.

    Private, for whoever was interviewed is among those invited. `version` is the charter they answered to;
    `objections` are the ids of what they said against it.
    """

    kind = "invitation"
    private = True
    team: Name
    person: Name
    version: str = ""
    fits_process: Answer = ""
    fits_initiatives: Answer = ""
    objections: tuple[str, ...] = ()


# Step 5: rollout


class Rollout(Record):
    """When one team's charter goes live and what it is compared with. Key: the team. No start is a hold-out."""

    kind = "rollout"
    team: Name
    starts_on: dt.date | None = None
    baseline_from: dt.date
    baseline_to: dt.date
    reason: Text = ""

    @pydantic.model_validator(mode="after")
    def _baseline_comes_first(self) -> Rollout:
        if self.baseline_to < self.baseline_from:
            raise ValueError(f"the baseline ends on {self.baseline_to}, before it begins on {self.baseline_from}")
        if self.starts_on and self.baseline_to >= self.starts_on:
            raise ValueError(f"the baseline ends on {self.baseline_to}, not before the start on {self.starts_on}")
        return self


class ReviewPlan(Record):
    """When the rollout may be judged and by what, written down before it starts. Key: `review_plan`.

    `looks` are weeks after the last start; no verdict changes between them. `dwell_weeks` go by before anything may be
    replaced. `worthwhile` is the smallest lasting change that would matter, 0.05 being 5 %. `rules` names the rule set
    of the charts. `start_order` is the order that was drawn for the teams, and `drawn_with` the number it was drawn
    with, so that anybody can draw it again.
    """

    kind = "review_plan"
    looks: tuple[int, ...] = (8, 12, 16, 20, 26)
    dwell_weeks: int = pydantic.Field(default=8, ge=8, le=104)
    worthwhile: float = pydantic.Field(default=0.05, gt=0, le=1)
    rules: Literal["nhs", "wheeler"] = "nhs"
    start_order: tuple[Name, ...] = ()
    drawn_with: int | None = None
    reason: Text = ""

    @pydantic.field_validator("looks")
    @classmethod
    def _looks_rise(cls, looks: tuple[int, ...]) -> tuple[int, ...]:
        if not looks or looks[0] < 1 or any(later <= look for look, later in pairwise(looks)):
            raise ValueError("the looks are weeks after the last start in rising order, such as 8, 12, 16, 20, 26")
        return looks


class Target(Record):
    """A quota or target of a seller or a team for one period. Key: owner, measure and first day."""

    kind = "target"
    owner_is: Literal["seller", "team"]
    owner: Name
    measure: Name
    period_from: dt.date
    period_to: dt.date
    value: float


class Decision(Record):
    """What the leader decided about an activity and its metric at a review. Key: team, activity and day."""

    kind = "decision"
    team: Name
    activity: Name
    metric: Name
    decision: Literal["keep", "watch", "replace", "fix adoption"]
    decided_on: dt.date
    reason: Text = ""


class Pulse(Record):
    """One person's answer at a check-in, 1 to 5 and a comment; nothing tells whose it is. Key: a random id."""

    kind = "pulse"
    private = True
    undated = True
    team: Name
    week: int = pydantic.Field(ge=1, le=52)
    score: int = pydantic.Field(ge=1, le=5)
    comment: Text = ""


class Annotation(Record):
    """Something that happened on a day and explains a number. Key: a random id.

    Without a team or a measure it holds for all of them. One that `rebases` names an event after which the expected
    range of its measure is taken anew from the weeks that follow.
    """

    kind = "annotation"
    day: dt.date
    text: Name
    team: str = ""
    measure: str = ""
    rebases: bool = False


# Client data


CRM = "crm"
"""The key of the one record that says which import counts."""


class Import(Record):
    """The import whose tables count. Key: `CRM`; each version is one import, recorded with what it brought at once."""

    kind = "import"
    number: int = pydantic.Field(ge=1)
    rows: dict[str, int]
    mapping: Name
    last_day: dt.date | None = None

    @property
    def folder(self) -> str:
        """The name of the folder that holds its tables."""
        return f"{self.number:04d}"


KINDS: dict[str, type[Record]] = {
    model.kind: model
    for model in (
        Team, Person, Seat, PerformerTier, Business, Goal, Stage, Hypothesis, Seal, SealMark, Interview, Suggestion,
        Quote,
        AnswerForm, Reply, Offer,
        Sorting, Grouping, MeasureCard,
        Charter, Objection, Invitation, Rollout, ReviewPlan, Target, Decision, Pulse, Annotation, Import,
    )
}  # fmt: skip

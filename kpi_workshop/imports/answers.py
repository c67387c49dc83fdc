"""Responses to a form as interviews: every answer kept, in the private store, all of a file or nothing of it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import cast, get_args

from ..engagement import Engagement
from ..errors import WorkshopError, did_you_mean, listed
from ..kinds import LONGEST, AnswerForm, Interview, InterviewRole, PerformerTier, Person, Record, Reply, Seat, Team
from ..numbers import counted
from ..records import new_id
from ..steps.interviews import ROLE_WORDS
from .form_columns import FormExport
from .people_columns import fold
from .sheets import Row

ROWS_SHOWN = 10


@dataclass(frozen=True)
class Respondent:
    """One row of the form as an interview; `reply` is the key it is recorded under."""

    row: Row
    reply: str
    interviewee: str
    role: InterviewRole
    teams: tuple[str, ...]
    held_on: dt.date


@dataclass(frozen=True)
class Plan:
    """What an import would record: the respondents that are new, and how many were imported before."""

    form: FormExport
    new: tuple[Respondent, ...]
    before: int

    def lines(self) -> list[str]:
        """The plan in plain sentences that name nobody."""
        if not self.new:
            return [f"Nothing new: all {self.before:,} responses of this form are recorded."]
        roles = Counter(ROLE_WORDS[one.role] for one in self.new)
        parts = ", ".join(counted(many, words.removesuffix("s")) for words, many in roles.items())
        teams = ", ".join(dict.fromkeys(team for one in self.new for team in one.teams))
        out = [f"{counted(len(self.new), 'interview')} to be recorded, for {teams}: {parts}."]
        return out + ([f"{self.before:,} responses of this form are recorded already."] if self.before else [])


def plan(engagement: Engagement, form: FormExport, *, role: str = "", teams: Collection[str] = ()) -> Plan:
    """What the form would record; nothing is recorded yet.

    A respondent's role and team are what the form asked, else `role` and `teams`, else what the org chart says of the
    person with that name or e-mail. Raises one WorkshopError with everything that is wrong or not known.
    """
    known_teams = engagement.records.current(Team)
    wrong = [
        f"Team '{t}' is not in the org chart. {did_you_mean(t, known_teams)}".strip()
        for t in teams
        if t not in known_teams
    ]
    if role and role not in get_args(InterviewRole):
        wrong.append(f"'{role}' is no role of an interview. It is one of: {', '.join(get_args(InterviewRole))}.")
    if wrong:
        raise WorkshopError(listed(wrong))
    long = [
        f"Row {row.number:,}, column {number}: {len(words):,} characters; {LONGEST:,} can be kept. Split the answer."
        for row in form.rows
        for number, words in form.cells(row)
        if len(words) > LONGEST
    ]
    if long:
        raise WorkshopError(f"{form.file} was not imported:\n{listed(long)}")
    days = _days(engagement, form)
    chart = _OrgChart(engagement)
    recorded = engagement.private.current(Reply)
    new, before = [], 0
    unknown: dict[str, list[int]] = defaultdict(list)
    times: Counter[str] = Counter()
    shape = "\x1e".join(column.heading for column in form.columns)
    totals = form.totals()
    for row, held_on in zip(form.rows, days, strict=True):
        if row.number in totals:
            continue
        content = hashlib.sha256("\x1f".join([shape, *(f"{n}\x1f{words}" for n, words in form.cells(row))]).encode())
        times[content.hexdigest()] += 1
        key = f"{content.hexdigest()[:32]}-{times[content.hexdigest()]}"
        if key in recorded:
            before += 1
            continue
        name, email = _who(form, row)
        person = chart.person(email) or chart.person(name)
        its_role = _role(_said(form, row, "role")) or role or chart.role(person, held_on)
        its_teams = chart.teams_named(_said(form, row, "team")) or tuple(teams) or chart.teams(person, held_on)
        if not its_role:
            unknown["role"].append(row.number)
        if not its_teams:
            unknown["team"].append(row.number)
        interviewee = name or email or f"Respondent in row {row.number} of {form.file}"
        new.append(Respondent(row, key, interviewee[:200], cast(InterviewRole, its_role), its_teams, held_on))
    if unknown:
        raise WorkshopError(f"{form.file} was not imported:\n{listed([_unknown(*item) for item in unknown.items()])}")
    return Plan(form, tuple(new), before)


def save(
    engagement: Engagement, plan: Plan, *, as_of: dt.date, seal: Callable[[Engagement, str], object] | None = None
) -> list[str]:
    """Record the plan in the private store in one step and say how much was recorded.

    `seal` is called with each team first, so that no answer is there before the hypothesis it could influence is
    sealed. The interviews hold from the month of the last response, or of `as_of` where that is earlier.
    """
    if not plan.new:
        return plan.lines()
    repeats = plan.form.repeats()
    entries: list[tuple[str, Record]] = [
        (
            plan.form.sha256,
            AnswerForm(
                file=plan.form.file, product=plan.form.product, columns=plan.form.columns,
                respondents=len(plan.form.rows) - len(plan.form.totals()),
            ),
        )
    ]  # fmt: skip
    for one in plan.new:
        interview = new_id()
        conversation = Interview(
            interview=interview, interviewee=one.interviewee, role=one.role, teams=one.teams, held_on=one.held_on,
        )  # fmt: skip
        reply = Reply(
            form=plan.form.sha256, row=one.row.number, interview=interview,
            repeats_row=repeats.get(one.row.number, 0), cells=plan.form.cells(one.row),
        )  # fmt: skip
        entries += [(interview, conversation), (one.reply, reply)]
    for team in dict.fromkeys(team for one in plan.new for team in one.teams):
        if seal:
            seal(engagement, team)
    since = min(max(one.held_on for one in plan.new), as_of).replace(day=1)
    engagement.private.save_all(entries, effective=since)
    answers = sum(len(plan.form.cells(one.row)) for one in plan.new)
    return [
        f"Recorded in the private store: {counted(len(plan.new), 'interview')} with {counted(answers, 'filled cell')}."
    ]


def _unknown(what: str, rows: list[int]) -> str:
    shown = ", ".join(f"{number:,}" for number in rows[:ROWS_SHOWN])
    shown += f" and {len(rows) - ROWS_SHOWN:,} more" if len(rows) > ROWS_SHOWN else ""
    column = f'means = "{what}"'
    return (
        f"Nobody knows the {what} of the respondents in row {shown}: say it with --{what}, or name the column that "
        f"holds it in a matching file ({column}); on the page, choose either."
    )


def _said(form: FormExport, row: Row, means: str) -> str:
    parts = [" ".join(row.cell(column.number - 1).split()) for column in form.of(means)]
    return " ".join(part for part in parts if part)


def _who(form: FormExport, row: Row) -> tuple[str, str]:
    found = [_said(form, row, means) for means in ("name", "email")]
    name, email = ("" if fold(word) == "anonymous" else word for word in found)
    return name, email


def _role(words: str) -> str:
    """The role of an interview that these words name, or ""."""
    said = fold(words)
    names = {fold(spoken): role for role, spoken in ROLE_WORDS.items()} | {role: role for role in ROLE_WORDS}
    names |= {"front line manager": "manager", "sales manager": "manager"}
    return names.get(said, names.get(f"{said}s", ""))


def _days(engagement: Engagement, form: FormExport) -> list[dt.date]:
    """The day of each response; one without takes the last day of the others, and none is still to come."""
    import pyarrow as pa

    from ..crm.sources import dates

    today = dt.date.today()
    columns = form.of("submitted")
    if not columns:
        return [today] * len(form.rows)
    words = [row.cell(columns[0].number - 1).strip() or None for row in form.rows]
    column = pa.chunked_array([pa.array(words, pa.string())])
    zone = engagement.settings.calendar.time_zone
    read = dates.moments(column, form=form.dates, zone="", business_zone=zone, as_day=True)
    if read.values is None:
        raise WorkshopError(
            f"{form.file}, {columns[0].heading}: {read.asks}. Say which: on the page under "
            '"Days are written", or in a matching file with dates = "D/M/Y" or another order.'
        )
    found = cast(list[dt.date | None], read.values.to_pylist())
    last = max((day for day in found if day), default=today)
    return [min(day or last, today) for day in found]


class _OrgChart:
    """Who the respondents are in the org chart, by any of their names."""

    def __init__(self, engagement: Engagement) -> None:
        found: dict[str, set[str]] = defaultdict(set)
        for key, person in engagement.records.current(Person).items():
            for word in (key, person.name, *person.also_known_as):
                found[fold(word)].add(key)
        self._person = {word: min(keys) for word, keys in found.items() if len(keys) == 1}
        self._seats = list(engagement.records.current(Seat).values())
        self._tiers = {tier.person: tier.tier for tier in engagement.records.current(PerformerTier).values()}
        self._teams = {fold(team): team for team in engagement.records.current(Team)}

    def person(self, word: str) -> str:
        return self._person.get(fold(word), "") if word else ""

    def teams_named(self, word: str) -> tuple[str, ...]:
        team = self._teams.get(fold(word))
        return (team,) if team else ()

    def teams(self, person: str, day: dt.date) -> tuple[str, ...]:
        return tuple(dict.fromkeys(seat.team for seat in self._held(person, day)))

    def role(self, person: str, day: dt.date) -> str:
        roles = {seat.role for seat in self._held(person, day)}
        if "seller" in roles or not roles:
            return self._tiers.get(person, "")
        return "executive" if "executive" in roles else "manager"

    def _held(self, person: str, day: dt.date) -> Iterable[Seat]:
        return [
            seat
            for seat in self._seats
            if seat.person == person and (seat.valid_from or day) <= day <= (seat.valid_to or day)
        ]

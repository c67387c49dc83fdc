"""Step 3, interviews: whom to ask, recording what they said, and what was heard without telling who said it.

Who was interviewed and their words stay in the private store; a suggestion in a few words goes to the shared one.
Tables for everyone (`coverage`, `heard`, `missing`) never show a group of fewer than `settings.smallest_group`
people; `roster` and `heard_by_role` do, and are for the leader's own screen.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, cast, get_args

from .. import matching, small_groups
from ..engagement import Engagement
from ..errors import WorkshopError, did_you_mean, listed
from ..kinds import Interview, InterviewRole, Person, Quote, Record, Reply, Seat, Sorting, Suggestion, Team
from ..records import new_id
from . import editions, voices, wordings
from .voices import EVERYONE, PARTITIONS

if TYPE_CHECKING:
    import pandas as pd

ENOUGH_SUGGESTIONS = 10
"""Fewer distinct suggestions than this leave too little to choose from (S4:61)."""

LONGEST_TEXT = 200
"""Characters of a suggestion that can be shown; the words as spoken may be longer."""

NO_PRIVATE_STORE = (
    "The private store is not here, so who said what cannot be counted; the suggestions themselves are listed."
)

UNTOLD = (
    "Whether every role was heard is on your own screen in step 3: so few people hold some of the roles that it would "
    "show here who was asked."
)
BESIDE_AN_EARLIER_RUN = (
    "Beside an earlier run these numbers would tell of too few people; they come with more interviews."
)


@dataclass(frozen=True)
class Quota:
    """How many people of one role a plan asks for: `thin` at the least, `full` as the method lists them, `most`."""

    role: InterviewRole
    words: str
    thin: int
    full: int
    most: int


QUOTAS = (
    Quota("top", "top performers", 1, 2, 2),
    Quota("middle", "middle performers", 1, 2, 2),
    Quota("low", "low performers", 1, 2, 2),
    Quota("manager", "front-line managers", 1, 2, 3),
    Quota("executive", "executives", 1, 2, 3),
)
"""10 to 12 people a plan (S4:39-45)."""

ROLE_WORDS: dict[str, str] = {quota.role: quota.words for quota in QUOTAS}


# Recording


class Said(NamedTuple):
    """One suggestion: a few words to be shown, the words as spoken behind it, and when they were spoken, if known."""

    text: str
    words: str = ""
    at: dt.datetime | None = None


def record(
    engagement: Engagement,
    *,
    interviewee: str,
    role: str,
    teams: Sequence[str],
    held_on: dt.date,
    suggestions: Sequence[tuple[str, str] | Said] = (),
    notes: str = "",
    seal: Callable[[Engagement, str], object] | None = None,
    effective: dt.date | None = None,
    by: str = "",
    interview: str = "",
) -> str:
    """Save one interview and return its id: `interview`, or a new one. `suggestions` are `Said`, or their first two.

    Everything is checked first; then `seal` is called with the engagement and each team, so that no interview exists
    before the hypothesis it could influence is sealed; then the private part is saved, and the suggestions last. A
    kill in between leaves an interview that is not counted and suggestions that are not listed: all of it or none.
    It holds from the first of the month of `effective` (default `held_on`): what is shown as of a day must not tell the
    day on which somebody was interviewed.
    """
    known = list(engagement.records.current(Team))
    said = [Said(*one) for one in suggestions]
    texts = [" ".join(one.text.split()) for one in said]
    problems = _problems(interviewee, role, list(teams), held_on, texts, known)
    if interview and engagement.private.version(Interview, interview):
        problems.append("This interview is recorded already, in another window perhaps: nothing was recorded twice.")
    if problems:
        raise WorkshopError(listed(problems))
    interview = interview or new_id()
    since = (effective or held_on).replace(day=1)
    conversation = Interview(
        interview=interview, interviewee=interviewee, role=cast(InterviewRole, role), teams=tuple(teams),
        held_on=held_on, notes=notes,
    )  # fmt: skip
    private: list[tuple[str, Interview | Quote]] = [(interview, conversation)]
    shared = []
    for text, one in zip(texts, said, strict=True):
        key = new_id()
        private.append((key, Quote(suggestion=key, interview=interview, words=one.words, said_at=one.at)))
        shared.append((key, Suggestion(suggestion=key, text=text)))
    if seal:
        for team in teams:
            seal(engagement, team)
    engagement.private.save_all(private, effective=since, by=by)
    engagement.records.save_all(shared)
    return interview


def withdraw(engagement: Engagement, interview: str, *, by: str = "") -> None:
    """Take one interview back, with its suggestions, as if it had not been held; its history stays until purged."""
    if not engagement.private.get(Interview, interview):
        raise WorkshopError("That interview is not recorded, so it cannot be taken back.")
    since = engagement.private.history(Interview, interview)[-1].effective
    quotes = [key for key, quote in engagement.private.current(Quote).items() if quote.interview == interview]
    engagement.records.save_all([], without=[(Suggestion, key) for key in quotes])
    for key in quotes:
        engagement.private.withdraw(Quote, key, effective=since, by=by)
    replies = [key for key, reply in engagement.private.current(Reply).items() if reply.interview == interview]
    gone: list[tuple[type[Record], str]] = [(Interview, interview), *((Reply, key) for key in replies)]
    engagement.private.save_all([], without=gone, effective=since, by=by)


def held(
    engagement: Engagement, *, as_of: dt.date | None = None, known_on: dt.datetime | None = None
) -> dict[str, Interview]:
    """The interviews that were recorded to their end, by id. Private: names are inside."""
    finished = engagement.private.current(Interview, as_of=as_of, known_on=known_on)
    listed_now = engagement.records.current(Suggestion)
    for key, quote in engagement.private.current(Quote).items():
        ever_listed = key in listed_now or engagement.records.version(Suggestion, key) > 0
        if not ever_listed:
            finished.pop(quote.interview, None)
    return finished


def _problems(
    interviewee: str, role: str, teams: list[str], held_on: dt.date, texts: list[str], known: list[str]
) -> list[str]:
    problems = []
    name = interviewee.strip()
    if not name:
        problems.append("Who was interviewed? The name stays in the private store.")
    if role not in get_args(InterviewRole):
        problems.append(f"'{role}' is no role of an interview. It is one of: {', '.join(get_args(InterviewRole))}.")
    if not teams:
        problems.append("For which team does this interview count? Name at least one.")
    for team in teams:
        if team not in known:
            problems.append(f"Team '{team}' is not in the org chart. {did_you_mean(team, known)}".strip())
    if held_on > dt.date.today():
        problems.append(f"The interview is dated {held_on}, which is still to come. Record it once it was held.")
    for number, text in enumerate(texts, start=1):
        if not text:
            problems.append(f"Suggestion {number} has a quote and no words of its own: say in a few words what it is.")
        elif name and re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE):
            problems.append(f"Suggestion {number} names the person interviewed; its words are shown to others.")
        elif len(text) > LONGEST_TEXT:
            many = f"{len(text)} characters; {LONGEST_TEXT} can be shown"
            problems.append(f"Suggestion {number} has {many}. The quote may be long.")
    return problems


# Whom to ask


def roster(engagement: Engagement, *, team: str, as_of: dt.date | None = None) -> pd.DataFrame:
    """The plan of one team and how far it is, for the leader's own screen.

    Columns: role, people (the role in words), held (people interviewed), thin, full, most, still (to reach full).
    """
    import pandas as pd

    people: dict[str, set[str]] = defaultdict(set)
    for interview in held(engagement, as_of=as_of).values():
        if team in interview.teams:
            people[interview.role].add(_same_person(interview.interviewee))
    rows = [
        (q.role, q.words, len(people[q.role]), q.thin, q.full, q.most, max(0, q.full - len(people[q.role])))
        for q in QUOTAS
    ]
    return pd.DataFrame(rows, columns=["role", "people", "held", "thin", "full", "most", "still"])


def coverage(engagement: Engagement, *, as_of: dt.date) -> dict[str, str]:
    """How far each team's interviews are: "full", "thin", "too few", or "unknown" without the private store.

    Words and no numbers: the numbers of two teams that share interviews would give away a small group between them.
    "untold" where the org chart has so few managers or executives that a full roster would show who was asked.
    """
    if is_private_store_here(engagement) and _so_few_hold_a_role(engagement, as_of=as_of):
        return dict.fromkeys(engagement.records.current(Team, as_of=as_of), "untold")
    states = {}
    has_private = is_private_store_here(engagement)
    for team in engagement.records.current(Team, as_of=as_of):
        plan = roster(engagement, team=team, as_of=as_of) if has_private else None
        if plan is None:
            states[team] = "unknown"
        elif (plan["held"] >= plan["full"]).all():
            states[team] = "full"
        else:
            states[team] = "thin" if (plan["held"] >= plan["thin"]).all() else "too few"
    return states


def _so_few_hold_a_role(engagement: Engagement, *, as_of: dt.date) -> bool:
    """Whether a role that is interviewed is held by somebody, and by fewer people than may be shown apart."""
    people: dict[str, set[str]] = defaultdict(set)
    for seat in engagement.records.current(Seat, as_of=as_of).values():
        if (seat.valid_from or as_of) <= as_of <= (seat.valid_to or as_of):
            people[seat.role].add(seat.person)
    return any(len(holding) < engagement.settings.smallest_group for holding in people.values())


def is_private_store_here(engagement: Engagement) -> bool:
    """False where there are suggestions and no store that knows whose they are, as in a packed engagement."""
    return engagement.private.file.is_file() or not engagement.records.current(Suggestion)


def interviewees(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    """Everyone in the org chart by name: whom an interview can be with."""
    return sorted({person.name for person in engagement.records.current(Person, as_of=as_of).values()})


# What was heard


def groups(engagement: Engagement, *, as_of: dt.date) -> dict[str, int]:
    """The groups that may be shown apart and how many people were interviewed in each; empty where all are too few."""
    return {name: len(people) for name, people in _groups(engagement, as_of=as_of).items()}


def why_not_counted(engagement: Engagement, *, as_of: dt.date) -> str:
    """Why no number of people interviewed is told, where `groups` is empty."""
    if not is_private_store_here(engagement):
        return NO_PRIVATE_STORE
    least = engagement.settings.smallest_group
    many = len({_same_person(talk.interviewee) for talk in held(engagement, as_of=as_of).values()})
    if many >= least:
        return BESIDE_AN_EARLIER_RUN
    return f"Fewer than {least} people were interviewed." if many else "Nobody was interviewed yet."


def heard(engagement: Engagement, *, as_of: dt.date) -> pd.DataFrame:
    """Distinct suggestions and how many people of which group made them, fit to be shown to everyone.

    Columns: suggestion, measure (catalogue id or ""), group, said_by (people; <NA> where it may not be told), of
    (people interviewed in the group), note. The three performer tiers are one group, "sellers"; a group of fewer than
    `settings.smallest_group` people is merged with the next. A count below that size is not told either, and there are
    no totals: so no number, and no difference of two, speaks of fewer people. Nor does the difference from an earlier
    run: until enough others were interviewed, the people counted stay the same (`editions`).
    """
    import pandas as pd

    least = engagement.settings.smallest_group
    people_by_group = _groups(engagement, as_of=as_of)
    why_not = f"Fewer than {least} people." if people_by_group else why_not_counted(engagement, as_of=as_of)
    rows: list[tuple[str, str, str, int | None, int | None, str, float]] = []
    for theme in _themes(engagement, as_of=as_of).values():
        said = {name: len(theme.sayers & people) for name, people in people_by_group.items()}
        hidden = small_groups.kept_back(said, least=least)
        told = {name: None if name in hidden else count for name, count in said.items()}
        rank = sum(count or 0 for count in told.values()) + sum(count != 0 for count in told.values()) / 10
        for name, count in told.items():
            note = why_not if count is None else ""
            rows.append((theme.words, theme.measure, name, count, len(people_by_group[name]), note, rank))
        if not told:
            rows.append((theme.words, theme.measure, EVERYONE, None, None, why_not, 0))
    rows.sort(key=lambda row: (-row[-1], row[0].casefold()))
    columns = ["suggestion", "measure", "group", "said_by", "of", "note"]
    return pd.DataFrame([row[:-1] for row in rows], columns=columns).astype({"said_by": "Int64", "of": "Int64"})


def heard_by_role(engagement: Engagement, *, as_of: dt.date) -> pd.DataFrame:
    """Distinct suggestions and how many people of each role made them, for the leader's own screen.

    Columns: suggestion, measure, one per role (people), only (the one role that said it, or "").
    """
    import pandas as pd

    role_of = {_same_person(i.interviewee): i.role for i in held(engagement, as_of=as_of).values()}
    rows = []
    for theme in _themes(engagement, as_of=as_of).values():
        counts = {q.role: sum(role_of[person] == q.role for person in theme.sayers) for q in QUOTAS}
        saying = [role for role, count in counts.items() if count]
        only = saying[0] if len(saying) == 1 else ""
        rows.append((theme.words, theme.measure, *counts.values(), only))
    table = pd.DataFrame(rows, columns=["suggestion", "measure", *ROLE_WORDS, "only"])
    return table.sort_values("suggestion").reset_index(drop=True)


def missing(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    """What interviews still lack before sorting, one sentence each; empty when ready. Fit to be shown to everyone."""
    teams = engagement.records.current(Team, as_of=as_of)
    if not teams:
        return ["There is no team yet: enter the org chart first."]
    if not is_private_store_here(engagement) and not engagement.records.current(Suggestion, as_of=as_of):
        return ["No interview is recorded yet."]
    lines = []
    has_private = is_private_store_here(engagement)
    states = coverage(engagement, as_of=as_of)
    if "untold" in states.values():
        lines.append(UNTOLD)
    for team, state in states.items():
        if state == "too few":
            lines.append(f"{team}: not every role has been interviewed yet; one person of each is the least.")
        elif state == "thin":
            lines.append(f"{team}: thinly covered. Two of each role is what the method asks for.")
    for team in teams:
        number = len(_themes(engagement, as_of=as_of, team=team if has_private else ""))
        if number < ENOUGH_SUGGESTIONS:
            many = f"only {number} distinct suggestion{'' if number == 1 else 's'}" if number else "no suggestions yet"
            lines.append(f"{team}: {many}; interview more, until there are at least {ENOUGH_SUGGESTIONS}.")
    return lines


def _groups(engagement: Engagement, *, as_of: dt.date) -> small_groups.Groups:
    if not is_private_store_here(engagement):
        return {}

    def people(day: dt.date, known_on: dt.datetime | None) -> dict[str, str]:
        talks = held(engagement, as_of=day, known_on=known_on).values()
        return {_same_person(talk.interviewee): talk.role for talk in talks}

    return editions.shown(engagement, as_of=as_of, people=people, partitions=PARTITIONS)


@dataclass
class _Theme:
    """One distinct suggestion: the words it is listed under, its measure, and (where it is known) who made it."""

    words: str
    measure: str
    sayers: set[str] = field(default_factory=set)


def _themes(engagement: Engagement, *, as_of: dt.date, team: str = "") -> dict[str, _Theme]:
    """Suggestions that are the same: by what a person decided at the sorting, else by their words."""
    decisions = engagement.records.current(Sorting, as_of=as_of)
    interviews = held(engagement, as_of=as_of)
    quotes = engagement.private.current(Quote, as_of=as_of)
    theme_of = wordings.themes(engagement, as_of=as_of)
    named = {one.theme: one.group for one in wordings.wordings(engagement, as_of=as_of)}
    found: dict[str, _Theme] = {}
    for key, suggestion in voices.listed(engagement, as_of=as_of).items():
        interview = interviews.get(quotes[key].interview) if key in quotes else None
        if team and not (interview and team in interview.teams):
            continue
        said = decisions[key].measure if key in decisions and decisions[key].measure else suggestion.text
        same = theme_of[key] if said == suggestion.text else matching.theme(said)
        words = named[same] if said == suggestion.text else matching.shown(said)
        measure = None if wordings.is_apart(same) else matching.match(words)
        theme = found.setdefault(same, _Theme(words, measure.id if measure else ""))
        theme.words = min(theme.words, words)  # not the first one said: the order is nobody's business
        if interview:
            theme.sayers.add(_same_person(interview.interviewee))
    return found


_same_person = voices.same_person

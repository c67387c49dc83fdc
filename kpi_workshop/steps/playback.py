"""Step 4, the playback: a charter is shown to those it concerns, and becomes ready when all agree or are answered.

Who was invited and what each said is private, for those who were interviewed are among them: shared records hold the
objections in words without a name, their answers, and whether a charter is ready. Invite the whole team beside the
people interviewed, so that nobody can tell from the room who was.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import cast

from .. import ways_back
from ..engagement import Engagement
from ..errors import WorkshopError, listed
from ..kinds import Answer, Charter, Invitation, Objection, Person, Question, Seat, Team
from ..records import new_id
from . import charter as charters
from . import interviews

QUESTIONS: dict[str, str] = {
    "sales process": "Does it fit our sales process?",
    "initiatives": "Does it fit our current initiatives?",
}
"""What everybody is asked (S4:67)."""

_FIELDS = {"sales process": "fits_process", "initiatives": "fits_initiatives"}
_ANSWERED = "answers to objections"
_ANSWERS = ("fits_process", "process_words", "fits_initiatives", "initiatives_words")


@dataclass(frozen=True)
class State:
    """How far the playback of one team's charter is, fit to be shown to everyone: no names and no numbers of people."""

    team: str
    version: str
    status: str
    says: str
    objections: tuple[Objection, ...]


def invited(engagement: Engagement, team: str) -> dict[str, Invitation]:
    """Who is invited to the playback of a team, with their answers, by record key. Private."""
    found = engagement.private.current(Invitation)
    return {key: one for key, one in sorted(found.items()) if one.team == team}


def asked(engagement: Engagement, team: str) -> list[dict[str, str]]:
    """Who is invited with what they answer to the present measures: rows as `record` takes them. Private.

    What was answered to other measures is left out: they are asked again.
    """
    held, earlier = engagement.records.get(Charter, team), _by_version(engagement, team)
    said = engagement.records.current(Objection)
    rows = []
    for one in invited(engagement, team).values():
        row = {"person": one.person} | dict.fromkeys(_ANSWERS, "")
        if held and _is_about(one.version, held, earlier):
            row |= {"fits_process": one.fits_process, "fits_initiatives": one.fits_initiatives}
            for key in one.objections:
                if key in said:
                    field = _FIELDS[said[key].question].removeprefix("fits_")
                    row[f"{field}_words"] = said[key].words
        rows.append(row)
    return rows


def proposed(engagement: Engagement, team: str, *, as_of: dt.date) -> list[str]:
    """Whom to invite: everyone in the team on that day and everyone who was interviewed for it. Private."""
    names = {p.person: p.name for p in engagement.records.current(Person, as_of=as_of).values()}
    seated = {
        names.get(seat.person, seat.person)
        for seat in engagement.records.current(Seat, as_of=as_of).values()
        if seat.team == team and (seat.valid_from or as_of) <= as_of <= (seat.valid_to or as_of)
    }
    heard = {i.interviewee for i in interviews.held(engagement, as_of=as_of).values() if team in i.teams}
    return sorted({**{_same(name): name for name in heard}, **{_same(name): name for name in seated}}.values())


def record(
    engagement: Engagement,
    team: str,
    answers: Sequence[Mapping[str, object]],
    *,
    as_of: dt.date | None = None,
    by: str = "",
) -> None:
    """Record who is invited to a team's playback and what each answers: one action, which `take_back` takes back.

    Each answer has person, fits_process and fits_initiatives ("", "yes" or "no"), process_words and initiatives_words
    (what is said against it, where the answer is no). Somebody left out is no longer invited; what they said against
    the charter stays and wants an answer, unless somebody else now says it in the same words. The words are shown to
    everyone, so they may name nobody who is invited. The charter becomes ready, or a draft again, by what is recorded.
    """
    held = engagement.records.get(Charter, team)
    if held is None:
        raise WorkshopError(f"{team} has no charter yet: there is nothing to play back.")
    before, earlier_charters = invited(engagement, team), _by_version(engagement, team)
    open_now = engagement.records.current(Objection)
    wrong = _problems(answers)
    if wrong:
        raise WorkshopError(listed(wrong))
    staying = {f"{team}|{_same(' '.join(str(row['person']).split()))}" for row in answers}
    owned = {i for key, one in before.items() if key in staying for i in one.objections}
    # What nobody on the list said, for whoever did is not on it any more; or their name was mended in this action.
    left_behind = {key: one for key, one in open_now.items() if one.team == team and key not in owned}
    # What was said against other measures than these stays: it says why they were changed.
    about_these = {key for key, one in open_now.items() if _is_about(one.version, held, earlier_charters)}
    private: list[tuple[str, Invitation]] = []
    shared: list[tuple[str, Objection]] = []
    for row in answers:
        person = " ".join(str(row["person"]).split())
        key = f"{team}|{_same(person)}"
        earlier = before.get(key)
        ids = []
        for question, field in _FIELDS.items():
            words = " ".join(str(row.get(f"{field.removeprefix('fits_')}_words") or "").split())
            if row.get(field) != "no":
                continue
            known = _objection(earlier, question, open_now) or _said_before(left_behind, question, words) or new_id()
            left_behind.pop(known, None)
            ids.append(known)
            new = Objection(team=team, version=held.version, question=cast(Question, question), words=words)
            shared.append((known, _as_answered(new, open_now.get(known), is_about_these=known in about_these)))
        fits = {field: cast(Answer, row.get(field) or "") for field in _FIELDS.values()}
        version = held.version if any(fits.values()) else ""
        one = Invitation(team=team, person=person, version=version, objections=tuple(ids), **fits)
        says_the_same = earlier and one == earlier.model_copy(update={"version": version})
        if earlier and says_the_same and _is_about(earlier.version, held, earlier_charters):
            one = earlier  # said of the same measures then: now there is nothing to take back
        private.append((key, one))
    shared.sort(key=itemgetter(0))  # by random id: the order in which people were asked is nobody's business
    gone_ids = (owned & about_these) - {key for key, _ in shared}
    gone: list[ways_back.Gone] = [(Objection, key) for key in sorted(gone_ids)]
    gone += [(Invitation, key) for key in before if key not in {k for k, _ in private}]
    ways_back.save_all(engagement, _invited_to(team), [*shared, *private], without=gone, effective=held.dated, by=by)
    settle(engagement, team, as_of=as_of)


def answer(engagement: Engagement, answers: Mapping[str, str], *, as_of: dt.date | None = None) -> list[str]:
    """Record what is answered to objections, by their id, as one action; returns the ids that changed."""
    held = engagement.records.current(Objection)
    changed = [
        (key, held[key].model_copy(update={"answer": " ".join(words.split())}))
        for key, words in answers.items()
        if key in held and held[key].answer != " ".join(words.split())
    ]
    ways_back.save_all(engagement, _ANSWERED, changed)
    for team in dict.fromkeys(new.team for _, new in changed):
        settle(engagement, team, as_of=as_of)
    return [key for key, _ in changed]


def can_take_back(engagement: Engagement, team: str = "") -> bool:
    """Whether the last answers of those invited by a team, or without a team those to objections, can be taken back."""
    return ways_back.is_there(engagement, _invited_to(team) if team else _ANSWERED)


def take_back(engagement: Engagement, team: str = "", *, as_of: dt.date | None = None) -> None:
    """Take back what was recorded last of a team's playback, or without a team what was answered to objections last.

    Every charter it was about is ready or a draft again, as what is left says.
    """
    changes = ways_back.take_back(engagement, _invited_to(team) if team else _ANSWERED)
    teams = [json.loads(change.before or change.after or "{}")["team"] for change in changes]
    for name in dict.fromkeys(teams):
        settle(engagement, name, as_of=as_of)


def objections(engagement: Engagement, team: str = "", *, as_of: dt.date | None = None) -> dict[str, Objection]:
    """What was said against the charters there were on a day, by id, in an order that tells nothing."""
    versions = {
        (name, held.version)
        for name in engagement.records.current(Charter)
        for held in charters.history(engagement, name, as_of=as_of)
    }
    found = engagement.records.current(Objection)
    return {
        key: one for key, one in sorted(found.items()) if team in ("", one.team) and (one.team, one.version) in versions
    }


def settle(engagement: Engagement, team: str, *, as_of: dt.date | None = None) -> str:
    """Make a team's charter ready, or a draft again, as its playback says; returns its status."""
    held = engagement.records.get(Charter, team)
    if held is None or not interviews.is_private_store_here(engagement):
        return held.status if held else "draft"
    known = charters.availability(engagement).known
    status = "ready" if known and not lacking(engagement, team) else "draft"
    if status != held.status:
        since = max(held.dated, as_of or held.dated)
        engagement.records.save(held.model_copy(update={"status": status}), team, effective=since)
        return status
    return held.status


def lacking(engagement: Engagement, team: str) -> str:
    """What a team's charter still lacks to be ready, in one sentence without names or numbers; "" where nothing."""
    held = engagement.records.get(Charter, team)
    if held is None:
        return "There is no charter yet."
    people = list(invited(engagement, team).values())
    if not people:
        return "Nobody has been invited to a playback yet."
    earlier = _by_version(engagement, team)
    for one in people:
        if not (one.fits_process and one.fits_initiatives and _is_about(one.version, held, earlier)):
            return "Not everybody who was invited has answered both questions about these measures yet."
    if any(not one.answer for one in objections(engagement, team).values()):
        return "An objection has no answer yet."
    return ""


def states(engagement: Engagement, *, as_of: dt.date) -> list[State]:
    """How far each team's playback is, in the order of the org chart."""
    found = []
    is_here = interviews.is_private_store_here(engagement)
    for team in engagement.records.current(Team, as_of=as_of):
        held = engagement.records.get(Charter, team, as_of=as_of)
        said = tuple(objections(engagement, team, as_of=as_of).values())
        if held is None:
            found.append(State(team, "", "none", "There is no charter yet.", said))
            continue
        if held.status == "ready":
            says = "Everybody who was invited agrees"
            says += ", or has an answer to what they said against it." if said else "."
        elif not is_here:
            says = "A draft; who was asked is known where the private store is."
        else:
            says = lacking(engagement, team) or charters.NOT_KNOWN_YET
        found.append(State(team, held.version, held.status, says, said))
    return found


def missing(engagement: Engagement, *, as_of: dt.date) -> list[str]:
    """What the playbacks still lack, one sentence a team; empty when every charter there is is ready."""
    return [f"{s.team}, charter {s.version}: {s.says}" for s in states(engagement, as_of=as_of) if s.status == "draft"]


def _problems(answers: Sequence[Mapping[str, object]]) -> list[str]:
    people = [" ".join(str(row.get("person") or "").split()) for row in answers]
    wrong = []
    twice = [name for at, name in enumerate(people) if _same(name) in map(_same, people[:at])]
    wrong += [f"'{name}' is invited twice." for name in dict.fromkeys(twice)]
    for person, row in zip(people, answers, strict=True):
        if not person:
            wrong.append("Somebody invited has no name.")
        for question, field in _FIELDS.items():
            words = str(row.get(f"{field.removeprefix('fits_')}_words") or "").strip()
            if row.get(field) == "no" and not words:
                wrong.append(f"{person}: say in a few words why it does not fit our {question}.")
            elif words and row.get(field) != "no":
                wrong.append(f"{person}: there are words against our {question}, and the answer is not no.")
            elif len(words) > 200:
                wrong.append(f"{person}: {len(words)} characters against our {question}; 200 are read.")
            elif any(_names(words, name) for name in people):
                wrong.append(f"{person}: the words against our {question} name somebody; everyone will read them.")
    return wrong


def _invited_to(team: str) -> str:
    """By what the way back from the last answers at a team's playback is found."""
    return f"playback of {team}"


def _names(words: str, person: str) -> bool:
    """Whether words name a person, in full or by one of the names; "will" is not taken for Will."""
    parts = [part for part in person.split() if len(part) > 2]
    return _same(person) in _same(words) or any(re.search(rf"\b{re.escape(part)}\b", words) for part in parts)


def _objection(earlier: Invitation | None, question: str, known: Mapping[str, Objection]) -> str:
    ids = earlier.objections if earlier else ()
    return next((key for key in ids if key in known and known[key].question == question), "")


def _as_answered(new: Objection, known: Objection | None, *, is_about_these: bool) -> Objection:
    """What is said against a charter, with the answer it has had in the same words."""
    if known is None or known.words != new.words:
        return new
    return known if is_about_these else known.model_copy(update={"version": new.version})


def _said_before(left_behind: Mapping[str, Objection], question: str, words: str) -> str:
    found = (key for key, one in left_behind.items() if one.question == question and _same(one.words) == _same(words))
    return next(found, "")


def _by_version(engagement: Engagement, team: str) -> dict[str, Charter]:
    return {version.version: version for version in charters.history(engagement, team)}


def _is_about(version: str, held: Charter, earlier: Mapping[str, Charter]) -> bool:
    """Whether an answer given to one version of the charter holds for the present one: it asks the same."""
    return version in earlier and charters.is_same_choice(earlier[version], held)


def _same(name: str) -> str:
    return " ".join(name.casefold().split())

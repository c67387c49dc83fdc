"""What lies beside the deals of an unknown export: activities, leads, accounts, people, stage changes, by headings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from . import durations, headings
from .fitting import NO_OWNER
from .headings import EXPECTED_OR_LAST, MOST_WORDS, NOT_SELLER, Seen
from .mapping import Filling, Lookup, Section, SetAside
from .reading import Head

KINDS: dict[str, str] = {
    "demo": r"\bdemo|vorfuhr|demonstra",
    "meeting": r"besprech|\btermin|meeting|treffen|besuch|reunion|rendez|\brdv\b|visite|reuniao|\bvisita|riunione"
    r"|incontro|appuntament|vergader|afspraak|bezoek|\bcita\b|entrevista|appointment|lunch",
    "call": r"anruf|telefonat|telefon|\bappel|llamada|chiamata|ligac|chamada|gebeld|\bbel(len|letje)?\b|\bcall|phone"
    r"|telefoon|gesprach|gesprek",
    "email": r"\be ?mail|courriel|correo|\bmail|posta elettr",
    "task": r"aufgabe|\btache|tarea|tarefa|compito|\btaak|\btask|to ?do",
    "note": r"notiz|\bnotes?\b|\bnota\b|notitie",
}
"""Words for kinds of activities in seven languages, as the catalogue of measures calls them."""
_OUTBOUND = r"ausgeh|sortant|saliente|uscente|in uscita|enviad|efetuad|uitgaand|outbound|outgoing"
_INBOUND = r"eingeh|entrant|entrante|in entrata|recebid|recibid|inkomend|inbound|incoming"
_DONE = (
    r"erledigt|abgeschlossen|termine|fait\b|realis|completad|hech[oa]|conclui|feit[oa]|completat|fatt[oa]|gereed"
    r"|voltooid|done"
)
_OPEN = (
    r"offen|zu erledigen|a faire|non termine|pendiente|por hacer|a fazer|pendente|da fare|te doen|open\b|to ?do|planned"
)
_TALK = r"talk|in call|gesprach|convers|appel|llamada|chiamata"
_NO_TALK = r"\bring|wait|hold|queue|wrap|after call|\bivr|bill|klingel|warte|sonner|attente|espera|attesa|wacht"
ABOUT_ACCOUNTS = ("industry", "employees", "revenue", "country")


@dataclass(frozen=True)
class Companion:
    """A section for one table of an unknown export, and the file it reads."""

    table: str
    section: Section
    head: Head


class _Taking:
    """The columns of one file, each taken once."""

    def __init__(self, head: Head, columns: Sequence[Seen]) -> None:
        self.head, self.found, self._free = head, dict[str, Filling](), [c for c in columns if c.many]
        self.stem = headings.bare(PurePosixPath(head.file).stem + " " + head.sheet)

    def find(self, *tests: Callable[[Seen], bool]) -> Seen | None:
        """The first free column that passes the first test that any passes."""
        return next((c for test in tests for c in self._free if test(c)), None)

    def take(self, name: str, *tests: Callable[[Seen], bool]) -> Seen | None:
        """Map it to this column of ours; None where none passes."""
        found = self.find(*tests)
        if found:
            self._free.remove(found)
            self.found[name] = Filling(column=found.name)
        return found

    def is_named(self, what: str) -> bool:
        """Whether the file or its sheet is called so."""
        return bool(re.search(headings.CALLED.get(what, what), self.stem))

    def done(self, table: str, *, aside: SetAside | None = None) -> Companion:
        """The section of what was taken."""
        section = Section(
            file=self.head.file,
            sheet=self.head.sheet,
            header_row=self.head.row if self.head.row > 1 else 0,
            columns=self.found,
            set_aside=(aside,) if aside else (),
        )
        return Companion(table, section, self.head)


def beside(head: Head, columns: Sequence[Seen], deals: Section | None) -> list[Companion]:
    """The tables that a file fills which holds no deals, none where its headings tell none."""
    for told in (_stage_changes, _activities, _leads):
        if found := told(_Taking(head, columns), deals):
            return [found]
    return _people(head, columns) or ([accounts] if (accounts := _accounts(_Taking(head, columns))) else [])


def _called(what: str) -> Callable[[Seen], bool]:
    """A test for a column that is called so and can hold it: numbers of people and money, words for all else."""
    return lambda column: column.called(what) and column.is_number is (what in ("employees", "revenue"))


def _deal(taking: _Taking, deals: Section | None) -> bool:
    """The deal that a row belongs to: by id, else by a name that the list of deals gives an id for."""
    if taking.take("opportunity_id", lambda c: c.called("deal") and c.called("id")):
        return True
    named = deals and deals.columns.get("name")
    key = deals and deals.columns["opportunity_id"]
    by_name = taking.find(lambda c: c.is_text and c.called("deal") and not c.called("stage") and not c.called("seller"))
    if not by_name or not deals or deals.file == taking.head.file:
        return False
    if named and named.column and key and key.column:
        lookup = Lookup(file=deals.file, column=named.column, gives=key.column, or_empty=True)
        taking.take("opportunity_id", lambda c: c is by_name)
        taking.found["opportunity_id"] = Filling(column=by_name.name, lookup=lookup)
        return True
    return False


def _length(taking: _Taking) -> None:
    """How long it took: of several such columns the one that counts the talk itself, and never ringing or waiting."""

    def lasts(column: Seen) -> bool:
        is_length = column.is_number or any(durations.is_length(word) for word in column.words)
        return is_length and column.called("duration", unless=_NO_TALK)

    taking.take("minutes", lambda c: lasts(c) and bool(re.search(_TALK, c.plain)), lasts)


def _seller(taking: _Taking) -> None:
    if taking.take("seller", lambda c: c.is_text and c.called("seller", unless=NOT_SELLER)):
        taking.found["seller"] = taking.found["seller"].model_copy(update={"if_empty": "No owner"})
    else:
        taking.found["seller"] = Filling(constant=NO_OWNER)


def _key(taking: _Taking, name: str, what: str, prefix: str) -> None:
    own = taking.take(
        name,
        lambda c: c.is_unique and not c.is_date and c.called("id") and c.called(what),
        lambda c: c.is_unique and not c.is_date and c.called("id", unless=headings.CALLED["account"]),
    )
    if not own:
        taking.found[name] = Filling(numbered=prefix)


def _stage_changes(taking: _Taking, deals: Section | None) -> Companion | None:
    stages = [c for c in (taking.find(_is_stage),) if c]
    if not stages or not taking.find(lambda c: c.is_date and (c.called("changed") or c.called("day"))):
        return None
    if taking.find(lambda c: c.called("amount")) or not taking.find(lambda c: _is_stage(c) and c.called("to")):
        return None
    if not _deal(taking, deals):
        return None
    taking.take("to_stage", lambda c: _is_stage(c) and c.called("to") and not c.called("from"), _is_stage)
    taking.take("from_stage", lambda c: _is_stage(c) and c.called("from"))
    taking.take("changed_at", lambda c: c.is_date and c.called("changed"), lambda c: c.is_date and c.called("day"))
    return taking.done("stage_changes")


def _is_stage(column: Seen) -> bool:
    return column.is_text and column.called("stage") and len(column.words) <= MOST_WORDS


def kind(word: str) -> str:
    """What a word says of the kind of an activity, "" where it says none.

    >>> kind("Anruf"), kind("Rendez-vous"), kind("Messe")
    ('call', 'meeting', '')
    """
    said = headings.bare(word)
    return next((what for what, words in KINDS.items() if re.search(words, said)), "")


def _activities(taking: _Taking, deals: Section | None) -> Companion | None:
    typed = taking.find(
        lambda c: c.is_text and c.called("type") and len(c.words) <= MOST_WORDS and any(kind(w) for w in c.words)
    )
    about = kind(taking.stem)
    # A file's name alone tells little: a list of mailings is nobody's work.
    told = about and taking.find(lambda c: c.called("subject") or c.called("duration"))
    if not typed and not (told and taking.find(lambda c: c.is_text and c.called("seller", unless=NOT_SELLER))):
        return None
    if not taking.find(lambda c: c.is_date):
        return None
    _key(taking, "activity_id", r"type", f"{PurePosixPath(taking.head.file).stem}-")
    if typed:
        taking.take("type", lambda c: c is typed)
        meant = {word: what for word in typed.words if (what := kind(word))}
        taking.found["type"] = Filling(column=typed.name, values=meant, if_empty="task")
    else:
        taking.found["type"] = Filling(constant=about)
    days = [c for what in ("happened", "began", "day", "opened") if (c := _day_called(taking, what))]
    days = list(dict.fromkeys(days)) or [c for c in [taking.find(lambda c: c.is_date)] if c]
    names = tuple(c.name for c in days)
    taking.found["at"] = Filling(column=names[0]) if len(names) == 1 else Filling(first_of=names)
    state = taking.find(
        lambda c: c.is_text and any(re.search(_OPEN, headings.bare(w)) for w in c.words) and _says_done(c)
    )
    _deal(taking, deals)
    _seller(taking)
    taking.take("subject", lambda c: c.called("subject"))
    _length(taking)
    if way := taking.take("direction", lambda c: c.is_text and c.called("direction") and len(c.words) <= MOST_WORDS):
        taking.found["direction"] = Filling(column=way.name, values=_ways(way.words), otherwise="")
    planned = [word for word in state.words if re.search(_OPEN, headings.bare(word))] if state else []
    if not state or not planned:
        return taking.done("activities")
    rule = {"column": state.name, "is": planned, "because": "planned and not done"}
    return taking.done("activities", aside=SetAside.model_validate(rule))


def _says_done(column: Seen) -> bool:
    return any(re.search(_DONE, headings.bare(word)) for word in column.words)


def _day_called(taking: _Taking, what: str) -> Seen | None:
    return taking.find(lambda c: c.is_date and c.called(what))


def _ways(words: Sequence[str]) -> dict[str, str]:
    said = {word: headings.bare(word) for word in words}
    return {w: "outbound" for w, s in said.items() if re.search(_OUTBOUND, s)} | {
        w: "inbound" for w, s in said.items() if re.search(_INBOUND, s)
    }


def _leads(taking: _Taking, deals: Section | None) -> Companion | None:
    if not (taking.is_named("lead") or taking.find(lambda c: c.called("lead"))):
        return None
    if not taking.find(lambda c: c.is_date and c.called("opened", unless=EXPECTED_OR_LAST)):
        return None
    if taking.find(lambda c: c.is_date and c.called("closed", unless=EXPECTED_OR_LAST)):
        return None
    _key(taking, "lead_id", "lead", f"{PurePosixPath(taking.head.file).stem}-")
    taking.take("created_at", lambda c: c.is_date and c.called("opened", unless=EXPECTED_OR_LAST))
    taking.take("converted_on", lambda c: c.is_date and c.called("converted"))
    _deal(taking, deals)
    taking.take("source", lambda c: c.is_text and c.called("source"))
    taking.take("status", lambda c: c.is_text and c.called("status"))
    _seller(taking)
    if taking.found["seller"].constant:
        del taking.found["seller"]
    taking.take("account_id", lambda c: c.called("account"))
    return taking.done("leads")


def _accounts(taking: _Taking) -> Companion | None:
    told = [what for what in ABOUT_ACCOUNTS if taking.find(_called(what))]
    is_about = taking.is_named("account") or taking.find(lambda c: c.called("account"))
    if len(told) < 2 or not is_about or taking.find(lambda c: c.is_date and c.called("closed")):
        return None
    for name in told:
        taking.take(name, _called(name))
    named = taking.find(
        lambda c: c.is_text and c.called("account") and not c.called("id"), lambda c: c.is_text and c.called("name")
    )
    key = taking.take("account_id", lambda c: c.is_unique and c.called("id"))
    if named:
        taking.take("name", lambda c: c is named)
        if not key:
            taking.found["account_id"] = taking.found["name"]
    return taking.done("accounts") if "account_id" in taking.found else None


def _people(head: Head, columns: Sequence[Seen]) -> list[Companion]:
    people = _Taking(head, columns)
    if not people.find(lambda c: c.called("mail") or c.called("role") or c.called("manager")):
        return []
    if people.find(lambda c: c.called("amount") or c.called("deal") or c.called("stage") or c.called("account")):
        return []
    if not people.find(lambda c: c.is_text and (c.called("team") or c.called("manager") or c.called("zone"))):
        return []
    first, last = (people.find(_called(what)) for what in ("first name", "last name"))
    manager = people.take("manager", lambda c: c.is_text and c.called("manager"))
    team = people.take("team", lambda c: c.is_text and c.called("team"))
    if first and last and first is not last:
        who = Filling(columns=(first.name, last.name))
    elif named := people.find(
        lambda c: c.is_text and c.is_unique and c.called("name"),
        lambda c: c.is_text and c.is_unique and c.called("seller"),
    ):
        who = Filling(column=named.name)
    else:
        return []
    people.found.clear()
    people.found["person"] = who
    people.take("title", lambda c: c.is_text and c.called("role"))
    people.take("time_zone", lambda c: c.is_text and c.called("zone"))
    made = [people.done("people")]
    if team:
        seats = _Taking(head, columns)
        seats.found |= {"person": who, "team": Filling(column=team.name)}
        seats.found |= {"manager": Filling(column=manager.name)} if manager else {}
        made.append(seats.done("seats"))
    return made

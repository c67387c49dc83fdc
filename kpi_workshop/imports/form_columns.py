"""A form's responses as an export gives them: which product wrote it, who answered, and which guide question was asked.

The headings of Google Forms and SurveyMonkey were checked on real exports; those of Microsoft Forms and Typeform were
quoted from public descriptions only.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pydantic

from ..errors import WorkshopError, listed
from ..kinds import FormColumn, InterviewRole
from ..numbers import counted
from ..steps import guides
from . import sheets, ticked
from .people_columns import fold, quoted
from .sheets import Row, Sheet

ALIKE = 0.6
"""From this share of common words on, in order, a heading is proposed to be a guide question."""

PRODUCTS: dict[str, tuple[str, ...]] = {
    "SurveyMonkey": ("respondent id", "collector id"),
    "Typeform": ("number", "network id"),
    "Microsoft Forms": ("id", "start time", "completion time"),
    "Google Forms": ("timestamp",),
}
"""The headings that give away which product wrote the file; the first that has all of them."""

_ABOUT: dict[str, tuple[str, ...]] = {
    "SurveyMonkey": ("respondent id", "collector id", "start date", "end date", "ip address", r"custom data( \d+)?"),
    "Typeform": (
        "number", "start date utc", "stage date utc", "submit date utc", "network id", "response type", "tags",
        "ending",
    ),
    "Microsoft Forms": (
        "id", "start time", "completion time", "last modified time", "language", "total points", "quiz feedback",
        "points .*", "feedback .*",
    ),
    "Google Forms": ("timestamp", "score", r".* (score|feedback)"),
    "": ("timestamp", "ip address", "respondent id", "response id"),
}  # fmt: skip
_IN_ENGLISH = {
    "timestamp": "zeitstempel, horodateur, marca temporal, carimbo de data hora, informazioni cronologiche",
    "start time": "startzeit, heure de début, hora de inicio, ora di inizio, hora de início, begintijd",
    "completion time": "fertigstellungszeit, heure de fin, hora de finalización, ora di completamento",
    "email": "e mail adresse, adresse e mail, adresse de messagerie, correo electrónico, correo",
    "name": "nom, nombre, nome, naam",
}
"""What forms write in other languages over their own columns, and in English."""
_ENGLISH = {word: english for english, words in _IN_ENGLISH.items() for word in words.split(", ")}
_SUBMITTED = ("timestamp", "completion time", "submit date utc", "end date", "start date", "start time")
_WHO: dict[str, tuple[str, ...]] = {
    "name": ("name", "first name", "last name", "full name", "your name", "your full name", "what is your name"),
    "email": (
        "email", "email address", "e mail", "e mail address", "username", "your email", "your email address",
        "what is your email address",
    ),
    "role": ("role", "your role", "what is your role", "interviewed as"),
    "team": ("team", "your team", "sales team", "which team are you in", "what team are you in", "your sales team"),
}  # fmt: skip
_CHECK = re.compile(r"not a robot|captcha|are you (a )?human|attention check|what is \d+ (plus|times|minus)? ?\d+")
_TOTALLED = re.compile(
    r"(?i)^([-+]?[\d.,\s]+%?|(grand )?totals?|sum|average|avg|mean|median|count|n ?=? ?\d*|answered|skipped):?$"
)
_HEADLESS = ", which has no heading"
_NO_OPTION = {"response", "open ended response", ""}


@dataclass(frozen=True)
class FormExport:
    """Responses as read: one row each, cells untouched. `dates` is the order of day and month, "" if to be found."""

    file: str
    sha256: str
    product: str
    columns: tuple[FormColumn, ...]
    rows: tuple[Row, ...]
    note: str = ""
    dates: str = ""

    def of(self, means: str) -> list[FormColumn]:
        """The columns that hold this."""
        return [column for column in self.columns if column.means == means]

    def cells(self, row: Row) -> tuple[tuple[int, str], ...]:
        """Every filled cell of a row as it stands, with the number of its column."""
        return tuple((c.number, row.cell(c.number - 1)) for c in self.columns if row.cell(c.number - 1).strip())

    def filled(self) -> dict[int, int]:
        """How many respondents filled each column, by its number."""
        counts = {column.number: 0 for column in self.columns}
        for row in self.rows:
            for number, _ in self.cells(row):
                counts[number] += 1
        return counts

    def repeats(self) -> dict[int, int]:
        """The rows that are in every cell like an earlier one, and which."""
        first: dict[tuple[tuple[int, str], ...], int] = {}
        found = {}
        for row in self.rows:
            earlier = first.setdefault(self.cells(row), row.number)
            if earlier != row.number:
                found[row.number] = earlier
        return found

    def lines(self) -> list[str]:
        """What was understood, in plain sentences; nothing that anybody answered is in them."""
        counts = self.filled()
        asked = self.of("question")
        known = {question.id: question.ask for role in guides.ROLES for question in guides.guide(role).questions}
        many = len(self.rows) - len(self.totals())
        out = [f"{self.file}: {self.product or 'a form'}, {many:,} respondents, {len(self.columns)} columns."]
        out += [f"  {self.note}"] if self.note else []
        for means, words in (("about", "About the response"), ("check", "Robot check")):
            headings = [column.heading for column in self.of(means)]
            out += [f"  {words}: {'; '.join(headings)}"] if headings else []
        for means in ("submitted", "name", "email", "role", "team"):
            out += [f"  {means.capitalize()}: {column.heading}" for column in self.of(means)]
        matched = [column for column in asked if column.question]
        out += [f"  '{c.heading}' asks what the guide asks: '{known[c.question]}'" for c in matched]
        own = list(
            dict.fromkeys(
                c.heading for c in asked if not c.question and (not c.heading.endswith(_HEADLESS) or counts[c.number])
            )
        )
        if own:
            out.append(f"  Not questions of the guide, kept with their own words: {counted(len(own), 'question')}")
            out += [f"    {line}" for line in listed(own).splitlines()]
        answers = sum(counts[column.number] for column in asked)
        out.append(f"  {counted(answers, 'answer')}, {counted(len(asked) * len(self.rows) - answers, 'blank')}.")
        if again := self.repeats():
            pairs = ", ".join(f"{row:,} like {earlier:,}" for row, earlier in list(again.items())[:10])
            out.append(f"  {len(again)} rows repeat another one; they are kept and marked: row {pairs}.")
        totals = self.totals()
        if totals:
            shown = ", ".join(f"{number:,}" for number in sorted(totals))
            out.append(f"  Totals below the answers, which nobody answered: row {shown}. No interview is made of them.")
        undated = [row.number for row in self.rows if row.number not in totals and not self._is_dated(row)]
        if undated and self.of("submitted"):
            shown = ", ".join(f"{number:,}" for number in undated[:10])
            out.append(f"  Without the time of the response: row {shown}. They are kept.")
        return out

    def totals(self) -> frozenset[int]:
        """The rows at the end that hold sums or averages: no time of a response, and nothing but numbers and words for
        totals in less than half of the columns."""
        found: set[int] = set()
        for row in reversed(self.rows):
            words = [word.strip() for _, word in self.cells(row)]
            few = 2 * len(words) < len(self.columns) or len(words) == 1
            if not self.of("submitted") or self._is_dated(row) or not few or not all(map(_TOTALLED.match, words)):
                break
            found.add(row.number)
        return frozenset(found)

    def _is_dated(self, row: Row) -> bool:
        return any(row.cell(column.number - 1).strip() for column in self.of("submitted"))

    def toml(self) -> str:
        """What was understood as a file that a person can edit and give back."""
        out = [
            f"# What the columns of {self.file} hold.",
            "# means: question, check, name, email, role, team, submitted or about.",
            "# question: the id of the guide question that was asked. options: what could be ticked.",
            "# dates: the order of day and month, such as D/M/Y; empty: found in the dates themselves.",
            f"dates = {quoted(self.dates)}",
        ]
        for column in self.columns:
            options = ", ".join(map(quoted, column.options))
            out += [
                "", "[[column]]", f"number = {column.number}", f"heading = {quoted(column.heading)}",
                f"means = {quoted(column.means)}", f"question = {quoted(column.question)}", f"options = [{options}]",
            ]  # fmt: skip
        return "\n".join([*out, ""])


class _Given(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    number: int
    heading: str
    means: Literal["question", "check", "name", "email", "role", "team", "submitted", "about"] = "question"
    question: str = ""
    options: tuple[str, ...] = ()


class _Matching(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    dates: str = ""
    column: list[_Given] = []


def read(path: Path, *, role: str = "", matching: Path | None = None) -> FormExport:
    """The responses at `path` with a proposal what each column holds, or what the TOML file `matching` says.

    Headings are compared with the guide of `role`, or of every role where it is "". SurveyMonkey's second row of
    headings is recognised. Nothing is trimmed, left out or made one.
    """
    path = Path(path).expanduser()
    sheet = sheets.read(path)
    top, second, rows = _headings(sheet)
    folded = [_english(heading) for heading in top]
    product = next((name for name, needs in PRODUCTS.items() if set(needs) <= set(folded)), "")
    if product == "Google Forms" and folded[0] != "timestamp":
        product = ""
    columns = _columns(top, second, product, role)
    if not rows:
        raise WorkshopError(f"{sheet.file} has headings and no responses below them.")
    given = _given(matching) if matching and matching.is_file() else _Matching()
    columns = _with_options(columns, rows, product)
    columns = _as_given(columns, given, matching)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return FormExport(sheet.file, digest, product, columns, rows, sheet.note, given.dates)


def _headings(sheet: Sheet) -> tuple[list[str], list[str], tuple[Row, ...]]:
    """The headings, the second row of headings ("" where there is none) and the rows below."""
    width = max(len(row.cells) for row in sheet.rows)
    top = [" ".join(sheet.rows[0].cell(at).split()) for at in range(width)]
    none = [""] * width
    if len(sheet.rows) < 2:
        return top, none, ()
    below = [" ".join(sheet.rows[1].cell(at).split()) for at in range(width)]
    about = [at for at in range(width) if _is_about(fold(top[at]), "SurveyMonkey")]
    words = {fold(cell) for cell in below}
    is_second = bool(about) and not any(below[at] for at in about) and "timestamp" not in map(fold, top)
    is_second = is_second or bool(words & {"response", "open ended response", "other please specify"})
    if not is_second:
        return top, none, sheet.rows[1:]
    filled: list[str] = []
    for at, heading in enumerate(top):
        filled.append(heading or (filled[-1] if at and at - 1 not in about else ""))
    return filled, below, sheet.rows[2:]


def _english(heading: str) -> str:
    folded = fold(heading)
    return _ENGLISH.get(folded, folded)


def _is_about(heading: str, product: str) -> bool:
    return any(re.fullmatch(pattern, heading) for pattern in _ABOUT[product])


def _columns(top: list[str], second: list[str], product: str, role: str) -> tuple[FormColumn, ...]:
    folded = [_english(heading) for heading in top]
    when = next((name for name in _SUBMITTED if name in folded and _is_about(name, product)), "")
    asked = _guide_questions(list(dict.fromkeys(top)), role)
    options: dict[str, list[str]] = {}
    for heading, option in zip(top, second, strict=True):
        if fold(option) not in _NO_OPTION and not fold(option).startswith("other"):
            options.setdefault(heading, []).append(option)
    columns = []
    for at, (heading, option) in enumerate(zip(top, second, strict=True)):
        who = next((means for means, names in _WHO.items() if folded[at] in names), None)
        means: Any = "question"
        if folded[at] and folded[at] == when:
            means = "submitted"
        elif _is_about(folded[at], product):
            means = "about"
        elif who:
            means = who
        elif _CHECK.search(folded[at]):
            means = "check"
        columns.append(
            FormColumn(
                number=at + 1,
                heading=heading or f"column {at + 1}{_HEADLESS}",
                option="" if fold(option) in _NO_OPTION else option,
                means=means,
                question=asked.get(heading, "") if means == "question" else "",
                options=tuple(options.get(heading, ())) if means == "question" else (),
            )
        )
    return tuple(columns)


def _with_options(columns: tuple[FormColumn, ...], rows: tuple[Row, ...], product: str) -> tuple[FormColumn, ...]:
    """The columns with what could be ticked, where the headings do not say it and the answers show it."""
    found = []
    for column in columns:
        if column.means == "question" and not column.options:
            known = ticked.options([row.cell(column.number - 1) for row in rows], product=product)
            column = column.model_copy(update={"options": known})
        found.append(column)
    return tuple(found)


def _guide_questions(headings: list[str], role: str) -> dict[str, str]:
    """The guide question each heading most likely asks; one heading for each question at most."""
    roles: Sequence[InterviewRole | str] = [role] if role else guides.ROLES
    asks = {question.id: question.ask for name in roles for question in guides.guide(name).questions}
    scores = []
    for heading in headings:
        for key, ask in asks.items():
            words, known = re.sub(r"^\d+ ", "", fold(heading)).split(), fold(ask).split()
            scores.append((difflib.SequenceMatcher(None, words, known, autojunk=False).ratio(), heading, key))
    found: dict[str, str] = {}
    for score, heading, key in sorted(scores, key=lambda s: -s[0]):
        if score >= ALIKE and heading not in found and key not in found.values():
            found[heading] = key
    return found


def _given(file: Path) -> _Matching:
    try:
        return _Matching.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkshopError(f"{file} cannot be read as TOML: {error}.") from None
    except pydantic.ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise WorkshopError(f"{file.name} needs a correction:\n{listed(faults)}") from None


def _as_given(columns: tuple[FormColumn, ...], given: _Matching, file: Path | None) -> tuple[FormColumn, ...]:
    by_number = {said.number: said for said in given.column}
    ids = {question.id for role in guides.ROLES for question in guides.guide(role).questions}
    wrong = []
    for said in given.column:
        heading = columns[said.number - 1].heading if 0 < said.number <= len(columns) else None
        if heading != said.heading:
            wrong.append(f"Column {said.number} is headed '{heading}' in this form, not '{said.heading}'.")
        if said.question and said.question not in ids:
            wrong.append(
                f"Column {said.number}: no guide has a question '{said.question}'. There is: {', '.join(sorted(ids))}."
            )
    if wrong:
        raise WorkshopError(f"{file.name if file else 'The matching'} does not fit:\n{listed(wrong)}")
    changes = {
        number: {"means": said.means, "question": said.question, "options": said.options}
        for number, said in by_number.items()
    }
    return tuple(column.model_copy(update=changes.get(column.number, {})) for column in columns)

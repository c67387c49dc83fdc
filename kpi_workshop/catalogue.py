"""The catalogue: every measure as facts that no author disputes, under all the names people use for it."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic

from . import bundle
from .errors import WorkshopError, did_you_mean, listed

Link = Literal["effort", "exchange", "evidence", "advance", "outcome", "result"]
Depth = Literal["volume", "qualified", "content", "consequence"]
Form = Literal["count", "sum", "duration", "ratio", "average", "growth", "score"]
Scope = Literal["seller", "team", "sales", "company"]
Experience = Literal[
    "none", "responsiveness", "persistence", "collaboration", "feedback", "partnership", "engagement"
]  # fmt: skip
Better = Literal["higher", "lower", "band"]
Origin = Literal["system-logged", "self-logged", "derived", "survey"]
Control = Literal["direct", "influenced", "none"]
Timing = Literal["before", "with", "after"]
Unit = Literal[
    "share", "ratio", "money", "money per day", "minutes", "hours", "days", "deals", "leads", "customers", "people",
    "count", "score",
]  # fmt: skip
Author = Literal["S0", "S1", "S2", "S3", "S4"]
Says = Literal["metric", "kpi", "activity", "result", "named"]

SENTENCE_WORDS = 30
"""A sentence about a measure is read aloud in a meeting: no longer than this."""

_Line = Annotated[str, pydantic.StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\n]*$")]
_Id = Annotated[str, pydantic.StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]


class Mention(pydantic.BaseModel):
    """A place where an author names a measure: what it is called there (`says`), on which line, in which words.

    `says` is "named" where the author uses the measure and calls it neither. `again` marks a mention that restates or
    continues one already counted, so that agreement is not counted twice. `listed_as` is the author's own name of the
    measure where the author lists apart what is one measure here, such as sales growth and revenue growth.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    source: Author
    line: int = pydantic.Field(ge=1)
    says: Says
    words: _Line = pydantic.Field(alias="as")
    again: bool = False
    listed_as: str = ""


class Measure(pydantic.BaseModel):
    """One measure: its names, what it counts, and the facts from which every author's label follows.

    `control` and `timing` are what holds for most teams; a plan may say otherwise. `needs` names canonical columns
    ("opportunities.closed_on"); `not_from_crm` is the reason why the canonical tables cannot give it. `moves` is a
    belief, to be tested at the rollout. `if_it_drops` is what to try when the measure weakens, and `advice_from`
    the lines of the articles it was drawn from.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    id: _Id
    name: _Line
    other_names: tuple[_Line, ...] = ()
    sentence: _Line
    formula: _Line
    unit: Unit
    better: Better
    link: Link
    depth: Depth
    form: Form
    scope: Scope
    experience: Experience = "none"
    source: Origin
    control: Control
    timing: Timing
    needs: tuple[Annotated[str, pydantic.StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$")], ...] = ()
    not_from_crm: str = ""
    guardrail: str = ""
    moves: tuple[str, ...] = ()
    if_it_drops: str = ""
    advice_from: tuple[Annotated[str, pydantic.StringConstraints(pattern=r"^S[0-4]:[1-9]\d*$")], ...] = ()
    authors: tuple[Mention, ...] = ()

    @pydantic.field_validator("sentence")
    @classmethod
    def _is_short(cls, sentence: str) -> str:
        words = len(sentence.split())
        if words > SENTENCE_WORDS:
            raise ValueError(f"has {words} words; at most {SENTENCE_WORDS} are read")
        return sentence

    @pydantic.model_validator(mode="after")
    def _has_data_or_a_reason(self) -> Measure:
        if bool(self.needs) == bool(self.not_from_crm):
            raise ValueError("needs either the columns it is computed from or the reason why there are none, not both")
        if bool(self.if_it_drops) != bool(self.advice_from):
            raise ValueError("names advice without the lines it comes from, or lines without advice")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Its name and its other names."""
        return (self.name, *self.other_names)

    @property
    def tables(self) -> tuple[str, ...]:
        """The canonical tables it needs, each once."""
        return tuple(dict.fromkeys(column.split(".")[0] for column in self.needs))


def measures() -> dict[str, Measure]:
    """All measures of the bundled catalogue by id, in the order of its files."""
    return dict(_bundled())


def find(words: str) -> Measure | None:
    """The measure that is called exactly this, by id, name or other name; None where there is none.

    Case, punctuation, simple plurals and "number of" do not matter; nothing is guessed.

    >>> find("Number of deals closed").id
    'deals_closed'
    >>> find("loss rate") == find("win rate")
    False
    """
    return _by_name().get(plain(words))


def id_of(words: str) -> str:
    """The id of the measure that is called this; a measure of the client's own keeps its words."""
    measure = find(words)
    return measure.id if measure else words


def name_of(words: str) -> str:
    """The name by which people know a measure, given by its id or any of its names; other words as they are."""
    measure = find(words)
    return measure.name if measure else words


def get(id_or_name: str) -> Measure:
    """The measure of this id or name; a `WorkshopError` with the nearest names where there is none."""
    measure = _bundled().get(id_or_name) or find(id_or_name)
    if measure is None:
        known = [*_bundled(), *(name for m in _bundled().values() for name in m.names)]
        hint = did_you_mean(id_or_name, known)
        raise WorkshopError(f"The catalogue has no measure '{id_or_name}'. {hint}".strip())
    return measure


def search(text: str, most: int = 8) -> list[Measure]:
    """Measures that fit what has been typed so far, best first, at most `most`.

    Every word typed must begin a word of the name or of one other name; a name ranks before an other name, a whole
    match before a beginning, a beginning before a match inside. Nothing typed: nothing found.
    """
    typed = _words(text)
    if not typed:
        return []
    ranked = []
    for order, (measure, spellings) in enumerate(_spellings()):
        ranks = [rank for rank in (_rank(typed, spelling, i > 0) for i, spelling in enumerate(spellings)) if rank]
        if ranks:
            ranked.append((min(ranks), order, measure))
    return [measure for _, _, measure in sorted(ranked, key=lambda found: found[:2])[:most]]


def read(folder: Path) -> dict[str, Measure]:
    """The measures in the TOML files of a folder, one table a measure, its id in the heading.

    Everything wrong in them comes in one `WorkshopError`: a fact that is missing or unknown, an id or a name that two
    measures claim, a guardrail or a moved metric that does not exist.
    """
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise WorkshopError(f"{folder} holds no measures: there is no file that ends in .toml.")
    problems: list[str] = []
    found: dict[str, Measure] = {}
    home: dict[str, str] = {}
    for file in files:
        try:
            entries = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            problems.append(f"{file.name} cannot be read as TOML: {error}.")
            continue
        for key, facts in entries.items():
            where = f"{file.name}, [{key}]"
            if key in found:
                problems.append(f"{where}: this id is taken by a measure in {home[key]}.")
                continue
            if not isinstance(facts, dict):
                problems.append(f"{where}: this line stands above the first measure; each belongs under a heading.")
                continue
            try:
                found[key] = Measure.model_validate({**facts, "id": key})
                home[key] = file.name
            except pydantic.ValidationError as error:
                problems += [f"{where}: {line}" for line in _faults(error, facts)]
    problems += _clashes(found, home)
    if problems:
        raise WorkshopError(listed(problems))
    return found


def plain(words: str) -> str:
    """Words as they are compared: no case, punctuation, plurals, "number of" or "#"; "%" is "percent".

    >>> plain("# of Follow-Ups")
    'follow up'
    >>> plain("Win %") == plain("win percentage")
    True
    """
    return " ".join(_singular(word) for word in _words(words))


# Reading


@functools.cache
def _bundled() -> Mapping[str, Measure]:
    return read(bundle.folder("data") / "catalogue")


@functools.cache
def _by_name() -> Mapping[str, Measure]:
    return {spelling: measure for measure in _bundled().values() for spelling in _ways_to_say(measure)}


@functools.cache
def _spellings() -> tuple[tuple[Measure, tuple[str, ...]], ...]:
    return tuple((measure, tuple(plain(name) for name in measure.names)) for measure in _bundled().values())


def _ways_to_say(measure: Measure) -> Iterator[str]:
    yield plain(measure.id)
    yield from (plain(name) for name in measure.names)


def _words(typed: str) -> list[str]:
    text = unicodedata.normalize("NFKC", typed).casefold().replace("_", " ")
    text = text.replace("%", " percent ").replace("#", " number of ").replace("&", " and ")
    text = re.sub(r"['’`´]", "", text)
    text = re.sub(r"[^\w]+", " ", text).strip()
    text = re.sub(r"\b(per cent|percentage)\b", "percent", text)
    text = re.sub(r"^((the|our|my) )+", "", text)
    text = re.sub(r"^(total )?(number|no|nr|count)( of)+ |^number (?=\w)", "", text)
    return [word for word in text.split() if word != "the"]


def _singular(word: str) -> str:
    if len(word) < 3 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word.removesuffix("s")


def _rank(typed: list[str], spelling: str, is_other_name: bool) -> tuple[int, int, int] | None:
    """How well the typed words fit a spelling, lowest best; None where one of them begins none of its words."""
    words = spelling.split()
    if not all(any(word.startswith(begun) or word == _singular(begun) for word in words) for begun in typed):
        return None
    asked, whole = " ".join(typed), " ".join(_singular(word) for word in typed)
    fit = 0 if spelling == whole else 1 if spelling.startswith((asked, f"{whole} ")) else 2
    return fit, int(is_other_name), len(words)


def _faults(error: pydantic.ValidationError, facts: Mapping[str, Any]) -> Iterator[str]:
    for fault in error.errors(include_url=False):
        key = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "missing":
            yield f"'{key}' is missing."
        elif fault["type"] == "extra_forbidden":
            yield f"'{key}' is not a fact of a measure. {did_you_mean(key, Measure.model_fields)}".strip()
        elif fault["type"] == "literal_error":
            yield f"{key} = '{fault['input']}' is not known; it is {fault['ctx']['expected']}."
        else:
            said = fault["msg"].removeprefix("Value error, ")
            yield f"{key} {said}." if key else f"{said}."


def _clashes(found: Mapping[str, Measure], home: Mapping[str, str]) -> Iterator[str]:
    owner: dict[str, Measure] = {}
    for measure in found.values():
        where = f"{home[measure.id]}, [{measure.id}]"
        for name in (measure.id, *measure.names):
            other = owner.setdefault(plain(name), measure)
            if other is not measure:
                yield f"{where}: the name '{name}' belongs to {other.id} in {home[other.id]} already."
        for fact, names in (("guardrail", (measure.guardrail,)), ("moves", measure.moves)):
            for name in names:
                if name == measure.id:
                    yield f"{where}: {fact} names the measure itself."
                elif name and name not in found:
                    yield f"{where}: {fact} names '{name}', which is no measure. {did_you_mean(name, found)}".strip()

"""The mapping: the readable TOML file that says which column of an export fills which column of a canonical table."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic

from ...errors import WorkshopError, did_you_mean, listed, no_time_zone
from ..tables import TABLES
from . import durations

MAPPING_FILE = "mapping.toml"
CLOSED: dict[tuple[str, str], tuple[str, ...]] = {
    ("opportunities", "status"): ("open", "won", "lost"),
    ("seats", "role"): ("seller", "manager", "executive"),
    ("targets", "owner_is"): ("seller", "team"),
    ("activities", "direction"): ("outbound", "inbound"),
    ("costs", "kind"): ("sales", "marketing"),
}
"""Columns that hold one of a few words; a value that is none of them must be mapped."""


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str | dict | list) or value is None else str(value)


Word = Annotated[str, pydantic.BeforeValidator(_as_text)]
Period = Literal["", "week", "month", "quarter", "year"]
Pattern = Annotated[str, pydantic.StringConstraints(min_length=1, max_length=300)]


_ORDERS = ("D/M/Y", "M/D/Y", "Y-M-D", "excel")


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class KnownValues(_Part):
    """A list the values of a column are held against: a column of another file."""

    file: Pattern
    column: str


class Lookup(_Part):
    """Another file that gives, for a value found in `column`, what stands in `gives`."""

    file: Pattern
    column: str
    gives: str
    or_empty: bool = False
    recognised_by: tuple[str, ...] = ()


class Filling(_Part):
    """What fills one canonical column. The keys are explained in `templates/mappings/generic.toml`."""

    column: str | None = None
    columns: tuple[str, ...] = ()
    first_of: tuple[str, ...] = ()
    constant: Word | None = None
    numbered: str | None = None
    filled: dict[str, Word] = {}
    is_won: Filling | None = None
    is_lost: Filling | None = None
    is_closed: Filling | None = None
    each: Pattern | None = None
    star: bool = False
    values: dict[str, Word] = {}
    otherwise: Word | None = None
    empty: tuple[Word, ...] = ()
    before: str = ""
    only: str = ""
    if_empty: Word | None = None
    prefix: str = ""
    format: str = ""
    start_of: Period = ""
    end_of: Period = ""
    time_zone: str = ""
    decimal: Literal["", ".", ","] = ""
    currency: tuple[str, ...] = ()
    rates: dict[str, Annotated[float, pydantic.Field(gt=0, allow_inf_nan=False)]] = {}
    of_each_line: bool = False
    divide_by: float = pydantic.Field(default=1, gt=0, allow_inf_nan=False)
    known: KnownValues | None = None
    lookup: Lookup | None = None
    instead: tuple[Filling, ...] = ()

    @pydantic.model_validator(mode="before")
    @classmethod
    def _a_name_alone_is_a_column(cls, given: Any) -> Any:
        if isinstance(given, list) and given:
            first, *rest = [{"column": one} if isinstance(one, str) else one for one in given]
            return {**first, "instead": rest} if isinstance(first, dict) else first
        return {"column": given} if isinstance(given, str) else given

    @pydantic.field_validator("currency", mode="before")
    @classmethod
    def _one_name_or_several(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @pydantic.model_validator(mode="after")
    def _has_one_origin(self) -> Filling:
        origins = [self.column, self.constant, self.numbered, self.each, self.is_won]
        said = [origin is not None for origin in origins] + [bool(self.columns), bool(self.first_of)]
        if sum(said) + bool(self.filled) + self.star != 1:
            raise ValueError(
                "say exactly one of column, columns, constant, numbered (or first_of, filled, is_won, each, star)"
            )
        if (self.is_lost or self.is_closed) and not self.is_won:
            raise ValueError("is_lost and is_closed stand beside is_won")
        if self.each is not None and self.each.count("*") != 1:
            raise ValueError(f"'{self.each}' needs one * for what differs between the columns")
        if self.format and "%" not in self.format and self.format not in (*_ORDERS, *durations.FORMS):
            raise ValueError(
                f"'{self.format}' is no date format: say D/M/Y, M/D/Y, Y-M-D, excel or a pattern such as %d %b %Y; nor "
                f"one of lengths of time: {', '.join(durations.FORMS)}"
            )
        if self.start_of and self.end_of:
            raise ValueError("say either start_of or end_of")
        if self.time_zone and (wrong := no_time_zone(self.time_zone)):
            raise ValueError(f"'{self.time_zone}' {wrong}")
        return self

    @property
    def client_columns(self) -> tuple[str, ...]:
        """The client's columns it reads."""
        flags = [flag for flag in (self.is_won, self.is_lost, self.is_closed) if flag]
        one = (self.column,) if self.column is not None else ()
        return (
            *one, *self.columns, *self.first_of, *self.filled,
            *(name for flag in flags for name in flag.client_columns), *self.currency,
        )  # fmt: skip

    @property
    def options(self) -> tuple[Filling, ...]:
        """Itself and what may stand instead of it, in order."""
        return (self, *self.instead)

    def for_header(self, header: Collection[str]) -> Filling:
        """The first option whose columns a file has; itself where it has none of them."""
        chosen = next((one for one in self.options if set(one.client_columns) <= set(header)), self)
        return chosen.model_copy(update={"instead": ()})


class SetAside(_Part):
    """Rows that are no part of the business, and why."""

    column: str
    is_: tuple[Word, ...] = pydantic.Field(default=(), alias="is")
    is_not: tuple[Word, ...] = ()
    because: str = pydantic.Field(min_length=1)

    @pydantic.model_validator(mode="after")
    def _has_values(self) -> SetAside:
        if bool(self.is_) == bool(self.is_not):
            raise ValueError("say either is = [...] or is_not = [...]")
        return self


class Section(_Part):
    """Where rows of one canonical table come from: a file, how to read it, and what fills each column."""

    file: Pattern
    recognised_by: tuple[str, ...] = ()
    not_with: tuple[str, ...] = ()
    sheet: str = ""
    header_row: int = pydantic.Field(default=0, ge=0, le=1000)
    encoding: str = ""
    separator: str = pydantic.Field(default="", max_length=1)
    optional: bool = False
    once_by: tuple[str, ...] = ()
    columns: dict[str, Filling]
    set_aside: tuple[SetAside, ...] = ()

    @pydantic.model_validator(mode="after")
    def _reads_something(self) -> Section:
        if not self.client_columns and not self.each:
            raise ValueError("no column of the file is read: map at least one")
        if len(self.each) > 1:
            raise ValueError("only one kind of columns can be turned into rows: say each once")
        if any(filling.star for filling in self.columns.values()) and not self.each:
            raise ValueError("star stands for the * of an each in the same section")
        for name, filling in self.columns.items():
            of_length = name in durations.COLUMNS
            if any(one.format and (one.format in durations.FORMS) != of_length for one in filling.options):
                known = durations.FORMS if of_length else _ORDERS
                raise ValueError(
                    f"the format of {name} is one of {', '.join(known)}{'' if of_length else ' or a pattern'}"
                )
        return self

    @property
    def client_columns(self) -> tuple[str, ...]:
        """All of the client's columns it may read, each once; those of `each` come on top."""
        names = [name for filling in self.columns.values() for one in filling.options for name in one.client_columns]
        return tuple(dict.fromkeys([*names, *(rule.column for rule in self.set_aside), *self.once_by]))

    @property
    def each(self) -> tuple[str, ...]:
        """The patterns of columns that become one row each."""
        return tuple(dict.fromkeys(f.each for f in self.columns.values() if f.each is not None))

    def stars(self, header: Iterable[str]) -> dict[str, str]:
        """The columns of `header` that `each` means, each with what stands for the *."""
        found = {}
        for pattern in self.each:
            start, end = pattern.split("*")
            for name in header:
                if name.startswith(start) and name.endswith(end) and len(name) > len(start) + len(end):
                    found[name] = name[len(start) : len(name) - len(end)]
        return found

    def for_header(self, header: Collection[str]) -> Section:
        """The section with one filling for each column: the first option that a file with this header can fill."""
        return self.model_copy(
            update={"columns": {name: filling.for_header(header) for name, filling in self.columns.items()}}
        )


class Mapping(_Part):
    """A whole mapping: its sections by canonical table, and what to do with unknown sellers and with faulty rows."""

    product: str = ""
    sellers: Literal["refuse", "add", "set aside"] = "refuse"
    faults: Literal["refuse", "mend"] = "refuse"
    sections: dict[str, tuple[Section, ...]]


_GENERAL = ("product", "sellers", "faults")


def load(file: Path) -> Mapping:
    """The mapping in `file`; everything wrong with it is told in one message with the nearest known names."""
    file = Path(file)
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise WorkshopError(f"There is no mapping '{file}'.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WorkshopError(f"The mapping {file} cannot be read as TOML: {error}.") from None
    general = {name: given.pop(name) for name in _GENERAL if name in given}
    problems = []
    sections: dict[str, Any] = {}
    for name, body in given.items():
        if name not in TABLES:
            problems.append(f"There is no table '{name}'. {did_you_mean(name, [*TABLES, *_GENERAL])}".strip())
        else:
            sections[name] = body if isinstance(body, list) else [body]
            problems += _wrong_columns(name, sections[name])
    if not given:
        problems.append("It maps no table. Copy templates/mappings/generic.toml and edit it.")
    try:
        mapping = Mapping.model_validate({**general, "sections": sections})
    except pydantic.ValidationError as error:
        problems += [_fault(dict(fault)) for fault in error.errors()]
    if problems:
        raise WorkshopError(f"The mapping {file.name} needs a correction:\n{listed(problems)}")
    return mapping


def _wrong_columns(name: str, bodies: list[Any]) -> list[str]:
    problems = []
    table = TABLES[name]
    known = [column.name for column in table.columns]
    for body in bodies:
        columns = body.get("columns") if isinstance(body, dict) else None
        if not isinstance(columns, dict):
            continue
        problems += [
            f"[{name}] has no column '{given}'. {did_you_mean(given, known)}".strip()
            for given in columns
            if given not in known
        ]
        problems += [
            f'[{name}] needs {column.name}: {_lower_first(column.says)}. Map it with {column.name} = "your column".'
            for column in table.columns
            if column.needed and column.name not in columns
        ]
    return problems


def _fault(fault: dict[str, Any]) -> str:
    path = [part for part in fault["loc"] if isinstance(part, str)]
    if path[:1] == ["sections"]:
        path = path[1:]
    where = f"[{path[0]}] {'.'.join(path[1:])}".strip() if path and path[0] in TABLES else ".".join(path)
    if fault["type"] == "extra_forbidden":
        models: dict[str, type[_Part]] = {"known": KnownValues, "lookup": Lookup, "set_aside": SetAside}
        inside = path[-2] if len(path) > 1 else ""
        model = models.get(inside, Section if len(path) == 2 else Filling)
        names = [info.alias or name for name, info in model.model_fields.items()]
        return f"{where}: there is no '{path[-1]}'. {did_you_mean(path[-1], names)}".strip()
    if fault["type"] == "missing":
        return f"{where} is missing."
    message = fault["msg"].removeprefix("Value error, ")
    return f"{where}: {message[:1].lower() + message[1:]}."


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]

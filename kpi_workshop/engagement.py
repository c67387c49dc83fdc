"""One client's folder: create it, open it, find it above a notebook, and know where everything in it is."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import secrets
import shutil
import tomllib
import unicodedata
import urllib.parse
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import pydantic

from . import bundle, locales
from .brand import Brand
from .errors import WorkshopError, did_you_mean, in_a_shell, listed, of_the_system
from .recipients import Delivery

if TYPE_CHECKING:
    from .records import Store

SETTINGS_FILE = "engagement.toml"
LONGEST_NAME = 120
_MAKING = ".kpi-workshop-"
_WANTED = {
    "name": f"give the client's name, 1 to {LONGEST_NAME} signs in quotes",
    "currency": 'give three capital letters, such as "EUR"',
    "locale": 'give a locale such as "en-US", "en-GB", "de-DE" or "fr-FR", or leave it away',
    "paper": 'give "A4" or "Letter", or leave it away: the locale tells which is usual',
    "smallest_group": "give a whole number from 2 to 20",
    "demo": "give true or false",
    "calendar": "this is a section: write [calendar] on a line of its own and its settings below",
    "calendar.week_starts": 'give "monday" or "sunday"',
    "calendar.fiscal_year_starts": "give the month as a number from 1 to 12",
    "brand": "this is a section: write [brand] on a line of its own and its settings below",
    "limits.cycle_starts": 'give "opening", "lead" or "first contact"',
    "calendar.time_zone": 'give a name such as "America/New_York"',
}
"""What would be right for each setting."""


class Calendar(pydantic.BaseModel):
    """How the client counts time: first day of the week, first month of the fiscal year, business time zone.

    `pattern` makes months of whole weeks: 4-4-5 and its kin give the weeks of the three months of a quarter. The fiscal
    year then begins on the first day of the week nearest to the first day of its month, and has 52 or 53 weeks; the
    53rd is the last of its last month.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    week_starts: Literal["monday", "sunday"] = "monday"
    fiscal_year_starts: int = pydantic.Field(default=1, ge=1, le=12)
    pattern: Literal["months", "4-4-5", "4-5-4", "5-4-4"] = "months"
    time_zone: str = "UTC"

    @pydantic.field_validator("time_zone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        known = zoneinfo.available_timezones()
        if value not in known:
            cities = {zone.rpartition("/")[2].replace("_", " ").casefold(): zone for zone in sorted(known)}
            zone = cities.get(value.replace("_", " ").strip().casefold())
            hint = f"Did you mean: {zone}?" if zone else did_you_mean(value, known)
            raise ValueError(f"This is no time zone. {hint}".strip())
        return value


class Limits(pydantic.BaseModel):
    """What was agreed on how long is long: the limits that some measures are counted by.

    `productive_days`: a conversation moved a deal when a stage change follows within so many days. `meeting_days`: a
    first meeting led to a deal that is opened within so many days. `silent_days`: an open deal that nobody worked on
    for longer is untouched. `large_employees`: a company with so many employees or more is a large one.
    `cycle_starts`: the event from which the days of a sales cycle count: the deal's opening, the arrival of its lead,
    or the first activity on the deal.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    productive_days: int = pydantic.Field(default=14, ge=0, le=365)
    meeting_days: int = pydantic.Field(default=30, ge=0, le=365)
    silent_days: int = pydantic.Field(default=30, ge=0, le=365)
    large_employees: int = pydantic.Field(default=1000, ge=1)
    cycle_starts: Literal["opening", "lead", "first contact"] = "opening"


class Engine(pydantic.BaseModel):
    """Where the measures are computed: in DuckDB on the imported tables, or in an engine of the client's, by URL.

    `url` is what Ibis connects to, such as `postgres://${ACME_USER}:${ACME_PASSWORD}@db.acme.example/crm`, its secrets
    named as environment variables; `url_from` names a variable that holds the whole URL. `tables_in` is the schema (or
    catalog.schema) of the canonical tables there, `prefix` what their names begin with. `memory` and `threads` limit
    DuckDB, such as "400MB" and 2; empty: what the machine has.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    url: str = ""
    url_from: str = pydantic.Field(default="", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")
    tables_in: str = pydantic.Field(default="", pattern=r"^([A-Za-z0-9_$-]+(\.[A-Za-z0-9_$-]+)?)?$")
    prefix: str = pydantic.Field(default="", pattern=r"^[A-Za-z0-9_]*$")
    memory: str = pydantic.Field(default="", pattern=r"^([0-9]+(\.[0-9]+)? ?[MG]B)?$")
    threads: int = pydantic.Field(default=0, ge=0, le=256)

    @property
    def is_elsewhere(self) -> bool:
        """True where an engine is named by URL."""
        return bool(self.url or self.url_from)

    @pydantic.model_validator(mode="after")
    def _holds_no_secret(self) -> Engine:
        if self.url and self.url_from:
            raise ValueError("Name the engine by url or by url_from, not by both.")
        literal = re.sub(r"\$\{\w+\}", "", self.url)
        secret = urllib.parse.urlsplit(literal).password or any(
            re.search("pass|pwd|token|secret|key|credential", name, re.IGNORECASE)
            for name, _ in urllib.parse.parse_qsl(urllib.parse.urlsplit(literal).query)
        )
        if secret:
            raise ValueError(
                "A secret never stands in this file. Put ${NAME} in its place and the secret into the environment "
                'variable NAME, or the whole URL into one: url_from = "NAME".'
            )
        return self


def _known_locale(value: str) -> str:
    if value and not locales.known(value):
        raise ValueError("This is no locale. " + _WANTED["locale"].replace("give", "Give", 1) + ".")
    return value


class Settings(pydantic.BaseModel):
    """What `engagement.toml` says; everything has a default, nothing unknown is accepted."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, pydantic.StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]
    currency: str = pydantic.Field(default="USD", pattern=r"^[A-Z]{3}$")
    locale: Annotated[str, pydantic.AfterValidator(_known_locale)] = ""
    paper: Literal["", "A4", "Letter"] = ""
    smallest_group: int = pydantic.Field(default=3, ge=2, le=20)
    demo: bool = False
    calendar: Calendar = Calendar()
    limits: Limits = Limits()
    engine: Engine = Engine()
    delivery: Delivery = Delivery()
    brand: Brand = Brand()

    @property
    def paper_size(self) -> str:
        """A4 or Letter: as set, else as is usual where the locale is."""
        return self.paper or locales.paper(self.locale)


@dataclass(frozen=True)
class Engagement:
    """One client's folder and what `engagement.toml` says of it."""

    folder: Path
    settings: Settings

    @property
    def notebooks(self) -> Path:
        """Its own copy of the five notebooks."""
        return self.folder / "notebooks"

    @property
    def crm(self) -> Path:
        """Exports as the client gave them, the mapping, and below it the canonical tables."""
        return self.folder / "crm"

    @property
    def tables(self) -> Path:
        """The canonical tables of the last finished import, one Parquet file each.

        Ask once for what belongs together: a newer import may be put in place between two questions. Each import has
        a folder of its own below `crm/tables`, and the records name the one that counts.
        """
        from .kinds import CRM, Import

        last = self.records.get(Import, CRM)
        return self.every_import / last.folder if last else self.every_import

    @property
    def every_import(self) -> Path:
        """The tables of the last two imports, each in a folder of its own, and the history of all of them."""
        return self.crm / "tables"

    @property
    def cache(self) -> Path:
        """Always safe to delete."""
        return self.folder / "cache"

    def run_folder(self, as_of: str) -> Path:
        """The folder of all runs with this report date: `runs/<as-of>`."""
        return self.folder / "runs" / as_of

    @cached_property
    def records(self) -> Store:
        """What people entered and decided: shared with everyone who may open the engagement."""
        from .records import Store

        return Store(self.folder / "records.db")

    @cached_property
    def private(self) -> Store:
        """The hypothesis, who was interviewed, and their words: of the leader alone, never packed or served."""
        from .records import Store

        return Store(self.folder / "private.db", private=True)


def create(folder: Path, *, name: str = "", demo: bool = False) -> Engagement:
    """Make a new engagement in `folder`, which must not exist or be empty; nothing is left behind by a refusal."""
    called = _printable(name) or _readable(Path(folder).absolute().name)[:LONGEST_NAME]
    try:
        settings = Settings(name=called, demo=demo)
    except pydantic.ValidationError as error:
        raise WorkshopError(listed(setting_problems(error))) from None
    with made_whole(folder) as making:
        for inner in ("crm", "runs", "cache"):
            (making / inner).mkdir(mode=0o700)
        _copy_notebooks(making / "notebooks")
        _write_settings(making / SETTINGS_FILE, settings)
    return load(folder)


@contextlib.contextmanager
def made_whole(folder: Path) -> Iterator[Path]:
    """An empty folder to fill, which becomes `folder` when the block ends well; otherwise nothing is left of it.

    So nobody ever finds half of it, not even after a kill. `folder` must not exist or be empty.
    """
    folder = Path(folder).expanduser().absolute()
    if folder.is_symlink():
        folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WorkshopError(f"'{folder}' exists and is not empty. Give the new engagement a folder of its own.")
    parent = folder.parent
    if not parent.is_dir():
        raise WorkshopError(f"There is no folder '{parent}' to put '{folder.name}' in. Make it first.")
    _sweep(parent)
    making = parent / f"{_MAKING}{os.getpid()}-{platform.node()[:40]}-{secrets.token_hex(6)}"
    try:
        making.mkdir(mode=0o700)
    except OSError as error:
        if told := of_the_system(error.errno, str(parent)):
            raise WorkshopError(told) from None
        raise
    try:
        yield making
        if folder.exists():
            folder.rmdir()
        making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Remove what a killed process of this computer left half made: it may hold what is private."""
    if os.name != "posix":
        return
    for left in parent.glob(f"{_MAKING}*-{platform.node()[:40]}-*"):
        number = left.name.removeprefix(_MAKING).partition("-")[0]
        if number.isdigit() and left.is_dir() and not left.is_symlink() and not _is_alive(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def load(folder: Path) -> Engagement:
    """The engagement in `folder`, its settings checked."""
    folder = Path(folder).expanduser().absolute()
    file = folder / SETTINGS_FILE
    if folder.is_file():
        raise WorkshopError(f"'{folder}' is a file. An engagement is a folder: name the one that has {SETTINGS_FILE}.")
    if not file.is_file():
        make = f"kpi-workshop new {in_a_shell(folder)}"
        raise WorkshopError(f"'{folder}' is not an engagement: it has no {SETTINGS_FILE}. Make one with: {make}")
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise WorkshopError(f"{file} is not written in UTF-8. Save it as UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise WorkshopError(f"{file} cannot be read as TOML: {error}.") from None
    try:
        settings = Settings.model_validate(given)
    except pydantic.ValidationError as error:
        raise WorkshopError(f"{file} needs a correction:\n{listed(setting_problems(error))}") from None
    return Engagement(folder, settings)


def above(start: Path) -> Engagement | None:
    """The nearest engagement at or above `start`, or None."""
    start = Path(start).absolute()
    for folder in (start, *start.parents):
        if (folder / SETTINGS_FILE).is_file():
            return load(folder)
    return None


def setting_problems(error: pydantic.ValidationError) -> list[str]:
    """One line for each thing wrong in settings, with the nearest known name where a name is unknown."""
    known = {name for part in (Settings, Calendar, Limits, Engine, Delivery, Brand) for name in part.model_fields}
    lines = []
    for fault in error.errors():
        where = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            lines.append(f"There is no setting '{where}'. {did_you_mean(str(fault['loc'][-1]), known)}".strip())
        elif fault["type"] == "missing":
            lines.append(f"The setting '{where}' is missing.")
        elif fault["loc"][:1] in (("engine",), ("delivery",)):
            # What was written there may hold a password: it is never repeated.
            lines.append(f"{where}: {fault['msg'].removeprefix('Value error, ')}")
        else:
            own_words = fault["msg"].removeprefix("Value error, ") if fault["type"] == "value_error" else ""
            wanted = own_words or f"{_WANTED.get(where, fault['msg'])}."
            lines.append(f"{where} = {fault['input']!r}: {wanted}")
    return lines


def _readable(folder_name: str) -> str:
    words = re.sub(r"[-_.]+", " ", _printable(folder_name)).strip()
    return words[:1].upper() + words[1:] or "Engagement"


def _printable(words: str) -> str:
    """Without control characters and without what is no text at all, such as a file name in an unknown encoding."""
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in words).strip()


def _copy_notebooks(into: Path) -> None:
    into.mkdir(mode=0o700)
    for file in sorted(bundle.folder("notebooks").glob("*.ipynb")):
        shutil.copyfile(file, into / file.name)
        (into / file.name).chmod(0o600)


def _write_settings(file: Path, settings: Settings) -> None:
    quoted = settings.name.replace("\\", "\\\\").replace('"', '\\"')
    demo = "demo = true                # every page and file says so\n" if settings.demo else ""
    file.write_text(
        f'name = "{quoted}"\n'
        f'currency = "{settings.currency}"           # ISO 4217\n'
        '# locale = "en-US"          # numbers, money and days as written there; or en-GB, de-DE, fr-FR...\n'
        f"smallest_group = {settings.smallest_group}         # groups of fewer people are never shown apart\n"
        f"{demo}"
        "\n[calendar]\n"
        f'week_starts = "{settings.calendar.week_starts}"   # or "sunday"\n'
        f"fiscal_year_starts = {settings.calendar.fiscal_year_starts}     # month, 1 to 12\n"
        f'pattern = "{settings.calendar.pattern}"         # or months of whole weeks: "4-4-5", "4-5-4", "5-4-4"\n'
        f'time_zone = "{settings.calendar.time_zone}"        # the business time zone, such as "America/New_York"\n'
        "\n[limits]\n"
        f"productive_days = {settings.limits.productive_days}       # a conversation moved a deal that moves in these\n"
        f"meeting_days = {settings.limits.meeting_days}          # a first meeting led to a deal opened within these\n"
        f"silent_days = {settings.limits.silent_days}           # a deal without any activity for longer is untouched\n"
        f"large_employees = {settings.limits.large_employees}     # a company with so many employees is a large one\n"
        f'cycle_starts = "{settings.limits.cycle_starts}"   # a sales cycle starts here; or "lead", "first contact"\n',
        encoding="utf-8",
    )
    file.chmod(0o600)

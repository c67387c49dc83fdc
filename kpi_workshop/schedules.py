"""Schedules: recipes that refresh the data and write the report, for cron, systemd and other schedulers."""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
import shutil
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import __version__, bundle
from .engagement import Engagement
from .errors import WorkshopError, did_you_mean

KINDS = ("cron", "systemd", "github", "kubernetes", "airflow", "jupyter")
EVERY = ("day", "week", "month")
_DAYS_CRON = {"day": "* * *", "week": "* * 1", "month": "1 * *"}
_DAYS_SYSTEMD = {"day": "*-*-*", "week": "Mon *-*-*", "month": "*-*-01"}
_PLACE = re.compile(r'"@([A-Z]+)@"|@([A-Z]+)@')


@dataclass(frozen=True)
class Recipe:
    """One schedule: its files by name, and the sentences that say where they go."""

    kind: str
    files: dict[str, str]
    says: str


def fitting() -> str:
    """The kind that this machine has: systemd where there is `systemctl`, else cron."""
    return "systemd" if shutil.which("systemctl") else "cron"


def recipe(
    engagement: Engagement,
    *,
    data: Path,
    kind: str = "",
    every: str = "week",
    at: dt.time = dt.time(6, 0),
    options: Sequence[str] = (),
    send: bool = False,
) -> Recipe:
    """The files of a schedule of this kind: first the export in `data` is imported, then the report is written.

    `every` is day, week (Mondays) or month (the first), `at` the time of day; `options` go to `kpi-workshop report`;
    `send` adds `kpi-workshop send`. Raises WorkshopError where a path cannot stand in such a file.
    """
    kind = kind or fitting()
    if kind not in KINDS:
        raise WorkshopError(f"There is no schedule '{kind}'. {did_you_mean(kind, KINDS)}".strip())
    if every not in EVERY:
        raise WorkshopError(f"A report can come every day, week or month, not every '{every}'.")
    folder, data = engagement.folder, Path(data).expanduser().absolute()
    for path in (folder, data):
        _refuse(str(path), kind)
    program = "kpi-workshop" if kind in ("github", "kubernetes") else _program()
    if not data.exists() and kind not in ("github", "kubernetes"):
        raise WorkshopError(f"There is no export '{data}'. Name the file or folder that each new export replaces.")
    return _MADE[kind](_Asked(engagement, folder, data, program, every, at, tuple(options), send))


@dataclass(frozen=True)
class _Asked:
    engagement: Engagement
    folder: Path
    data: Path
    program: str
    every: str
    at: dt.time
    options: tuple[str, ...]
    send: bool

    @property
    def slug(self) -> str:
        plain = unicodedata.normalize("NFKD", self.folder.name).encode("ascii", "ignore").decode().lower()
        return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30].strip("-") or "engagement"

    @property
    def name(self) -> str:
        """The client's name on one line of plain signs, for comments."""
        return " ".join("".join(s if s.isprintable() else " " for s in self.engagement.settings.name).split())

    @property
    def cron(self) -> str:
        return f"{self.at.minute} {self.at.hour} {_DAYS_CRON[self.every]}"

    @property
    def zone(self) -> str:
        return self.engagement.settings.calendar.time_zone

    def refresh(self) -> str:
        return f"{self.program} import {_quoted(self.folder)} crm {_quoted(self.data)} --yes"

    def report(self) -> str:
        return " ".join(
            [self.program, "report", _quoted(self.folder), *(shlex.quote(option) for option in self.options)]
        )

    def line(self) -> str:
        """One line for sh, also under `sh -e`: it ends with the report's exit code, and with 0 where nothing is due.

        Where sending was asked for it is told the code, so that readers get something only on 0.
        """
        made = f"{self.refresh()} && {self.report()} || code=$?; "
        if not self.send:
            return f'code=0; {made}[ "$code" -ne 4 ] || code=0; exit "$code"'
        sent = f'{self.program} send {_quoted(self.folder)} --exit-code "$code" || sent=$?; '
        return f'code=0; sent=0; {made}{sent}[ "$code" -ne 4 ] || code=0; [ "$code" -ne 0 ] || code=$sent; exit "$code"'


def _cron(asked: _Asked) -> Recipe:
    log = asked.folder / "cache" / "schedule.log"
    failed = f"There is no new report of {asked.name}: see {log}"
    owner = asked.engagement.settings.delivery.owner
    values = {
        "NAME": asked.name, "OWNER": f'"{owner}"' if owner else '""', "WHEN": asked.cron,
        "LINE": _in_crontab(asked.line()), "LOG": _in_crontab(_quoted(log)),
        "FAILED": _in_crontab(shlex.quote(failed)),
    }  # fmt: skip
    text = _filled("crontab", values)
    if not owner:
        text = text.replace('MAILTO=""\n', "").replace("to MAILTO", "to this user")
    return Recipe("cron", {"crontab": text}, "Add the lines with: crontab -e")


def _systemd(asked: _Asked) -> Recipe:
    name = f"kpi-workshop-{asked.slug}"
    when = f"{_DAYS_SYSTEMD[asked.every]} {asked.at:%H:%M}:00 {asked.zone}"
    values = {"NAME": asked.name.replace("%", "%%"), "LINE": _in_systemd(asked.line()), "WHEN": when}
    files = {f"{name}.{ending}": _filled(f"kpi-workshop.{ending}", values) for ending in ("service", "timer")}
    says = (
        "Put both files into ~/.config/systemd/user, then: "
        f"systemctl --user daemon-reload && systemctl --user enable --now {name}.timer && loginctl enable-linger"
    )
    return Recipe("systemd", files, says)


def _github(asked: _Asked) -> Recipe:
    values = {"SLUG": asked.slug, "WHEN": asked.cron, "LINE": asked.line()}
    file = "kpi-workshop.yml"
    return Recipe("github", {file: _filled("github.yml", values, _literal)}, f"Commit it as .github/workflows/{file}")


def _kubernetes(asked: _Asked) -> Recipe:
    exports = asked.data.parent if asked.data.suffix else asked.data
    values = {
        "SLUG": asked.slug, "WHEN": asked.cron, "ZONE": asked.zone, "VERSION": __version__,
        "LINE": asked.line().replace("$", "$$"), "FOLDER": str(asked.folder), "EXPORTS": str(exports),
    }  # fmt: skip
    file = f"kpi-workshop-{asked.slug}.yaml"
    return Recipe("kubernetes", {file: _filled("kubernetes.yaml", values, _literal)}, f"kubectl apply -f {file}")


def _airflow(asked: _Asked) -> Recipe:
    kept = f"mkdir -p {_quoted(asked.folder / 'cache' / 'airflow')}"
    report = asked.report()
    if asked.send:
        report = f'code=0; {report} || code=$?; {asked.program} send {_quoted(asked.folder)} --exit-code "$code"; '
        report += 'exit "$code"'
    values = {
        "SLUG": asked.slug.replace("-", "_"), "WHEN": asked.cron, "ZONE": asked.zone, "FOLDER": str(asked.folder),
        "REFRESH": f"{kept} && {asked.refresh()}", "REPORT": f"{report} ",
    }  # fmt: skip
    file = f"kpi_workshop_{asked.slug.replace('-', '_')}.py"
    return Recipe("airflow", {file: _filled("airflow.py", values, _literal)}, "Put the file into Airflow's dags folder")


def _jupyter(asked: _Asked) -> Recipe:
    """A notebook for jupyter-scheduler, its places filled in each cell's own source."""
    values: dict[str, Any] = {
        "NAME": asked.name, "WHEN": asked.cron, "ZONE": asked.zone, "FOLDER": str(asked.folder),
        "DATA": str(asked.data), "OPTIONS": list(asked.options), "SEND": asked.send,
    }  # fmt: skip
    book = json.loads((bundle.folder("templates") / "schedules" / "jupyter.ipynb").read_text(encoding="utf-8"))
    for cell in book["cells"]:
        cell["source"] = _places("".join(cell["source"]), values, repr)
    file = "scheduled-report.ipynb"
    says = (
        f"With --out {_quoted(asked.folder / 'notebooks')} it lies where JupyterLab shows it; its first lines say how "
        "to make the job. JupyterLab needs jupyter-scheduler: pip install kpi-workshop[scheduler]"
    )
    return Recipe("jupyter", {file: json.dumps(book, indent=1, ensure_ascii=False) + "\n"}, says)


_MADE = {
    "cron": _cron, "systemd": _systemd, "github": _github, "kubernetes": _kubernetes, "airflow": _airflow,
    "jupyter": _jupyter,
}  # fmt: skip


def _filled(template: str, values: Mapping[str, Any], quote: Callable[[Any], str] | None = None) -> str:
    """A template with its places filled in one pass; a place in double quotes takes a quoted literal where asked."""
    return _places((bundle.folder("templates") / "schedules" / template).read_text(encoding="utf-8"), values, quote)


def _places(text: str, values: Mapping[str, Any], quote: Callable[[Any], str] | None) -> str:
    def value(place: re.Match[str]) -> str:
        if place[1]:
            return quote(values[place[1]]) if quote else f'"{values[place[1]]}"'
        return str(values[place[2]])

    return _PLACE.sub(value, text)


def _literal(text: str) -> str:
    """A text in double quotes as YAML and Python alike read it; a sign beyond the 16-bit plane stays one sign."""
    return json.dumps(text, ensure_ascii=False)


def _program() -> str:
    beside = Path(sys.executable).with_name("kpi-workshop")
    return _quoted(beside) if beside.is_file() else f"{_quoted(sys.executable)} -m kpi_workshop"


def _quoted(path: Path | str) -> str:
    return shlex.quote(str(path))


def _in_crontab(line: str) -> str:
    r"""cron takes % for a line's end unless it is written \%; sh gets the plain sign."""
    return line.replace("%", r"\%")


def _in_systemd(line: str) -> str:
    """A whole sh line as one argument of ExecStart."""
    for sign, written in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        line = line.replace(sign, written)
    return f'"{line}"'


def _refuse(path: str, kind: str) -> None:
    bad = {"github": ["${{"], "airflow": ["{{", "{%", "{#"], "kubernetes": [":"], "cron": [r"\%"]}.get(kind, [])
    if any(not sign.isprintable() for sign in path):
        raise WorkshopError(f"The path {path!r} holds a line break or a sign that no schedule can hold. Rename it.")
    for signs in bad:
        if signs in path:
            raise WorkshopError(f"The path '{path}' holds '{signs}', which means something else to {kind}. Rename it.")

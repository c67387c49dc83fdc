"""Lists of people and answers to a form on the command line: what was understood is shown first, then recorded."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from .engagement import Engagement
from .errors import WorkshopError, did_you_mean


@dataclass(frozen=True)
class Given:
    """What was said on the command line: the file, and how to read it."""

    path: Path
    matching: Path | None = None
    teams: tuple[str, ...] = ()
    role: str = ""
    accept: tuple[str, ...] = ()
    yes: bool = False


def import_people(opened: Engagement, given: Given) -> None:
    """Show how the list's columns were read and what would be recorded; record it once that is confirmed."""
    from .imports import people, people_columns

    for word in given.accept:
        if word not in people.ACCEPTED:
            raise WorkshopError(f"'{word}' cannot be accepted. {did_you_mean(word, people.ACCEPTED)}".strip())
    export = people_columns.read(given.path, matching=given.matching)
    _show(export.lines())
    _to_be_edited(given.matching, export.toml())
    plan = people.plan(opened, export, teams=given.teams, accept=given.accept)
    _show(plan.lines())
    if plan.offered.entries:
        _confirm(given.yes)
    _show(people.save(opened, plan))


def import_answers(opened: Engagement, given: Given) -> None:
    """Show how the form was read, without a word that anybody answered; record it once that is confirmed."""
    from .crm import engines
    from .imports import answers, form_columns
    from .steps import hypothesis, offers

    form = form_columns.read(given.path, role=given.role, matching=given.matching)
    _show(form.lines())
    _to_be_edited(given.matching, form.toml())
    plan = answers.plan(opened, form, role=given.role, teams=given.teams)
    _show(plan.lines())
    if not plan.new:
        return
    _confirm(given.yes)
    _show(answers.save(opened, plan, as_of=engines.last_day(opened) or dt.date.today(), seal=hypothesis.seal))
    many = len(offers.waiting(opened))
    _show([f"{many:,} possible suggestions wait in notebook 3, to be accepted or dropped one by one."] if many else [])


def import_pulse(opened: Engagement, given: Given) -> None:
    """Keep the answers of a check-in form; other columns, such as names, are not read."""
    from .imports import pulse

    _show([pulse.take_in(opened, given.path, as_of=dt.date.today())])


IMPORTS = {"people": import_people, "answers": import_answers, "pulse": import_pulse}


def _show(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(line)


def _to_be_edited(matching: Path | None, proposal: str) -> None:
    """A matching file that is not there yet is written, and the import waits until it was looked at."""
    if matching and not matching.exists():
        if not matching.absolute().parent.is_dir():
            raise WorkshopError(f"There is no folder '{matching.absolute().parent}' to put '{matching.name}' in.")
        matching.write_text(proposal, encoding="utf-8")
        raise WorkshopError(f"Nothing was imported yet. The matching is in {matching}: edit it, then import again.")


def _confirm(yes: bool) -> None:
    if yes or (sys.stdin.isatty() and click.confirm("Import it so?")):
        return
    raise WorkshopError(
        "Nothing was imported. To import it so, add --yes; to change which column is what, add --matching FILE, edit "
        "that file, and import again."
    )

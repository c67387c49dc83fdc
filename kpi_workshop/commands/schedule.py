"""The commands `schedule` and `send`: when the report is made, and who gets it."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from ..errors import WorkshopError
from .arguments import DAY, FOLDER


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--data", required=True, type=click.Path(path_type=Path), help="The export that is imported each time.")
@click.option("--kind", default="", help="cron, systemd, github, kubernetes, airflow, jupyter; default: what fits.")
@click.option("--every", default="week", show_default=True, help="day, week (Mondays) or month (the first).")
@click.option("--at", default="06:00", show_default=True, help="Time of day.")
@click.option("--edition", "editions", multiple=True, help="As of the command report; may be given several times.")
@click.option("--format", "formats", multiple=True, help="As of the command report; may be given several times.")
@click.option("--send", is_flag=True, help="Send the report as the section [delivery] of engagement.toml says.")
@click.option("--out", type=FOLDER, help="Write the files into this folder instead of printing them.")
def schedule(
    folder: Path, data: Path, kind: str, every: str, at: str, editions: tuple[str, ...], formats: tuple[str, ...],
    send: bool, out: Path | None,
) -> None:  # fmt: skip
    """Print a schedule that imports the data and makes the report.

    It is for this machine, unless --kind says otherwise.
    """
    from .. import delivery, engagement, reporting, schedules

    try:
        time = dt.time.fromisoformat(at)
    except ValueError:
        raise WorkshopError(f"'{at}' is not a time of day. Give it as hours:minutes, such as 06:00.") from None
    opened = engagement.load(folder)
    reporting.check(editions, formats)
    if send:
        delivery.check(opened)
    options = [*(f"--edition={one}" for one in editions), *(f"--format={one}" for one in formats)]
    made = schedules.recipe(opened, data=data, kind=kind, every=every, at=time, options=options, send=send)
    if out is None:
        for name, text in made.files.items():
            click.echo(f"# --- {name}\n{text}")
    else:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in made.files.items():
            (out / name).write_text(text, encoding="utf-8")
            click.echo(str(out / name))
    click.echo(made.says, err=True)


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--as-of", type=DAY, help="Report date, year-month-day; default: the last day of the data.")
@click.option("--exit-code", type=click.IntRange(0, 4), help="What report left with; default: what the day's run says.")
@click.option("--dry-run", is_flag=True, help="Show who would get what, and send nothing.")
@click.option("--again", is_flag=True, help="Also to those whom this very report was sent to before.")
def send(folder: Path, as_of: dt.date | None, exit_code: int | None, dry_run: bool, again: bool) -> None:
    """Send the day's report to those whom engagement.toml names.

    They stand in its section [delivery]. Readers get something only where the report can be sent; otherwise the owner
    alone is told, without numbers.
    """
    from .. import delivery, engagement
    from ..crm import engines

    opened = engagement.load(folder)
    delivery.check(opened)
    day = as_of or engines.last_day(opened) or dt.date.today()
    messages, left = delivery.messages(opened, as_of=day, exit_code=exit_code, again=again)
    for message in messages:
        click.echo(message.says())
    for line in left:
        click.echo(line, err=True)
    if not messages:
        click.echo("There is nothing to send.")
    if dry_run or not messages:
        return
    failed = delivery.send(opened, messages, as_of=day)
    for line in failed:
        click.echo(line, err=True)
    sys.exit(2 if failed else 0)


COMMANDS = (schedule, send)

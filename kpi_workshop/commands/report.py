"""The command `report`: for readers, in editions and formats, of one engagement or of all below a folder."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from ..errors import WorkshopError
from .arguments import DAY, FOLDER


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, type=FOLDER)
@click.option("--all", "root", metavar="ROOT", type=FOLDER, help="Every engagement in and below this folder.")
@click.option("--as-of", type=DAY, help="Report date, year-month-day; default: the last day of the data.")
@click.option("--edition", "editions", multiple=True, default=("executive",), show_default=True,
              help="executive, manager, seller or public; may be given several times.")  # fmt: skip
@click.option("--format", "formats", multiple=True, default=("html",), show_default=True,
              help="html, pdf, pptx, xlsx, json or txt; may be given several times.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="How many engagements at once.")
@click.option("--executor", default="", help="A Dask cluster to run on, dask://host:port; its workers see the folders.")
@click.option(
    "--timeout", metavar="SECONDS", type=click.FloatRange(min=1), default=600.0, show_default=True,
    help="Seconds a notebook may take.",
)  # fmt: skip
def report(
    folders: tuple[Path, ...], root: Path | None, as_of: dt.date | None, editions: tuple[str, ...],
    formats: tuple[str, ...], jobs: int, executor: str, timeout: float,
) -> None:  # fmt: skip
    """Write the report of a day for its readers.

    It is rendered from the run of that day, which is made first where there is none.

    Leaves with 0 where it can be sent, 2 where something given was not right, 3 where the data did not pass the gate, 4
    where nothing is due, and 1 where the fault is ours. Of several engagements the worst: 1, then 2, 3, 0; 4 only where
    nothing was due anywhere.
    """
    from .. import reporting

    if root is not None and folders:
        raise WorkshopError("Name engagements, or a folder with --all, not both.")
    if root is None and not folders:
        raise WorkshopError("Name the folder of an engagement, or a folder of several with --all.")
    reporting.check(editions, formats)
    day = as_of
    if root is None and len(folders) == 1 and not executor:
        sys.exit(_one(folders[0], day, editions, formats, timeout))
    sys.exit(_many(list(folders), root, day, editions, formats, jobs, executor, timeout))


def _one(folder: Path, day: dt.date | None, editions: tuple[str, ...], formats: tuple[str, ...], timeout: float) -> int:
    from .. import engagement, reporting
    from ..crm import engines

    opened = engagement.load(folder)
    made = reporting.report(
        opened,
        as_of=day or engines.last_day(opened) or dt.date.today(),
        editions=editions,
        formats=formats,
        seconds=timeout,
        progress=lambda line: click.echo(line, err=True),
    )
    click.echo(made.says)
    for file in made.files:
        click.echo(str(file))
    return made.exit_code


def _many(
    folders: list[Path], root: Path | None, day: dt.date | None, editions: tuple[str, ...], formats: tuple[str, ...],
    jobs: int, executor: str, timeout: float,
) -> int:  # fmt: skip
    from .. import fleet, reporting

    asked = fleet.engagements(root) if root else [folder.expanduser().absolute() for folder in folders]
    arguments = [f"--timeout={timeout}", *(f"--edition={one}" for one in editions)]
    arguments += [*(f"--format={one}" for one in formats), *([f"--as-of={day}"] if day else [])]
    with click.progressbar(length=len(asked), label="Engagements", file=sys.stderr) as bar:
        found = fleet.run(asked, arguments, jobs=jobs, executor=executor, done=lambda one: bar.update(1))
    wide = max(len(one.folder.name) for one in found)
    for one in found:
        click.echo(f"{one.folder.name:<{wide}}  {one.exit_code}  {one.seconds:>6.1f} s  {one.says}")
    return reporting.worst([one.exit_code for one in found])

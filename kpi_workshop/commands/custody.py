"""The commands that keep, hand on, bring back and purge an engagement."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..errors import WorkshopError, in_a_shell
from .arguments import ANY_FILE, FOLDER


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--out", type=ANY_FILE, help="The ZIP file to write; default: DIR-pack.zip beside the folder.")
def pack(folder: Path, out: Path | None) -> None:
    """Write an engagement to be handed on, with nothing private.

    What was left out is listed.
    """
    from .. import custody, engagement

    opened = engagement.load(folder)
    done = custody.pack(opened, out or opened.folder.with_name(f"{opened.folder.name}-pack.zip"))
    click.echo(f"{done.files:,} files, nothing private among them, in {done.file}")
    click.echo("Left out:")
    for name, why in done.left_out:
        click.echo(f"  {name}: {why}")


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--out", type=ANY_FILE, required=True, help="The file to write, outside the engagement's folder.")
def backup(folder: Path, out: Path) -> None:
    """Write everything of an engagement into one file.

    What is private is included. The file is checked by reading it back.
    """
    from .. import custody, engagement

    file, files = custody.backup(engagement.load(folder), out)
    click.echo(f"{files:,} files, read back and found whole, in {file}")
    click.echo("It holds the hypothesis and the interviews, and is not encrypted: keep it where only you can read it.")
    click.echo(f"To bring it back: kpi-workshop restore {in_a_shell(file)} NEW-FOLDER")


@click.command()
@click.argument("file", metavar="FILE", type=ANY_FILE)
@click.argument("folder", metavar="DIR", type=FOLDER)
def restore(file: Path, folder: Path) -> None:
    """Make the engagement of a backup anew in an empty folder.

    DIR must not be there or be empty.
    """
    from .. import custody

    opened, kind = custody.restore(file, folder)
    click.echo(f"The engagement '{opened.settings.name}' is back in {opened.folder}")
    if kind == "pack":
        click.echo("It came from a pack: the hypothesis and the interviews are not in it.")


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--interviewee", "name", required=True, help="The name as it was recorded with the interview.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
def purge(folder: Path, name: str, yes: bool) -> None:
    """Take one interviewee's words and identity out for good.

    Nobody can undo this.
    """
    from .. import custody, engagement
    from ..steps import purging

    opened = engagement.load(folder)
    many = purging.count(opened, name)
    if many and not yes:
        ask = f"{many} interview{'' if many == 1 else 's'} and every word of them will be gone for good. Go on?"
        if not (sys.stdin.isatty() and click.confirm(ask)):
            raise WorkshopError("Nothing was purged. To do it without being asked, add --yes.")
    for line in custody.purge(opened, name):
        click.echo(line)


COMMANDS = (pack, backup, restore, purge)

"""The command line: what is typed after `kpi-workshop`. Heavy imports stay inside the commands."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import __version__, files, notebook_parameters
from .commands import custody, report, schedule
from .commands.arguments import ANY_FILE, DAY, FILE, FOLDER
from .commands.wording import Commands
from .errors import WorkshopError, in_a_shell, of_the_system, say

if TYPE_CHECKING:
    from .engagement import Engagement

DEMO_FOLDER = Path("demo-engagement")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kpi-workshop")
def cli() -> None:
    """Find, with the sales team itself, the few numbers it should run on, and prove every week whether they work."""


@cli.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--name", default="", help="The client's name; default: the folder's.")
def new(folder: Path, name: str) -> None:
    """Make an engagement: a folder for everything of one client."""
    from . import engagement

    made = engagement.create(folder, name=name)
    click.echo(f"Made the engagement '{made.settings.name}' in {made.folder}")
    typed = in_a_shell(folder)
    click.echo(f"Next: kpi-workshop import {typed} crm EXPORTS, or: kpi-workshop lab {typed}")


@cli.command(name="import")
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.argument("what", metavar="crm|people|answers|pulse", type=click.Choice(["crm", "people", "answers", "pulse"]))
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--mapping", type=FILE, help="How the export's columns map to ours; default: DIR/crm/mapping.toml.")
@click.option("--yes", is_flag=True, help="Import with the proposed mapping without asking, for scheduled runs.")
@click.option("--matching", type=ANY_FILE, help="People, answers: what columns are.")
@click.option("--team", "teams", multiple=True, help="People: only these teams. Answers: the team they count for.")
@click.option("--role", default="", help="Answers: top, middle, low, manager or executive, where the form did not ask.")
@click.option("--accept", multiple=True, help="People: no-team records those without a team as they are.")
def import_(
    folder: Path, what: str, path: Path, mapping: Path | None, yes: bool, matching: Path | None,
    teams: tuple[str, ...], role: str, accept: tuple[str, ...],
) -> None:  # fmt: skip
    """Read what the client hands over, as CSV or Excel.

    PATH is a file or a folder of them.

    crm: deals, activities, seats and targets, in Parquet too. Where there is no mapping yet, the columns tell which
    product the export comes from, and a mapping is proposed. people: a list of people for the org chart. answers: the
    responses to a form, kept in the private store. Both show what they understood, and wait until it is confirmed.
    pulse: the answers to a check-in (columns team, week, score, comment), kept without names.
    """
    if what != "crm":
        from . import confirming, engagement

        given = confirming.Given(path, matching, teams, role, accept, yes)
        confirming.IMPORTS[what](engagement.load(folder), given)
        return
    from . import engagement
    from .crm import sources
    from .pages import quality

    opened = engagement.load(folder)
    if mapping is None and sources.known_mapping(opened, path) is None:
        mapping = _confirmed(opened, path, yes=yes)
    summary = sources.import_crm(opened, path, mapping=mapping)
    page, lines = quality.after_import(opened, summary)
    for line in [*summary.lines(), *([] if summary.nothing_new else lines)]:
        click.echo(line)
    click.echo(f"Data quality, for the leader: {page}")


@cli.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--as-of", type=DAY, help="Report date, year-month-day; default: the last day of the data.")
@click.option("-p", "parameters", type=(str, str), multiple=True, metavar="NAME VALUE", help="A notebook parameter.")
@click.option(
    "--timeout", metavar="SECONDS", type=click.FloatRange(min=1), default=600.0, show_default=True,
    help="Seconds a notebook may take.",
)  # fmt: skip
def run(folder: Path, as_of: dt.date | None, parameters: tuple[tuple[str, str], ...], timeout: float) -> None:
    """Run the five notebooks without a person, and write the report."""
    from . import engagement

    _run(engagement.load(folder), as_of=as_of, parameters=dict(parameters), seconds=timeout)


@cli.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--measure", required=True, help="A measure's id or name, such as win_rate.")
@click.option("--by", default="team", show_default=True, help="organisation, team, manager, seat or seller.")
@click.option("--every", default="month", show_default=True, help="week, month, quarter, year or all.")
@click.option("--as-of", type=DAY, help="Nothing after this day counts; default: the last day of the data.")
@click.option("--out", required=True, type=ANY_FILE, help="The CSV file to write.")
def measures(folder: Path, measure: str, by: str, every: str, as_of: dt.date | None, out: Path) -> None:
    """Write one measure as a table, to check the notebooks against."""
    from . import engagement
    from .crm import measures as definitions

    table = definitions.measure_table(engagement.load(folder), measure, by=by, every=every, as_of=as_of)
    table = table.assign(by=table["by"].map(_no_formula))
    files.write(out, table.to_csv(index=False, lineterminator="\n"))
    click.echo(f"{len(table):,} rows in {out}")


@cli.command()
@click.argument("file", metavar="FILE.csv", type=FILE)
@click.option("--out", required=True, type=ANY_FILE, help="The CSV file to write.")
def sort(file: Path, out: Path) -> None:
    """Sort suggestions into activities and metrics, with the reasons.

    FILE.csv has the columns id and text.
    """
    from . import suggestions

    table = suggestions.sort_file(file)
    files.write(out, table)
    click.echo(f"Sorted suggestions in {out}")


@cli.command()
@click.argument("panel", metavar="PANEL.csv", type=FILE)
@click.option("--starts", required=True, type=FILE, help="CSV with team and week; an empty week is a hold-out.")
@click.option("--pairs", type=FILE, help="CSV with activity and metric; default: every one with every other.")
@click.option("--baseline-weeks", type=int, help="How many first weeks are the baseline; default: all before a start.")
@click.option("--as-of-week", type=int, help="The last week that counts; default: the last of the panel.")
@click.option("--looks", default="8,12,16,20,26", show_default=True, help="Weeks after the last start.")
@click.option("--dwell", default=8, show_default=True, help="Weeks before a look may speak for replacing.")
@click.option("--seed", default=0, show_default=True, help="For the permutations of lead and lag.")
@click.option("--out", required=True, type=ANY_FILE, help="The JSON file to write.")
def evidence(
    panel: Path, starts: Path, pairs: Path | None, baseline_weeks: int | None, as_of_week: int | None, looks: str,
    dwell: int, seed: int, out: Path,
) -> None:  # fmt: skip
    """Say what a rollout did, from a table of sellers by weeks.

    That is: effects, leads, signals and verdicts. PANEL.csv has the columns seller, team, week, present, tier
    (optional), activity_NAME and metric_NAME.
    """
    import json

    from .evidence import analyse

    try:
        planned = [int(look) for look in looks.split(",")]
    except ValueError:
        raise WorkshopError(f"--looks '{looks}' is not a list of weeks, such as 8,12,16,20,26.") from None
    result = analyse(
        panel, starts, pairs=pairs, baseline_weeks=baseline_weeks, as_of_week=as_of_week, looks=planned, dwell=dwell,
        seed=seed,
    )  # fmt: skip
    files.write(out, json.dumps(result.to_dict(), indent=1, allow_nan=False))
    for row in result.verdicts:
        click.echo(f"{row['activity']} → {row['metric']}: {row['reason']}")
    click.echo(f"Everything: {out}")


@cli.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--private", is_flag=True, help="For the leader: the letters tell who was interviewed.")
@click.option("--as-of", type=DAY, help="What became of everything up to this day; default: the last day of the data.")
@click.option("--out", required=True, type=FOLDER, help="A new folder of your own, outside the engagement.")
def thanks(folder: Path, private: bool, as_of: dt.date | None, out: Path) -> None:
    """Write a letter to each person interviewed: you were heard."""
    from . import engagement
    from .crm import engines
    from .pages import letters

    if not private:
        raise WorkshopError("The letters tell who was interviewed. Add --private if you are the leader.")
    opened = engagement.load(folder)
    written = letters.write(opened, out, as_of=as_of or engines.last_day(opened) or dt.date.today())
    click.echo(f"{len(written)} letters in {out}, for your eyes alone: hand each to its own person.")


@cli.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--team", default="", help="One team's charter; default: all.")
@click.option("--version", default="", help="An earlier version of that team's charter, such as 1.0.")
@click.option("--as-of", type=DAY, help="The charters that held on this day; default: the last day of the data.")
@click.option(
    "--out", required=True, type=ANY_FILE,
    help="The file to write; its ending says what: .xlsx, .json, or .yml for dbt MetricFlow.",
)  # fmt: skip
def charter(folder: Path, team: str, version: str, as_of: dt.date | None, out: Path) -> None:
    """Hand on the charters: as Excel, JSON or dbt MetricFlow."""
    from . import engagement, exports
    from .crm import engines

    opened = engagement.load(folder)
    day = as_of or engines.last_day(opened) or dt.date.today()
    click.echo(exports.write(opened, out, as_of=day, team=team, version=version))


@cli.command()
@click.argument("folder", metavar="[DIR]", type=FOLDER, default=DEMO_FOLDER)
@click.option("--lab", "in_lab", is_flag=True, help="Open it in JupyterLab instead of running it.")
def demo(folder: Path, in_lab: bool) -> None:
    """Run the whole workshop on the bundled demo engagement.

    It is made in DIR at the first call; DIR is demo-engagement unless given.
    """
    from . import demo as bundled
    from . import engagement

    if (folder / engagement.SETTINGS_FILE).is_file():
        opened = engagement.load(folder)
        if not opened.settings.demo:
            raise WorkshopError(f"'{folder}' is an engagement of your own, not the demo. Give the demo another folder.")
    else:
        say(f"Making the demo engagement in {folder}")
        opened = bundled.create(folder)
    if in_lab:
        _open_lab(opened)
    else:
        _run(opened, as_of=None, parameters={}, seconds=600.0)


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.argument("jupyter", nargs=-1, type=click.UNPROCESSED)
def lab(folder: Path, jupyter: tuple[str, ...]) -> None:
    """Open an engagement in JupyterLab.

    Further options go to JupyterLab, such as --no-browser or --port 8899.
    """
    from . import engagement

    _open_lab(engagement.load(folder), *jupyter)


@cli.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option(
    "--port", type=click.IntRange(1, 65535), help="The port on this computer; default: the first free from 8866."
)
@click.option("--private", is_flag=True, help="For the leader: also the hypothesis and the words as spoken.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def serve(folder: Path, port: int | None, private: bool, no_browser: bool) -> None:
    """Open an engagement as an app in the browser.

    It listens on this computer only, behind the printed address.
    """
    from . import engagement

    opened = engagement.load(folder)  # before Voilà is imported: what is wrong with a folder is said at once
    from . import serving

    serving.serve(opened, port=port, private=private, browser=not no_browser)


for command in (*custody.COMMANDS, report.report, *schedule.COMMANDS):
    cli.add_command(command)


def main() -> None:
    """Run the command line; a message instead of a traceback for everything a person can mend."""
    # Building this package's grammar costs a second of every command; only 'iri' format checks miss it.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    # The matrices of the statistics are small: a second thread would only wait, and burn the processor while it does.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.umask(0o077)  # whatever is made from here on, by kernels too, is readable by its owner only
    try:
        cli(prog_name="kpi-workshop")
    except WorkshopError as error:
        say(str(error))
        sys.exit(error.exit_code)
    except OSError as error:
        if not (told := of_the_system(error.errno, str(error.filename or ""))):
            raise
        say(told)
        sys.exit(WorkshopError.exit_code)


def _run(opened: Engagement, *, as_of: dt.date | None, parameters: dict[str, str], seconds: float) -> None:
    from . import reporting, runs
    from .crm import engines

    _tell_faults(opened)
    day = as_of or engines.last_day(opened) or dt.date.today()
    done = runs.run(opened, as_of=day, parameters=parameters, seconds=seconds, progress=say)
    pages = [page for page in done.reports if page.stem == "report"] or done.reports
    for page in pages:
        click.echo(f"Report: {page}")
    if done.refused:
        say(done.refused)
        sys.exit(reporting.GATE_FAILED)
    if not done.is_due:
        say("Nothing is due: no measure has had a new period since the report before.")
        sys.exit(reporting.NOTHING_DUE)


def _tell_faults(opened: Engagement) -> None:
    """Say what is wrong with the seals of the hypotheses, which is looked at whenever an engagement is opened."""
    from .steps import seals

    for fault in seals.faults(opened):
        say(fault)


def _open_lab(opened: Engagement, *options: str) -> None:
    from . import bundle

    _tell_faults(opened)
    command = [sys.executable, "-P", "-m", "jupyterlab", f"--ServerApp.root_dir={opened.folder}"]
    command += ["--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb"]
    ours = bundle.folder("templates") / "lab"
    command += [f"--LabApp.app_settings_dir={ours}"]  # no question about news
    command += [f"--LabApp.extra_labextensions_path={ours / 'extensions'}"]  # a page runs when it is opened
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None"]
    named = os.environ | {notebook_parameters.OPENED: str(opened.folder)}
    # jupyter-scheduler puts what a job leaves below the working directory, and shows it below the root.
    sys.exit(_until_it_ends([*command, *options], surroundings=named, folder=opened.folder))


def _until_it_ends(command: list[str], *, surroundings: dict[str, str], folder: Path) -> int:
    """Run a server and wait for it: Ctrl-C is its own to answer, and what ends us ends it, kernels and all."""
    with subprocess.Popen(command, env=surroundings, cwd=folder) as server:
        before = [
            (signal.SIGINT, signal.signal(signal.SIGINT, signal.SIG_IGN)),
            (signal.SIGTERM, signal.signal(signal.SIGTERM, lambda *_: server.terminate())),
        ]
        try:
            code = server.wait()
            return 0 if code == -signal.SIGINT else code
        finally:
            for number, was in before:
                signal.signal(number, was)


def _confirmed(opened: Engagement, path: Path, *, yes: bool) -> Path:
    from .crm.sources import drafting

    draft = drafting.propose(opened, path)
    for line in draft.says:
        click.echo(line)
    click.echo(f"The proposed mapping: {draft.file}")
    if yes:
        return draft.sure().file
    ways = f'Correct it, then run the same command again, or add --yes or --mapping "{draft.file}".'
    if not _is_terminal():
        raise WorkshopError(f"The proposed mapping was not confirmed, so nothing was imported. {ways}")
    if not click.confirm("Import with it?", default=True):
        raise WorkshopError(f"Nothing was imported. {ways}")
    return draft.file


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _no_formula(name: str) -> str:
    """A name that a spreadsheet takes as text: one that begins like a formula gets an apostrophe before it."""
    return f"'{name}" if str(name).startswith(("=", "+", "-", "@", "\t", "\r")) else name

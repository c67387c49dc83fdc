"""The command line as a person types it: its real process, its exit codes, its one-line messages."""

from __future__ import annotations

import csv
import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_crm import deal, seat, write

from kpi_workshop import engagement as engagements
from kpi_workshop.cli import cli
from kpi_workshop.commands.wording import ORDER
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Seat

MAPPINGS = Path(__file__).resolve().parent / "mappings"


def call(*words: str | Path, cwd: Path | None = None, seconds: int = 240) -> subprocess.CompletedProcess[str]:
    """Run `kpi-workshop` with these words in a process of its own."""
    command = [sys.executable, "-c", "from kpi_workshop.cli import main; main()", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=seconds)


@pytest.fixture(scope="module")
def maven(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    """An engagement made and filled by the command line from the Maven exports."""
    folder = tmp_path_factory.mktemp("cli") / "maven"
    assert call("new", folder).returncode == 0
    done = call("import", folder, "crm", shared / "real" / "maven_crm", "--mapping", MAPPINGS / "maven.toml")
    assert done.returncode == 0, done.stderr
    assert "8,800" in done.stdout
    return folder


def test_measures_writes_a_table_that_agrees_with_the_published_figure(maven: Path, tmp_path: Path) -> None:
    out = tmp_path / "win_rate.csv"
    words = ["--measure", "win_rate", "--by", "organisation", "--every", "all", "--as-of", "2017-12-31", "--out", out]
    done = call("measures", maven, *words)
    assert done.returncode == 0, done.stderr
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "measure", "by", "period_start", "period_end", "value", "numerator", "denominator", "unit", "note",
    ]  # fmt: skip
    assert len(rows) == 1
    assert round(float(rows[0]["value"]), 6) == 0.631501
    assert (float(rows[0]["numerator"]), float(rows[0]["denominator"])) == (4238, 6711)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--measure", "win_rat"], "Did you mean: "),
        (["--measure", "win_rate", "--by", "temas"], "'temas'"),
        (["--measure", "win_rate", "--every", "fortnight"], "'fortnight'"),
        (["--measure", "win_rate", "--as-of", "31/12/2017"], "'31/12/2017' is not a day"),
    ],
)
def test_a_wrong_word_is_named_and_nothing_is_written(maven: Path, tmp_path: Path, words: list[str], says: str) -> None:
    done = call("measures", maven, *words, "--out", tmp_path / "x.csv")
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_engagement_with_data_but_no_charter_runs_and_its_pages_say_so(maven: Path) -> None:
    done = call("run", maven, "--as-of", "2017-12-31")
    assert done.returncode == 0, done.stderr
    pages = sorted((maven / "runs" / "2017-12-31").glob("report-*.html"))
    assert len(pages) == 3
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "no charter" in text.casefold()
        assert "1 March 2017" in text, "the truncated first quarter carries its note"
    assert done.stdout.strip().endswith(".html")


def test_data_that_end_long_before_the_report_date_show_in_the_exit_code(maven: Path) -> None:
    done = call("run", maven, "--as-of", "2018-06-30")
    assert done.returncode == 3, done.stderr
    assert done.stderr.rstrip().endswith(
        "The data end on 31 December 2017; the report date is 30 June 2018. Nothing is claimed."
    )
    assert "Report:" in done.stdout


def test_an_unknown_parameter_stops_the_run_with_exit_code_2(maven: Path) -> None:
    done = call("run", maven, "-p", "asof", "2017-12-31")
    assert done.returncode == 2
    assert "No notebook has a parameter 'asof'. Did you mean: as_of?" in done.stderr


@pytest.mark.parametrize("words", [["run"], ["measures", "--measure", "x", "--out", "x.csv"], ["lab"]])
def test_no_command_falls_back_to_the_demo_where_there_is_no_engagement(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "nothing").mkdir()
    done = call(words[0], tmp_path / "nothing", *words[1:])
    assert done.returncode == 2
    assert "is not an engagement" in done.stderr


def test_the_demo_never_takes_over_an_engagement_of_ones_own(tmp_path: Path) -> None:
    own = engagements.create(tmp_path / "own")
    done = call("demo", own.folder)
    assert done.returncode == 2
    assert "of your own" in done.stderr


def test_a_refused_import_changes_nothing(tmp_path: Path) -> None:
    own = engagements.create(tmp_path / "own")
    before = {p: p.read_bytes() for p in own.folder.rglob("*") if p.is_file()}
    done = call("import", own.folder, "crm", tmp_path / "absent.csv", "--mapping", MAPPINGS / "maven.toml")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert {p: p.read_bytes() for p in own.folder.rglob("*") if p.is_file()} == before


def test_help_answers_without_loading_what_is_heavy() -> None:
    code = (
        "import sys; from kpi_workshop.cli import cli; cli.main(['--help'], standalone_mode=False); "
        "print([m for m in ('pandas', 'ibis', 'altair', 'papermill', 'duckdb', 'pyarrow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip().endswith("[]"), done.stdout


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 0)])
def test_what_ends_the_command_ends_jupyterlab_too(tmp_path: Path, sent: int, code: int) -> None:
    there = tmp_path / "there"
    server = (
        f"import pathlib, signal, sys, time; signal.signal({signal.SIGTERM}, lambda *_: sys.exit(0)); "
        f"pathlib.Path({str(there)!r}).write_text('x'); time.sleep(60)"
    )
    ours = (
        "import os, pathlib, sys; from kpi_workshop.cli import _until_it_ends; "
        f"sys.exit(_until_it_ends([sys.executable, '-c', {server!r}], surroundings=dict(os.environ), "
        f"folder=pathlib.Path({str(tmp_path)!r})))"
    )
    with subprocess.Popen([sys.executable, "-c", ours], start_new_session=True, stderr=subprocess.DEVNULL) as command:
        while not there.exists() and command.poll() is None:
            time.sleep(0.05)
        if sent == signal.SIGINT:  # a terminal sends it to all that runs in it
            os.killpg(command.pid, sent)
        else:
            command.send_signal(sent)
        assert command.wait(20) == code
    with pytest.raises(ProcessLookupError):  # nobody of its session is left
        os.killpg(command.pid, 0)


def test_letters_and_schedules_are_made_without_loading_what_draws_charts() -> None:
    code = (
        "import sys; from kpi_workshop import reporting; from kpi_workshop.pages import letters; "
        "reporting.check(['public'], ['pdf']); print([m for m in ('altair', 'ipywidgets') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_a_name_like_a_formula_reaches_a_spreadsheet_as_text(tmp_path: Path) -> None:
    own = engagements.create(tmp_path / "own")
    sellers = ("=HYPERLINK(1)", "+1 Ltd", "-Anna", "@sum", "Anna")
    day = dt.date(2026, 1, 5)
    write(own, "opportunities", [deal(name, day, day, "won", 1.0) for name in sellers])
    seat(own, *(Seat(person=name, team="Inside") for name in sellers))
    done = call("measures", own.folder, "--measure", "deals_closed", "--by", "seller", "--out", tmp_path / "out.csv")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as rows:
        found = {row["by"] for row in csv.DictReader(rows)}
    assert found == {"'=HYPERLINK(1)", "'+1 Ltd", "'-Anna", "'@sum", "Anna"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file")
def test_a_table_can_go_into_a_pipe_and_the_device_stays(tmp_path: Path) -> None:
    own = engagements.create(tmp_path / "own")
    day = dt.date(2026, 1, 5)
    write(own, "opportunities", [deal("Anna", day, day, "won", 1.0)])
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True)
    done = call("measures", own.folder, "--measure", "deals_closed", "--by", "organisation", "--out", pipe)
    assert done.returncode == 0, done.stderr
    assert reader.communicate(timeout=30)[0].startswith("measure,by,period_start")
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["improt", "x"], "There is no command 'improt'. Did you mean: import?"),
        (["zzz"], "There is no command 'zzz'. kpi-workshop --help names them."),
        (["--quiet"], "kpi-workshop has no option '--quiet'."),
        (["run", "x", "--asof", "3"], "kpi-workshop run has no option '--asof'. Did you mean: --as-of?"),
        (["run"], "kpi-workshop run needs DIR."),
        (["measures", "x"], "kpi-workshop measures needs --measure."),
        (["run", "x", "y"], "kpi-workshop run does not take 'y' as well."),
        (["serve", "x", "--port", "0"], "--port: 0 is not in the range 1<=x<=65535."),
        (["sort", "missing.csv", "--out", "o.csv"], "FILE.csv: File 'missing.csv' does not exist."),
    ],
)
def test_what_is_typed_wrongly_is_told_in_one_line(words: list[str], says: str) -> None:
    done = CliRunner().invoke(cli, words, prog_name="kpi-workshop")
    assert isinstance(done.exception, WorkshopError) and done.exception.exit_code == 2
    assert str(done.exception).startswith(says) and "\n" not in str(done.exception) and not done.output


def test_each_command_says_in_a_whole_line_of_help_what_it_does() -> None:
    lines = CliRunner().invoke(cli, ["--help"]).output.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == list(ORDER) and set(ORDER) == set(cli.commands)
    assert all(line.endswith(".") and not line.endswith("...") for line in lines), lines

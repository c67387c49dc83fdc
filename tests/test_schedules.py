"""Schedules: each recipe's command line does what it says, on hostile paths too, and its file pleases its own tool."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from kpi_workshop import engagement as engagements
from kpi_workshop import scheduled, schedules
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError

OF_SH = [kind for kind in schedules.KINDS if kind != "jupyter"]
HOSTILE = """it's "50%" $HOME `id` & \\co; é"""
STUB = """#!/bin/sh
printf '%s\\n' "$@" >>"$ASKED"; echo . >>"$ASKED"
case "$1" in import) exit "${IMPORT:-0}";; report) exit "${REPORT:-0}";; send) exit "${SEND:-0}";; esac
"""


@pytest.fixture
def acme(tmp_path: Path) -> Engagement:
    """An engagement whose path holds what shells, crontabs and unit files take for their own."""
    opened = engagements.create(tmp_path / HOSTILE)
    (tmp_path / HOSTILE / "crm" / "ex ports").mkdir()
    return opened


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A command line in the place of kpi-workshop that writes down what it was asked, and ends as it is told."""
    stub = tmp_path / "bin dir" / "kpi-workshop"
    stub.parent.mkdir()
    stub.write_text(STUB)
    stub.chmod(stub.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(schedules, "_program", lambda: shlex.quote(str(stub)))
    monkeypatch.setenv("PATH", f"{stub.parent}:/usr/bin:/bin")
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))
    return stub


def _made(acme: Engagement, kind: str, *, send: bool = False) -> dict[str, str]:
    found = schedules.recipe(
        acme,
        data=acme.crm / "ex ports",
        kind=kind,
        every="week",
        at=dt.time(6, 30),
        options=["--format=pdf"],
        send=send,
    )
    return found.files


def _lines(kind: str, files: dict[str, str]) -> list[str]:
    """The lines that sh gets, read from the file by the rules of its own tool and by none of ours."""
    if kind == "cron":
        (line,) = [text for text in files["crontab"].splitlines() if re.match(r"\d", text)]
        return [line.split(None, 5)[5].replace(r"\%", "%")]  # crontab(5): a backslash takes % its meaning
    if kind == "systemd":
        (service,) = [text for name, text in files.items() if name.endswith(".service")]
        (line,) = re.findall(r"^ExecStart=(.*)$", service, re.M)
        program, option, script = _systemd_words(line)
        assert (program, option) == ("/bin/sh", "-c")
        return [script]
    (text,) = files.values()
    if kind == "github":
        (job,) = yaml.safe_load(text)["jobs"].values()
        return [job["steps"][0]["run"]]
    if kind == "kubernetes":
        (container,) = yaml.safe_load(text)["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        return [container["command"][2].replace("$$", "$")]  # Kubernetes: $$ stands for one $
    return [eval(command) for command in re.findall(r'bash_command=("(?:[^"\\]|\\.)*")', text)]


def _systemd_words(line: str) -> list[str]:
    """systemd.service(5), Command lines: words, C-style escapes in double quotes, %% and $$ for one sign each."""
    words = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line)
    plain = [re.sub(r"\\(.)", r"\1", quoted) if quoted else bare for quoted, bare in words]
    return [word.replace("%%", "%").replace("$$", "$") for word in plain]


def _run(lines: list[str], tmp_path: Path, **codes: int) -> tuple[int, list[list[str]]]:
    """The exit code and what was asked of kpi-workshop."""
    asked = tmp_path / "asked"
    asked.write_text("")
    names = {"PATH": f"{tmp_path / 'bin dir'}:/usr/bin:/bin", "ASKED": str(asked)}
    environment = names | {name.upper(): str(code) for name, code in codes.items()}
    code = 0
    for line in lines:  # -e as GitHub does it, which must change nothing
        code = code or subprocess.run(["/bin/sh", "-e", "-c", line], env=environment, capture_output=True).returncode
    return code, [call.splitlines() for call in asked.read_text().split(".\n")[:-1]]


@pytest.mark.parametrize("kind", OF_SH)
def test_the_line_of_each_recipe_refreshes_the_data_then_reports_and_honours_exit_codes(
    kind: str, acme: Engagement, program: Path, tmp_path: Path
) -> None:
    lines = _lines(kind, _made(acme, kind))
    folder, data = str(acme.folder), str(acme.crm / "ex ports")
    asked = [["import", folder, "crm", data, "--yes"], ["report", folder, "--format=pdf"]]
    assert _run(lines, tmp_path) == (0, asked)
    assert _run(lines, tmp_path, **{"import": 2})[1] == asked[:1]
    if kind == "cron":  # cron sends what is printed, and looks at no exit code
        log = acme.cache / "schedule.log"
        assert log.is_file()
        said = subprocess.run(
            ["/bin/sh", "-c", lines[0]], env={"ASKED": "/dev/null", "REPORT": "3"}, capture_output=True
        )
        assert said.stdout.decode() == f"There is no new report of {acme.settings.name}: see {log}\n"
        quiet = subprocess.run(
            ["/bin/sh", "-c", lines[0]], env={"ASKED": "/dev/null", "REPORT": "4"}, capture_output=True
        )
        assert quiet.stdout + quiet.stderr == b""
        return
    assert [_run(lines, tmp_path, report=code)[0] for code in (1, 2, 3)] == [1, 2, 3]
    assert _run(lines, tmp_path, report=4)[0] == (4 if kind == "airflow" else 0)  # Airflow skips the task on 4


@pytest.mark.parametrize("kind", OF_SH)
def test_sending_is_told_the_exit_code_and_hides_none(
    kind: str, acme: Engagement, program: Path, tmp_path: Path
) -> None:
    lines = _lines(kind, _made(acme, kind, send=True))
    for code in (0, 1, 3, 4):
        left, asked = _run(lines, tmp_path, report=code)
        assert asked[-1] == ["send", str(acme.folder), "--exit-code", str(code)]
        assert kind in ("cron", "airflow") or left == (0 if code == 4 else code)
    assert kind in ("cron", "airflow") or _run(lines, tmp_path, report=0, send=2)[0] == 2


def test_a_path_that_a_recipe_cannot_hold_is_refused(tmp_path: Path) -> None:
    for name, kind in (("a\nb", "cron"), ("a${{ x }}", "github"), ("a{{ x }}", "airflow"), ("a:b", "kubernetes")):
        opened = engagements.create(tmp_path / name)
        with pytest.raises(WorkshopError, match="Rename it"):
            schedules.recipe(opened, data=opened.crm, kind=kind)
    with pytest.raises(WorkshopError, match="Did you mean: cron"):
        schedules.recipe(opened, data=opened.crm, kind="corn")
    with pytest.raises(WorkshopError, match="There is no export"):
        schedules.recipe(opened, data=opened.folder / "nothing", kind="cron")


def test_systemd_accepts_the_units_and_understands_their_times(acme: Engagement, program: Path, tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not on this machine")
    units = tmp_path / "units"
    units.mkdir()
    files = _made(acme, "systemd")
    for name, text in files.items():
        (units / name).write_text(text)
    verified = subprocess.run(
        [tool, "verify", "--man=no", *map(str, sorted(units.iterdir()))], capture_output=True, text=True
    )
    assert "units/" not in verified.stderr and "kpi-workshop" not in verified.stderr, verified.stderr
    assert verified.returncode == 0, verified.stderr
    (timer,) = [text for name, text in files.items() if name.endswith(".timer")]
    (when,) = re.findall("^OnCalendar=(.*)$", timer, re.M)
    told = subprocess.run([tool, "calendar", "--base-time=2026-06-30", when], capture_output=True, text=True)
    assert "Mon 2026-07-06 06:30:00" in told.stdout, told.stdout + told.stderr


def test_kubernetes_accepts_the_cron_job(acme: Engagement) -> None:
    validate = pytest.importorskip("kubernetes_validate")
    (text,) = _made(acme, "kubernetes").values()
    made = yaml.safe_load(text)
    validate.validate(made, "1.30", strict=True)
    assert made["spec"]["schedule"] == "30 6 * * 1"
    container = made["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    assert container["volumeMounts"][0]["mountPath"] == str(acme.folder)


def test_the_workflow_holds_to_githubs_schema(acme: Engagement, tmp_path: Path) -> None:
    pytest.importorskip("check_jsonschema")
    (text,) = _made(acme, "github").values()
    file = tmp_path / "workflow.yml"
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(file)]
    file.write_text(text)
    assert subprocess.run(check, capture_output=True, text=True).returncode == 0
    file.write_text(text.replace("runs-on", "run-on"))
    assert subprocess.run(check, capture_output=True, text=True).returncode == 1


def test_what_fits_a_machine_is_systemd_where_it_is_and_else_cron(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert schedules.fitting() == "cron"
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/systemctl")
    assert schedules.fitting() == "systemd"


def test_the_notebook_of_a_job_refreshes_the_data_then_reports_and_fails_where_there_is_no_report(
    acme: Engagement, program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduled, "PROGRAM", (str(program),))
    (text,) = _made(acme, "jupyter", send=True).values()
    nbformat.validate(book := nbformat.reads(text, as_version=4))
    asked, folder, data = tmp_path / "asked", str(acme.folder), str(acme.crm / "ex ports")

    def job(given: str = "", **codes: int) -> list[list[str]]:
        asked.write_text("")
        for name in ("import", "report", "send"):
            monkeypatch.setenv(name.upper(), str(codes.get(name, 0)))
        cells = [cell.source for cell in book.cells if cell.cell_type == "code"]
        names: dict[str, object] = {}
        for source in (cells[0], given, *cells[1:]):
            exec(source, names)
        return [call.splitlines() for call in asked.read_text().split(".\n")[:-1]]

    made = [["import", folder, "crm", data, "--yes"], ["report", folder, "--format=pdf"]]
    assert job() == [*made, ["send", folder, "--exit-code", "0"]]
    assert job("as_of = '2026-06-30'", report=4)[1:] == [
        ["report", folder, "--as-of=2026-06-30", "--format=pdf"],
        ["send", folder, "--as-of=2026-06-30", "--exit-code", "4"],
    ]
    for codes, left in (({"import": 2}, 2), ({"report": 1}, 1), ({"report": 3}, 3), ({"send": 2}, 2)):
        with pytest.raises(WorkshopError, match=rf"\(exit code {left}\)"):
            job(**codes)
    with pytest.raises(WorkshopError, match="'as_of' is 1966, which is no text"):
        job("as_of = 2026-30-30")
    assert "Custom: `30 6 * * 1`, time zone UTC" in book.cells[0].source

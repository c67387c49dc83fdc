"""The notebook of a job in the real jupyter-scheduler: made through its REST API, run, and its output found."""

from __future__ import annotations

import html
import json
import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
import small_report

from kpi_workshop import schedules
from kpi_workshop.engagement import Engagement

TOKEN = secrets.token_hex(16)
PATIENCE = 600
"""Seconds; a few on a quiet machine."""

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Engagement:
    """A small engagement with the notebook of a job."""
    made = small_report.made(tmp_path_factory.mktemp("clients") / "acme's 100%")
    for name, text in schedules.recipe(made, data=made.crm / small_report.EXPORT, kind="jupyter").files.items():
        (made.notebooks / name).write_text(text, encoding="utf-8")
    return made


class Server:
    """A JupyterLab with its scheduler, asked over HTTP."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, body: dict | None = None) -> dict:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{path}",
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else {}

    def job(self, notebook: str, **parameters: str) -> dict:
        """Create a job, wait for its end, and fetch its files into the folder that the server shows."""
        (environment,) = self.ask("scheduler/runtime_environments")
        asked = {
            "name": "weekly", "input_uri": f"notebooks/{notebook}", "runtime_environment_name": environment["name"],
            "output_formats": ["ipynb"], "parameters": parameters,
        }  # fmt: skip
        number = self.ask("scheduler/jobs", asked)["job_id"]
        until = time.monotonic() + PATIENCE
        while (found := self.ask(f"scheduler/jobs/{number}"))["status"] not in ("COMPLETED", "FAILED"):
            assert time.monotonic() < until, found
            time.sleep(0.3)
        self.ask(f"scheduler/jobs/{number}/download_files")
        return found


@pytest.fixture(scope="module")
def server(acme: Engagement, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`kpi-workshop lab` in the environment that has jupyter-scheduler, all it keeps in a folder of its own."""
    named = os.environ.get("KPI_WORKSHOP_SCHEDULER")
    if not named:
        pytest.skip("run `make test-environments`: jupyter-scheduler lives in an environment of its own")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    own = {"HOME": str(home), "JUPYTER_DATA_DIR": str(home / "data"), "JUPYTER_RUNTIME_DIR": str(home / "runtime")}
    command = [f"{named}/kpi-workshop", "lab", str(acme.folder), "--no-browser", "--allow-root", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    with (home / "log").open("w") as log:
        lab = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log, cwd=home, start_new_session=True)
    made = Server(port)
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                made.ask("scheduler/config")
                break
            except (urllib.error.URLError, ConnectionError):
                assert lab.poll() is None and time.monotonic() < until, (home / "log").read_text()
                time.sleep(0.3)
        yield made
    finally:
        os.killpg(lab.pid, signal.SIGTERM)  # JupyterLab is a process of its own below our command
        lab.wait(timeout=60)


def _output(acme: Engagement, job: dict) -> str:
    """What the executed notebook shows that the job left below `jobs/`."""
    (file,) = [row["file_path"] for row in job["job_files"] if row["file_format"] == "ipynb"] or [""]
    where = acme.folder / file if file else None
    until = time.monotonic() + 30
    while not (where and where.is_file()):
        found = sorted((acme.folder / "jobs").rglob("*.ipynb"), key=lambda one: one.stat().st_mtime)
        where = next((one for one in found if job["job_id"] in str(one) and "-20" in one.stem), None)
        assert time.monotonic() < until, found
        time.sleep(0.2)
    return where.read_text(encoding="utf-8")


def test_a_job_makes_the_report_and_what_it_said_is_found(server: Server, acme: Engagement) -> None:
    done = server.job("scheduled-report.ipynb", as_of='"2026-05-10"')
    assert done["status"] == "COMPLETED", done["status_message"]
    page = acme.run_folder("2026-05-10") / "executive" / "report.html"
    assert acme.settings.name in html.unescape(page.read_text(encoding="utf-8"))
    assert "executive/report.html" in _output(acme, done)


def test_a_copy_of_a_notebook_finds_the_engagement_that_jupyterlab_was_opened_on(
    server: Server, acme: Engagement
) -> None:
    done = server.job("01_org_chart.ipynb")
    assert done["status"] == "COMPLETED", done["status_message"]
    assert f"{acme.settings.name}, as of" in _output(acme, done)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"as_of": "2026-11-22"}, "The parameter 'as_of' is 1993, which is no text. Give it in quotes."),
        ({"asof": '"2026-05-10"'}, "The notebook has no parameter 'asof'. Did you mean: as_of?"),
    ],
)
def test_what_a_job_was_given_wrongly_fails_it_in_plain_words(server: Server, given: dict[str, str], says: str) -> None:
    done = server.job("scheduled-report.ipynb", **given)
    assert done["status"] == "FAILED", done
    assert says in done["status_message"]

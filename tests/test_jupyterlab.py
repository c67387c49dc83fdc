"""The notebooks in a real JupyterLab, driven in a real browser: they open with no set-up and every cell runs."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from kpi_workshop import demo, runs
from kpi_workshop.engagement import Engagement

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SETTINGS = {
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false"},
}
"""Every cell drawn, also where a person would have to scroll to it, and no question about news."""
RUN_ALL = "async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
SAVE = "async () => { await window.jupyterapp.commands.execute('docmanager:save'); }"

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on this machine"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engagement, str]]:
    """A JupyterLab server on a copy of the demo engagement, and its address."""
    pytest.importorskip("playwright", reason="the browser tests need the extra 'browser'")
    opened = demo.create(tmp_path_factory.mktemp("lab") / "demo")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    home = tmp_path_factory.mktemp("home")
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.root_dir={opened.folder}",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
        "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    for plugin, content in SETTINGS.items():
        (home / "settings" / plugin).parent.mkdir(parents=True, exist_ok=True)
        (home / "settings" / plugin).write_text(json.dumps(content))
    places = {"CONFIG": "config", "DATA": "data", "RUNTIME": "runtime"}
    surroundings = {**os.environ, **{f"JUPYTER_{name}_DIR": str(home / place) for name, place in places.items()}}
    surroundings["JUPYTERLAB_SETTINGS_DIR"] = str(home / "settings")
    log = (home / "log").open("w")
    server = subprocess.Popen(command, env=surroundings, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/status?token={token}", server, home / "log")
        yield opened, f"http://127.0.0.1:{port}/lab/tree/notebooks/{{}}.ipynb?token={token}&reset"
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=2).read()
            return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


def test_every_notebook_opens_and_runs_and_shows_its_form(lab: tuple[Engagement, str], tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    opened, address = lab
    pictures = Path(os.environ.get("KPI_WORKSHOP_SCREENSHOTS") or tmp_path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for step in runs.STEPS:
            page = browser.new_page(viewport={"width": 1280, "height": 4200})
            asked_outside: list[str] = []
            page.on("request", lambda r, seen=asked_outside: None if "127.0.0.1" in r.url else seen.append(r.url))
            page.goto(address.format(step), wait_until="domcontentloaded")
            page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=120_000)
            page.wait_for_function("() => window.jupyterapp && window.jupyterapp.shell.currentWidget")
            page.wait_for_timeout(2000)
            page.evaluate(RUN_ALL)
            page.wait_for_timeout(2500)
            page.evaluate(SAVE)
            page.screenshot(path=str(pictures / f"{step}.png"))
            text = page.inner_text("body")
            assert "Error displaying widget" not in text
            assert page.locator(".jp-OutputArea-output .kw-form").count() > 0, step
            assert page.locator(".jp-NotebookPanel svg[role=img]").count() > 0, step
            assert [url for url in asked_outside if not url.startswith(("data:", "blob:"))] == []
            page.close()
            _every_cell_ran(opened.notebooks / f"{step}.ipynb")
        browser.close()


def _every_cell_ran(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["execution_count"], "".join(cell["source"])
            assert not [o for o in cell["outputs"] if o["output_type"] == "error"], cell["outputs"]

"""The notebooks in a real JupyterLab, driven in a real browser: they open with no set-up and every cell runs."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import browser
import pytest

from kpi_workshop import demo, runs
from kpi_workshop.engagement import Engagement

PLUGIN = "@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
EVERY_CELL_DRAWN = {"windowingMode": "none"}
"""Also where a person would have to scroll to it."""
RUN_ALL = "async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
TALL = "() => [...document.querySelectorAll('.jp-NotebookPanel .jp-Cell')].reduce((all, c) => all + c.offsetHeight, 0)"
TO_THE_TOP = "() => { document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer').scrollTop = 0; }"
SAVE = "async () => { await window.jupyterapp.commands.execute('docmanager:save'); }"

pytestmark = browser.NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engagement, str, str]]:
    """`kpi-workshop lab` on a copy of the demo engagement for a first-time user: its pages' address, and its first."""
    opened = demo.create(tmp_path_factory.mktemp("lab") / "demo")
    home = tmp_path_factory.mktemp("home")
    port, token = browser.free_port(), secrets.token_hex(16)
    words = ["--no-browser", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    words += [f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        words.append("--allow-root")
    (home / "settings" / PLUGIN).parent.mkdir(parents=True)
    (home / "settings" / PLUGIN).write_text(json.dumps(EVERY_CELL_DRAWN))
    command = browser.command("lab", opened.folder, *words)
    here = f"http://127.0.0.1:{port}"
    with browser.running(command, env=browser.surroundings(home), log=home / "log") as server:
        browser.wait_for(f"{here}/api/status?token={token}", server, home / "log")
        yield opened, f"{here}/lab/tree/notebooks/{{}}.ipynb?token={token}&reset", f"{here}/?token={token}"


def test_every_notebook_opens_and_runs_and_shows_its_form(lab: tuple[Engagement, str, str], tmp_path: Path) -> None:
    opened, address, first = lab
    pictures = browser.pictures(tmp_path)
    with browser.chromium() as chromium:
        for step in ("00_start_here", *runs.STEPS):
            page = chromium.new_page(viewport={"width": 1280, "height": 1600})
            asked_outside = browser.requests_outside(page)
            is_first = step == "00_start_here"
            page.goto(first if is_first else address.format(step), wait_until="domcontentloaded")
            page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=120_000)
            page.wait_for_function("() => window.jupyterapp && window.jupyterapp.shell.currentWidget")
            page.wait_for_timeout(2000)
            page.evaluate(RUN_ALL)
            page.wait_for_timeout(2500)
            page.evaluate(SAVE)
            page.set_viewport_size({"width": 1280, "height": page.evaluate(TALL) + 400})
            page.evaluate(TO_THE_TOP)
            page.wait_for_timeout(500)
            page.screenshot(path=str(pictures / f"{step}.png"))
            text = page.inner_text("body")
            assert "Error displaying widget" not in text
            assert "Jupyter news" not in text, "a first-time user is not asked about news"
            assert page.locator(".jp-CodeCell .jp-InputArea-editor:visible").count() == 0, "code is folded away"
            if is_first:
                assert f"/lab/tree/notebooks/{step}.ipynb" in page.url, "the first page opens by itself"
                assert page.locator('.jp-OutputArea-output a:has-text("1 Org chart")').count() == 1
            else:
                assert page.locator(".jp-OutputArea-output .kw-form").count() > 0, step
                assert page.locator(".jp-NotebookPanel svg[role=img]").count() > 0, step
            assert asked_outside == []
            page.close()
            _every_cell_ran(opened.notebooks / f"{step}.ipynb")


def _every_cell_ran(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["execution_count"], "".join(cell["source"])
            assert not [o for o in cell["outputs"] if o["output_type"] == "error"], cell["outputs"]

"""The notebooks in a real JupyterLab, driven in a real browser: they open with no set-up and every cell runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser
import pytest

from kpi_workshop import demo, runs
from kpi_workshop.engagement import Engagement

TALL = "() => [...document.querySelectorAll('.jp-NotebookPanel .jp-Cell')].reduce((all, c) => all + c.offsetHeight, 0)"
TO_THE_TOP = "() => { document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer').scrollTop = 0; }"
SAVE = "async () => { await window.jupyterapp.commands.execute('docmanager:save'); }"

pytestmark = browser.NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def demo_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engagement, browser.Lab]]:
    """`kpi-workshop lab` on a copy of the demo engagement."""
    opened = demo.create(tmp_path_factory.mktemp("lab") / "demo")
    with browser.lab(opened.folder, tmp_path_factory.mktemp("home")) as lab:
        yield opened, lab


def test_every_notebook_runs_as_soon_as_it_is_opened(demo_lab: tuple[Engagement, browser.Lab], tmp_path: Path) -> None:
    opened, lab = demo_lab
    pictures = browser.pictures(tmp_path)
    with browser.chromium() as chromium:
        for step in ("00_start_here", *runs.STEPS):
            page = chromium.new_page(viewport={"width": 1280, "height": 1600})
            asked_outside = browser.requests_outside(page)
            is_first = step == "00_start_here"
            page.goto(lab.first if is_first else lab.page(step), wait_until="domcontentloaded")
            _wait_until_run(page)
            page.evaluate(SAVE)
            page.set_viewport_size({"width": 1280, "height": page.evaluate(TALL) + 400})
            page.evaluate(TO_THE_TOP)
            page.wait_for_timeout(500)
            page.screenshot(path=str(pictures / f"{step}.png"))
            text = page.inner_text("body")
            assert "Error displaying widget" not in text
            assert "Jupyter news" not in text, "a first-time user is not asked about news"
            assert page.locator(".jp-CodeCell .jp-InputArea-editor:visible").count() == 0, "code is folded away"
            assert page.locator(".jp-CodeCell .jp-Placeholder:visible").count() == 0, "and leaves nothing in the way"
            if is_first:
                assert f"/lab/tree/notebooks/{step}.ipynb" in page.url, "the first page opens by itself"
                assert page.locator('.jp-OutputArea-output a:has-text("1 Org chart")').count() == 1
            else:
                assert page.locator(".jp-OutputArea-output .kw-form").count() > 0, step
                assert page.locator(".jp-NotebookPanel svg[role=img]").count() > 0, step
            assert asked_outside == []
            page.close()
            _every_cell_ran(opened.notebooks / f"{step}.ipynb")


def _wait_until_run(page: Any) -> None:
    """Until the page has run by itself, to its last cell."""
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=120_000)
    page.wait_for_function(
        """() => { const cells = window.jupyterapp?.shell.currentWidget?.content?.widgets ?? [];
        const code = cells.filter((cell) => cell.model.type === "code");
        return code.length && code.every((cell) => cell.model.executionCount); }""",
        timeout=120_000,
    )
    page.wait_for_timeout(700)


def _every_cell_ran(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["execution_count"], "".join(cell["source"])
            assert not [o for o in cell["outputs"] if o["output_type"] == "error"], cell["outputs"]

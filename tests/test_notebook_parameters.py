"""Parameters of notebooks: typed, and a name that no notebook has stops it, whoever gave it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from kpi_workshop import engagement as engagements
from kpi_workshop import notebook_parameters
from kpi_workshop.errors import WorkshopError
from kpi_workshop.pages import headless, workshop

PARAMETERS = 'engagement = ""  # x\nas_of = ""  # x\nlens = "S4"  # x\nk = 3  # x'
OPENS = "here = workshop.open_workshop(engagement, as_of=as_of, reports=True)"


def _notebook(folder: Path, *cells: str) -> Path:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    book = new_notebook(metadata=kernel, cells=[new_code_cell(source) for source in cells])
    book.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(book, folder / "a.ipynb")
    return folder / "a.ipynb"


def test_a_misspelt_parameter_stops_the_run_with_the_nearest_names(tmp_path: Path) -> None:
    book = {"a": _notebook(tmp_path, PARAMETERS)}
    with pytest.raises(WorkshopError, match=r"No notebook has a parameter 'lenz'\. Did you mean: lens\?"):
        notebook_parameters.checked(book, {"lenz": "S1"})
    with pytest.raises(WorkshopError, match=r"'k' takes a whole number, not 'many'"):
        notebook_parameters.checked(book, {"k": "many"})
    with pytest.raises(WorkshopError, match="set by the run itself"):
        notebook_parameters.checked(book, {"as_of": "2020-01-01"})
    assert notebook_parameters.checked(book, {"lens": "007", "k": "7"}) == {"lens": "007", "k": 7}


def test_an_injected_cell_is_known_by_its_first_line_or_where_asked_by_its_place() -> None:
    refuse = notebook_parameters.refuse_unknown
    refuse([])
    refuse(["", PARAMETERS, "import x", "y = 1"])
    refuse(["", PARAMETERS, '# Parameters\nlens = "S1"\nas_of = "2026-01-31"\n', "y = 1"])
    refuse(["", PARAMETERS, "y = 1  # what somebody typed into JupyterLab"])
    with pytest.raises(WorkshopError, match=r"no parameter 'y'"):
        refuse(["", PARAMETERS, "y = 1"], always=True)
    with pytest.raises(WorkshopError, match=r"no parameter 'asof'\. Did you mean: as_of\?"):
        refuse(["", PARAMETERS, '# Parameters\nasof = "2026-01-31"\n'])


def test_papermills_own_command_line_stops_at_an_unknown_parameter_too(tmp_path: Path) -> None:
    acme = engagements.create(tmp_path / "acme")
    page = acme.run_folder("2026-01-31") / "report.html"

    def papermill(*words: str, fails: str) -> str:
        book = _notebook(tmp_path, PARAMETERS, "from kpi_workshop.pages import workshop", OPENS, fails)
        command = [sys.executable, "-m", "papermill", str(book), str(tmp_path / "out.ipynb"), "--no-progress-bar"]
        done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=120, cwd=tmp_path)
        assert done.returncode == 1
        left = nbformat.read(tmp_path / "out.ipynb", as_version=4)
        assert "papermill-error-cell-tag" in left.cells[0].metadata["tags"], "the banner stands first"
        return done.stderr

    told = papermill("-p", "enagement", str(acme.folder), "-p", "as_of", "2026-01-31", fails="1 / 0")
    assert "The notebook has no parameter 'enagement'. Did you mean: engagement?" in told
    assert not page.exists()
    # One that leaves the report leaves a page in its place where it fails, and what it says names nobody.
    given = ["-p", "engagement", str(acme.folder), "-p", "as_of", "2026-01-31"]
    papermill(*given, fails="{}['Ottoline Vance']")
    text = page.read_text(encoding="utf-8")
    assert "There is no report as of 31 January 2026." in text
    assert "The fault is ours: the notebook stopped at its cell 5 with KeyError." in text
    assert "Ottoline" not in text


def test_a_copy_that_a_scheduler_runs_finds_its_engagement_or_says_what_to_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = engagements.create(tmp_path / "acme")
    staged = tmp_path / headless.STAGING / "job"
    staged.mkdir(parents=True)
    monkeypatch.chdir(staged)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    with pytest.raises(WorkshopError, match=r"Give the job the parameter 'engagement' with its folder in quotes"):
        workshop.open_workshop()
    with pytest.raises(WorkshopError, match="'as_of' is 1993, which is no text"):
        workshop.open_workshop(str(acme.folder), as_of=2026 - 11 - 22)  # what 2026-11-22 without quotes comes to
    monkeypatch.setenv(notebook_parameters.OPENED, str(acme.folder))
    assert workshop.open_workshop().engagement.folder == acme.folder

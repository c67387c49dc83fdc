"""A headless run: all five notebooks, unknown parameters refused, failures told, nothing private in what it leaves."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from browser import CHROMIUM, chromium, sheets
from valid_html import faults

from kpi_workshop import demo, reporting, runs
from kpi_workshop import engagement as engagements
from kpi_workshop.crm.sources import lock
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Hypothesis, Interview, Quote

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


@pytest.fixture(scope="module")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engagement, runs.Run, list[str]]:
    """The demo engagement, run once as of its last day, four weeks after a report before."""
    from kpi_workshop.crm import engines
    from kpi_workshop.steps import facts

    opened = demo.create(tmp_path_factory.mktemp("demo") / "de{m}o 100%")
    told: list[str] = []
    day = engines.last_day(opened)
    assert day is not None
    before = facts.facts(opened, as_of=day - dt.timedelta(weeks=4))
    folder = opened.run_folder(before["as_of"])
    folder.mkdir(parents=True)
    text = json.dumps(before)
    (folder / "facts.json").write_text(text, encoding="utf-8")
    known = {"outputs_sha256": {"facts.json": runs.sha256(text.encode())}}
    (folder / "manifest.json").write_text(json.dumps(known), encoding="utf-8")
    return opened, runs.run(opened, as_of=day, progress=told.append), told


def test_a_run_goes_through_the_five_steps_by_name(demo_run: tuple[Engagement, runs.Run, list[str]]) -> None:
    _, done, told = demo_run
    assert told == [
        "Step 1 of 5: org chart",
        "Step 2 of 5: hypothesis",
        "Step 3 of 5: interviews",
        "Step 4 of 5: sorting",
        "Step 5 of 5: rollout",
    ]
    assert [f.stem for f in sorted(done.folder.glob("*.ipynb"))] == list(runs.STEPS)


def test_a_run_leaves_a_page_per_team_and_an_index(demo_run: tuple[Engagement, runs.Run, list[str]]) -> None:
    opened, done, _ = demo_run
    from kpi_workshop.kinds import Team

    assert len(done.reports) == len(opened.records.current(Team)) + 1
    assert all("Demo data" in page.read_text(encoding="utf-8") for page in done.reports)


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on this machine")
def test_each_team_is_one_printed_sheet_and_its_detail_a_second(
    demo_run: tuple[Engagement, runs.Run, list[str]],
) -> None:
    pages = {file.name: file.read_text(encoding="utf-8") for file in demo_run[1].reports}
    expected = {name: 1 if name == "report.html" else 2 for name in pages}
    assert len(expected) == 5, "four teams and the first page"
    with chromium() as browser:
        for paper in ("A4", "Letter"):
            on = {name: text.replace("{ size: A4; }", f"{{ size: {paper}; }}") for name, text in pages.items()}
            assert {name: sheets(browser, text) for name, text in on.items()} == expected, paper


def test_every_page_that_a_run_leaves_is_valid_html(demo_run: tuple[Engagement, runs.Run, list[str]]) -> None:
    opened, done, _ = demo_run
    found = [*done.folder.glob("*.html"), *(opened.cache / "guides").glob("*.html")]
    kinds = {file.name.partition("-")[0] for file in found}
    assert kinds >= {"report", "playback", "guide"}
    assert faults(found) == []


def test_executed_notebooks_hold_no_widget_state(demo_run: tuple[Engagement, runs.Run, list[str]]) -> None:
    for file in demo_run[1].folder.glob("*.ipynb"):
        assert "widgets" not in json.loads(file.read_text(encoding="utf-8"))["metadata"]


@pytest.mark.timeout(600)
def test_the_same_inputs_give_the_same_bytes_in_another_process_place_and_time_zone(
    demo_run: tuple[Engagement, runs.Run, list[str]], tmp_path: Path
) -> None:
    opened, done, _ = demo_run
    asked = ("executive", "public")
    reporting.report(opened, as_of=dt.date.fromisoformat(done.folder.name), editions=asked, formats=("html", "json"))
    copied = tmp_path / "some where" / "else"
    shutil.copytree(opened.folder, copied, ignore=shutil.ignore_patterns("cache", done.folder.name))
    command = [sys.executable, "-m", "kpi_workshop", "report", str(copied), f"--as-of={done.folder.name}"]
    command += [*(f"--edition={one}" for one in asked), "--format=html", "--format=json"]
    other = {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}
    ended = subprocess.run(command, cwd=tmp_path, env=os.environ | other, capture_output=True, text=True, timeout=500)
    assert ended.returncode == 0, ended.stderr

    def left(folder: Path) -> dict[str, bytes]:
        files = [file for file in folder.rglob("*") if file.suffix in (".html", ".json")]
        return {str(f.relative_to(folder)): f.read_bytes() for f in files if f.name != "manifest.json"}

    here, there = left(done.folder), left(copied / "runs" / done.folder.name)
    assert {name for name in here.keys() | there.keys() if here.get(name) != there.get(name)} == set()
    assert {"facts.json", "report.html", "executive/report.html", "public/report.json"} <= set(here)
    first, second = (
        json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for folder in (done.folder, copied / "runs" / done.folder.name)
    )
    for clock in ("started", "ended", "seconds"):
        assert first.pop(clock) and second.pop(clock)
    assert first == second
    assert first["inputs"]["previous"] == json.loads(here["facts.json"])["previous"] is not None


def test_wall_clock_times_stand_in_the_manifest_alone(demo_run: tuple[Engagement, runs.Run, list[str]]) -> None:
    _, done, _ = demo_run
    hour = json.loads(done.manifest.read_text(encoding="utf-8"))["started"][:13]
    files = [f for f in done.folder.rglob("*") if f.is_file() and f != done.manifest]
    assert len(files) > 10
    assert [f.name for f in files if hour.encode() in f.read_bytes()] == []


def test_nothing_private_reaches_what_a_run_leaves(demo_run: tuple[Engagement, runs.Run, list[str]]) -> None:
    opened, done, _ = demo_run
    private = {
        *(i.interviewee for i in opened.private.current(Interview).values()),
        *(q.words for q in opened.private.current(Quote).values() if q.words),
        *(i.notes for i in opened.private.current(Interview).values() if i.notes),
    }
    assert len(private) > 15
    left = {f.name: f.read_text(encoding="utf-8") for f in done.folder.rglob("*") if f.is_file()}
    assert len(left) >= 10
    names_in_org_chart = {f for f in left if f.startswith("01_")}
    for name, text in left.items():
        for secret in private:
            if name not in names_in_org_chart:
                assert secret not in text, f"{name} holds {secret!r}"


def test_the_hypothesis_never_reaches_what_a_run_leaves(tmp_path: Path) -> None:
    opened = demo.create(tmp_path / "demo")
    secret = "Zebra-striped secret measure"
    team = next(iter(opened.private.current(Hypothesis)))
    opened.private.save(Hypothesis(team=team, metrics=(secret,)), team, effective=dt.date(2020, 1, 1))
    done = runs.run(opened, as_of=dt.date(2026, 6, 1))
    for file in done.folder.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file.name


def test_the_manifest_names_inputs_outputs_and_versions(demo_run: tuple[Engagement, runs.Run, list[str]]) -> None:
    opened, done, _ = demo_run
    manifest = json.loads(done.manifest.read_text(encoding="utf-8"))
    assert manifest["demo"] is True
    assert set(manifest["seconds"]) == set(runs.STEPS)
    assert {f"crm/tables/{f.name}" for f in opened.tables.glob("*.parquet")} <= set(manifest["inputs_sha256"])
    assert {page.name for page in done.reports} <= set(manifest["outputs_sha256"])
    assert str(opened.folder) not in done.manifest.read_text(encoding="utf-8")


def test_a_scheduled_run_writes_only_below_runs_and_cache(tmp_path: Path) -> None:
    opened = demo.create(tmp_path / "demo")

    def content() -> dict[str, bytes]:
        return {
            str(p.relative_to(opened.folder)): p.read_bytes()
            for p in opened.folder.rglob("*")
            if p.is_file() and p.relative_to(opened.folder).parts[0] not in ("runs", "cache")
        }

    before = content()
    runs.run(opened, as_of=dt.date(2026, 6, 1))
    assert content() == before


def _notebook(folder: Path, name: str, *cells: str) -> Path:
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    book = new_notebook(metadata=kernel, cells=[new_code_cell(source) for source in cells])
    book.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(book, folder / name)
    return folder / name


def test_a_failed_notebook_is_saved_with_its_banner_and_told_as_a_bug(tmp_path: Path) -> None:
    book = _notebook(tmp_path, "a.ipynb", "x = 1  # x", "1 / 0")
    with pytest.raises(RuntimeError, match=r"a\.ipynb stopped .* ZeroDivisionError"):
        runs.execute(book, tmp_path / "out.ipynb", parameters={}, seconds=60)
    assert "papermill-error-cell" in (tmp_path / "out.ipynb").read_text(encoding="utf-8")


def test_what_a_person_can_mend_is_told_in_its_own_words(tmp_path: Path) -> None:
    raising = "from kpi_workshop.errors import NothingImported\nraise NothingImported('No data yet.')"
    book = _notebook(tmp_path, "a.ipynb", "x = 1  # x", raising)
    with pytest.raises(WorkshopError, match=r"^No data yet\.$"):
        runs.execute(book, tmp_path / "out.ipynb", parameters={}, seconds=60)


def test_a_full_disk_is_told_in_plain_words(tmp_path: Path) -> None:
    book = _notebook(tmp_path, "a.ipynb", "x = 1  # x", "raise OSError(28, 'No space left on device', 'acme/x.db')")
    with pytest.raises(WorkshopError, match=r"^The disk is full: 'acme/x\.db'"):
        runs.execute(book, tmp_path / "out.ipynb", parameters={}, seconds=60)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no socket files")
def test_two_runs_at_once_never_talk_to_each_others_kernels(tmp_path: Path) -> None:
    asks = (
        "import json\nfrom ipykernel.connect import get_connection_info\nprint(json.loads(get_connection_info())['ip'])"
    )
    book = _notebook(tmp_path, "a.ipynb", "x = 1  # x", asks)
    places = []
    for name in ("one.ipynb", "two.ipynb"):
        runs.execute(book, tmp_path / name, parameters={}, seconds=60)
        places.append(Path(json.loads((tmp_path / name).read_text())["cells"][-1]["outputs"][0]["text"][0].strip()))
    assert places[0] != places[1]
    assert all(place.is_absolute() and not place.parent.exists() for place in places), places


def test_a_file_that_is_no_notebook_any_more_is_named(tmp_path: Path) -> None:
    opened = engagements.create(tmp_path / "acme")
    (opened.notebooks / "03_interviews.ipynb").write_text("{")
    with pytest.raises(WorkshopError, match=r"03_interviews\.ipynb is no notebook any more"):
        runs.run(opened, as_of=dt.date(2026, 1, 31))


def test_a_run_that_did_not_end_leaves_no_manifest(tmp_path: Path) -> None:
    opened = engagements.create(tmp_path / "acme")
    folder = opened.run_folder("2026-01-31")
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    _notebook(opened.notebooks, "01_org_chart.ipynb", "x = 1  # x", "{}['Ottoline Vance']")
    with pytest.raises(RuntimeError, match="KeyError"):
        runs.run(opened, as_of=dt.date(2026, 1, 31))
    assert sorted(p.name for p in folder.iterdir()) == ["01_org_chart.ipynb", "report.html"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "There is no report as of 31 January 2026." in page
    assert re.search(r"The fault is ours: 01_org_chart\.ipynb stopped at its cell \d with KeyError\.", page)
    assert "Ottoline" not in page


def test_a_second_run_at_once_says_so_and_stops(tmp_path: Path) -> None:
    opened = engagements.create(tmp_path / "acme")
    file = opened.run_folder("") / runs.RUN_LOCK
    with (
        lock.only_one(file, says="taken"),
        pytest.raises(WorkshopError, match=r"Another run of 'Acme' is under way \(process"),
    ):
        runs.run(opened, as_of=dt.date(2026, 1, 31))
    assert not opened.run_folder("2026-01-31").exists()


def test_an_import_during_a_run_ends_it(tmp_path: Path) -> None:
    opened = engagements.create(tmp_path / "acme")
    done = 'kinds.Import(number=1, rows={}, mapping="m")'
    _notebook(
        opened.notebooks, "01_org_chart.ipynb", "x = 1  # x", "from kpi_workshop import engagement as e, kinds",
        f"e.load({str(opened.folder)!r}).records.save({done}, kinds.CRM)",
    )  # fmt: skip
    with pytest.raises(WorkshopError, match="An import was put in place during the run"):
        runs.run(opened, as_of=dt.date(2026, 1, 31))
    assert not (opened.run_folder("2026-01-31") / "manifest.json").exists()


def test_a_notebook_that_hangs_is_stopped_in_time(tmp_path: Path) -> None:
    book = _notebook(tmp_path, "a.ipynb", "x = 1  # x", "import time", "time.sleep(60)")
    with pytest.raises(WorkshopError, match="took longer than 5 seconds"):
        runs.execute(book, tmp_path / "out.ipynb", parameters={}, seconds=5)


def test_the_rollout_notebook_runs_alone_from_any_folder(tmp_path: Path) -> None:
    opened = demo.create(tmp_path / "demo")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = [sys.executable, "-m", "papermill", str(NOTEBOOKS / "05_rollout.ipynb"), "out.ipynb"]
    command += ["-p", "engagement", str(opened.folder), "-p", "as_of", "2026-05-31", "--no-progress-bar"]
    done = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in elsewhere.iterdir()) == ["out.ipynb"]
    assert list(opened.run_folder("2026-05-31").glob("report*.html"))


def test_an_engagement_without_any_data_runs_and_says_so(tmp_path: Path) -> None:
    opened = engagements.create(tmp_path / "empty")
    done = runs.run(opened, as_of=dt.date(2026, 1, 31))
    assert done.manifest.is_file()

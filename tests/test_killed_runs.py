"""Runs that end badly: killed at any moment they leave no half of a page; a second one at once says so and stops."""

from __future__ import annotations

import datetime as dt
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import small_report

from kpi_workshop import runs
from kpi_workshop.crm.sources import import_crm
from kpi_workshop.steps import past_reports

DAY = dt.date(2026, 5, 10)
SEED = 20261122


def test_killed_at_any_moment_a_report_leaves_no_half_and_the_next_one_works(tmp_path: Path) -> None:
    acme = small_report.made(tmp_path / "acme")
    import_crm(acme, acme.crm / small_report.EXPORT)
    command = [sys.executable, "-m", "kpi_workshop", "report", str(acme.folder), f"--as-of={DAY}", "--format=json"]
    command += ["--format=html"]
    folder = acme.run_folder(DAY.isoformat())

    def begun() -> subprocess.Popen[str]:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def whole() -> None:
        for file in folder.rglob("[!.]*.html"):
            assert file.read_text(encoding="utf-8").rstrip().endswith("</html>"), file.name
        for file in [*folder.rglob("[!.]*.json"), *folder.glob("[!.]*.ipynb")]:
            json.loads(file.read_text(encoding="utf-8"))
        told = past_reports.finished(acme, as_of=DAY)
        assert told is None or sorted(p.name for p in folder.glob("report*.html"))

    began = time.monotonic()
    first = begun()
    while not list(acme.run_folder("").glob(runs.RUN_LOCK)):
        assert first.poll() is None and time.monotonic() - began < 60
        time.sleep(0.02)
    second = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert second.returncode == 2
    assert f"Another run of 'Acme' is under way (process {first.pid}" in second.stderr
    assert first.wait(timeout=120) == 0, first.stdout and first.stdout.read()
    took = time.monotonic() - began
    whole()
    made = {f.name: f.read_bytes() for f in folder.glob("*.html")}
    chance = random.Random(SEED)
    # Once anywhere, once where pages are being written: the second kill waits for the first new page.
    for wait in (chance.uniform(0.2, 0.9) * took, None):
        (folder / "manifest.json").unlink(missing_ok=True)  # so that it runs again
        (folder / "report.html").unlink(missing_ok=True)
        killed = begun()
        until = time.monotonic() + (wait or 60)
        while time.monotonic() < until and killed.poll() is None and (wait or not (folder / "report.html").exists()):
            time.sleep(0.005)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        whole()
    last = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert last.returncode == 0, last.stderr
    whole()
    assert {f.name: f.read_bytes() for f in folder.glob("*.html")} == made

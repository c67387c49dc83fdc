"""The built wheel works without the checkout: it brings notebooks, templates, catalogue and demo data along."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with the installed build tools."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


def test_the_wheel_holds_everything_a_user_needs_and_nothing_executed(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for part in ("notebooks/05_rollout.ipynb", "data/catalogue/", "data/demo/", "templates/report/"):
        assert any(name.startswith(f"kpi_workshop/bundled/{part}") for name in names), part
    assert not any("__pycache__" in name or name.startswith("tests/") for name in names)


def test_the_installed_wheel_makes_and_runs_an_engagement_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site)]
    subprocess.run([*install, str(wheel)], check=True, timeout=120)
    surroundings = {**os.environ, "PYTHONPATH": str(site)}

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from kpi_workshop.cli import main; main()", *words]
        return subprocess.run(command, cwd=tmp_path, env=surroundings, capture_output=True, text=True, timeout=240)

    where = [sys.executable, "-c", "import kpi_workshop; print(kpi_workshop.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=surroundings, capture_output=True, text=True, timeout=60)
    assert found.stdout.startswith(str(site))
    assert call("new", "acme").returncode == 0
    done = call("run", "acme", "--as-of", "2026-01-31")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "acme" / "runs" / "2026-01-31" / "manifest.json").is_file()

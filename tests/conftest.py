"""Shared fixtures: a fresh engagement, and the folder of real exports where a machine has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does, before anything imports numpy

from kpi_workshop import engagement as engagements
from kpi_workshop.engagement import Engagement


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skipped test is a failure: everything it could need is installed there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the demo's lasting copy out of the user's own cache."""
    os.environ["KPI_WORKSHOP_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """A new, empty engagement."""
    return engagements.create(tmp_path / "acme")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real exports: KPI_WORKSHOP_SHARED, else `../shared` beside the checkout."""
    folder = Path(os.environ.get("KPI_WORKSHOP_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"CI needs the folder of real exports; there is none at {folder}")
        pytest.skip("the folder of real exports is not on this machine (set KPI_WORKSHOP_SHARED)")
    return folder

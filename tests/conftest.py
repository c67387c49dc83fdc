"""Shared fixtures: a fresh engagement, and the folder of real exports where a machine has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kpi_workshop import engagement as engagements
from kpi_workshop.engagement import Engagement


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

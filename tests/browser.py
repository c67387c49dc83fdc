"""What the browser tests share: a real server in a process of its own, a real Chromium, and what it asked for."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
NEEDS_CHROMIUM = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on this machine"),
    pytest.mark.timeout(600),
]


def surroundings(home: Path) -> dict[str, str]:
    """The environment of somebody who never used Jupyter before: `home` holds all it reads and writes."""
    places = {"CONFIG": "config", "DATA": "data", "RUNTIME": "runtime"}
    own = {f"JUPYTER_{name}_DIR": str(home / place) for name, place in places.items()}
    own["JUPYTERLAB_SETTINGS_DIR"] = str(home / "settings")
    own["JUPYTERLAB_WORKSPACES_DIR"] = str(home / "workspaces")
    return {**os.environ, **own}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(command: list[str], *, env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server process, ended with the block."""
    with log.open("w") as file:
        server = subprocess.Popen(command, env=dict(env), stdout=file, stderr=file)
        try:
            yield server
        finally:
            server.terminate()
            server.wait(30)


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Until `address` answers, or the test fails with the end of the log."""
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=2).read()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.25)
    pytest.fail(f"The server did not start:\n{log.read_text()[-2000:]}")


def said(log: Path, pattern: str, *, seconds: float = 60) -> str:
    """What the server printed: the first group of `pattern`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := re.search(pattern, log.read_text()):
            return found.group(1)
        time.sleep(0.1)
    pytest.fail(f"The server did not say {pattern}:\n{log.read_text()[-2000:]}")


@contextmanager
def chromium() -> Iterator[Any]:
    """A real browser without a window."""
    pytest.importorskip("playwright", reason="the browser tests need the extra 'test'")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def requests_outside(page: Any) -> list[str]:
    """A list that fills with every address asked for that is not on this computer."""
    seen: list[str] = []
    here = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(here) else seen.append(request.url))
    return seen


def command(*words: str | Path) -> list[str]:
    """`kpi-workshop` with these words, as a process."""
    return [sys.executable, "-c", "from kpi_workshop.cli import main; main()", *map(str, words)]


def pictures(otherwise: Path) -> Path:
    """Where screenshots go: the folder named by KPI_WORKSHOP_SCREENSHOTS, else `otherwise`."""
    return Path(os.environ.get("KPI_WORKSHOP_SCREENSHOTS") or otherwise)

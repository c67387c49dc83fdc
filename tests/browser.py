"""What the browser tests share: a real server in a process of its own, a real Chromium, and what it asked for."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
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


TRACKER = "@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
EVERY_CELL_DRAWN = {"windowingMode": "none"}
"""Also where a person would have to scroll to it."""


@dataclass(frozen=True)
class Lab:
    """A running `kpi-workshop lab`: its address, its token and its process."""

    address: str
    token: str
    server: subprocess.Popen[bytes]

    def page(self, name: str) -> str:
        return f"{self.address}/lab/tree/notebooks/{name}.ipynb?token={self.token}&reset"

    @property
    def first(self) -> str:
        return f"{self.address}/?token={self.token}"


@contextmanager
def lab(folder: Path, home: Path) -> Iterator[Lab]:
    """`kpi-workshop lab` for a first-time user, whose settings lie in `home`."""
    port, token = free_port(), secrets.token_hex(16)
    words = ["--no-browser", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    words += [f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        words.append("--allow-root")
    (home / "settings" / TRACKER).parent.mkdir(parents=True, exist_ok=True)
    (home / "settings" / TRACKER).write_text(json.dumps(EVERY_CELL_DRAWN))
    here = f"http://127.0.0.1:{port}"
    with running(command("lab", folder, *words), env=surroundings(home), log=home / "log") as server:
        wait_for(f"{here}/api/status?token={token}", server, home / "log")
        yield Lab(here, token, server)


@dataclass(frozen=True)
class App:
    """A running `kpi-workshop serve`: its address, its token and its process."""

    address: str
    token: str
    server: subprocess.Popen[bytes]

    def page(self, name: str) -> str:
        return f"{self.address}/voila/render/{name}.ipynb?token={self.token}"

    def open(self, page: Any, name: str) -> None:
        """The page of this name, with every form in its place."""
        page.set_default_timeout(60_000)
        page.goto(self.page(name), wait_until="commit")
        page.wait_for_selector("nav.turning", timeout=120_000)
        page.wait_for_selector("#opening", state="detached", timeout=60_000)


@contextmanager
def app(folder: Path, home: Path, *words: str) -> Iterator[App]:
    """`kpi-workshop serve` with these words, for a first-time user, whose settings lie in `home`."""
    home.mkdir(exist_ok=True)
    port, log = free_port(), home / "log"
    serve = command("serve", folder, "--port", str(port), "--no-browser", *words)
    with running(serve, env=surroundings(home), log=log) as server:
        address = said(log, r"(http://127\.0\.0\.1:\S+)")
        yield App(f"http://127.0.0.1:{port}", address.split("token=")[1], server)


def faults(page: Any, within: str | None = None) -> list[str]:
    """What axe-core finds serious on the page, or within one part of it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    told = axe.run(page, context={"include": [[within]]} if within else None).response
    assert told["passes"], "axe-core looked at the page"
    return [
        f"{fault['impact']} {fault['id']}: {node['html'][:160]}"
        for fault in told["violations"] if fault["impact"] in ("serious", "critical") for node in fault["nodes"]
    ]  # fmt: skip


def paste(page: Any, rows: list[list[str]]) -> None:
    """Paste rows, as a spreadsheet gives them, where the cursor stands."""
    text = "\n".join("\t".join(row) for row in rows)
    page.evaluate(
        """text => { const data = new DataTransfer(); data.setData("text/plain", text);
        document.activeElement.dispatchEvent(
          new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }""",
        text,
    )


def form(page: Any, title: str) -> Any:
    """The form of this title, once it can be typed into."""
    return page.locator(f'form[aria-label="{title}"]:not([inert])')


def is_saved(page: Any, title: str) -> None:
    """Wait until the form says that it saved."""
    page.wait_for_function(
        """title => { const form = document.querySelector(`form[aria-label="${title}"]`);
        return form && !form.ariaBusy && /^(Saved|Undone)/.test(form.querySelector("[role=status]").textContent); }""",
        arg=title,
        timeout=20_000,
    )


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


def sheets(browser: Any, text: str) -> int:
    """How many sheets of the paper that it names a page takes, printed by this browser."""
    page = browser.new_page()
    page.set_content(text)
    paper = page.pdf(prefer_css_page_size=True)
    page.close()
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", paper))


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


@contextmanager
def doomed(chromium: Any, profile: Path) -> Iterator[tuple[Any, Callable[[], None]]]:
    """A Chromium of its own with the page it opens, and what kills all of it without a farewell."""
    from playwright.sync_api import TimeoutError as Hangs

    started: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started[-1].pid, signal.SIGKILL)
        started[-1].wait(30)

    def connected(attempt: int) -> Any:
        """A new Chromium that answers; on a busy machine one hangs now and then while it starts."""
        port, own = free_port(), profile / str(attempt)
        words = [str(CHROMIUM), "--headless", *FLAGS, f"--remote-debugging-port={port}", f"--user-data-dir={own}"]
        started.append(
            subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        )
        wait_for(f"http://127.0.0.1:{port}/json/version", started[-1], profile)
        try:
            return chromium.browser_type.connect_over_cdp(f"http://127.0.0.1:{port}", timeout=40_000)
        except Hangs:
            if attempt == 3:
                raise
            kill()
            return connected(attempt + 1)

    try:
        other = connected(1)
        yield other.contexts[0].new_page(), kill
    finally:
        kill()

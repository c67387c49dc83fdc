"""How long each page of the app takes: from asking for it to its last line, and until every form can be typed in.

`python -m benchmarks.pages [pages]` serves a new copy of the demo to the leader and opens each page in a new browser
window, twice: the first time after an import nobody has looked at yet, the second time with what was learned kept.
It needs the extra `test` and a Chromium.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from kpi_workshop import demo, serving
from tests import browser

ROUNDS = 2
REST = serving.REFILL_AFTER + 4.0
"""Seconds between two pages, as somebody who reads leaves: the next kernel is warm again."""


def main() -> None:
    wanted = sys.argv[1:] or list(serving.NAMES)
    with tempfile.TemporaryDirectory() as place, browser.chromium() as chromium:
        home = Path(place)
        opened = demo.create(home / "demo")
        command = browser.command(
            "serve", opened.folder, "--port", str(browser.free_port()), "--no-browser", "--private"
        )
        with browser.running(command, env=browser.surroundings(home), log=home / "log"):
            first, token = browser.said(home / "log", r"(http://127\.0\.0\.1:\S+)").split("?")
            time.sleep(REST)
            print(f"{'page':16}{'round':>6}{'first words':>13}{'all lines':>11}{'all forms':>11}   (seconds)")
            for number in range(1, ROUNDS + 1):
                for name in wanted:
                    page = chromium.new_page(viewport={"width": 1280, "height": 900})
                    begun = time.perf_counter()
                    page.goto(f"{first}voila/render/{name}.ipynb?{token}", wait_until="commit")
                    took = [_until(page, begun, mark) for mark in ("h1", "nav.turning")]
                    page.wait_for_selector("#opening", state="detached", timeout=120_000)
                    took.append(time.perf_counter() - begun)
                    cells = "".join(f"{seconds:{width}.1f}" for seconds, width in zip(took, (13, 11, 11), strict=True))
                    print(f"{name:16}{number:>6}{cells}", flush=True)
                    page.close()
                    time.sleep(REST)
    print(f"{os.cpu_count()} cores, {os.getloadavg()[0]:.1f} processes waiting on average at the end")


def _until(page: browser.Any, begun: float, mark: str) -> float:
    page.wait_for_selector(mark, state="attached", timeout=120_000)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()

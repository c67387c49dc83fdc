"""Pages on paper: the report's HTML printed to PDF by Chromium, with its own page breaks and no network."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..errors import WorkshopError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
FLAGS = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--no-pdf-header-footer",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
SECONDS = 120
AT_ONCE = 4
"""So many pages are printed side by side, where there are as many processors: most of each is Chromium's own start."""


def printed(pages: Mapping[str, str]) -> dict[str, bytes]:
    """Each page as a PDF, by the page's name. Raises WorkshopError without Chromium or where it does not print."""
    browser = next(filter(None, map(shutil.which, NAMES)), None) or next(filter(os.path.isfile, PLACES), None)
    if browser is None:
        raise WorkshopError(
            "A PDF is printed by Chromium, and there is none on this computer. Install Chromium or Google Chrome, "
            "or ask for --format html and print the page from a browser."
        )
    with (
        tempfile.TemporaryDirectory(prefix="kpi-workshop-", ignore_cleanup_errors=True) as folder,
        ThreadPoolExecutor(max_workers=min(AT_ONCE, os.cpu_count() or 1)) as pool,
    ):
        places = [Path(folder) / str(number) for number in range(len(pages))]
        return dict(zip(pages, pool.map(functools.partial(_one, browser), places, pages.values()), strict=True))


def _one(browser: str, folder: Path, text: str) -> bytes:
    folder.mkdir()
    page, paper = folder / "page.html", folder / "page.pdf"
    page.write_text(text, encoding="utf-8")
    words = [browser, *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={paper}", page.as_uri()]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        words.insert(1, "--no-sandbox")
    try:
        subprocess.run(words, check=False, capture_output=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        paper.unlink(missing_ok=True)
    if not paper.is_file():
        raise WorkshopError(
            "Chromium did not print the page. Open it once by hand to see why, or ask for --format html."
        )
    return paper.read_bytes()

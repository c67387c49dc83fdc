"""Reports that were made: the finished one of a day, and the one before a day, by one rule for all who ask."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from ..engagement import Engagement

FACTS, MANIFEST = "facts.json", "manifest.json"
EDITIONS = ("executive", "manager", "seller", "public")
FORMATS = ("html", "pdf", "pptx", "xlsx", "json", "txt")
"""What is rendered of a run for its readers, each edition in a folder of its name."""
SCHEMA = 3
"""The form of the facts; a run that left them in another one counts as not done."""


def finished(engagement: Engagement, *, as_of: dt.date) -> dict[str, Any] | None:
    """The facts of the finished run of a report date; None where there is none, or where its facts were altered.

    A run that did not end has no manifest; one that did names the SHA-256 of its facts there.
    """
    folder = engagement.run_folder(as_of.isoformat())
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        text = (folder / FACTS).read_bytes()
        known = manifest["outputs_sha256"][FACTS]
        facts: dict[str, Any] = json.loads(text)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return facts if known == hashlib.sha256(text).hexdigest() and facts.get("schema") == SCHEMA else None


def last_before(engagement: Engagement, *, day: dt.date) -> dict[str, Any] | None:
    """The facts of the last finished run with an earlier report date that claimed something; None where there is none.

    What is due, what changed and what was restated are all told against this one. A run whose data did not pass the
    gate claimed nothing, so that nothing can be new since then.
    """
    found = engagement.run_folder("").glob(f"*/{MANIFEST}")
    for name in sorted((file.parent.name for file in found), reverse=True):
        try:
            earlier = dt.date.fromisoformat(name)
        except ValueError:
            continue
        facts = finished(engagement, as_of=earlier) if earlier < day else None
        if facts and facts["gate"]["passes"]:
            return facts
    return None


def forget_editions(folder: Path) -> None:
    """Remove what was rendered from the folder of a run that is made anew: readers are to find nothing older there."""
    for edition in EDITIONS:
        shutil.rmtree(folder / edition, ignore_errors=True)

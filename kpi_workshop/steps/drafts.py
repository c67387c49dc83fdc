"""Interviews that are being written down: kept while somebody types, and gone once they are recorded.

A draft is a file of its own in the folder `private-drafts` of the engagement, as private as the private store. It is
no record: it has no versions, and nothing counts it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..engagement import Engagement
from ..kinds import Interview
from ..records import new_id

FOLDER = "private-drafts"


@dataclass(frozen=True)
class Draft:
    """What was typed so far, by field; `interview` is the id under which it will be recorded, `mark` its content's."""

    interview: str
    values: dict[str, Any]
    kept_at: dt.datetime
    mark: str


def left(engagement: Engagement) -> list[Draft]:
    """The drafts that are not recorded yet, the one last typed in first. A file that is no draft is passed over."""
    recorded = engagement.private.current(Interview)
    found = []
    for file in _folder(engagement).glob("*.json"):
        draft = _read(file)
        if draft and draft.interview not in recorded:
            found.append(draft)
    return sorted(found, key=lambda draft: draft.kept_at, reverse=True)


def keep(engagement: Engagement, interview: str, values: dict[str, Any], *, seen: str = "") -> Draft:
    """Keep what was typed under `interview`, safely on disk, and return it as it was kept.

    `seen` is the mark of the draft as this page last knew it, "" where there was none: where another page has written
    to it meanwhile, this is kept apart under a new id, so that neither loses a word.
    """
    file = _file(engagement, interview)
    there = _read(file)
    if (there.mark if there else "") != seen and (there or _is_recorded(engagement, interview)):
        file = _file(engagement, new_id())
    text = json.dumps(values, ensure_ascii=False)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    making = file.with_suffix(f".{secrets.token_hex(4)}")
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    making.replace(file)
    return Draft(file.stem, values, dt.datetime.now(dt.UTC), _mark(text))


def drop(engagement: Engagement, interview: str) -> None:
    """Forget one draft; it may be gone already."""
    with contextlib.suppress(FileNotFoundError):
        _file(engagement, interview).unlink()


def forget(engagement: Engagement, name: str) -> int:
    """Delete every draft in which this name stands anywhere, and return how many: for somebody who is to be purged."""
    named = [d for d in left(engagement) if re.search(rf"\b{re.escape(name.strip())}\b", json.dumps(
        d.values, ensure_ascii=False), re.IGNORECASE)]  # fmt: skip
    for draft in named:
        drop(engagement, draft.interview)
    return len(named)


def _folder(engagement: Engagement) -> Path:
    return engagement.folder / FOLDER


def _file(engagement: Engagement, interview: str) -> Path:
    return _folder(engagement) / f"{interview}.json"


def _is_recorded(engagement: Engagement, interview: str) -> bool:
    return engagement.private.version(Interview, interview) > 0


def _read(file: Path) -> Draft | None:
    try:
        text = file.read_text(encoding="utf-8")
        values = json.loads(text)
        kept_at = dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC)
    except (OSError, ValueError):
        return None
    return Draft(file.stem, values, kept_at, _mark(text)) if isinstance(values, dict) else None


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

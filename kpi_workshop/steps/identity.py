"""What a report is made from, and the run id: a hash of exactly that, so that the same inputs have the same id."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import brand
from ..engagement import Engagement

SIGNS = 12
"""Of the hash, so many signs stand on the page."""

DIGITS = 13
"""An engine adds large tables up in any order, which makes another last digit or two: these are not kept."""


def inputs(engagement: Engagement, *, as_of: dt.date, found: Mapping[str, Any]) -> dict[str, Any]:
    """What the facts `found` were made from: hashes of records, data and settings, the day, and the report before.

    `check_ins` is a hash of what is told of them, never of single answers, which one could try out. The data of an
    engine elsewhere cannot be hashed: there `data` is a hash of what came of them.
    """
    settings = engagement.settings.model_dump(mode="json")
    told = {team["team"]: team["pulse"] for team in found["teams"]}
    return {
        "records": engagement.records.fingerprint(as_of=as_of),
        "data": _hash(settled(dict(found)))
        if engagement.settings.engine.is_elsewhere
        else _hash(data_files(engagement)),
        "settings": _hash([settings, found["brand"]]),
        "check_ins": _hash(told),
        "as_of": as_of.isoformat(),
        "previous": found["previous"],
    }


def changed(engagement: Engagement, *, as_of: dt.date, found: Mapping[str, Any]) -> list[str]:
    """Which of records, data and settings are others by now than those the facts `found` were made from.

    What an engine elsewhere holds is not asked again.
    """
    branded = brand.facts(engagement.settings.brand, engagement.folder)
    now = inputs(engagement, as_of=as_of, found=dict(found) | {"brand": branded})
    looked_at = ["records", "data", "settings"]
    if engagement.settings.engine.is_elsewhere:
        looked_at.remove("data")
    return [what for what in looked_at if now[what] != found["inputs"][what]]


def run_id(made_from: Mapping[str, Any]) -> str:
    """The id of a run with these inputs: the first signs of the SHA-256 of them as JSON, its keys sorted.

    >>> run_id({"as_of": "2026-06-28", "data": "a"}), run_id({"data": "a", "as_of": "2026-06-28"})
    ('4a322b2ff95d', '4a322b2ff95d')
    """
    return _hash(made_from)[:SIGNS]


def data_files(engagement: Engagement) -> dict[str, str]:
    """The SHA-256 of each imported table by its name, and of what is kept of earlier imports by its path."""
    tables = {file.name: file_hash(file) for file in sorted(engagement.tables.glob("*.parquet"))}
    past = engagement.every_import.glob("history/*/*.parquet")
    return tables | {file.relative_to(engagement.every_import).as_posix(): file_hash(file) for file in sorted(past)}


def file_hash(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def settled(value: Any) -> Any:
    """The same plain values, each number with as many digits as it has in every run."""
    if isinstance(value, dict):
        return {key: settled(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [settled(inner) for inner in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value

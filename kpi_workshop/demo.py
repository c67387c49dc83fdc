"""The bundled demo engagement: a client that was made up, with planted truths that a report can be judged by."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from . import __version__, bundle
from . import engagement as engagements
from .engagement import Engagement
from .kinds import KINDS, SCHEMA_VERSION, Record
from .records import Store

NAME = "Ostervane Software"
CACHE_VARIABLE = "KPI_WORKSHOP_CACHE"
"""Environment variable that names another folder for the user's own copy."""


def create(folder: Path) -> Engagement:
    """A fresh demo engagement in `folder`, which must not exist or be empty: data imported, workshop recorded.

    Nothing is left behind where it fails, and a killed call leaves no half of a demo in `folder`.
    """
    from .crm import sources

    with engagements.made_whole(folder) as making:
        made = engagements.create(making, name=NAME, demo=True)
        sources.import_crm(made, bundled() / "crm")
        _load(made.records, bundled() / "records.jsonl")
        _load(made.private, bundled() / "private.jsonl")
    return engagements.load(folder)


def copy() -> Engagement:
    """The user's own lasting copy of the demo, made at the first call and kept in the user's cache folder.

    Each state of the bundled demo has a copy of its own, so that what a person tried out in an earlier one stays.
    Several callers at once get the same copy: each builds apart, the first to finish wins.
    """
    kept = cache() / "demo" / fingerprint()[:12]
    if (kept / engagements.SETTINGS_FILE).is_file():
        return engagements.load(kept)
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = kept.parent / f".{kept.name}.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        create(making)
        with contextlib.suppress(OSError):  # somebody else was first: their copy is as good
            making.rename(kept)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return engagements.load(kept)


def bundled() -> Path:
    """The folder of the demo's exports and records as they come with the package."""
    return bundle.folder("data") / "demo"


def cache() -> Path:
    """The folder for what can be made again: that of `KPI_WORKSHOP_CACHE`, else the user's cache folder."""
    if given := os.environ.get(CACHE_VARIABLE):
        return Path(given).expanduser().absolute()
    import platformdirs

    return platformdirs.user_cache_path("kpi-workshop")


@functools.cache
def fingerprint() -> str:
    """SHA-256 over all a copy is made from: the bundled demo, the notebooks, the versions of package and records."""
    digest = hashlib.sha256(f"{__version__} {SCHEMA_VERSION}".encode())
    notebooks = bundle.folder("notebooks")
    for root, files in ((bundled(), bundled().rglob("*")), (notebooks, notebooks.glob("*.ipynb"))):
        for file in sorted(f for f in files if f.is_file()):
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"\n{file.relative_to(root).as_posix()} {content}".encode())
    return digest.hexdigest()


def entries(file: Path) -> Iterator[tuple[dt.date, str, Record]]:
    """The records in a file of one JSON object a line (kind, key, data, effective), in its order."""
    with file.open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            yield dt.date.fromisoformat(row["effective"]), row["key"], KINDS[row["kind"]].model_validate(row["data"])


def _load(store: Store, file: Path) -> None:
    for effective, rows in groupby(entries(file), key=lambda entry: entry[0]):
        store.save_all([(key, record) for _, key, record in rows], effective=effective, by="demo")

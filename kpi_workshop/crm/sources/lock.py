"""One import at a time: a lock that the system itself lets go when its owner ends, however it ends."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import time
from collections.abc import Iterator
from pathlib import Path

from ...engagement import Engagement
from ...errors import WorkshopError

WAITS = 10.0
"""Seconds an import waits for another one before it says so and stops."""
LOCK_FILE = ".import.lock"


def alone(engagement: Engagement) -> contextlib.AbstractContextManager[None]:
    """Keep every other import out while the block runs; WorkshopError where another one stays longer than `WAITS`."""
    says = f"Another import into '{engagement.settings.name}' is running ({{owner}}). "
    return only_one(
        engagement.crm / LOCK_FILE, says=f"{says}Nothing was changed; import again when it is done.", waits=WAITS
    )


@contextlib.contextmanager
def only_one(file: Path, *, says: str, waits: float = 0.0) -> Iterator[None]:
    """Keep every other process that asks for this file out while the block runs.

    Where another one stays longer than `waits` seconds WorkshopError `says` so, `{owner}` being who it is. The lock is
    the system's on an open file, which holds the owner's process number for the message. A killed process leaves the
    file and no lock: the next one takes the file over.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    until = time.monotonic() + waits
    while (held := _taken(file)) is None:
        if time.monotonic() >= until:
            raise WorkshopError(says.replace("{owner}", _owner(file)))
        time.sleep(0.05)
    try:
        os.ftruncate(held, 0)
        os.write(held, f"process {os.getpid()}, since {dt.datetime.now():%H:%M:%S}".encode())
        yield
    finally:
        # Removed while still held: whoever opened it meanwhile sees that it is no longer the file of this name.
        with contextlib.suppress(OSError):
            file.unlink()
        os.close(held)


def _taken(file: Path) -> int | None:
    """The open and locked file, or None where somebody else holds it."""
    opened = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if _locked(opened) and file.exists() and os.path.samestat(os.fstat(opened), file.stat()):
            return opened
    except OSError:
        pass
    os.close(opened)
    return None


def _locked(opened: int) -> bool:
    try:
        import fcntl
    except ImportError:
        return _locked_on_windows(opened)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _locked_on_windows(opened: int) -> bool:
    import msvcrt

    # A byte far behind the text, which others may read meanwhile.
    os.lseek(opened, 1 << 30, os.SEEK_SET)
    try:
        msvcrt.locking(opened, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError:
        return False
    finally:
        os.lseek(opened, 0, os.SEEK_SET)
    return True


def _owner(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip("\0 ") or "it has just begun"
    except OSError:
        return "it has just ended"

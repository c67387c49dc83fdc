"""The one file that a store keeps its records in: opened safely on any drive, readable by its owner alone."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
from pathlib import Path

from .errors import WorkshopError

_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "ncpfs", "fuse.rclone"}
BUSY_SECONDS = 30.0
OF_THE_FILE = (sqlite3.OperationalError, sqlite3.DatabaseError)
"""What SQLite raises for the state of the file or the disk; its other errors are bugs."""
NEVER_CHANGED = {
    "records_are_never_changed": """CREATE TRIGGER IF NOT EXISTS records_are_never_changed BEFORE UPDATE ON records
  BEGIN SELECT RAISE(ABORT, 'records are append-only'); END""",
    "records_are_never_deleted": """CREATE TRIGGER IF NOT EXISTS records_are_never_deleted BEFORE DELETE ON records
  BEGIN SELECT RAISE(ABORT, 'records are append-only'); END""",
}
ALWAYS = dt.date(1900, 1, 1)
"""The effective day of what holds from the beginning, and of what is undated."""
_LONG_AGO = dt.datetime.combine(ALWAYS, dt.time(), dt.UTC).isoformat()
DATED = "SELECT * FROM records WHERE kind = ?"
UNDATED = (
    f"SELECT kind, key, version, data, schema, '{ALWAYS}' AS effective, '{_LONG_AGO}' AS at, '' AS by, "
    "0 AS withdrawn FROM undated WHERE kind = ?"
)
"""The rows of one kind, all with the same columns."""
_TABLES = """
CREATE TABLE IF NOT EXISTS records (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL,
  data TEXT NOT NULL, schema INTEGER NOT NULL,
  effective TEXT NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL, withdrawn INTEGER NOT NULL,
  UNIQUE (kind, key, version));
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, mark TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS undated (
  kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL,
  data TEXT NOT NULL, schema INTEGER NOT NULL,
  PRIMARY KEY (kind, key, version)) WITHOUT ROWID;
"""
OBJECTS = frozenset({"records", "undated", "marks", "sqlite_sequence", "sqlite_autoindex_records_1", *NEVER_CHANGED})
"""Everything a store's file holds: a file with anything else was not written by this package."""


def connect(file: Path) -> sqlite3.Connection:
    """An open connection to the store in `file`, made where it is not there; transactions are begun by hand.

    What is deleted is overwritten with zeros. On a network drive SQLite keeps a rollback journal: its write-ahead log
    needs memory that only one computer shares.
    """
    if not file.parent.is_dir():
        raise WorkshopError(f"'{file.parent}' is gone: the engagement was moved or removed.")
    if not file.exists():
        with contextlib.suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
    try:
        db = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)
        db.row_factory = sqlite3.Row
        db.execute(f"PRAGMA journal_mode={journal(file)}")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA secure_delete=ON")
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'undated'").fetchone():
            db.executescript(_TABLES + ";".join(NEVER_CHANGED.values()))
    except sqlite3.DatabaseError as error:
        raise told(file, error) from None
    return db


def copy(file: Path, to: Path) -> None:
    """A copy of a store as it stands now, whoever else is writing: one file, without what was deleted, checked."""
    os.close(os.open(to, os.O_CREAT | os.O_EXCL, 0o600))
    with contextlib.closing(connect(file)) as source, contextlib.closing(sqlite3.connect(to)) as target:
        try:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
            target.execute("VACUUM")
        except sqlite3.DatabaseError as error:
            raise told(file, error) from None
    check(to, called=file.name)


def check(file: Path, *, called: str) -> None:
    """Refuse a file that SQLite finds damaged, or that holds anything but what a store holds."""
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as db:
            whole = [row[0] for row in db.execute("PRAGMA integrity_check(1)")] == ["ok"]
            objects = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
    except sqlite3.DatabaseError:
        whole, objects = False, set()
    if not whole or not objects <= OBJECTS or "records" not in objects:
        raise WorkshopError(f"{called} is damaged or was not written by kpi-workshop, so nothing was taken from it.")


def wipe(db: sqlite3.Connection, *, patience: float = BUSY_SECONDS) -> bool:
    """Write the file anew, pages in the order of their keys, and empty the write-ahead log; whether both were done.

    Afterwards no byte of the file or its log tells what was there before, or in which order it came. False where
    somebody else was reading or writing for longer than `patience` seconds.
    """
    db.execute(f"PRAGMA busy_timeout={int(1000 * patience)}")
    try:
        db.execute("PRAGMA temp_store=MEMORY")
        db.execute("VACUUM")
        kept_waiting, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        db.execute(f"PRAGMA busy_timeout={int(1000 * BUSY_SECONDS)}")
    return not kept_waiting


def told(file: Path, error: BaseException) -> WorkshopError:
    """What a person can do about what SQLite says."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        cure = f"is being written to by somebody else for more than {BUSY_SECONDS:.0f} seconds. Try again."
    elif name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        cure = "cannot be written: the disk is full or not there. Nothing was saved; make room and try again."
    elif name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        cure = "or its folder may not be changed by you. Ask its owner, or copy the engagement to your own."
    else:
        cure = f"cannot be opened as a store of records ({error}). Restore it from a backup."
    return WorkshopError(f"{file} {cure}")


def journal(file: Path) -> str:
    """How SQLite guards a write to `file`: "WAL", or "DELETE" (a rollback journal) on a network drive."""
    return "DELETE" if on_network_drive(file) else "WAL"


def on_network_drive(file: Path) -> bool:
    """True where the folder of `file` is known to lie on a network drive, on which SQLite's WAL is not safe."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return str(file).startswith("\\\\")
    folder = str(file.parent.resolve())
    best, kind = "", ""
    for line in mounts:
        _, mount, file_system, *_ = line.split(" ")
        point = mount.replace("\\040", " ")
        if len(point) > len(best) and (folder == point or folder.startswith(point.rstrip("/") + "/")):
            best, kind = point, file_system
    return kind in _NETWORK_FILE_SYSTEMS

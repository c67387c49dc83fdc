"""Archives of an engagement: one ZIP file with the SHA-256 of all it holds, written whole or not, read warily."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from .errors import WorkshopError, listed

CONTENTS = "contents.json"
FORMAT = 1
PIECE = 1 << 20
MOST_FILES = 200_000
FREE_TO_UNPACK, MOST_TIMES = 256 << 20, 200
"""Beyond this many bytes, an archive that unpacks to more than so many times its size is taken for a trap."""
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


@dataclass(frozen=True)
class Contents:
    """What an archive says of itself: `kind` is "backup" or "pack", `files` the size and SHA-256 of each."""

    kind: str
    about: dict[str, Any]
    files: dict[str, tuple[int, str]]


def write(out: Path, files: Iterable[tuple[str, Path]], *, kind: str, about: dict[str, Any]) -> Contents:
    """Write an archive readable by its owner only, read it back, and only then put it in its place.

    `files` are names within and where to read them; those that are gone by then are passed over. A kill leaves what was
    there before, and a draft beside it that the next writing removes. Another file of that name is not overwritten.
    """
    out = Path(out).expanduser().absolute()
    if not out.parent.is_dir():
        raise WorkshopError(f"There is no folder '{out.parent}' to put '{out.name}' in. Make it first.")
    if out.exists() and not is_archive(out, kind):
        raise WorkshopError(f"'{out}' is there and is no {kind} of an engagement. Give another name with --out.")
    draft = out.with_name(f".{out.name}.part")
    draft.unlink(missing_ok=True)
    sums: dict[str, tuple[int, str]] = {}
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as made:
                for name, file in files:
                    if not file.is_file():
                        continue
                    with file.open("rb") as source, made.open(_entry(name), "w", force_zip64=True) as target:
                        sums[name] = _copied(source, target)
                said = {"format": FORMAT, "kind": kind, "about": about, "files": sums}
                made.writestr(_entry(CONTENTS), json.dumps(said, ensure_ascii=False, indent=1))
            stream.flush()
            os.fsync(stream.fileno())
        written = read(draft, name=out.name)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    return written


def is_archive(file: Path, kind: str = "") -> bool:
    """Whether the file is an archive of an engagement, of this kind if one is named, by its own words."""
    with (
        contextlib.suppress(OSError, WorkshopError, zipfile.BadZipFile, ValueError, KeyError),
        zipfile.ZipFile(file) as z,
    ):
        return kind in ("", str(json.loads(z.read(CONTENTS))["kind"]))
    return False


def read(file: Path, *, name: str = "") -> Contents:
    """What an archive holds, once every file in it was read and is what it is said to be; nothing is written."""
    with _opened(file, name or Path(file).name) as (archive, contents):
        for entry in _entries(archive, contents, name or Path(file).name):
            _check(archive, entry, contents, None, name or Path(file).name)
    return contents


def unpack(file: Path, into: Path) -> Contents:
    """Write every file of an archive below `into`, readable by its owner only, each checked as it is written."""
    told = Path(file).name
    with _opened(file, told) as (archive, contents):
        entries = _entries(archive, contents, told)
        if sum(entry.file_size for entry in entries) > shutil.disk_usage(into).free:
            raise WorkshopError(f"There is no room for what '{told}' holds. Make room and try again.")
        for entry in entries:
            target = into.joinpath(*PurePosixPath(entry.filename).parts)
            for folder in reversed(target.relative_to(into).parents):
                (into / folder).mkdir(mode=0o700, exist_ok=True)
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                _check(archive, entry, contents, out, told)
                out.flush()
                os.fsync(out.fileno())
    return contents


@contextlib.contextmanager
def _opened(file: Path, told: str) -> Iterator[tuple[zipfile.ZipFile, Contents]]:
    if not Path(file).is_file():
        raise WorkshopError(f"There is no file '{file}'.")
    damaged = WorkshopError(
        f"'{told}' is damaged or was cut short, so nothing was taken from it. Use another copy of it."
    )
    try:
        with zipfile.ZipFile(file) as archive:
            info = archive.getinfo(CONTENTS) if CONTENTS in archive.namelist() else None
            if info is None or info.file_size > 64 * PIECE:
                raise WorkshopError(f"'{told}' is no backup and no pack of an engagement: it has no {CONTENTS}.")
            said = json.loads(archive.read(info))
            if said["format"] != FORMAT:
                raise WorkshopError(
                    f"'{told}' was written by another kpi-workshop than this one. Upgrade kpi-workshop."
                )
            files = {str(n): (int(size), str(digest)) for n, (size, digest) in said["files"].items()}
            yield archive, Contents(str(said["kind"]), dict(said["about"]), files)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, TypeError, AttributeError, json.JSONDecodeError):
        raise damaged from None
    except (NotImplementedError, RuntimeError, UnicodeDecodeError):
        raise damaged from None


def _entries(archive: zipfile.ZipFile, contents: Contents, told: str) -> list[zipfile.ZipInfo]:
    """The files to be read; raises where the archive holds anything that one of ours would not."""
    entries = [entry for entry in archive.infolist() if entry.filename != CONTENTS]
    wrong = [words for entry in entries if (words := _fault(entry))]
    names = [entry.filename for entry in entries]
    if len({name.casefold() for name in names}) < len(names):
        wrong.append("Two files in it have the same name.")
    if set(names) != set(contents.files):
        wrong.append(f"It does not hold the files that its {CONTENTS} names.")
    if len(names) > MOST_FILES:
        wrong.append(f"It holds {len(names):,} files.")
    total, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if total > FREE_TO_UNPACK and total > MOST_TIMES * max(packed, 1):
        wrong.append(f"It would unpack to {total / 1e9:,.1f} GB, {total / max(packed, 1):,.0f} times its size.")
    if wrong:
        raise WorkshopError(f"'{told}' is not safe to unpack, so nothing was taken from it:\n{listed(wrong)}")
    return entries


def _fault(entry: zipfile.ZipInfo) -> str:
    name, mode = entry.orig_filename, entry.external_attr >> 16
    parts = name.split("/")
    shown = name[:60].encode("unicode_escape").decode()
    if "\\" in name or ":" in name or "\0" in name or any(part in ("", ".", "..") for part in parts):
        return f"'{shown}' does not lie within the engagement."
    if any(part.split(".")[0].casefold() in _RESERVED or part != part.rstrip(" .") for part in parts):
        return f"'{shown}' is no name that every system takes."
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return f"'{shown}' is a link or a device, not a file."
    return f"'{shown}' is locked with a password." if entry.flag_bits & 0x1 else ""


def _check(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, contents: Contents, out: IO[bytes] | None, told: str
) -> None:
    size, digest = contents.files[entry.filename]
    with archive.open(entry) as source:
        found = _copied(source, out, most=size)
    if found != (size, digest):
        raise WorkshopError(f"'{told}' is damaged: '{entry.filename}' is not what was put into it. Use another copy.")


def _copied(source: IO[bytes], target: IO[bytes] | None, *, most: int | None = None) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(PIECE):
        size += len(piece)
        if most is not None and size > most:
            break
        digest.update(piece)
        if target:
            target.write(piece)
    return size, digest.hexdigest()


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry without the times of the files: when a file was last written may tell when somebody was interviewed."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFREG | 0o600) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry

"""Zipped exports, as Salesforce's Data Export comes: the tables inside are laid out in a folder of their own."""

from __future__ import annotations

import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from ...errors import WorkshopError
from ...numbers import joined

ENDING = ".zip"
MOST_BYTES = 60 * 2**30
MOST_TIMES_SMALLER = 400
"""What grows more than this when it is unpacked was made to fill a disk."""


def unpacked(files: Sequence[Path], endings: Iterable[str]) -> tempfile.TemporaryDirectory[str]:
    """A folder with the tables of these archives, files of other kinds left out; it goes when nobody holds it any more.

    Two archives that hold a file of the same name are refused, as are locked, damaged and monstrous ones. Names that
    would leave the folder are not followed.
    """
    home = tempfile.TemporaryDirectory(prefix="kpi-workshop-", ignore_cleanup_errors=True)
    known = tuple(endings)
    taken: dict[str, Path] = {}
    for file in files:
        try:
            with zipfile.ZipFile(file) as archive:
                _check(archive, file)
                for member in archive.infolist():
                    name = _name(member, known)
                    if not name:
                        continue
                    if name in taken:
                        both = joined([f"'{one.name}'" for one in dict.fromkeys((taken[name], file))])
                        raise WorkshopError(f"'{name}' is twice in {both}. Unpack them into folders of their own.")
                    taken[name] = file
                    place = Path(home.name) / name
                    place.parent.mkdir(parents=True, exist_ok=True)
                    with archive.open(member) as inside, place.open("wb") as out:
                        while block := inside.read(1 << 20):
                            out.write(block)
        except (zipfile.BadZipFile, zlib.error, UnicodeDecodeError):
            raise WorkshopError(f"'{file.name}' cannot be unpacked: it is damaged or no zip file.") from None
        except (NotImplementedError, RuntimeError, OSError, EOFError) as error:
            raise WorkshopError(f"'{file.name}' cannot be unpacked ({error}). Unpack it yourself.") from None
    if not taken:
        raise WorkshopError(
            f"{joined([f.name for f in files])} holds no file that can be read: {', '.join(known)}. "
            "Unpack it and look what is inside."
        )
    return home


def _check(archive: zipfile.ZipFile, file: Path) -> None:
    members = archive.infolist()
    if any(member.flag_bits & 1 for member in members):
        raise WorkshopError(f"'{file.name}' is locked with a password. Unpack it yourself.")
    size, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if size > MOST_BYTES or (size > 2**30 and size > MOST_TIMES_SMALLER * max(packed, 1)):
        raise WorkshopError(
            f"'{file.name}' would unpack to {size / 2**30:,.0f} GB. Unpack it yourself if that is right."
        )


def _name(member: zipfile.ZipInfo, endings: tuple[str, ...]) -> str:
    parts = [part for part in PurePosixPath(member.filename.replace("\\", "/")).parts if part not in ("/", ".")]
    hidden = any(part.startswith((".", "~$", "__MACOSX")) for part in parts)
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    if member.is_dir() or hidden or is_link or ".." in parts or any(":" in part for part in parts):
        return ""
    return "/".join(parts) if parts and parts[-1].lower().endswith(endings) else ""

"""The files of an export on disk: found by the names a mapping gives, never outside the folder that was given."""

from __future__ import annotations

import fnmatch
import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from ...errors import WorkshopError, did_you_mean
from . import archives
from .reading import SPREADSHEETS, TAKEN

OTHER_TABLES = (*SPREADSHEETS, ".json", ".html", ".htm", ".xml")
"""Tables in forms that are not read; a file of these is named, so that it is not missed unseen."""


@dataclass(frozen=True)
class ExportFolder:
    """A folder of exports, or a single file standing for itself."""

    folder: Path
    only: str = ""
    called: str = ""
    """What people call it, where the folder is not theirs: an archive's name."""
    held: Any = field(default=None, repr=False, compare=False)

    @classmethod
    def at(cls, path: Path) -> ExportFolder:
        """The export at `path`: a folder, one file, a zip file, or a folder with nothing to read but zip files."""
        path = Path(path).expanduser().absolute()
        if path.is_file() and path.suffix.lower() == archives.ENDING:
            return cls._from_archives([path], path.name)
        if path.is_file():
            return cls(path.parent, path.name)
        if not path.is_dir():
            raise WorkshopError(f"There is no file or folder '{path}' to import.")
        found = cls(path)
        if not found.names():
            zipped = [f for f in sorted(path.iterdir()) if f.suffix.lower() == archives.ENDING and f.is_file()]
            if zipped:
                return cls._from_archives(zipped, path.name)
        return found

    @classmethod
    def _from_archives(cls, files: list[Path], called: str) -> ExportFolder:
        held = archives.unpacked(files, TAKEN)
        return cls(Path(held.name), called=called, held=held)

    @property
    def name(self) -> str:
        """What a sentence calls the export."""
        return self.only or self.called or self.folder.name

    def unread(self) -> list[str]:
        """Tables beside the others in forms that are not read, such as .numbers."""
        if self.only or not self.folder.is_dir():
            return []
        return [
            f.name for f in sorted(self.folder.iterdir()) if f.suffix.lower() in OTHER_TABLES and f.name[0] not in ".~"
        ]

    def names(self) -> list[str]:
        """Every file that can be read, by its name below the folder."""
        if self.only:
            return [self.only]
        found = []
        for parent, folders, files in os.walk(self.folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            found += [
                (Path(parent) / name).relative_to(self.folder).as_posix()
                for name in sorted(files)
                if Path(name).suffix.lower() in TAKEN and not name.startswith((".", "~$"))
            ]
        return found

    def has(self, pattern: str) -> bool:
        """Whether a file of this name or pattern is there."""
        return bool(self._matching(pattern))

    def files(self, pattern: str) -> list[tuple[Path, str]]:
        """The files of this name or pattern, each with its name below the folder; refused where they lie outside."""
        parts = {*PurePosixPath(pattern).parts, *PureWindowsPath(pattern).parts}
        if ".." in parts or PurePosixPath(pattern).is_absolute() or PureWindowsPath(pattern).anchor:
            raise WorkshopError(f"'{pattern}' leaves the folder of the export. Name a file inside it.")
        names = self._matching(pattern)
        if not names:
            there = self.names()
            hint = did_you_mean(pattern, there) or f"It has {len(there):,} other files."
            raise WorkshopError(f"There is no '{pattern}' in {self.name}. {hint}")
        home = self.folder.resolve()
        found = []
        for name in names:
            path = self.folder / name
            if not path.resolve().is_relative_to(home):
                raise WorkshopError(
                    f"'{name}' is a link that leaves the folder of the export. Put the file itself there."
                )
            found.append((path, name))
        return found

    def _matching(self, pattern: str) -> list[str]:
        wanted = PurePosixPath(pattern).as_posix()
        if self.only and wanted == self.only:
            return [self.only]
        if not self.only and (self.folder / wanted).is_file():
            return [wanted]
        if not any(sign in pattern for sign in "*?["):
            return []
        return [name for name in self.names() if fnmatch.fnmatchcase(name, pattern)]

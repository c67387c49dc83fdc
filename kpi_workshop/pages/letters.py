"""The thanks as letters: one file for each person interviewed, in a folder of the leader's own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from ..engagement import Engagement
from ..errors import WorkshopError
from ..steps import thanks
from . import documents
from .report import file_names


def write(engagement: Engagement, folder: Path, *, as_of: dt.date) -> list[Path]:
    """Write one letter a person to `folder`, readable by its owner alone, and return the files.

    Refused inside the engagement, which others may open or be given: the names of the files tell who was interviewed.
    """
    folder = Path(folder).expanduser().absolute()
    if folder.resolve().is_relative_to(engagement.folder.resolve()):
        raise WorkshopError(
            f"'{folder}' lies inside the engagement, which others may be given, and the letters tell who was "
            "interviewed. Name a folder of your own."
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WorkshopError(f"'{folder}' exists and is not empty. Name a new folder for the letters.")
    if not folder.parent.is_dir():
        raise WorkshopError(f"There is no folder '{folder.parent}' to put '{folder.name}' in. Make it first.")
    found = thanks.paragraphs(engagement, as_of=as_of)
    if not found:
        raise WorkshopError("Nobody was interviewed yet, so there is nobody to thank.")
    folder.mkdir(mode=0o700, exist_ok=True)
    names = [name.removeprefix("report-").removesuffix(".html") for name in file_names([one.person for one in found])]
    return [
        documents.write_whole(folder / f"{name}.txt", f"{one.person}\n\n{documents.printable(one.text)}\n")
        for name, one in zip(names, found, strict=True)
    ]

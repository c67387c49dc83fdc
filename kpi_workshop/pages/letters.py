"""The thanks as letters: one file for each person interviewed, in a folder of the leader's own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from .. import brand, bundle, locales
from ..engagement import Engagement
from ..errors import WorkshopError
from ..numbers import spoken_day
from ..steps import thanks
from . import documents, theme


def write(engagement: Engagement, folder: Path, *, as_of: dt.date) -> list[Path]:
    """Write one letter a person to `folder` as a page to print, readable by its owner alone, and return the files.

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
    pages = _pages(engagement, found, as_of=as_of)
    folder.mkdir(mode=0o700, exist_ok=True)
    names = documents.file_names([one.person for one in found], what="", nameless="letter")
    return [documents.write_whole(folder / name, page) for name, page in zip(names, pages, strict=True)]


def _pages(engagement: Engagement, found: list[thanks.Thanks], *, as_of: dt.date) -> list[str]:
    settings = engagement.settings
    branded = brand.facts(settings.brand, engagement.folder)
    templates = bundle.folder("templates") / "letters"
    template = theme.environment(templates).get_template("letter.html")
    css = theme.css(templates / "letter.css", brand=branded, paper=settings.paper_size)
    with locales.writing(settings.locale):
        dated = spoken_day(as_of)
    return [template.render(letter=one, client=settings, brand=branded, css=css, dated=dated) for one in found]

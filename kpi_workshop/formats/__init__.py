"""The formats of a report: the same view of one reader as page, print, slides, workbook, data or letter."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .. import locales
from ..pages import documents, editions
from ..pages.editions import View


def write(facts: dict[str, Any], persons: dict[str, Any], folder: Path, *, edition: str, format: str) -> list[Path]:
    """Write one edition in one format into `folder` and return its files, the first to be opened first.

    The same facts give the same bytes, but for pdf. Files of this format that the edition no longer has are removed.
    Raises WorkshopError where a PDF is asked for and there is no Chromium.
    """
    folder = Path(folder)
    for level in (folder.parent, folder):
        level.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    with locales.writing(facts["locale"]):
        for view in editions.views(facts, persons, edition=edition):
            written += [_put(folder / name, content) for name, content in _of(view, edition, format).items()]
    for left_over in set(folder.glob(f"*.{format}")) - set(written):
        left_over.unlink()
    return written


def _of(view: View, edition: str, format: str) -> dict[str, bytes]:
    """The files of one view in one format, by name."""
    if format in ("html", "pdf"):
        pages = editions.pages_of(view, edition=edition)
        if format == "html":
            return {name: text.encode() for name, text in pages.items()}
        from . import print_out

        return {name.removesuffix(".html") + ".pdf": content for name, content in print_out.printed(pages).items()}
    if format == "pptx":
        from . import slides

        return {f"{view.name}.pptx": slides.written(view, edition=edition)}
    if format == "xlsx":
        from . import tables

        return {f"{view.name}.xlsx": tables.written(view, edition=edition)}
    from . import letter, published

    told = published.told(view, edition=edition)
    if format == "json":
        return {f"{view.name}.json": f"{told.model_dump_json(indent=1)}\n".encode()}
    if format == "txt":
        by = (view.facts["brand"] or {}).get("name", "")
        return {f"{view.name}.txt": letter.letter(told, by=by).encode()}
    raise ValueError(f"no format {format!r}")


def _put(file: Path, content: bytes) -> Path:
    if file.suffix in (".html", ".json", ".txt"):
        return documents.write_whole(file, content.decode())
    making = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(content)
        making.replace(file)
    finally:
        making.unlink(missing_ok=True)
    return file

"""Pages as documents: filled from templates with everything escaped, and written so that nobody ever reads half."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2
import markupsafe

_TURNS_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of what follows them: a name with one could rewrite the line it stands in."""


def environment(*folders: Path) -> jinja2.Environment:
    """Templates from these folders; values are escaped, and a name that is not there is a fault."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def printable(value: Any) -> Any:
    """Text without control characters that HTML does not allow or that change what follows; the rest as it is."""
    if isinstance(value, markupsafe.Markup) or not isinstance(value, str):
        return value
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") or sign in _TURNS_TEXT else sign for sign in value)


def write_whole(file: Path, text: str) -> Path:
    """Write a file that its owner alone may read, so that no reader ever finds half of it."""
    making = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(
            os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="\n"
        ) as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        making.replace(file)
    finally:
        with contextlib.suppress(FileNotFoundError):
            making.unlink()
    return file


def file_names(of: Iterable[str], *, what: str = "report-", nameless: str = "team") -> list[str]:
    """A safe file name for each of these teams or people; two whose names come to the same are numbered.

    >>> file_names(["Field Sales", "field-sales", "../x", "\\u65e5\\u672c"])
    ['report-field-sales.html', 'report-field-sales-2.html', 'report-x.html', 'report-team.html']
    """
    taken: set[str] = set()
    names = []
    for one in of:
        plain = unicodedata.normalize("NFKD", one).encode("ascii", "ignore").decode().lower()
        slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or nameless
        number, name = 1, slug
        while name in taken:
            number += 1
            name = f"{slug}-{number}"
        taken.add(name)
        names.append(f"{what}{name}.html")
    return names

"""Files that a person asks for by name: whole or not at all, and what stood there before stays where it fails."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from .errors import WorkshopError, of_the_system


def write(out: Path, content: str | bytes) -> None:
    """Write `content` to `out`, readable by its owner alone; a pipe or a device, such as /dev/stdout, is written into.

    Raises WorkshopError where there is no folder for it, and for what else a person can mend.
    """
    held = content.encode() if isinstance(content, str) else content
    try:
        if out.exists() and not out.is_file():
            out.write_bytes(held)
            return
        if not out.absolute().parent.is_dir():
            raise WorkshopError(f"There is no folder '{out.absolute().parent}' to put '{out.name}' in. Make it first.")
        _put(out, held)
    except OSError as error:
        if told := of_the_system(error.errno, str(out)):
            raise WorkshopError(told) from None
        raise


def _put(out: Path, content: bytes) -> None:
    draft = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        draft.replace(out)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise

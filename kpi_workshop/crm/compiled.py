"""Queries compiled once: the SQL of an expression is kept in the engagement's cache until the code behind changes."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

_MADE_BY = ("ibis-framework", "sqlglot", "duckdb")


def sql(cache: Path, build: Callable[..., Any], *args: Any, **named: Any) -> str:
    """The DuckDB query of the expression that `build` returns for these arguments, built and compiled at most once.

    The arguments must tell all that the expression depends on, and show it in their `repr`.
    """
    asked = f"{build.__module__}.{build.__qualname__}{args!r}{sorted(named.items())!r}"
    file = cache / "sql" / code() / f"{hashlib.sha256(asked.encode()).hexdigest()[:32]}.sql"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return file.read_bytes().decode()
    made = of(build(*args, **named))
    with contextlib.suppress(OSError):
        keep(file, made)
    return made


def of(expression: Any) -> str:
    """The DuckDB query of an Ibis expression."""
    import ibis

    return str(ibis.to_sql(expression, dialect="duckdb", pretty=False))


def keep(file: Path, made: str) -> None:
    """Write a file of the cache at once; a folder beside its own belongs to earlier code or data and is removed."""
    if not file.parent.is_dir():
        shutil.rmtree(file.parent.parent, ignore_errors=True)
        for level in reversed(file.parents[:3]):  # `parents=True` would make those between readable by others
            level.mkdir(mode=0o700, exist_ok=True)
    making = file.with_suffix(f".{os.getpid()}")
    making.write_bytes(made.encode())
    making.chmod(0o600)
    making.replace(file)


@functools.cache
def code() -> str:
    """A digest of everything that a compiled query comes from; the reading of exports is no part of it."""
    digest = hashlib.sha256(repr([version(name) for name in _MADE_BY]).encode())
    here = Path(__file__).parent
    for file in sorted([*here.glob("*.py"), *(here / "formulas").glob("*.py")]):
        digest.update(file.relative_to(here).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]

"""A notebook's parameters: the plain literals of its cell tagged `parameters`, and whether what was given fits them."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import WorkshopError, did_you_mean, listed

FRESH_COPY = "Copy it from another engagement, or from a new one made with: kpi-workshop new"
GIVEN_BY_THE_RUN = ("engagement", "as_of")
OPENED = "KPI_WORKSHOP_ENGAGEMENT"
"""The variable in which `kpi-workshop lab` names its engagement, for notebooks that run as copies elsewhere."""
INJECTED = "# Parameters"
"""How the cell begins that papermill puts behind the parameters cell."""

Literal = str | int | float | bool


def of(notebook: Path) -> dict[str, Literal]:
    """The parameters of a notebook and their defaults: the plain literals of its cell tagged `parameters`."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        tagged = [c for c in cells if "parameters" in c.get("metadata", {}).get("tags", [])]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise WorkshopError(f"{notebook} is no notebook any more. {FRESH_COPY}") from None
    if not tagged:
        raise WorkshopError(f"{notebook} has no cell tagged 'parameters'. {FRESH_COPY}")
    try:
        return {name: ast.literal_eval(value) for name, value in _assigned("".join(tagged[0]["source"]))}
    except (SyntaxError, ValueError):
        raise WorkshopError(f"{notebook}: the parameters cell may hold plain values only. {FRESH_COPY}") from None


def checked(notebooks: Mapping[str, Path], given: Mapping[str, str]) -> dict[str, Literal]:
    """Parameters given as text, each turned into the type of its default; unknown ones named with the nearest."""
    known: dict[str, Literal] = {}
    for file in notebooks.values():
        known |= of(file)
    free = {name: value for name, value in known.items() if name not in GIVEN_BY_THE_RUN}
    problems, found = [], {}
    for name, text in given.items():
        if name in GIVEN_BY_THE_RUN:
            problems.append(f"'{name}' is set by the run itself: the folder is its first argument, the day is --as-of.")
        elif name not in free:
            problems.append(f"No notebook has a parameter '{name}'. {did_you_mean(name, known)}".strip())
        else:
            try:
                found[name] = _typed(text, like=free[name])
            except ValueError:
                wanted = {bool: "true or false", int: "a whole number", float: "a number"}[type(free[name])]
                problems.append(f"The parameter '{name}' takes {wanted}, not '{text}'.")
    if problems:
        raise WorkshopError(listed(problems))
    return found


def refuse_unknown(executed: Sequence[str], *, always: bool = False) -> None:
    """Raise WorkshopError where the cell injected behind the parameters cell sets a name that the latter does not.

    Papermill by itself warns and goes on without. `executed` are the cells run so far; an injected one is known by
    its first line, or, with `always`, by its place alone.
    """
    cells = [source for source in executed if source.strip()]
    names = [_names(source) for source in cells]
    own = next((place for place, known in enumerate(names) if known.issuperset(GIVEN_BY_THE_RUN)), None)
    if own is None or own + 1 >= len(cells) or not (always or cells[own + 1].startswith(INJECTED)):
        return
    unknown = sorted(names[own + 1] - names[own])
    if unknown:
        raise WorkshopError(
            listed([f"The notebook has no parameter '{n}'. {did_you_mean(n, names[own])}".strip() for n in unknown])
        )


def _names(source: str) -> set[str]:
    """The names that a cell assigns, where it does nothing else."""
    try:
        return {name for name, _ in _assigned(source)}
    except SyntaxError:
        return set()


def _assigned(source: str) -> Iterable[tuple[str, ast.expr]]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def _typed(text: str, *, like: Any) -> Literal:
    if isinstance(like, bool):
        if text.casefold() not in ("true", "false"):
            raise ValueError
        return text.casefold() == "true"
    return type(like)(text)  # type: ignore[no-any-return]

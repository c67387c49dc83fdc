"""The house keeps its shape: imports point one way, logic knows no widgets, notebooks keep their anatomy."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "kpi_workshop"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

FLOORS = {
    "errors": 0, "bundle": 0, "audience": 0, "files": 0,
    "numbers": 1, "small_groups": 1, "kinds": 1, "database": 1, "versions": 1, "records": 1, "erasing": 1, "changes": 1,
    "ways_back": 1,
    "engagement": 1, "locales": 1, "brand": 1, "logos": 1, "catalogue": 1, "lenses": 1,
    "words": 1, "matching": 1, "archives": 1, "suggestions": 2, "crm": 2, "evidence": 2, "steps": 3, "imports": 3,
    "demo": 3,
    "pages": 4, "exports": 4, "runs": 5, "confirming": 5, "custody": 5, "serving": 6,
    "notebook_parameters": 1, "formats": 5, "reporting": 6, "fleet": 6,
    "recipients": 1, "schedules": 5, "scheduled": 6, "delivery": 6, "commands": 7, "cli": 8, "__main__": 9,
}  # fmt: skip
"""The floor of each room; a room may import from its own floor and from below."""
LENT_DOWN = {("pages", "demo")}
WIDGETS_AND_CHARTS = {"ipywidgets", "anywidget", "altair", "vl_convert", "jinja2"}


def _modules() -> list[Path]:
    return [f for f in sorted(PACKAGE.rglob("*.py")) if "bundled" not in f.parts and f.name != "__init__.py"]


def _room(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


def _imports(file: Path) -> set[tuple[str, ...]]:
    """Every module that `file` imports, as a path below the package, or as ("", name) for what is outside it."""
    inside = file.relative_to(PACKAGE).parts
    found: set[tuple[str, ...]] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {("", alias.name.split(".")[0]) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level == 0:
                found.add(("", (node.module or "").split(".")[0]))
                continue
            base = inside[: len(inside) - node.level]
            target = base + tuple((node.module or "").split(".") if node.module else ())
            found |= {target} if target else {(alias.name,) for alias in node.names}
            if target and len(target) == 1 and (PACKAGE / target[0]).is_dir():
                found |= {(*target, alias.name) for alias in node.names}
    return found


@pytest.mark.parametrize("file", _modules(), ids=lambda f: f.relative_to(PACKAGE).as_posix())
def test_imports_point_one_way(file: Path) -> None:
    room = _room(file.relative_to(PACKAGE).parts)
    for target in _imports(file):
        if target[0] in FLOORS and (room, target[0]) not in LENT_DOWN:
            assert FLOORS[target[0]] <= FLOORS[room], f"{room} imports {target[0]}"


@pytest.mark.parametrize("file", sorted((PACKAGE / "steps").glob("[!_]*.py")), ids=lambda f: f.stem)
def test_steps_know_neither_one_another_nor_widgets_nor_charts(file: Path) -> None:
    imported = _imports(file)
    others = {t for t in imported if t[0] == "steps" and t[1:] and (PACKAGE / "steps" / f"{t[1]}.py").is_file()}
    steps_proper = {"org_chart", "hypothesis", "interviews", "sorting", "rollout"}
    if file.stem in steps_proper:
        assert {t[1] for t in others} & (steps_proper - {file.stem}) == set()
    assert {name for inside, name in (t for t in imported if t[0] == "")} & WIDGETS_AND_CHARTS == set()


@pytest.mark.parametrize("file", sorted((PACKAGE / "crm").rglob("[!_]*.py")), ids=lambda f: f.stem)
def test_client_data_code_knows_neither_widgets_nor_charts(file: Path) -> None:
    assert {t[1] for t in _imports(file) if t[0] == ""} & WIDGETS_AND_CHARTS == set()


def _cells(notebook: Path, kind: str) -> list[dict]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [c for c in cells if c["cell_type"] == kind]


def test_there_are_the_five_notebooks() -> None:
    names = {f.stem for f in NOTEBOOKS}
    assert names >= {"01_org_chart", "02_hypothesis", "03_interviews", "04_sorting", "05_rollout"}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda f: f.stem)
def test_notebooks_are_kept_without_outputs(notebook: Path) -> None:
    for cell in _cells(notebook, "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        assert cell["metadata"]["jupyter"]["source_hidden"], f"{cell['id']}: code is folded away"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda f: f.stem)
def test_a_cell_asks_one_question_and_holds_no_logic(notebook: Path) -> None:
    for cell in _cells(notebook, "code"):
        source = "".join(cell["source"])
        lines = [line for line in source.splitlines() if line.strip()]
        assert len(lines) <= 12
        assert not re.search(r"^\s*[%!]|\bpip\b", source, re.M)
        forbidden = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try, ast.With)
        assert not [n for n in ast.walk(ast.parse(source)) if isinstance(n, forbidden)], source


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda f: f.stem)
def test_parameters_are_plain_literals_each_with_its_help(notebook: Path) -> None:
    tagged = [c for c in _cells(notebook, "code") if "parameters" in c["metadata"].get("tags", [])]
    assert len(tagged) == 1
    for line in "".join(tagged[0]["source"]).splitlines():
        assert re.fullmatch(r'\w+ = ("[^"]*"|-?[\d.]+|True|False)  # .+', line), line


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda f: f.stem)
def test_a_notebook_promises_asks_and_says_what_comes_next(notebook: Path) -> None:
    prose = "\n".join("".join(c["source"]) for c in _cells(notebook, "markdown"))
    assert prose.startswith("# ")
    for words in ("**You need**", "**You leave with**", "**Time**"):
        assert words in prose
    assert "## Next" in prose
    assert not re.search(r"\b\d+(\.\d+)? ?%", prose), "a number that depends on data has no place in prose"

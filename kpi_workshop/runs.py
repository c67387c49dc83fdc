"""Headless runs: the five notebooks of an engagement, one after another in one process, with a manifest of the run."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import importlib.metadata
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import __version__, notebook_parameters
from .engagement import SETTINGS_FILE, Engagement
from .errors import WorkshopError, of_the_system
from .notebook_parameters import FRESH_COPY, Literal

STEPS = ("01_org_chart", "02_hypothesis", "03_interviews", "04_sorting", "05_rollout")
NOTEBOOK_SECONDS = 600.0
RUN_LOCK = ".run.lock"
_LONGEST_SOCKET = 80
"""Bytes of a socket's path that every system takes, with room for the kernel's own ending."""
_KERNEL = (
    "--IPKernelApp.log_level=CRITICAL",  # our interrupt at the end is no news
    "--IPKernelApp.exec_lines=import sys; sys.modules.setdefault('rfc3987_syntax', None)",  # as in the command line
)
_VERSIONS_RECORDED = ("altair", "duckdb", "ibis-framework", "pandas", "papermill", "pyarrow", "vl-convert-python")


@dataclass(frozen=True)
class Run:
    """A finished run: its folder, its report pages, and the manifest that says what went in.

    `refused` is why the pages claim nothing, where the imported data did not pass the gate; "" otherwise. `is_due` is
    False where no measure has had a new period since the report before.
    """

    folder: Path
    reports: list[Path]
    manifest: Path
    refused: str = ""
    is_due: bool = True


def run(
    engagement: Engagement,
    *,
    as_of: dt.date,
    parameters: Mapping[str, str] | None = None,
    seconds: float = NOTEBOOK_SECONDS,
    progress: Callable[[str], None] = lambda line: None,
) -> Run:
    """Run notebooks 01 to 05 as of a day; executed notebooks, pages, facts and manifest go to `runs/<as-of>/`.

    `parameters` are the notebooks' further parameters as text. An unknown one, or one of the wrong type, stops the run
    before anything is executed, and so does another run of the same engagement that is under way. A notebook that takes
    longer than `seconds` is stopped. A failed notebook is saved with its banner and the run ends there, as it does
    where an import comes in between; a page then says what happened, in the place of those of an earlier run.
    """
    from .crm.sources import lock

    says = f"Another run of '{engagement.settings.name}' is under way ({{owner}}). Nothing was done."
    with lock.only_one(engagement.run_folder("") / RUN_LOCK, says=says):
        return _run(engagement, as_of, parameters or {}, seconds, progress)


def _run(
    engagement: Engagement,
    as_of: dt.date,
    parameters: Mapping[str, str],
    seconds: float,
    progress: Callable[[str], None],
) -> Run:
    from . import brand
    from .pages import headless
    from .steps import editions, past_reports

    branded = brand.facts(engagement.settings.brand, engagement.folder)
    notebooks = {step: _notebook(engagement, step) for step in STEPS}
    given = notebook_parameters.checked(notebooks, parameters)
    folder = engagement.run_folder(as_of.isoformat())
    _make_private(folder)
    editions.note(engagement, as_of=as_of)
    manifest = folder / "manifest.json"
    manifest.unlink(missing_ok=True)  # a run that does not come to its end leaves none
    started = dt.datetime.now(dt.UTC)
    try:
        took = _executed(engagement, notebooks, folder, as_of, given, seconds, progress)
    except Exception as error:
        where = str(error).partition(": ")[0].partition("\n")[0]
        headless.no_report(engagement, as_of=as_of, error=error, where=where)
        raise
    for note in branded["notes"] if branded else ():
        progress(note)
    past_reports.forget_editions(folder)
    reports = sorted(folder.glob("report*.html"))
    write_manifest(manifest, engagement, as_of=as_of, parameters=given, started=started, took=took, reports=reports)
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    return Run(folder, reports, manifest, refused=refused(facts), is_due=facts["is_due"])


def _executed(
    engagement: Engagement,
    notebooks: Mapping[str, Path],
    folder: Path,
    as_of: dt.date,
    given: Mapping[str, Literal],
    seconds: float,
    progress: Callable[[str], None],
) -> dict[str, float]:
    """Execute the notebooks one after another, all on the data of one import; the seconds that each took."""
    from .crm import engines

    imported = engines.import_number(engagement)
    took: dict[str, float] = {}
    for number, step in enumerate(STEPS, start=1):
        progress(f"Step {number} of {len(STEPS)}: {step[3:].replace('_', ' ')}")
        since = time.monotonic()
        values = {"engagement": str(engagement.folder), "as_of": as_of.isoformat(), **given}
        known = notebook_parameters.of(notebooks[step])
        execute(
            notebooks[step],
            folder / f"{step}.ipynb",
            parameters={name: value for name, value in values.items() if name in known},
            seconds=seconds,
        )
        took[step] = round(time.monotonic() - since, 2)
        if engines.import_number(engagement) != imported:
            raise WorkshopError(
                "An import was put in place during the run: some of its pages would speak of the old data and some of "
                "the new. Run it again."
            )
    return took


def refused(facts: Mapping[str, Any]) -> str:
    """What the data gate says where it stopped data that are there; nothing imported yet is no failure."""
    gate = facts["gate"]
    return "" if gate["passes"] or gate["fresh_to"] is None else str(gate["says"])


def execute(notebook: Path, output: Path, *, parameters: Mapping[str, Literal], seconds: float) -> None:
    """Run one notebook through papermill and save it, failed or not, without widget state and times.

    What it raises itself is told in its own words: WorkshopError, and RuntimeError for a fault of ours.
    """
    import papermill

    deadline = time.monotonic() + seconds
    try:
        with _kernel_settings() as settings:
            papermill.execute_notebook(
                _literally(notebook),
                _literally(output),
                parameters=dict(parameters),
                progress_bar=False,
                cwd=str(notebook.parent),
                store_widget_state=False,
                timeout_func=lambda cell: max(1, int(deadline - time.monotonic())),
                config=settings,
                extra_arguments=list(_KERNEL),
            )
    except papermill.PapermillExecutionError as failed:
        if failed.ename in _family(WorkshopError):
            raise WorkshopError(failed.evalue) from None
        if known := _of_the_system(failed.evalue):
            raise WorkshopError(known) from None
        where = f"{notebook.name} stopped at its cell {failed.exec_count} with {failed.ename}: {failed.evalue}"
        raise RuntimeError(f"{where}\nThe notebook as far as it came: {output}") from None
    except TimeoutError:
        raise WorkshopError(
            f"{notebook.name} took longer than {seconds:.0f} seconds and was stopped. "
            "Give it more with --timeout, or open it in JupyterLab to see where it waits."
        ) from None
    finally:
        if output.exists():
            _without_times(output)


def _without_times(notebook: Path) -> None:
    """Take the times that papermill notes out of an executed notebook: the clock stands in the manifest alone."""
    book = json.loads(notebook.read_text(encoding="utf-8"))
    for noted in (book["metadata"], *(cell["metadata"] for cell in book["cells"])):
        noted.pop("execution", None)
        for name in ("start_time", "end_time", "duration"):
            noted.get("papermill", {}).pop(name, None)
    draft = notebook.with_suffix(f".{os.getpid()}.part")
    draft.write_text(json.dumps(book, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.chmod(0o600)
    draft.replace(notebook)


def write_manifest(
    file: Path,
    engagement: Engagement,
    *,
    as_of: dt.date,
    parameters: Mapping[str, Literal],
    started: dt.datetime,
    took: Mapping[str, float],
    reports: list[Path],
) -> None:
    """What went into a run and what came out: hashes of both, versions, and wall-clock times, which stand only here.

    `inputs` is what the run id is a hash of, the report before among them; `inputs_sha256` names the files.
    """
    from .steps import identity

    files = {SETTINGS_FILE: engagement.folder / SETTINGS_FILE}
    files |= {f"notebooks/{step}.ipynb": _notebook(engagement, step) for step in STEPS}
    hashes = {name: identity.file_hash(file) for name, file in files.items()}
    hashes |= {f"crm/tables/{name}": known for name, known in identity.data_files(engagement).items()}
    told = json.loads((file.parent / "facts.json").read_text(encoding="utf-8"))
    outputs = [*reports, file.parent / "facts.json"]
    charters = {team["team"]: team["charter"]["version"] for team in told["teams"] if team["charter"]}
    content = {
        "run": told["run"],
        "inputs": told["inputs"],
        "charters": charters,
        "engagement": engagement.settings.name,
        "demo": engagement.settings.demo,
        "as_of": as_of.isoformat(),
        "parameters": dict(parameters),
        "started": started.isoformat(timespec="seconds"),
        "ended": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "seconds": dict(took),
        "inputs_sha256": hashes,
        "outputs_sha256": {f.name: identity.file_hash(f) for f in outputs if f.is_file()},
        "versions": {
            "python": ".".join(map(str, sys.version_info[:3])),
            "kpi-workshop": __version__,
            **{name: importlib.metadata.version(name) for name in _VERSIONS_RECORDED},
        },
    }
    draft = file.with_suffix(f".{os.getpid()}.part")
    draft.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    draft.chmod(0o600)
    draft.replace(file)


def _notebook(engagement: Engagement, step: str) -> Path:
    file = engagement.notebooks / f"{step}.ipynb"
    if not file.is_file():
        raise WorkshopError(f"The engagement has no notebook {file.name} in '{file.parent}'. {FRESH_COPY}")
    return file


def _make_private(folder: Path) -> None:
    for level in (folder.parent, folder):
        level.mkdir(mode=0o700, exist_ok=True)


@contextlib.contextmanager
def _kernel_settings() -> Iterator[Any]:
    """Talk to kernels over socket files that only the owner can open, where the system has such.

    They lie in a folder of this run alone: the name that Jupyter takes by itself is the same for every run, so that
    two runs at once would answer one another's kernels.
    """
    from traitlets.config import Config

    with tempfile.TemporaryDirectory(prefix="kpi-workshop-", ignore_cleanup_errors=True) as folder:
        where = Path(folder) / "kernel"
        has_sockets = os.name == "posix" and len(os.fsencode(where)) <= _LONGEST_SOCKET
        yield Config({"KernelManager": {"transport": "ipc", "ip": str(where)}} if has_sockets else {})


def _of_the_system(told: str) -> str:
    """The plain sentence for what the system refused inside a notebook, "" where a person cannot mend it."""
    found = re.match(r"\[Errno (\d+)\][^:]*(?:: '(.*)')?", told)
    return of_the_system(int(found[1]), found[2] or "") if found else ""


def _literally(path: Path) -> str:
    """The path as papermill takes it: it reads braces in paths as fields to fill in."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _family(error: type[Exception]) -> set[str]:
    from . import records  # noqa: F401  (its members belong to the family)

    names = {error.__name__}
    for child in error.__subclasses__():
        names |= _family(child)
    return names


def sha256(data: bytes) -> str:
    """The SHA-256 of bytes, as a manifest names it."""
    return hashlib.sha256(data).hexdigest()

"""Reports of many engagements: found below one folder, run side by side, one failure not stopping the others."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .engagement import SETTINGS_FILE
from .errors import WorkshopError
from .reporting import BAD_INPUT, OUR_FAULT

DEPTH = 3
"""How many folders deep engagements are looked for."""
LONGEST = 3600.0
"""Seconds that one engagement's report may take."""
PATIENCE = 20
"""Seconds that a Dask cluster may take to answer."""
PROGRAM = (sys.executable, "-m", "kpi_workshop")
"""The command line of this installation; on a worker the worker's own."""


@dataclass(frozen=True)
class Done:
    """One engagement's report: where it is, its exit code, and the last thing it said."""

    folder: Path
    exit_code: int
    says: str
    seconds: float


def engagements(root: Path) -> list[Path]:
    """The engagements in and below a folder, in the order of their names; WorkshopError where there is none."""
    root = Path(root).expanduser().absolute()
    if not root.is_dir():
        raise WorkshopError(f"There is no folder '{root}'.")
    patterns = ["/".join(["*"] * depth + [SETTINGS_FILE]) for depth in range(DEPTH + 1)]
    found = sorted({file.parent for pattern in patterns for file in root.glob(pattern)})
    inside = [folder for folder in found if not any(other in folder.parents for other in found)]
    if not inside:
        raise WorkshopError(f"There is no engagement in '{root}': none of its folders has an {SETTINGS_FILE}.")
    return inside


def run(
    folders: Sequence[Path],
    arguments: Sequence[str],
    *,
    jobs: int = 1,
    executor: str = "",
    done: Callable[[Done], None] = lambda one: None,
) -> list[Done]:
    """Report on each of these engagements with further command-line arguments, in the order of the folders.

    `jobs` run at once on this machine, or all that fit on the Dask cluster that `executor` names
    (`dask://host:port`), whose workers must see the same folders. `done` is called as each ends.
    """
    asked = [(folder, [str(folder), *arguments]) for folder in folders]
    found: dict[Path, Done] = {}
    for one in _on_dask(asked, executor) if executor else _here(asked, jobs):
        found[one.folder] = one
        done(one)
    return [found[folder] for folder in folders]


def report_in_a_process(folder: str, arguments: Sequence[str]) -> tuple[str, int, str, float]:
    """Run `kpi-workshop report` in a process of its own: folder, exit code, last line said, seconds."""
    began = time.monotonic()
    command = [*PROGRAM, "report", *arguments]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return folder, OUR_FAULT, f"took longer than {LONGEST:.0f} seconds and was stopped", LONGEST
    lines = [line for line in (ended.stderr + ended.stdout).splitlines() if line.strip()]
    code = ended.returncode if 0 <= ended.returncode <= 4 else OUR_FAULT
    said = next((line for line in ended.stdout.splitlines() if line.strip()), lines[-1] if lines else "")
    if code in (OUR_FAULT, BAD_INPUT):
        said = lines[-1] if lines else f"ended with {ended.returncode}"
    if ended.returncode < 0:
        said = f"was stopped from outside ({signal.Signals(-ended.returncode).name})"
    return folder, code, said, time.monotonic() - began


def _here(asked: Sequence[tuple[Path, list[str]]], jobs: int) -> Iterator[Done]:
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        waiting = [pool.submit(report_in_a_process, str(folder), arguments) for folder, arguments in asked]
        try:
            for one in as_completed(waiting):
                yield _made(one.result())
        finally:
            for one in waiting:  # after Ctrl-C nothing new is begun
                one.cancel()


def _on_dask(asked: Sequence[tuple[Path, list[str]]], executor: str) -> Iterator[Done]:
    address = urlsplit(executor)
    try:
        port = address.port
    except ValueError:
        port = None
    if address.scheme != "dask" or not address.hostname or not port:
        raise WorkshopError(f"'{executor}' names no executor. Write dask://host:port.")
    try:
        from dask import distributed
    except ImportError:
        raise WorkshopError(
            "Dask is not installed. Install it with the extra 'dask': pip install kpi-workshop[dask]."
        ) from None
    try:
        client = distributed.Client(f"tcp://{address.hostname}:{port}", timeout=PATIENCE)
    except (OSError, TimeoutError):
        raise WorkshopError(f"No Dask cluster answers at {address.hostname}:{port}.") from None
    with client:
        _refuse_other_folders(client, [folder for folder, _ in asked])
        lost = []
        for folder, told in _sent(client, asked):
            if told is None:
                lost.append(folder)
            else:
                yield _made(told)
        # What was waiting for a worker is lost with it. One at a time, only what loses its worker itself is lost again.
        for folder, arguments in [one for one in asked if one[0] in lost]:
            again = _sent(client, [(folder, arguments)]) if _has_workers(client) else [(folder, None)]
            for _, told in again:
                gone = Done(folder, OUR_FAULT, "a worker of the Dask cluster was lost while it ran", 0.0)
                yield _made(told) if told else gone


def _has_workers(client: Any) -> bool:
    """Whether a worker is left, or one takes the place of a lost one before long."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        return False
    return True


def _sent(
    client: Any, asked: Sequence[tuple[Path, list[str]]]
) -> Iterator[tuple[Path, tuple[str, int, str, float] | None]]:
    """Each folder with what came back from the cluster, None where its worker was lost."""
    from dask import distributed

    sent = {
        client.submit(report_in_a_process, str(folder), arguments, pure=False, retries=0): folder
        for folder, arguments in asked
    }
    for one, told in distributed.as_completed(list(sent), with_results=True, raise_errors=False):
        yield sent[one], told if one.status == "finished" else None


def _refuse_other_folders(client, folders: Iterable[Path]) -> None:  # type: ignore[no-untyped-def]
    """Workers that do not see the same engagements would report on others of the same name, or on none.

    A mark is put into each folder for a moment: only who has the same folder finds it.
    """
    marks = [folder / f".kpi-workshop-{secrets.token_hex(8)}" for folder in folders if folder.is_dir()]
    try:
        for mark in marks:
            mark.touch()
        seen = client.run(_unseen, [str(mark) for mark in marks], on_error="return")
    finally:
        for mark in marks:
            mark.unlink(missing_ok=True)
    if not seen:
        raise WorkshopError("The Dask cluster has no workers.")
    for worker, unseen in seen.items():
        if isinstance(unseen, Exception):
            raise WorkshopError(
                f"The worker {worker} of the Dask cluster cannot run KPI Workshop: {unseen}. "
                "Install this version of kpi-workshop there."
            )
        if unseen:
            raise WorkshopError(
                f"The worker {worker} does not see the folder '{Path(unseen[0]).parent}' that this machine has. "
                "All workers must have the same folders under the same names. Nothing was run."
            )


def _unseen(marks: list[str]) -> list[str]:
    return [mark for mark in marks if not Path(mark).exists()]


def _made(told: tuple[str, int, str, float]) -> Done:
    folder, code, says, seconds = told
    return Done(Path(folder), code, says, round(seconds, 1))

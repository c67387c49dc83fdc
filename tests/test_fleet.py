"""Many engagements: all are reported on, one failure stops no other, and a Dask cluster must see the same folders."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import small_report

from kpi_workshop import engagement as engagements
from kpi_workshop import fleet, reporting
from kpi_workshop.crm.sources import import_crm
from kpi_workshop.errors import WorkshopError

STUB = """
import os, pathlib, signal, sys
folder = pathlib.Path(sys.argv[2])
(folder / "asked").write_text(" ".join(sys.argv[3:]))
if folder.name == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
print("said by", folder.name)
print("trouble in", folder.name, file=sys.stderr)
sys.exit(int(folder.name[0]))
"""

KILLS_ITS_WORKER = """
import os, signal, sys
if "killer" in sys.argv[2]:
    os.kill(os.getppid(), signal.SIGKILL)
print("said")
"""


def _engagement(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / engagements.SETTINGS_FILE).write_text('name = "A"\n')
    return folder


@pytest.mark.parametrize(
    ("codes", "worst"),
    [((0, 3, 2, 1, 4), 1), ((0, 3, 2, 4), 2), ((4, 3, 0), 3), ((4, 0), 0), ((4, 4), 4)],
)
def test_the_worst_exit_code_is_1_then_2_3_and_0_and_4_only_where_nothing_was_due_anywhere(
    codes: tuple[int, ...], worst: int
) -> None:
    assert reporting.worst(codes) == worst


def test_engagements_are_found_at_any_depth_but_not_inside_one_another(tmp_path: Path) -> None:
    wanted = [_engagement(tmp_path / name) for name in ("b", "a/one", "a/two deep/x")]
    _engagement(tmp_path / "b" / "copy")
    assert fleet.engagements(tmp_path) == sorted(wanted)
    (tmp_path / "none").mkdir()
    with pytest.raises(WorkshopError, match="There is no engagement in"):
        fleet.engagements(tmp_path / "none")


def test_one_failure_or_a_kill_stops_no_other_and_each_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "PROGRAM", (sys.executable, "-S", "-c", STUB))
    names = ["0 fine", "1 bug", "2 input", "3 gate", "4 not due", "killed"]
    folders = [_engagement(tmp_path / name) for name in names]
    ended: list[fleet.Done] = []
    done = fleet.run(folders, ["--format=html"], jobs=2, done=ended.append)
    assert [(one.folder, one.exit_code) for one in done] == list(zip(folders, (0, 1, 2, 3, 4, 1), strict=True))
    assert done[0].says == "said by 0 fine"
    assert done[2].says in ("said by 2 input", "trouble in 2 input")
    assert done[5].says == "was stopped from outside (SIGKILL)"
    assert sorted(str(one.folder) for one in ended) == sorted(map(str, folders))
    assert {(folder / "asked").read_text() for folder in folders} == {"--format=html"}


def test_what_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "PROGRAM", (sys.executable, "-S", "-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(fleet, "LONGEST", 0.5)
    (done,) = fleet.run([_engagement(tmp_path / "slow")], [])
    assert done.exit_code == reporting.OUR_FAULT
    assert "was stopped" in done.says


@pytest.mark.parametrize("executor", ["spark://a:1", "dask://", "dask://host", "dask://host:port", "host:8786"])
def test_an_executor_is_named_by_host_and_port(executor: str, tmp_path: Path) -> None:
    with pytest.raises(WorkshopError, match="names no executor"):
        fleet.run([tmp_path], [], executor=executor)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A real cluster of two workers on this machine, each a process of its own."""
    distributed = pytest.importorskip("distributed", reason="Dask comes with the extra 'dask'")
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, worker_dashboard_address=None
        ) as made,
    ):
        yield made.scheduler_address.replace("tcp://", "dask://")


@pytest.mark.timeout(900)
def test_a_dask_cluster_of_two_workers_makes_the_reports_that_this_machine_makes(cluster: str, tmp_path: Path) -> None:
    broken, unknown = _engagement(tmp_path / "broken"), _engagement(tmp_path / "unknown")
    (broken / engagements.SETTINGS_FILE).write_text("name = \n")
    (unknown / engagements.SETTINGS_FILE).write_text('name = "B"\ncurency = "EUR"\n')
    good = small_report.made(tmp_path / "good", whole=True)
    import_crm(good, good.crm / small_report.EXPORT)
    command = [*fleet.PROGRAM, "report", "--all", str(tmp_path), "--executor", cluster, "--as-of=2026-05-10"]
    done = subprocess.run([*command, "--format=txt"], capture_output=True, text=True, timeout=500)
    table = [line.split(None, 4) for line in done.stdout.splitlines()]
    assert [row[:2] for row in table] == [["broken", "2"], ["good", "0"], ["unknown", "2"]], done.stdout + done.stderr
    assert done.returncode == reporting.BAD_INPUT
    assert "Engagements" in done.stderr  # the progress bar, of which only the name is written where nobody looks on
    here = fleet.run([broken, good.folder, unknown], ["--as-of=2026-05-10", "--format=txt"], jobs=2)
    assert [[one.folder.name, str(one.exit_code), one.says] for one in here] == [[*row[:2], row[4]] for row in table]
    folder = good.run_folder("2026-05-10")
    assert "May 2026" in (folder / "executive" / "report.txt").read_text(encoding="utf-8")
    assert len(list(folder.glob("*.ipynb"))) == 5
    assert not list(tmp_path.rglob(".kpi-workshop-*"))


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs /proc to give one name to two folders")
def test_workers_that_see_another_folder_of_the_same_name_are_refused(
    cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _engagement(tmp_path / "acme")
    monkeypatch.chdir(tmp_path)  # the workers stay where they were started
    seen = Path("/proc/self/cwd/acme")
    with pytest.raises(WorkshopError, match=r"does not see the folder '/proc/self/cwd/acme'.*Nothing was run"):
        fleet.run([seen], [], executor=cluster)
    assert not (tmp_path / "acme" / "asked").exists()
    assert not list((tmp_path / "acme").glob(".kpi-workshop-*"))


def test_no_cluster_is_said_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="Dask comes with the extra 'dask'")
    monkeypatch.setattr(fleet, "PATIENCE", 1)
    with pytest.raises(WorkshopError, match=r"No Dask cluster answers at 127\.0\.0\.1:9"):
        fleet.run([tmp_path], [], executor="dask://127.0.0.1:9")


def test_a_worker_that_is_lost_stops_no_other(cluster: str, tmp_path: Path) -> None:
    from dask import distributed

    folders = [_engagement(tmp_path / name) for name in ("0 fine", "0 worker killer", "0 also fine")]
    program = (sys.executable, "-S", "-c", KILLS_ITS_WORKER)

    class Uses(distributed.WorkerPlugin):
        """Every worker, one that takes the place of a lost one too, runs this in the place of our command line."""

        def setup(self, worker: object) -> None:
            fleet.PROGRAM = program

    with distributed.Client(cluster.replace("dask://", "tcp://")) as client:
        client.register_plugin(Uses())
    done = fleet.run(folders, [], executor=cluster)
    assert [one.exit_code for one in done] == [0, reporting.OUR_FAULT, 0]
    assert done[1].says == "a worker of the Dask cluster was lost while it ran"


def test_a_cluster_whose_workers_are_all_gone_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from dask import distributed

    monkeypatch.setattr(fleet, "PATIENCE", 0.5)
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None) as empty,
        distributed.Client(empty) as client,
    ):
        assert not fleet._has_workers(client)
        empty.scale(1)
        monkeypatch.setattr(fleet, "PATIENCE", 20)
        assert fleet._has_workers(client)

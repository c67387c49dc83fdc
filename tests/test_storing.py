"""An import killed at any moment, or beside another one, leaves tables and records that agree."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pyarrow.parquet as pq
import pytest

from kpi_workshop import engagement as engagements
from kpi_workshop.crm import engines
from kpi_workshop.crm.sources import import_crm, lock, storing
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import CRM, Import, Seat

MAPPING = """
[seats]
file = "people.csv"
columns = { person = "Name", team = "Team" }
[accounts]
file = "accounts.csv"
columns = { account_id = "Id" }
[opportunities]
file = "deals.csv"
columns = { opportunity_id = "Id", seller = "Owner", status = "Status", opened_on = "Created" }
"""


def export(folder, *, state):
    """An export in which every file says `state`: that many sellers, accounts and deals."""
    folder.mkdir(exist_ok=True)
    names = [f"Seller {i}" for i in range(state)]
    files = {
        "people.csv": ["Name,Team", *(f"{name},West" for name in names)],
        "accounts.csv": ["Id", *(f"A{i}" for i in range(state))],
        "deals.csv": [
            "Id,Owner,Status,Created",
            *(f"D{i},{name},open,2024-01-0{i}" for i, name in enumerate(names, 1)),
        ],
        "mapping.toml": [f"# {state}", MAPPING],
    }
    for name, lines in files.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def states(engagement):
    """What each part of the engagement says of the state it is in."""
    folder = engagement.tables
    return {
        "seats": len(engagement.records.current(Seat)),
        "accounts": pq.read_metadata(folder / "accounts.parquet").num_rows,
        "opportunities": pq.read_metadata(folder / "opportunities.parquet").num_rows,
    }


def copies(engagement):
    """What the copied exports and the mapping say."""
    crm = engagement.crm
    lines = {file.stem: len(file.read_text().splitlines()) - 1 for file in (crm / "exports").glob("*.csv")}
    return {**lines, "mapping": int((crm / "mapping.toml").read_text().split()[1])}


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
import duckdb, pandas, pyarrow.compute, pyarrow.parquet
from kpi_workshop import engagement
from kpi_workshop.crm import sources
from kpi_workshop.crm.sources import history, storing
from kpi_workshop.records import Store

start, new, home = map(Path, sys.argv[1:])

def counted(call):
    def stepped(*given, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*given, **named)
    return stepped

step = 0
while True:
    step += 1
    folder = home / f"{step:03d}"
    shutil.copytree(start, folder)
    child = os.fork()
    if child == 0:
        left = step
        for place, names in ((os, "link fsync mkdir replace unlink rmdir write"), (shutil, "copyfile"),
                             (pyarrow.parquet, "write_table"), (storing, "_move_staged settle"), (history, "keep")):
            for name in names.split():
                setattr(place, name, counted(getattr(place, name)))
        Store.save_all = counted(Store.save_all)
        sources.import_crm(engagement.load(folder), new, mapping=new / "mapping.toml")
        os._exit(0)
    ended = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(ended):
        sys.exit(os.waitstatus_to_exitcode(ended))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_kill_at_any_step_leaves_the_old_import_or_the_new_one_whole(engagement, tmp_path):
    import_crm(engagement, export(tmp_path / "old", state=2))
    new, home = export(tmp_path / "new", state=3), tmp_path / "killed"
    home.mkdir()
    subprocess.run([sys.executable, "-c", KILLED, engagement.folder, new, home], check=True, timeout=200)
    found = []
    for folder in sorted(home.iterdir()):
        opened = engagements.load(folder)
        after = states(opened)
        assert len(set(after.values())) == 1, (folder.name, after)
        found.append(after["seats"])
        with lock.alone(opened):
            storing.settle(opened)
        assert states(opened) == after
        assert set(copies(opened).values()) == {after["seats"]}, folder.name
        assert len(list(opened.every_import.glob("0*"))) == after["seats"] - 1
        assert not (opened.crm / lock.LOCK_FILE).exists()
    assert len(found) > 30
    assert found == sorted(found) and set(found) == {2, 3}, "there is one moment at which all of it changes"
    last = [engagements.load(folder) for folder in sorted(home.iterdir())[::10]]
    for opened in last:
        import_crm(opened, new, mapping=new / "mapping.toml")
        assert set(states(opened).values()) == {3}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_kill_at_any_moment_of_the_clock_leaves_them_whole_too(engagement, tmp_path):
    old, new = export(tmp_path / "old", state=2), export(tmp_path / "new", state=3)
    import_crm(engagement, old)
    script = (
        "import sys, itertools; from pathlib import Path; from kpi_workshop import engagement; "
        "from kpi_workshop.crm.sources import import_crm; opened = engagement.load(Path(sys.argv[1]))\n"
        "for n in itertools.count():\n"
        "    folder = Path(sys.argv[2 + n % 2]); import_crm(opened, folder, mapping=folder / 'mapping.toml')\n"
        "    print(n, flush=True)"
    )
    for wait in (0.0, 0.013, 0.031, 0.052, 0.074):
        words = [sys.executable, "-c", script, engagement.folder, new, old]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as running:
            running.stdout.readline()
            time.sleep(wait)
            running.send_signal(signal.SIGKILL)
        assert len(set(states(engagement).values())) == 1
    import_crm(engagement, new, mapping=new / "mapping.toml")
    assert set(states(engagement).values()) == set(copies(engagement).values()) == {3}


def test_two_imports_at_once_come_one_after_the_other(engagement, tmp_path):
    folders = [export(tmp_path / f"state{i}", state=i) for i in (1, 2, 3, 4)]
    faults = []

    def run(folder):
        try:
            import_crm(engagement, folder, mapping=folder / "mapping.toml")
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=run, args=(folder,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    rows = states(engagement)
    assert rows["accounts"] == rows["opportunities"]
    assert len(engagement.records.history(Import, CRM)) == 4


def test_a_second_import_says_who_is_at_it_and_stops(engagement, tmp_path, monkeypatch):
    folder = export(tmp_path / "new", state=2)
    monkeypatch.setattr(lock, "WAITS", 0.1)
    with lock.alone(engagement), pytest.raises(WorkshopError) as refusal:
        import_crm(engagement, folder)
    assert str(refusal.value).startswith(f"Another import into 'Acme' is running (process {os.getpid()}, since ")
    assert engagement.records.get(Import, CRM) is None
    import_crm(engagement, folder)


def test_the_lock_file_of_a_killed_import_holds_nobody_up(engagement, tmp_path):
    (engagement.crm / lock.LOCK_FILE).write_text("process 1, since 00:00:00")
    import_crm(engagement, export(tmp_path / "new", state=2))
    assert not (engagement.crm / lock.LOCK_FILE).exists()


def test_a_reader_goes_on_reading_while_an_import_is_put_in_place(engagement, tmp_path):
    import_crm(engagement, export(tmp_path / "old", state=2))
    with engines.session(engagement) as engine:
        before = engine.run(formulas_count())
        import_crm(engagement, export(tmp_path / "new", state=3), mapping=tmp_path / "new" / "mapping.toml")
        assert engine.run(formulas_count()).equals(before)
    with engines.session(engagement) as engine:
        assert engine.run(formulas_count()).iloc[0, 0] == 3


def formulas_count():
    import ibis

    return ibis.table({"opportunity_id": "string"}, name="opportunities").aggregate(n=lambda t: t.count())


def test_unchanged_tables_take_no_room_twice(engagement, tmp_path):
    folder = export(tmp_path / "old", state=2)
    import_crm(engagement, folder)
    before = (engagement.tables / "accounts.parquet").stat()
    (folder / "deals.csv").write_text("Id,Owner,Status,Created\nD1,Seller 1,open,2024-02-01\n", encoding="utf-8")
    import_crm(engagement, folder)
    after = (engagement.tables / "accounts.parquet").stat()
    assert engagement.tables.name == "0002"
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_only_the_last_two_imports_keep_their_tables(engagement, tmp_path):
    for state in (1, 2, 3, 4):
        folder = export(tmp_path / "new", state=state)
        import_crm(engagement, folder, mapping=folder / "mapping.toml")
    assert sorted(place.name for place in engagement.every_import.glob("0*")) == ["0003", "0004"]
    assert sorted(place.name for place in (engagement.every_import / "history").iterdir()) == ["0002", "0003", "0004"]

"""The store: nothing confirmed is lost, nothing is changed in place, versions are found by day and by knowledge."""

from __future__ import annotations

import contextlib
import datetime as dt
import multiprocessing
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kpi_workshop.database import on_network_drive
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import KINDS, Hypothesis, Person, Team
from kpi_workshop.records import Store
from kpi_workshop.versions import Conflict


def test_the_latest_version_is_current_and_every_version_is_kept(engagement: Engagement) -> None:
    store = engagement.records
    assert store.save(Team(name="Inside Sales"), "Inside Sales") == 1
    assert store.save(Team(name="Inside Sales", purpose="Close small deals"), "Inside Sales") == 2
    assert store.current(Team)["Inside Sales"].purpose == "Close small deals"
    assert [v.record.purpose for v in store.history(Team, "Inside Sales")] == ["", "Close small deals"]


def test_saving_the_same_again_adds_no_version(engagement: Engagement) -> None:
    store = engagement.records
    numbers = [store.save(Team(name="Field Sales"), "Field Sales") for _ in range(3)]
    assert numbers == [1, 1, 1]


def test_undo_brings_back_what_was_there_before_and_is_itself_a_version(engagement: Engagement) -> None:
    store = engagement.records
    store.save(Team(name="A", order=1), "A")
    store.save(Team(name="A", order=2), "A")
    store.undo(Team, "A")
    assert store.current(Team)["A"].order == 1
    assert store.version(Team, "A") == 3


def test_undoing_the_first_version_removes_the_record(engagement: Engagement) -> None:
    engagement.records.save(Team(name="A"), "A")
    engagement.records.undo(Team, "A")
    assert engagement.records.current(Team) == {}


def test_a_removed_record_is_gone_from_today_and_still_there_yesterday(engagement: Engagement) -> None:
    store = engagement.records
    yesterday = dt.date.today() - dt.timedelta(days=1)
    store.save(Team(name="A"), "A", effective=yesterday)
    store.withdraw(Team, "A")
    assert store.current(Team) == {}
    assert list(store.current(Team, as_of=yesterday)) == ["A"]


def test_an_old_day_sees_the_version_that_held_then(engagement: Engagement) -> None:
    store = engagement.records
    store.save(Team(name="A", order=1), "A", effective=dt.date(2025, 1, 1))
    store.save(Team(name="A", order=2), "A", effective=dt.date(2025, 7, 1))
    orders = [store.current(Team, as_of=dt.date(2025, month, 15)) for month in (6, 8)]
    assert [found["A"].order for found in orders] == [1, 2]
    assert store.current(Team, as_of=dt.date(2024, 12, 31)) == {}


def test_what_was_known_on_a_moment_leaves_out_what_was_recorded_later(engagement: Engagement) -> None:
    store = engagement.records
    store.save(Team(name="A", order=1), "A", effective=dt.date(2025, 1, 1))
    known_on = dt.datetime.now(dt.UTC)
    time.sleep(0.01)
    store.save(Team(name="A", order=2), "A", effective=dt.date(2025, 1, 1))
    found = store.get(Team, "A", known_on=known_on)
    assert found is not None
    assert found.order == 1


def test_records_come_in_the_order_they_were_first_entered(engagement: Engagement) -> None:
    store = engagement.records
    for name in ("Zeta", "Alpha", "Mid"):
        store.save(Team(name=name), name)
    store.save(Team(name="Zeta", order=9), "Zeta")
    assert list(store.current(Team)) == ["Zeta", "Alpha", "Mid"]


def test_an_edit_of_an_outdated_version_is_a_conflict_that_shows_theirs(engagement: Engagement) -> None:
    store = engagement.records
    store.save(Team(name="A"), "A")
    seen = store.version(Team, "A")
    store.save(Team(name="A", purpose="theirs"), "A", by="Ada")
    with pytest.raises(Conflict, match="changed meanwhile by Ada") as conflict:
        store.save(Team(name="A", purpose="mine"), "A", expects=seen)
    assert conflict.value.theirs.record.purpose == "theirs"
    assert store.current(Team)["A"].purpose == "theirs"


def test_many_records_are_saved_all_or_none(engagement: Engagement) -> None:
    with pytest.raises(WorkshopError):
        engagement.records.save_all([("A", Team(name="A")), ("", Team(name="B"))])
    assert engagement.records.current(Team) == {}


def test_a_hypothesis_cannot_get_into_the_shared_store(engagement: Engagement) -> None:
    with pytest.raises(TypeError, match="private store"):
        engagement.records.save(Hypothesis(team="A"), "A")


def test_nobody_can_change_or_delete_a_version_in_place(engagement: Engagement) -> None:
    engagement.records.save(Team(name="A"), "A")
    with sqlite3.connect(engagement.records.file) as db:
        for statement in ("UPDATE records SET data = '{}'", "DELETE FROM records"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                db.execute(statement)


def test_only_the_owner_can_read_the_files(engagement: Engagement) -> None:
    engagement.records.save(Team(name="A"), "A")
    engagement.private.save(Hypothesis(team="A"), "A")
    for file in engagement.folder.glob("*.db*"):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


def test_reading_an_absent_store_finds_nothing_and_makes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "records.db")
    assert store.current(Team) == {}
    assert store.last_saved() is None
    assert not store.file.exists()


def test_a_file_that_is_no_store_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_text("not a database at all, and long enough to be looked at" * 20)
    with pytest.raises(WorkshopError, match=r"records\.db cannot be opened .* backup"):
        Store(tmp_path / "records.db").current(Team)


def test_equal_records_have_equal_fingerprints_whenever_they_were_saved(tmp_path: Path) -> None:
    prints = []
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        store = Store(tmp_path / place / "records.db")
        store.save(Team(name="A"), "A")
        prints.append(store.fingerprint())
    store.save(Team(name="B"), "B")
    assert prints[0] == prints[1] != store.fingerprint()


def test_every_kind_is_registered_under_its_own_name() -> None:
    assert all(KINDS[name].kind == name for name in KINDS)
    assert {name for name, model in KINDS.items() if model.private} == {
        "hypothesis", "seal", "interview", "quote", "answer_form", "reply", "offer", "invitation",
        "pulse", "pulse_taken", "way_back",
    }  # fmt: skip


def test_a_local_folder_is_not_taken_for_a_network_drive(tmp_path: Path) -> None:
    assert not on_network_drive(tmp_path / "records.db")


def _write_people(file: str, writer: int, count: int) -> None:
    store = Store(Path(file))
    for i in range(count):
        store.save(Person(person=f"{writer}-{i}", name="x"), f"{writer}-{i}")


def test_four_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_people, args=(str(file), w, 20)) for w in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [w.exitcode for w in writers] == [0] * 4
    assert len(Store(file).current(Person)) == 80


_SAVE_UNTIL_KILLED = """
import sys, pathlib
from kpi_workshop.records import Store
from kpi_workshop.kinds import Person
store = Store(pathlib.Path(sys.argv[1]))
for i in range(100_000):
    store.save(Person(person=f"{sys.argv[2]}-{i}", name="x"), f"{sys.argv[2]}-{i}")
    print(f"{sys.argv[2]}-{i}", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9 exists on POSIX systems only")
def test_a_kill_at_any_moment_loses_nothing_that_was_confirmed(tmp_path: Path) -> None:
    file, confirmed = tmp_path / "records.db", []
    for life in range(4):
        command = [sys.executable, "-c", _SAVE_UNTIL_KILLED, str(file), str(life)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            confirmed += [writer.stdout.readline().strip() for _ in range(5 + 7 * life)]
            writer.send_signal(signal.SIGKILL)
            confirmed += [line for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    found = Store(file).current(Person)
    assert len(confirmed) >= 5 + 12 + 19 + 26
    assert [key for key in confirmed if key.strip() not in found] == []


def test_a_store_with_a_broken_page_is_told_in_one_line(tmp_path: Path) -> None:
    store = Store(tmp_path / "records.db")
    store.save_all([(f"Team {i}", Team(name=f"Team {i}", purpose="x" * 900)) for i in range(40)])
    content = bytearray(store.file.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    store.file.write_bytes(content)
    with pytest.raises(WorkshopError, match=r"records\.db cannot be opened .* backup"):
        store.current(Team)


def test_a_store_that_somebody_else_holds_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kpi_workshop.database.BUSY_SECONDS", 0.05)
    store = Store(tmp_path / "records.db")
    store.save(Team(name="A"), "A")
    with contextlib.closing(sqlite3.connect(store.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(WorkshopError, match="written to by somebody else"):
            store.save(Team(name="B"), "B")
    store.save(Team(name="B"), "B")

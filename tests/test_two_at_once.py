"""Two people at once: two processes on one engagement see each other's records, and neither loses a word."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kpi_workshop import database
from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Charter, Team
from kpi_workshop.records import ChangedMeanwhile, Store
from kpi_workshop.versions import Conflict

_OTHER = """
import json, pathlib, sys
from kpi_workshop.kinds import Team
from kpi_workshop.records import ChangedMeanwhile, Store
from kpi_workshop.versions import Conflict
store = Store(pathlib.Path(sys.argv[1]))
seen = {}
for line in sys.stdin:
    do, *given = json.loads(line)
    try:
        if do == "look":
            seen = {"version": store.version(Team, "Field"), "state": store.state(Team)}
            told = {key: team.purpose for key, team in store.current(Team).items()}
        elif do == "save":
            told = store.save(Team(name="Field", purpose=given[0]), "Field", by="Bo", expects=seen["version"])
        elif do == "save all":
            with store.unless_changed(seen["state"], Team):
                told = store.save_all([(n, Team(name=n, purpose=given[0])) for n in ("Field", "Inside")], by="Bo")
    except Conflict as conflict:
        told = {"theirs": conflict.theirs.record.purpose, "by": conflict.theirs.by, "mine": conflict.mine.purpose}
    except ChangedMeanwhile as changed:
        told = str(changed)
    print(json.dumps(told), flush=True)
"""


@contextmanager
def other(file: Path) -> Iterator[Any]:
    """Another process with the same store: a function that has it do something and returns what it says."""
    command = [sys.executable, "-c", _OTHER, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None

        def ask(*what: str) -> Any:
            process.stdin.write(json.dumps(what) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_two_processes_see_each_other_and_a_conflict_offers_both_versions(
    engagement: Engagement, monkeypatch: pytest.MonkeyPatch, journal: str
) -> None:
    monkeypatch.setattr(database, "journal", lambda file: journal)
    store = engagement.records
    store.save(Team(name="Field", purpose="first"), "Field", by="Ada")
    with other(store.file) as bo:
        assert bo("look") == {"Field": "first"}
        assert bo("save", "Bo's") == 2
        assert store.current(Team)["Field"].purpose == "Bo's", "seen here at once"
        seen, state = store.version(Team, "Field"), store.state(Team)
        assert bo("look") == {"Field": "Bo's"}
        store.save(Team(name="Field", purpose="Ada's"), "Field", by="Ada", expects=seen)
        assert bo("save", "Bo's second") == {"theirs": "Ada's", "by": "Ada", "mine": "Bo's second"}
        assert "Nothing was overwritten" in bo("save all", "Bo's third")
        assert bo("look") == {"Field": "Ada's"}
        assert bo("save all", "Bo's fourth") == [4, 1]
    with pytest.raises(ChangedMeanwhile), store.unless_changed(state, Team):
        store.save(Team(name="Inside", purpose="unseen"), "Inside")
    with pytest.raises(Conflict) as conflict:
        store.save(Team(name="Field", purpose="late"), "Field", expects=seen)
    assert conflict.value.theirs.record.purpose == "Bo's fourth"
    kept = [version.record.purpose for version in store.history(Team, "Field")]
    assert kept == ["first", "Bo's", "Ada's", "Bo's fourth"], "none is lost"


def test_saving_what_others_did_not_touch_is_no_conflict(engagement: Engagement) -> None:
    store = engagement.records
    state = store.state(Charter)
    store.save(Team(name="Field"), "Field")
    with store.unless_changed(state, Charter):
        store.save(Team(name="Inside"), "Inside")
    assert list(store.current(Team)) == ["Field", "Inside"]


def test_on_a_network_drive_there_is_no_write_ahead_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = f"/dev/sda1 / ext4 rw 0 0\nserver:/share {tmp_path} nfs4 rw,relatime 0 0\n"
    real = Path.read_text
    monkeypatch.setattr(
        Path, "read_text", lambda self, **how: mounts if self == Path("/proc/mounts") else real(self, **how)
    )
    store = Store(tmp_path / "records.db")
    assert database.on_network_drive(store.file) and database.journal(store.file) == "DELETE"
    store.save(Team(name="Field"), "Field")
    with store._reading() as db:
        assert db is not None and db.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    assert [file.name for file in tmp_path.iterdir()] == ["records.db"]
    assert list(Store(store.file).current(Team)) == ["Field"]

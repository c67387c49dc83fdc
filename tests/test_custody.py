"""Custody: what is handed on holds nothing private, a backup brings everything back, and what is purged is gone."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from kpi_workshop import archives, custody, erasing
from kpi_workshop import engagement as engagements
from kpi_workshop.cli import cli
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.imports import answers, form_columns
from kpi_workshop.kinds import Hypothesis, Interview, Invitation, Person, Quote, Suggestion, Team
from kpi_workshop.steps import hypothesis, interviews, offers, purging

DAY = dt.date(2024, 3, 14)
AS_OF = dt.date(2024, 12, 31)
WHO, WORDS = "Ottoline D'Arcy-Väisänen", "the kumquat is always riper before noon"
GUESS = "Zyxomma rate of quarterly handshakes"


@pytest.fixture
def acme(tmp_path: Path) -> Engagement:
    """Interviews by hand and by import, drafts, a hypothesis, a run, and an answer file left where nobody needs it."""
    made = engagements.create(tmp_path / "acme")
    made.records.save_all([(name, Team(name=name)) for name in ("Field", "Inside")])
    made.private.save(Hypothesis(team="Field", metrics=(GUESS,)), "Field")
    for number in range(4):
        record(made, f"Other {number}", f"other words number {number}")
    record(made, WHO, WORDS)
    rows = ["Timestamp,Your name,E-mail address,What do you do every day that makes you successful?"]
    rows += [f"3/27/2024 18:35:00,{WHO},kumquat@acme.example,{WORDS}; call early", "3/27/2024 19:00:00,Other 0,,Demos"]
    form = tmp_path / "responses.csv"
    form.write_text("\n".join(rows), encoding="utf-8")
    plan = answers.plan(made, form_columns.read(form, role="top"), role="top", teams=("Field",))
    answers.save(made, plan, as_of=AS_OF, seal=hypothesis.seal)
    waiting = offers.waiting(made)
    offers.decide(made, [{"key": waiting[0].key, "decision": "accept", "text": "Fruit first"}])
    offers.decide(made, [{"key": waiting[1].key, "decision": "drop", "text": ""}])
    made.private.save(Invitation(team="Field", person=WHO), f"Field|{WHO}")
    (made.folder / purging.DRAFTS).mkdir()
    (made.folder / purging.DRAFTS / "abc.json").write_text(json.dumps({"interviewee": WHO}))
    (made.folder / "runs" / "2024-12-31").mkdir()
    (made.folder / "runs" / "2024-12-31" / "report.html").write_text("<p>Revenue up</p>")
    (made.cache / "learned.json").write_text(json.dumps({"words": WORDS}))
    return made


def record(made: Engagement, who: str, words: str) -> str:
    return interviews.record(
        made, interviewee=who, role="top", teams=["Field"], held_on=DAY, notes=f"{who} notes {words}",
        suggestions=[("Talk time", words), ("Win rate", f"and {words}")], seal=hypothesis.seal,
    )  # fmt: skip


def traces(folder: Path) -> list[str]:
    """Files in which the name, part of it, the e-mail or the words stand in any spelling a file may have."""
    needles = [WHO, "D'Arcy", "Ottoline", WORDS, "kumquat"]
    spelled = {n for word in needles for n in (word, json.dumps(word)[1:-1], word.replace("'", "&#x27;"))}
    found = []
    for file in (f for f in folder.rglob("*") if f.is_file()):
        content = file.read_bytes().lower()
        if file.suffix == ".zip":
            with zipfile.ZipFile(file) as z:
                content += b"".join(z.read(name).lower() for name in z.namelist())
        found += [file.name for word in spelled if word.lower().encode() in content]
    return sorted(set(found))


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(p.stat().st_mode) & 0o077 for p in [folder, *folder.rglob("*")] if not p.is_symlink()}


# Purge


def test_a_purged_person_stands_in_no_byte_that_is_left(acme: Engagement, tmp_path: Path) -> None:
    kept_open = sqlite3.connect(acme.private.file)  # a notebook that looked once and reads nothing now
    kept_open.execute("SELECT count(*) FROM records").fetchone()
    record(acme, WHO.upper(), f"{WORDS} again")
    interviews.withdraw(acme, record(acme, WHO, "the kumquat, taken back"))
    assert set(traces(acme.folder)) >= {"private.db", "learned.json", "abc.json"}
    listed = acme.records.current(Suggestion)
    backup, _ = custody.backup(acme, tmp_path / "before.zip")
    told = "\n".join(custody.purge(acme, WHO))
    assert traces(acme.folder) == []
    kept_open.close()
    assert traces(acme.folder) == []
    assert acme.records.current(Suggestion) == listed, "what they suggested stays listed"
    assert str(backup) in told and "4 interviews" in told
    assert sorted(i.interviewee for i in interviews.held(acme).values()) == [
        "Other 0",
        *(f"Other {n}" for n in range(4)),
    ]
    assert len(acme.private.current(Quote)) == 8
    assert not acme.private.current(Invitation)
    assert hypothesis.sealed(acme, "Field") is not None
    with pytest.raises(WorkshopError, match="Nobody by the name"):
        custody.purge(acme, WHO)
    assert len(interviews.held(acme)) == 5, "a refusal changes nothing"


def test_counts_after_a_purge_tell_of_no_small_group(acme: Engagement) -> None:
    purging.purge(acme, WHO)
    table = interviews.heard(acme, as_of=AS_OF)
    assert interviews.groups(acme, as_of=AS_OF) == {"sellers": 4, "managers": 0, "executives": 0}
    assert set(table.loc[table["suggestion"] == "Fruit first", "said_by"].dropna()) <= {0}


def test_a_purge_asks_first_and_names_the_files_that_are_not_ours(acme: Engagement) -> None:
    (acme.folder / "old answers.csv").write_text(f"a,{WORDS}\n", encoding="utf-8")
    ask = ["purge", str(acme.folder), "--interviewee", WHO]
    refused = CliRunner().invoke(cli, ask)
    assert isinstance(refused.exception, WorkshopError) and "--yes" in str(refused.exception)
    assert purging.count(acme, WHO) == 2
    told = CliRunner().invoke(cli, [*ask, "--yes"], catch_exceptions=False).output
    assert "old answers.csv" in told
    assert traces(acme.folder) == ["old answers.csv"]


def test_a_purge_that_others_hold_up_says_so_and_is_finished_later(
    acme: Engagement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kpi_workshop.database.wipe", lambda db, **_: False)
    with pytest.raises(WorkshopError, match="open elsewhere"):
        purging.purge(acme, WHO)
    assert not erasing.is_wiped(acme.private)
    monkeypatch.undo()
    assert "is finished" in custody.purge(acme, WHO)[0]
    assert erasing.is_wiped(acme.private) and traces(acme.folder) == []


_KILLED = """
import os, signal, sys
from pathlib import Path
from kpi_workshop import archives, custody, database, engagement, erasing
where, what, dies_in = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
room, name = dies_in.split(".")
module = {"archives": archives, "database": database, "engagement": engagement}[room]
whole = getattr(module, name)
def dies(*given, **named):
    if dies_in.endswith("read") or dies_in.endswith("load"):
        whole(*given, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, name, dies)
opened = None if what == "restore" else engagement.load(where / "acme")
if what == "purge": custody.purge(opened, sys.argv[4])
if what == "backup": custody.backup(opened, where / "new.zip")
if what == "restore": custody.restore(where / "old.zip", where / "back")
"""


def killed(where: Path, what: str, dies_in: str) -> None:
    command = [sys.executable, "-c", _KILLED, str(where), what, dies_in, WHO]
    assert subprocess.run(command, timeout=60).returncode == -signal.SIGKILL


@pytest.mark.skipif(os.name != "posix", reason="kill -9 exists on POSIX systems only")
def test_a_kill_in_the_middle_leaves_nothing_by_halves(acme: Engagement, tmp_path: Path) -> None:
    custody.backup(acme, tmp_path / "old.zip")
    before = (tmp_path / "old.zip").read_bytes()
    killed(tmp_path, "backup", "archives.read")
    assert not (tmp_path / "new.zip").exists() and (tmp_path / ".new.zip.part").exists()
    custody.backup(acme, tmp_path / "new.zip")
    assert not (tmp_path / ".new.zip.part").exists()
    for moment in ("archives._check", "database.check", "engagement.load"):
        killed(tmp_path, "restore", moment)
        assert not (tmp_path / "back").exists()
    custody.restore(tmp_path / "old.zip", tmp_path / "back")
    assert not list(tmp_path.glob(".kpi-workshop-*")), "what killed restores left is swept away"
    assert (tmp_path / "old.zip").read_bytes() == before
    killed(tmp_path, "purge", "database.wipe")
    custody.purge(acme, WHO)
    assert traces(acme.folder) == []


# Backup and restore


def test_a_backup_brings_everything_back_while_others_write(acme: Engagement, tmp_path: Path) -> None:
    writing = f"""
import pathlib
from kpi_workshop.records import Store
from kpi_workshop.kinds import Person
store = Store(pathlib.Path({str(acme.records.file)!r}))
for i in range(100000):
    store.save(Person(person=str(i), name="x"), str(i))
    print(i, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", writing], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        file, _ = custody.backup(acme, tmp_path / "b.zip")
        until = time.monotonic() + 20
        while time.monotonic() < until and not writer.stdout.readline():
            pass
        writer.kill()
    back, kind = custody.restore(file, tmp_path / "back")
    assert kind == "backup"
    people = back.records.current(Person)
    assert list(people) == [str(n) for n in range(len(people))] and people, "all up to a moment, none after it"
    assert list(back.private.export()) == list(acme.private.export())
    assert back.records.current(Suggestion) == acme.records.current(Suggestion)
    assert (back.folder / "runs/2024-12-31/report.html").read_text() == "<p>Revenue up</p>"
    assert {p.name for p in back.notebooks.iterdir()} == {p.name for p in acme.notebooks.iterdir()}
    assert not (back.cache / "learned.json").exists()
    assert hypothesis.sealed(back, "Field") == hypothesis.sealed(acme, "Field")


def test_nothing_is_restored_over_anything(acme: Engagement, tmp_path: Path) -> None:
    file, _ = custody.backup(acme, tmp_path / "b.zip")
    for wrong, words in ((acme.folder, "not empty"), (tmp_path / "no" / "where", "Make it first")):
        with pytest.raises(WorkshopError, match=words):
            custody.restore(file, wrong)
    with pytest.raises(WorkshopError, match="within the engagement"):
        custody.backup(acme, acme.folder / "b.zip")
    (tmp_path / "mine.zip").write_bytes(b"a file of somebody's own")
    with pytest.raises(WorkshopError, match="is no backup"):
        custody.backup(acme, tmp_path / "mine.zip")


def hostile(file: Path, entries: list[tuple[zipfile.ZipInfo, bytes]]) -> Path:
    """An archive that lies as little as it must: its list names each entry with its true size and sum."""
    import hashlib

    sums = {info.filename: (len(data), hashlib.sha256(data).hexdigest()) for info, data in entries}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for info, data in entries:
            info.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(info, data)
        made.writestr(archives.CONTENTS, json.dumps({"format": 1, "kind": "backup", "about": {}, "files": sums}))
    return file


@pytest.mark.parametrize(
    "name", ["../escaped", "/etc/escaped", "a/../../escaped", "..\\escaped", "C:escaped", "a//b", "NUL", "end. "]
)
def test_an_archive_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    file = hostile(tmp_path / "h.zip", [(zipfile.ZipInfo(name), b"x")])
    with pytest.raises(WorkshopError, match="not safe to unpack"):
        custody.restore(file, tmp_path / "back")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["h.zip"]


def test_links_doubles_and_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = zipfile.ZipInfo("private.db")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(WorkshopError, match="is a link"):
        custody.restore(hostile(tmp_path / "h.zip", [(link, b"/etc/passwd")]), tmp_path / "back")
    twice = [(zipfile.ZipInfo("a"), b"x"), (zipfile.ZipInfo("A"), b"x")]
    with pytest.raises(WorkshopError, match="same name"):
        custody.restore(hostile(tmp_path / "h.zip", twice), tmp_path / "back")
    monkeypatch.setattr(archives, "FREE_TO_UNPACK", 1 << 20)
    with pytest.raises(WorkshopError, match="times its size"):
        custody.restore(hostile(tmp_path / "h.zip", [(zipfile.ZipInfo("a"), bytes(8 << 20))]), tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_damaged_archive_is_told_in_one_line_wherever_it_is_damaged(acme: Engagement, tmp_path: Path) -> None:
    file, _ = custody.backup(acme, tmp_path / "b.zip")
    whole = file.read_bytes()
    for share in (0.02, 0.3, 0.6, 0.9, 0.999):
        file.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(WorkshopError, match=r"b\.zip"):
            custody.restore(file, tmp_path / "back")
    told = 0
    for at in range(40, len(whole), len(whole) // 40):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            back, _ = custody.restore(file, tmp_path / "back")
        except WorkshopError as error:
            assert "b.zip" in str(error) and not (tmp_path / "back").exists()
            told += 1
        else:  # a byte that says nothing, such as the time of an entry
            assert list(back.private.export()) == list(acme.private.export())
            shutil.rmtree(back.folder)
    assert told > 30
    entries = [(zipfile.ZipInfo("engagement.toml"), b'name = "x"'), (zipfile.ZipInfo("records.db"), b"no database")]
    with pytest.raises(WorkshopError, match="damaged or was not written"):
        custody.restore(hostile(file, entries), tmp_path / "back")


# Pack


def test_a_pack_holds_nothing_private_and_says_what_was_left_out(acme: Engagement, tmp_path: Path) -> None:
    (acme.folder / "Notes on Ottoline.docx").write_bytes(b"x")
    (acme.crm / "quality.html").write_text("who logs")
    (acme.folder / "runs" / "2024-12-31" / "leak.html").write_text(f"<p>{WORDS.replace(' ', '&#32;')}</p>")
    book = acme.notebooks / "03_interviews.ipynb"
    shown = json.loads(book.read_text(encoding="utf-8"))
    code = next(c for c in shown["cells"] if c["cell_type"] == "code")
    code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [WORDS]}]
    shown["metadata"]["widgets"] = {"state": WHO}
    book.write_text(json.dumps(shown), encoding="utf-8")
    run = CliRunner().invoke(cli, ["pack", str(acme.folder), "--out", str(tmp_path / "p.zip")], catch_exceptions=False)
    with zipfile.ZipFile(tmp_path / "p.zip") as packed:
        names = set(packed.namelist())
        content = b"".join(packed.read(name) for name in names)
        assert {packed.getinfo(name).date_time for name in names} == {(1980, 1, 1, 0, 0, 0)}
    assert {"records.db", "engagement.toml", "runs/2024-12-31/report.html", "notebooks/03_interviews.ipynb"} <= names
    assert not {n for n in names if "private" in n or "quality" in n or "leak" in n or "cache" in n or "docx" in n}
    for secret in (WHO, "Ottoline", WORDS, GUESS, "kumquat", "Other 0"):
        assert secret.encode() not in content and json.dumps(secret)[1:-1].encode() not in content
    for left in (
        "private.db: the hypothesis",
        "cache",
        "private-drafts/",
        "leak.html: words",
        "Notes on Ottoline.docx",
    ):
        assert left in run.output
    back, kind = custody.restore(tmp_path / "p.zip", tmp_path / "back")
    assert kind == "pack" and not back.private.file.exists()
    assert len(back.records.current(Suggestion)) == len(acme.records.current(Suggestion))
    assert back.private.current(Interview) == {}


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_everything_is_readable_by_its_owner_only_whatever_the_umask(acme: Engagement, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(mode=0o700)
    earlier = os.umask(0o022)
    try:
        custody.backup(acme, tmp_path / "out" / "b.zip")
        custody.pack(acme, tmp_path / "out" / "p.zip")
        back, _ = custody.restore(tmp_path / "out" / "b.zip", tmp_path / "out" / "back")
        record(back, "Somebody", "words")
        held = sqlite3.connect(back.private.file)
        held.execute("SELECT * FROM records").fetchone()
        record(back, "Somebody else", "words")
        beside = {p.name for p in back.folder.iterdir() if p.name.startswith("private.db")}
    finally:
        os.umask(earlier)
    assert beside == {"private.db", "private.db-wal", "private.db-shm"}
    assert modes(tmp_path / "out") == {0}
    held.close()

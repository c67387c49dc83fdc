"""Confidentiality: nothing outside the private store tells who was interviewed, what they said, or what was guessed."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import logging
import os
import random
import re
import sqlite3
import stat
from collections import Counter
from pathlib import Path

import pytest
from whole_workshop import AS_OF, TEAMS, Made, leaks, left, parts_of, shown

from kpi_workshop import custody, runs, small_groups
from kpi_workshop.engagement import Engagement
from kpi_workshop.kinds import Interview, Quote, Seat, Sorting, Suggestion, Team
from kpi_workshop.steps import editions, interviews, purging, sorting, voices

DAY = dt.date(2024, 3, 14)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("whole") / "acme", 7)


def say(acme: Engagement, who: str, role: str, *texts: str, teams: tuple[str, ...] = ("Field",)) -> str:
    return interviews.record(
        acme, interviewee=who, role=role, teams=teams, held_on=DAY, suggestions=[(t, f"{who}: {t}") for t in texts]
    )


@pytest.fixture
def acme(engagement: Engagement) -> Engagement:
    engagement.records.save_all([(t, Team(name=t)) for t in TEAMS], effective=dt.date(1900, 1, 1))
    return engagement


# Everything that is left, searched


def test_the_search_finds_what_is_there_however_it_is_written(made: Made) -> None:
    for spelled in ("O'Quuxley <&>", "o&#x27;quuxley &lt;&amp;&gt;", "O'QUUXLEY\n<&>", r"O\u0027Quuxley \u003c&>"):
        assert leaks("here", f"before {spelled} after", ["O'Quuxley <&>"]) == ["here: O'Quuxley <&>"]
    private = json.dumps([v["data"] for v in made.engagement.private.export()], ensure_ascii=False)
    needles = [*made.names, *made.secrets]
    assert len(leaks("private.db", private, needles)) == len(needles) > 40, "all that is looked for was recorded"


@pytest.mark.parametrize("seed", [7, 11])
def test_no_notebook_page_pack_or_log_of_a_random_workshop_tells_anything(
    made: Made, seed: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    one = made if seed == 7 else Made(tmp_path / "acme", seed)
    needles = {*parts_of(one.names), *one.secrets}
    seen = dict(shown(one.engagement))
    assert "Talk time" in "".join(seen.values()) and len(seen) > 80
    found = [leak for where, text in seen.items() for leak in leaks(where, text, needles)]
    custody.pack(one.engagement, tmp_path / "pack.zip")
    (one.engagement.folder / "packed").mkdir(exist_ok=True)
    (tmp_path / "pack.zip").rename(one.engagement.folder / "packed" / "pack.zip")
    files = dict(left(one.engagement.folder))
    assert {"records.db", "pack.zip/records.db", "pack.zip/contents.json"} <= set(files)
    found += [leak for name, content in files.items() for leak in leaks(name, content, needles)]
    found += leaks("log", caplog.text, needles)
    assert found == []


def test_a_real_run_leaves_nothing_of_it_and_nothing_that_others_may_read(
    made: Made, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "STEPS", ("03_interviews", "05_rollout"))  # test_runs.py goes through all five
    earlier = os.umask(0o022)
    try:
        done = runs.run(made.engagement, as_of=AS_OF)
    finally:
        os.umask(earlier)
    if os.name == "posix":
        open_to_others = [p for p in made.engagement.folder.rglob("*") if stat.S_IMODE(p.lstat().st_mode) & 0o077]
        assert [p for p in open_to_others if "packed" not in p.parts] == []
    needles = {*parts_of(made.names), *made.secrets}
    files = dict(left(made.engagement.folder))
    assert {"03_interviews.ipynb", "05_rollout.ipynb", "facts.json", "manifest.json", "editions.jsonl"} <= set(files)
    assert all("widgets" not in json.loads(f.read_text())["metadata"] for f in done.folder.glob("*.ipynb"))
    assert [leak for name, content in files.items() for leak in leaks(name, content, needles)] == []
    assert leaks("terminal", "".join(capfd.readouterr()), needles) == []


def _plain(text: str) -> str:
    """Without what is another one in every kernel and every minute: ids of widgets and times of saving."""
    return re.sub(r"[0-9a-f]{32}|\b\d\d:\d\d\b|0x[0-9a-f]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", text)


def test_org_chart_manager_and_seller_pages_are_the_same_whoever_was_interviewed(tmp_path: Path) -> None:
    """One of the staff once interviewed and once not: nothing that speaks of people may differ."""
    first = Made(tmp_path / "with" / "acme", 5)
    who = first.asked_staff[0]
    pages = ("01_org_chart", "05_rollout")
    seen = {where: _plain(text) for where, text in shown(first.engagement, pages) if "widgets" not in where}
    second = Made(tmp_path / "without" / "acme", 5, without=who)
    assert len(second.engagement.private.current(Interview)) == len(first.engagement.private.current(Interview)) - 1
    again = {where: _plain(text) for where, text in shown(second.engagement, pages) if "widgets" not in where}
    assert any(who in text for text in seen.values())
    assert {k: v.replace("/with/", "/without/") for k, v in seen.items()} == again


# The shared store cannot link


def _places(acme: Engagement, texts: list[str]) -> list[str]:
    """Suggestions in the order of their bytes in the shared files, and never one of them twice."""
    raw = b"".join(f.read_bytes() for f in sorted(acme.folder.glob("records.db*")))
    assert {raw.count(text.encode()) for text in texts} == {1}, "no older copy of a page is left"
    return sorted(texts, key=lambda text: raw.index(text.encode()))


def test_suggestions_of_one_interview_cannot_be_found_together_in_the_shared_store(acme: Engagement) -> None:
    """An attack with everything the file holds: columns, order of rows and bytes, log, values that repeat."""
    dice = random.Random(3)
    owner: dict[str, int] = {}
    for number in range(14):
        texts = [f"Habit <{number:02d}{letter}>" for letter in "abc"]
        owner |= dict.fromkeys(texts, number)
        say(acme, f"P{number}", dice.choice(["top", "low", "manager"]), *texts, teams=(dice.choice(TEAMS),))
        if number % 3 == 0:  # sorted in between, as it came
            for found in sorting.suggestions(acme, as_of=AS_OF):
                if not found.decided:
                    answer = sorting.decide(found, control="direct", timing="before")
                    sorting.save(acme, [(found, answer)])
        if number % 5 == 0:
            interviews.withdraw(acme, say(acme, "Nobody", "top", f"Gone <{number}>"))
    with sqlite3.connect(acme.records.file) as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(undated)")]
        rows = db.execute("SELECT key, data FROM undated WHERE kind = 'suggestion'").fetchall()
        assert db.execute("SELECT count(*) FROM records WHERE kind IN ('suggestion', 'sorting')").fetchone() == (0,)
    assert columns == ["kind", "key", "version", "data", "schema"]
    assert all(set(json.loads(data)) == {"suggestion", "text"} for _, data in rows)
    in_rows = [json.loads(data)["text"] for _, data in rows]
    assert sorted(in_rows) == sorted(owner)
    listed = [s.text for s in acme.records.current(Suggestion).values()]
    for order in (in_rows, listed, _places(acme, in_rows)):
        together = sum(owner[a] == owner[b] for a, b in itertools.pairwise(order))
        assert together < 13, "28 are together if nothing hides it; by chance 2, and 13 once in ten million"
    sorted_keys = list(acme.records.current(Sorting))
    assert sorted_keys == sorted(sorted_keys)
    raw = b"".join(f.read_bytes() for f in acme.folder.glob("records.db*"))
    assert b"Gone <" not in raw, "what was taken back together would stand together"


def test_for_which_teams_is_told_of_no_fewer_than_three_people_by_no_difference(acme: Engagement) -> None:
    dice = random.Random(1)
    for number in range(16):
        teams = tuple(dice.sample(TEAMS, dice.choice([1, 1, 2, 3])))
        say(acme, f"P{number}", "top", f"Habit {number}", teams=teams)
        told = voices.teams(acme, as_of=AS_OF)
        by_cell = Counter(told.values())  # one suggestion a person: as many people as suggestions
        assert all(many >= 3 for many in by_cell.values() if number >= 2)
    assert any(by_cell[cell] for cell in by_cell if cell), "of enough people it is told"


def test_for_which_team_and_by_which_roles_together_point_to_no_fewer_than_three_people(acme: Engagement) -> None:
    """An attack that knows who was interviewed, as what and for which teams, and puts both shared tables together."""
    dice = random.Random(4)
    people: dict[str, tuple[str, str]] = {}
    for number in range(18):
        role, team = dice.choice(["top", "low", "low", "manager", "executive"]), dice.choice(TEAMS[:2])
        people[f"P{number}"] = (role, team)
        say(acme, f"P{number}", role, f"Habit {number}", teams=(team,))
    texts = {key: one.text for key, one in acme.records.current(Suggestion).items()}
    told = {texts[key]: teams for key, teams in voices.teams(acme, as_of=AS_OF).items()}
    heard = interviews.heard(acme, as_of=AS_OF)
    (shown_as,) = [parts for parts in voices.PARTITIONS if set(parts) == set(heard["group"])]
    groups = {role: group for group, roles in shown_as.items() for role in roles}
    assert len(shown_as) > 1 and any(told.values()) and not all(told.values())
    for number, (role, _) in enumerate(people.values()):
        rows = heard[(heard["suggestion"] == f"Habit {number}") & heard["said_by"].isna()]
        asked = set(rows["group"])
        assert groups[role] in asked
        could = [n for n, (other, _) in enumerate(people.values())
                 if groups[other] in asked and told[f"Habit {n}"] == told[f"Habit {number}"]]  # fmt: skip
        assert len(could) >= 3, (number, people[f"P{number}"], told[f"Habit {number}"])


# One rule for numbers of few people


def test_what_is_kept_back_cannot_be_worked_out_from_any_total() -> None:
    """Random tables with totals by row, by column and of all: each total less what is shown is nobody or three."""
    dice = random.Random(5)
    for _ in range(300):
        rows, columns = range(dice.randint(1, 5)), range(dice.randint(2, 4))
        counts = {(r, c): dice.choice([0, 0, 1, 2, 3, 4, 7, 12]) for r in rows for c in columns}
        totals = [[(r, c) for c in columns] for r in rows] + [[(r, c) for r in rows] for c in columns] + [list(counts)]
        hidden = small_groups.kept_back(counts, least=3, totals=totals)
        assert all(cell in hidden for cell, count in counts.items() if 0 < count < 3)
        for cells in totals:
            kept = [cell for cell in cells if cell in hidden]
            everything_hidden = len(kept) == len(cells)
            assert not kept or everything_hidden or (len(kept) > 1 and sum(counts[cell] for cell in kept) >= 3)


def test_two_runs_side_by_side_tell_of_no_small_group(acme: Engagement) -> None:
    """A roster that grows person by person, with a run after each: what one run shows less another is 0 or >= 3."""
    dice = random.Random(2)
    tables: list[dict[str, tuple[int, dict[str, int]]]] = []
    for number in range(24):
        role = dice.choice(["top", "middle", "low", "low", "manager", "executive"])
        say(acme, f"P{number}", role, *dice.sample(["Win rate", "Talk time", "Demos held"], dice.randint(0, 3)))
        editions_folder = acme.folder / "runs"
        assert editions_folder.is_dir()
        editions.note(acme, as_of=AS_OF)
        table = interviews.heard(acme, as_of=AS_OF)
        groups = interviews.groups(acme, as_of=AS_OF)
        told = {
            name: (size, {r.suggestion: r.said_by for r in table[table["group"] == name].dropna().itertuples()})
            for name, size in groups.items()
        }
        tables.append(told)
    sizes = [sum(size for size, _ in table.values()) for table in tables]
    assert sizes[-1] >= 20 and len(set(sizes)) >= 4, "numbers do come, in steps"
    for earlier, later in itertools.combinations([table for table in tables if table], 2):
        both = earlier.keys() & later.keys()
        steps = [later[name][0] - earlier[name][0] for name in both]
        steps.append(sum(size for size, _ in later.values()) - sum(size for size, _ in earlier.values()))
        assert all(later[name][1] == earlier[name][1] for name in both if later[name][0] == earlier[name][0])
        assert all(step == 0 or step >= 3 for step in steps), (earlier, later)


def test_after_a_purge_numbers_wait_until_they_tell_nothing_of_who_is_gone(acme: Engagement) -> None:
    for number in range(6):
        say(acme, f"P{number}", "top", "Win rate", "Talk time")
    editions.note(acme, as_of=AS_OF)
    assert interviews.groups(acme, as_of=AS_OF)["sellers"] == 6
    purging.purge(acme, "P0")
    assert interviews.groups(acme, as_of=AS_OF) == {}
    assert set(interviews.heard(acme, as_of=AS_OF)["note"]) == {interviews.BESIDE_AN_EARLIER_RUN}
    say(acme, "New 1", "top", "Demos held")
    say(acme, "New 2", "low", "Demos held")
    assert interviews.groups(acme, as_of=AS_OF) == {"everyone": 7}, "two came, one went"
    assert len(acme.private.current(Quote)) == 12


def test_where_one_person_alone_holds_a_role_a_full_roster_does_not_show_that_they_were_asked(acme: Engagement) -> None:
    for person, role in (("Boss", "executive"), ("Ann", "seller"), ("Bo", "seller"), ("Cy", "seller")):
        seat = Seat(person=person, team="Field", role=role)  # type: ignore[arg-type]
        acme.records.save(seat, f"{person}|Field|", effective=dt.date(1900, 1, 1))
    before = interviews.coverage(acme, as_of=AS_OF), interviews.missing(acme, as_of=AS_OF)
    for role in ("top", "middle", "low", "manager", "executive"):
        say(acme, f"The {role}", role)
    assert (interviews.coverage(acme, as_of=AS_OF), interviews.missing(acme, as_of=AS_OF)) == before
    assert set(before[0].values()) == {"untold"}

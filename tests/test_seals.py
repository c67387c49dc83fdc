"""The seal: made with the first interview that counts, and whatever is done to it by hand afterwards is found."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kpi_workshop import engagement as engagements
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Hypothesis, HypothesisLink, Interview, Seal, SealMark, Team
from kpi_workshop.pages.workshop import open_workshop
from kpi_workshop.steps import hypothesis, interviews, seals

DAY = dt.date(2024, 3, 14)


def guess(team: str, *metrics: str) -> Hypothesis:
    link = HypothesisLink(activity="Zyxomma calls", moves=metrics[0])
    return Hypothesis(team=team, metrics=metrics, links=(link,))


@pytest.fixture
def acme(engagement: Engagement) -> Engagement:
    for team in ("Field", "Inside", "Late"):
        engagement.records.save(Team(name=team), team, effective=dt.date(1900, 1, 1))
    for team in ("Field", "Inside"):
        hypothesis.save(engagement, guess(team, "win_rate", f"Zyxomma of {team}"))
    return engagement


def interview(acme: Engagement, *teams: str, who: str = "Ada") -> str:
    return interviews.record(
        acme, interviewee=who, role="top", teams=teams, held_on=DAY, suggestions=[("Talk time", "")],
        seal=hypothesis.seal,
    )  # fmt: skip


def test_one_interview_seals_every_team_it_counts_for_and_no_other(acme: Engagement) -> None:
    assert seals.everyone(acme) == []
    before = dt.datetime.now(dt.UTC)
    interview(acme, "Field", "Inside")
    found = {one.team: one for one in seals.everyone(acme)}
    assert set(found) == {"Field", "Inside"}
    for team, one in found.items():
        assert one.sha256 == seals.seal_of(guess(team, "win_rate", f"Zyxomma of {team}")) and one.fault == ""
        assert one.at is not None and before <= one.at <= dt.datetime.now(dt.UTC)
    interview(acme, "Field", who="Bo")
    assert {one.team: one for one in seals.everyone(acme)} == found


def test_what_is_written_after_the_first_interview_is_never_sealed(acme: Engagement) -> None:
    interview(acme, "Late")
    hypothesis.save(acme, guess("Late", "revenue"))
    interview(acme, "Late", who="Bo")
    assert acme.private.get(Seal, "Late") is None
    assert next(s for s in hypothesis.state(acme) if s.team == "Late").late


def test_the_shared_records_tell_nothing_of_the_hypothesis_by_which_it_could_be_guessed(acme: Engagement) -> None:
    interview(acme, "Field")
    shared = b"".join(f.read_bytes() for f in acme.folder.glob("records.db*"))
    (seal,) = acme.private.current(Seal).values()
    for secret in (b"Zyxomma", seal.sha256.encode(), seal.salt.encode()):
        assert secret not in shared
    assert len(acme.records.current(SealMark)) == 1


def by_hand(store: Path, *statements: tuple[str, tuple[object, ...]]) -> None:
    """What somebody does who opens the file in a program for databases."""
    with closing(sqlite3.connect(store)) as db:
        for trigger in ("records_are_never_changed", "records_are_never_deleted"):
            db.execute(f"DROP TRIGGER {trigger}")
        for statement, values in statements:
            assert db.execute(statement, values).rowcount, "the attack changed nothing"
        db.commit()


def removed(acme: Engagement) -> None:
    by_hand(acme.private.file, ("DELETE FROM records WHERE kind = 'seal' AND key = 'Field'", ()))


def guess_rewritten(acme: Engagement) -> None:
    other = guess("Field", "win_rate", "what they said").model_dump_json()
    by_hand(acme.private.file, ("UPDATE records SET data = ? WHERE kind = 'hypothesis' AND key = 'Field'", (other,)))


def guess_and_seal_rewritten(acme: Engagement) -> None:
    other = guess("Field", "win_rate", "what they said")
    seal = acme.private.current(Seal)["Field"].model_copy(update={"sha256": seals.seal_of(other)})
    by_hand(
        acme.private.file,
        ("UPDATE records SET data = ? WHERE kind = 'hypothesis' AND key = 'Field'", (other.model_dump_json(),)),
        ("UPDATE records SET data = ? WHERE kind = 'seal' AND key = 'Field'", (seal.model_dump_json(),)),
    )


def dated_back(acme: Engagement) -> None:
    data = json.loads(acme.private.current(Seal)["Field"].model_dump_json()) | {"made_at": "2020-01-01T00:00:00Z"}
    by_hand(
        acme.private.file,
        ("UPDATE records SET at = '2020-01-01T00:00:00+00:00' WHERE key = 'Field'", ()),
        ("UPDATE records SET data = ? WHERE kind = 'seal' AND key = 'Field'", (json.dumps(data),)),
    )


def saved_earlier(acme: Engagement) -> None:
    by_hand(acme.private.file, ("UPDATE records SET at = '2020-01-01T00:00:00+00:00' WHERE kind = 'seal'", ()))


def interview_moved_before(acme: Engagement) -> None:
    by_hand(acme.private.file, ("UPDATE records SET at = '2020-01-01T00:00:00+00:00' WHERE kind = 'interview'", ()))


def made_again(acme: Engagement) -> None:
    other = guess("Field", "win_rate", "what they said")
    acme.private.save(other, "Field")
    acme.private.save(Seal(team="Field", sha256=seals.seal_of(other), hypothesis_version=2), "Field")


def mark_removed(acme: Engagement) -> None:
    by_hand(acme.records.file, ("DELETE FROM undated WHERE kind = 'seal_mark'", ()))


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        (removed, "its seal is gone"), (guess_rewritten, "not what was sealed"), (saved_earlier, "another time"),
        (guess_and_seal_rewritten, "not the one that was made"), (dated_back, "not the one that was made"),
        (interview_moved_before, "after the first interview"), (made_again, "not the one that was made"),
        (mark_removed, "lost its mark"),
    ],
)  # fmt: skip
def test_whatever_was_done_to_a_seal_by_hand_is_said_when_a_notebook_is_opened(
    acme: Engagement, attack: Callable[[Engagement], None], words: str
) -> None:
    interview(acme, "Field")
    assert open_workshop(str(acme.folder)).faults == []
    attack(acme)
    here = open_workshop(str(acme.folder))
    assert [words in fault for fault in here.faults] == [True]
    assert words in repr(here) and words in here._repr_html_()
    assert words in next(s for s in hypothesis.state(acme) if s.team == "Field").says
    with pytest.raises(WorkshopError, match=words):
        hypothesis.sealed(acme, "Field")


def test_an_honest_change_is_no_fault_and_the_score_is_made_against_what_was_sealed(acme: Engagement) -> None:
    interview(acme, "Field")
    hypothesis.save(acme, guess("Field", "win_rate", "revenue"))
    assert seals.faults(acme) == []
    assert hypothesis.sealed(acme, "Field") == guess("Field", "win_rate", "Zyxomma of Field")
    assert next(s for s in hypothesis.state(acme) if s.team == "Field").changed


def test_a_kill_between_a_seal_and_its_mark_is_mended_by_the_next_interview(
    acme: Engagement, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(seals, "_mark", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            interview(acme, "Field")
    assert acme.private.current(Interview) == {}
    first = seals.everyone(acme)
    interview(acme, "Field")
    assert seals.everyone(acme) == first and seals.faults(acme) == []
    assert set(acme.records.current(SealMark)) == {"Field"}


def test_a_packed_copy_accuses_nobody(acme: Engagement) -> None:
    interview(acme, "Field")
    acme.private.file.unlink()
    assert seals.faults(engagements.load(acme.folder)) == []

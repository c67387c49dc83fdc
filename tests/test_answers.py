"""Form responses come in with no answer lost, are counted as their references count them, and stay private."""

from __future__ import annotations

import csv
import datetime as dt
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from kpi_workshop.cli import cli
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.imports import answers, form_columns
from kpi_workshop.kinds import AnswerForm, Interview, Offer, PerformerTier, Person, Quote, Reply, Seat, Suggestion, Team
from kpi_workshop.records import ALWAYS
from kpi_workshop.steps import guides, interviews, notes, offers

AS_OF = dt.date(2024, 12, 31)
DAILY, OTHERS, CUSTOMER = (question.ask for question in guides.guide("top").questions)


@pytest.fixture
def acme(engagement: Engagement) -> Engagement:
    for name in ("Field", "Inside"):
        engagement.records.save(Team(name=name), name, effective=ALWAYS)
    return engagement


def a_form(folder: Path, *rows: list[str], name: str = "responses.csv") -> Path:
    file = folder / name
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(rows)
    return file


def bring(acme: Engagement, file: Path, *, role: str = "top", teams: tuple[str, ...] = ("Field",)) -> list[str]:
    form = form_columns.read(file, role=role)
    return answers.save(acme, answers.plan(acme, form, role=role, teams=teams), as_of=AS_OF)


# The real exports


def _references(shared: Path) -> list[tuple[Path, dict[str, str]]]:
    found = []
    for folder in ("forms_cncf", "forms_rstudio"):
        told: dict[str, dict[str, str]] = {}
        with (shared / "real" / folder / "reference.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                told.setdefault(row["group"], {})[row["metric"]] = row["value"]
        found += [(shared / "real" / folder / name, facts) for name, facts in told.items()]
    return found


def test_every_real_form_is_counted_as_its_reference_counts_it(shared: Path) -> None:
    assert len(_references(shared)) == 6
    for path, told in _references(shared):
        form = form_columns.read(path)
        filled = form.filled()
        words = [text for row in form.rows for _, text in form.cells(row)]
        assert len(form.rows) == int(told["response_rows"])
        assert len(form.columns) == int(told["columns"])
        assert sum(filled.values()) == len(words) == int(told["filled_cells"])
        assert len(form.repeats()) == int(told["exact_duplicate_responses"])
        own = [c for c in form.columns if c.means not in ("about", "submitted")]
        assert max(map(len, words)) == int(told["longest_answer_chars"])
        for column in form.columns:
            key = f"column_{column.heading.lower().replace(' ', '_')}_filled"
            if key in told and not column.option:
                assert filled[column.number] == int(told[key]), (path.name, column.heading)
        broken = sum("\n" in row.cell(c.number - 1) for row in form.rows for c in own)
        assert broken == int(told["answers_with_line_breaks"])
        assert form.product == ("SurveyMonkey" if told["header_rows"] == "2" else "Google Forms")


def test_a_real_form_is_recorded_cell_by_cell_and_once(acme: Engagement, shared: Path) -> None:
    file = shared / "real" / "forms_cncf" / "CNCF_TOC_Survey_2020_H1.csv"
    assert bring(acme, file) == ["Recorded in the private store: 28 interviews with 846 filled cells."]
    with file.open(newline="", encoding="utf-8-sig") as raw:
        rows = list(csv.reader(raw))[2:]
    kept = {reply.row: dict(reply.cells) for reply in acme.private.current(Reply).values()}
    for at, cells in enumerate(rows, start=3):
        assert kept[at] == {number: words for number, words in enumerate(cells, start=1) if words.strip()}
    before = acme.private.fingerprint()
    assert bring(acme, file) == ["Nothing new: all 28 responses of this form are recorded."]
    assert acme.private.fingerprint() == before


def test_two_rows_of_headings_give_each_column_its_question_and_its_option(shared: Path) -> None:
    form = form_columns.read(shared / "real" / "forms_cncf" / "CNCF_Maintainers_Survey_2020_H1.csv")
    projects = [c for c in form.columns if c.heading.startswith("Which CNCF Project")]
    assert [c.option for c in projects[:2]] == ["Kubernetes", "Prometheus"]
    assert len(projects) == 44 and set(projects[0].options) == {c.option for c in projects}
    assert len({c.heading for c in form.columns}) == 20
    assert form.columns[49].option == "Other (please specify)"


def test_a_robot_check_is_kept_and_offers_nothing(shared: Path) -> None:
    form = form_columns.read(shared / "real" / "forms_rstudio" / "2019 English R Community Survey Responses.csv")
    assert [c.number for c in form.of("check")] == [29]
    assert form.filled()[29] > 1000


def test_a_workbook_of_responses_says_what_its_csv_says(shared: Path) -> None:
    folder = shared / "real" / "forms_rstudio"
    from_csv, from_excel = (
        form_columns.read(folder / f"2019 English R Community Survey Responses{ending}") for ending in (".csv", ".xlsx")
    )
    assert from_csv.filled() == from_excel.filled()
    for one, other in zip(from_csv.rows, from_excel.rows, strict=True):
        # The first column is the time of the response, which the workbook has to the millisecond.
        assert from_csv.cells(one)[1:] == from_excel.cells(other)[1:]


def test_three_thousand_responses_are_recorded_within_seconds_and_none_is_dropped(
    acme: Engagement, shared: Path
) -> None:
    file = shared / "real" / "forms_rstudio" / "Learning R Internet Survey - Form Responses 1.tsv"
    bring(acme, file, role="middle")
    replies = acme.private.current(Reply).values()
    assert len(replies) == 3062
    assert sum(len(reply.cells) for reply in replies) == 96_739
    assert [(reply.row, reply.repeats_row) for reply in replies if reply.repeats_row] == [(2192, 2191)]


# Products whose header rows are known from public descriptions only


def test_microsoft_forms_and_typeform_are_recognised_by_their_headings(acme: Engagement, tmp_path: Path) -> None:
    microsoft = a_form(
        tmp_path, ["ID", "Start time", "Completion time", "Email", "Name", DAILY],
        ["1", "3/27/2024 18:35", "3/27/2024 18:40", "anonymous", "Anonymous", "Calls;Demos;"],
        name="microsoft.csv",
    )  # fmt: skip
    typeform = a_form(
        tmp_path, ["#", OTHERS, "Response Type", "Start Date (UTC)", "Stage Date (UTC)", "Submit Date (UTC)",
                   "Network ID", "Tags", "Ending"],
        ["a1", "Ask why", "completed", "2024-01-23 06:24:12", "", "2024-01-23 06:25:12", "n1", "", ""],
        name="typeform.csv",
    )  # fmt: skip
    one, two = form_columns.read(microsoft), form_columns.read(typeform)
    assert (one.product, two.product) == ("Microsoft Forms", "Typeform")
    assert [c.means for c in one.columns] == ["about", "about", "submitted", "email", "name", "question"]
    assert [c.heading for c in two.of("question")] == [OTHERS] and two.columns[1].question == "others"
    assert [c.heading for c in two.of("submitted")] == ["Submit Date (UTC)"]
    bring(acme, microsoft)
    (held,) = acme.private.current(Interview).values()
    assert held.interviewee == "Respondent in row 2 of microsoft.csv"
    assert held.held_on == dt.date(2024, 3, 27)


# Who answered


def test_role_and_team_come_from_the_form_then_the_command_then_the_org_chart(acme: Engagement, tmp_path: Path) -> None:
    acme.records.save(
        Person(person="ada", name="Ada Byron", also_known_as=("ada@acme.example",)), "ada", effective=ALWAYS
    )
    acme.records.save(Seat(person="ada", team="Inside"), "ada|Inside|", effective=ALWAYS)
    acme.records.save(PerformerTier(person="ada", tier="middle"), "ada", effective=ALWAYS)
    file = a_form(
        tmp_path, ["Timestamp", "Email Address", "Your role", "Your team", DAILY],
        ["3/27/2024 18:35:00", "ada@acme.example", "", "", "Talk time"],
        ["3/27/2024 18:36:00", "joan@acme.example", "Manager", "field", "Talk time"],
        ["3/28/2024 18:36:00", "kate@acme.example", "Astronaut", "", "Talk time"],
    )  # fmt: skip
    with pytest.raises(WorkshopError) as error:
        answers.plan(acme, form_columns.read(file))
    assert str(error.value).splitlines()[1:] == [
        "Nobody knows the role of the respondents in row 4: say it with --role, or name the column that holds it in a "
        'matching file (means = "role"); on the page, choose either.',
        "Nobody knows the team of the respondents in row 4: say it with --team, or name the column that holds it in a "
        'matching file (means = "team"); on the page, choose either.',
    ]
    plan = answers.plan(acme, form_columns.read(file), role="low", teams=("Inside",))
    assert [(one.role, one.teams) for one in plan.new] == [
        ("low", ("Inside",)), ("manager", ("Field",)), ("low", ("Inside",)),
    ]  # fmt: skip
    answers_alone = a_form(tmp_path, *list(csv.reader(file.open(newline="")))[:3])
    assert [(o.role, o.teams) for o in answers.plan(acme, form_columns.read(answers_alone)).new] == [
        ("middle", ("Inside",)), ("manager", ("Field",)),
    ]  # fmt: skip


def test_a_wrong_role_or_team_is_named_with_the_nearest(acme: Engagement, tmp_path: Path) -> None:
    form = form_columns.read(a_form(tmp_path, ["Timestamp", DAILY], ["3/27/2024 18:35:00", "x"]))
    with pytest.raises(WorkshopError, match=r"Team 'Feild' is not in the org chart. Did you mean: Field"):
        answers.plan(acme, form, role="boss", teams=("Feild",))


# Matching


def test_headings_in_nearly_the_words_of_the_guide_are_proposed_and_a_file_may_say_otherwise(
    acme: Engagement, tmp_path: Path
) -> None:
    file = a_form(
        tmp_path, ["Timestamp", f"1. {OTHERS.lower().rstrip('?')} *", "What colour do you like?"],
        ["3/27/2024 18:35:00", "Ask why", "Red, light blue"],
    )  # fmt: skip
    form = form_columns.read(file)
    assert [c.question for c in form.columns] == ["", "others", ""]
    matching = tmp_path / "matching.toml"
    matching.write_text(form.toml())
    assert form_columns.read(file, matching=matching) == form
    matching.write_text(
        '[[column]]\nnumber = 3\nheading = "What colour do you like?"\nquestion = "customer"\noptions = ["Red"]\n'
    )
    changed = form_columns.read(file, matching=matching).columns[2]
    assert (changed.question, changed.options) == ("customer", ("Red",))
    matching.write_text('[[column]]\nnumber = 3\nheading = "Another"\nquestion = "custom"\n')
    with pytest.raises(WorkshopError) as error:
        form_columns.read(file, matching=matching)
    assert "Column 3 is headed 'What colour do you like?' in this form, not 'Another'." in str(error.value)
    assert "no guide has a question 'custom'" in str(error.value)


def test_ticked_options_are_split_even_where_an_option_holds_a_comma() -> None:
    options = ["Calls", "Meetings, on site or not", "Demos"]
    assert notes.ticked("Demos, Meetings, on site or not", options) == ["Demos", "Meetings, on site or not"]
    assert notes.ticked("Calls;Demos;", options) == ["Calls", "Demos"]
    assert notes.ticked("Calls, whatever, it takes", options) == ["Calls", "whatever, it takes"]
    assert notes.ticked("", options) == []


def test_a_full_stop_and_a_no_are_answers_and_line_breaks_stay(acme: Engagement, tmp_path: Path) -> None:
    file = a_form(
        tmp_path, ["Timestamp", DAILY, OTHERS], ["3/27/2024 18:35:00", ".", " no\r\nmore "],
        ["3/28/2024 18:35:00", "", "no"],
    )  # fmt: skip
    bring(acme, file)
    kept = [dict(reply.cells) for reply in acme.private.current(Reply).values()]
    assert [(cells.get(2), cells[3]) for cells in kept] == [(".", " no\r\nmore "), (None, "no")]


def test_more_responses_to_the_same_form_are_added_and_the_old_ones_stay(acme: Engagement, tmp_path: Path) -> None:
    rows = [["Timestamp", DAILY], ["3/27/2024 18:35:00", "Calls"], ["3/27/2024 18:35:00", "Calls"]]
    bring(acme, a_form(tmp_path, *rows))
    assert len(acme.private.current(Reply)) == 2, "a repeated row is kept and marked"
    told = bring(acme, a_form(tmp_path, *rows, ["3/29/2024 18:35:00", "Demos"]))
    assert told == ["Recorded in the private store: 1 interview with 2 filled cells."]
    assert Counter(r.repeats_row for r in acme.private.current(Reply).values()) == {0: 2, 2: 1}


def test_a_kill_while_recording_leaves_nothing(
    acme: Engagement, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = answers.plan(
        acme, form_columns.read(a_form(tmp_path, ["Timestamp", DAILY], *[["3/27/2024 18:35:00", "Calls"]] * 5)),
        role="top", teams=("Field",),
    )  # fmt: skip
    real = type(acme.private)._append

    def dies(db: object, kind: str, *rest: object, **more: object) -> None:
        if kind == "reply" and str(rest[0]).endswith("-4"):
            raise KeyboardInterrupt
        real(db, kind, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(type(acme.private), "_append", staticmethod(dies))
    with pytest.raises(KeyboardInterrupt):
        answers.save(acme, plan, as_of=AS_OF)
    assert acme.private.current(Reply) == acme.private.current(Interview) == acme.private.current(AnswerForm) == {}


def test_teams_are_sealed_before_the_first_answer_is_there(acme: Engagement, tmp_path: Path) -> None:
    form = form_columns.read(a_form(tmp_path, ["Timestamp", DAILY], ["3/27/2024 18:35:00", "Calls"]))
    seen = []
    answers.save(
        acme, answers.plan(acme, form, role="top", teams=("Field", "Inside")), as_of=AS_OF,
        seal=lambda engagement, team: seen.append((team, len(engagement.private.current(Reply)))),
    )  # fmt: skip
    assert seen == [("Field", 0), ("Inside", 0)]


# What is offered


@pytest.fixture
def answered(acme: Engagement, tmp_path: Path) -> Engagement:
    bring(
        acme,
        a_form(
            tmp_path, ["Timestamp", "Your name", DAILY, "Favourite number"],
            ["3/27/2024 18:35:00", "Ottoline Vance", "Talk time; ask zinnia why\n- .", "Win rate"],
            ["3/27/2024 18:36:00", "Kate Bell", "no", "seven"],
        ),
    )  # fmt: skip
    return acme


def test_parts_of_answers_are_offered_and_nothing_is_a_suggestion_before_it_was_accepted(answered: Engagement) -> None:
    waiting = offers.waiting(answered)
    assert [(o.words, o.measure) for o in waiting] == [
        ("Talk time", "talk_time"), ("ask zinnia why", ""), ("Win rate", "win_rate"),
    ]  # fmt: skip
    assert answered.records.current(Suggestion) == {}
    first, second, third = waiting
    done = offers.decide(
        answered,
        [
            {"key": first.key, "decision": "accept", "text": first.text},
            {"key": second.key, "decision": "accept", "text": "Ask why"},
            {"key": third.key, "decision": "drop"},
        ],
    )
    assert {s.text for s in answered.records.current(Suggestion, as_of=AS_OF).values()} == {first.text, "Ask why"}
    assert {q.words for q in answered.private.current(Quote).values()} == {"Talk time; ask zinnia why\n- ."}
    assert offers.waiting(answered) == []
    assert interviews.roster(answered, team="Field", as_of=AS_OF).set_index("role").loc["top", "held"] == 2
    offers.take_back(answered, done)
    assert [o.key for o in offers.waiting(answered)] == [o.key for o in waiting]
    assert answered.records.current(Suggestion, as_of=AS_OF) == {}


def test_an_accepted_suggestion_never_names_who_answered(answered: Engagement) -> None:
    first = offers.waiting(answered)[0]
    with pytest.raises(WorkshopError, match="names the person"):
        offers.decide(answered, [{"key": first.key, "decision": "accept", "text": "As ottoline vance does"}])
    assert answered.private.current(Offer) == {}


def test_what_a_kill_left_half_accepted_is_offered_again(answered: Engagement, monkeypatch: pytest.MonkeyPatch) -> None:
    first = offers.waiting(answered)[0]
    decision = [{"key": first.key, "decision": "accept", "text": "Talk time"}]

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(answered.records, "save_all", killed)
        with pytest.raises(KeyboardInterrupt):
            offers.decide(answered, decision)
    assert offers.waiting(answered)[0] == first
    offers.decide(answered, decision)
    assert len(answered.records.current(Suggestion)) == len(answered.private.current(Quote)) == 1


def test_an_interview_taken_back_takes_its_answers_along(answered: Engagement) -> None:
    gone = next(key for key, i in answered.private.current(Interview).items() if i.interviewee == "Ottoline Vance")
    interviews.withdraw(answered, gone)
    assert len(answered.private.current(Reply)) == 1
    assert offers.waiting(answered) == []


def test_no_answer_and_no_name_leaves_the_private_store(answered: Engagement) -> None:
    shared = b"".join(f.read_bytes() for f in answered.folder.rglob("*") if f.is_file() and "private" not in f.name)
    private = b"".join(f.read_bytes() for f in answered.folder.glob("private.db*"))
    for secret in (b"Ottoline", b"zinnia", b"responses.csv"):
        assert secret not in shared and secret in private


# On the command line


def test_the_command_shows_no_answer_waits_for_yes_and_then_records(acme: Engagement, tmp_path: Path) -> None:
    file = a_form(
        tmp_path, ["Timestamp", "Your name", DAILY], ["3/27/2024 18:35:00", "Ottoline Vance", "zinnia; talk time"]
    )
    words = ["import", str(acme.folder), "answers", str(file), "--role", "top", "--team", "Field"]
    command = [sys.executable, "-c", "from kpi_workshop.cli import main; main()"]
    done = subprocess.run([*command, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    assert done.returncode == 2
    assert "add --yes" in done.stderr
    assert acme.private.current(Reply) == {}
    told = CliRunner().invoke(cli, [*words, "--yes"], catch_exceptions=False).output
    assert "Google Forms, 1 respondents, 3 columns." in told
    assert "1 interview to be recorded, for Field: 1 top performer." in told
    assert "2 possible suggestions wait in notebook 3" in told
    for text in (done.stdout, done.stderr, told):
        assert "Ottoline" not in text and "zinnia" not in text
    again = CliRunner().invoke(cli, words, catch_exceptions=False).output
    assert again.endswith("Nothing new: all 1 responses of this form are recorded.\n")

"""The report: complete in itself, the same every time, safe from hostile names, and honest about what is absent."""

from __future__ import annotations

import copy
import itertools
import re
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sample_facts import behaviour, evidence, facts, lead, line, period, team, without_charter

from kpi_workshop import numbers
from kpi_workshop.pages import report, report_charts, report_words

HOSTILE = "<script>alert('x')</script> & \x00\u202e\"'"


class Page(HTMLParser):
    """What a page holds: its tags with attributes, and the text of some."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {}
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        for tag in set(self._inside):
            self.text[tag] = self.text.get(tag, "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    shown = facts(team("Field Sales"), without_charter("Inside Sales"))
    return {name: Page(text) for name, text in report.render(shown).items()}


def page_of(*teams: dict, **more: object) -> str:
    return list(report.render(facts(*teams, **more)).values())[-1]


def spoken(text: str) -> str:
    """The words of a page, without its drawings."""
    return re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>|<[^>]+>", " ", text, flags=re.S)).replace("\u00a0", " ")


# One page for each team


def test_each_team_has_a_page_and_the_index_links_them(pages):
    assert list(pages) == ["report.html", "report-field-sales.html", "report-inside-sales.html"]
    assert [a["href"] for a in pages["report.html"].all("a")] == list(pages)[1:]


def test_a_single_team_needs_no_index():
    assert list(report.render(facts(team("Field Sales")))) == ["report-field-sales.html"]


def test_teams_whose_names_come_to_the_same_file_are_kept_apart():
    assert report.file_names(["A B", "a-b", "A b 2", "CON", "..", ""]) == [
        "report-a-b.html", "report-a-b-2.html", "report-a-b-2-2.html", "report-con.html", "report-team.html",
        "report-team-2.html",
    ]  # fmt: skip


def test_a_hostile_name_stays_text_and_stays_in_the_folder(tmp_path):
    folder = tmp_path / "run"
    files = report.write(facts(team(HOSTILE), team("../../../up"), engagement=HOSTILE), folder)
    assert {file.parent for file in files} == {folder}
    assert [f.name for f in tmp_path.iterdir()] == ["run"]
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "\x00" not in text and "\u202e" not in text


def test_a_hostile_measure_cannot_leave_the_label_of_its_drawing():
    name = '"><script>alert(1)</script>'
    text = page_of(team("Field Sales", activities=[line("own", name)]))
    assert "<script" not in text
    labels = [svg["aria-label"] or "" for svg in Page(text).all("svg")]
    assert labels[0].startswith(name)


# Complete in itself


@pytest.mark.parametrize("name", ["report.html", "report-field-sales.html", "report-inside-sales.html"])
def test_a_page_needs_nothing_from_elsewhere_and_runs_nothing(pages, name):
    page = pages[name]
    policy = [m["content"] or "" for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy and policy[0].startswith("default-src 'none'")
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "base"} & {tag for tag, _ in page.tags}
    for _, attrs in page.tags:
        assert not [key for key in attrs if key.startswith("on")]
        assert not attrs.get("src") and not (attrs.get("href") or "").startswith(("http", "//", "javascript"))
    assert "url(" not in page.text["style"] and "@import" not in page.text["style"]


@pytest.mark.parametrize("name", ["report.html", "report-field-sales.html", "report-inside-sales.html"])
def test_a_page_can_be_read_without_seeing_it(pages, name):
    page = pages[name]
    assert page.all("html")[0]["lang"] == "en"
    assert page.text["title"].strip()
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all(th.get("scope") in ("col", "row") for th in page.all("th"))
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in page.all("svg"))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_a_drawing_says_its_numbers_and_which_week_is_unfinished():
    said = report_charts.measure(line("meetings_held", "Meetings held"), starts_on="2024-04-01", currency="USD").says
    assert "target 3" in said and "baseline 2.50 (1 to 4)" in said
    assert "3, 3, 4, 3, 3, 2, 1 so far." in said


def test_the_unfinished_week_is_drawn_hollow_and_without_it_none_is():
    whole = line("meetings_held", "Meetings held")
    finished = whole | {"weeks": whole["weeks"][:-1]}
    for drawn, count in ((whole, 1), (finished, 0)):
        svg = report_charts.measure(drawn, starts_on=None, currency="USD").svg
        assert len(re.findall(r'<path[^>]* stroke="#0072b2"', svg)) == count


# What it says


def test_the_takeaway_comes_first_and_is_one_sentence(pages):
    assert pages["report-field-sales.html"].text["h1"] == "Field Sales reached its activity target."


def test_the_page_follows_the_order_of_the_method():
    words = spoken(page_of(team("Field Sales")))
    order = ["charter 1.0 of 20 March 2024", "live since 1 April 2024, week 6", "as of 8 May 2024", "8,800 deals",
             "run 0123456789ab", "Data up to 8 May 2024.", "Activities", "Metrics they should move", "Adopted? Worked?",
             "Out of the ordinary",
             "Behind the numbers", "Small print"]  # fmt: skip
    places = [words.index(part, words.index("Field Sales (9 sellers)")) for part in order]
    assert places == sorted(places)


def test_a_measure_that_cannot_be_computed_says_why_once_and_is_no_zero():
    words = spoken(page_of(team("Field Sales")))
    assert words.count("not computable: no deal was closed") == 1


def test_a_team_without_a_charter_says_so_and_marks_the_incomplete_quarter(pages):
    words = spoken(report.render(facts(without_charter("Inside Sales")))["report-inside-sales.html"])
    assert "no charter yet" in words and "teams are not ranked" in words
    assert "USD thousand 348 * 1,050" in words or "USD thousand 348* 1,050" in words
    assert "* Q1 2024, revenue: incomplete: earlier deals are not in the data." in words
    assert "Calls made and Emails sent: no activities are in the data." in words


def test_a_failed_data_gate_fills_the_page():
    gate = facts()["gate"] | {"passes": False, "says": "The data end on 2 March 2024. Nothing is claimed."}
    rendered = report.render(facts(gate=gate))
    assert list(rendered) == ["report.html"]
    assert Page(rendered["report.html"]).text["h1"] == gate["says"]


def test_demo_data_are_marked_on_every_page_and_real_data_on_none():
    two = (team("Field Sales"), without_charter("Inside Sales"))
    assert all("Demo data" in text for text in report.render(facts(*two, demo=True)).values())
    assert not any("Demo data" in text for text in report.render(facts(*two)).values())


def test_a_team_of_two_is_told_that_it_is_too_small_for_anything_per_seller():
    words = "Too few sellers to show anything of single ones"
    assert words in page_of(team("Field Sales", sellers=2))
    assert words not in page_of(team("Field Sales", sellers=3))


# Writing


def test_the_same_facts_give_the_same_bytes(tmp_path):
    shown = facts(team("Field Sales"), without_charter("Inside Sales"))
    before = copy.deepcopy(shown)
    first = [file.read_bytes() for file in report.write(shown, tmp_path / "a")]
    second = [file.read_bytes() for file in report.write(shown, tmp_path / "b")]
    assert first == second
    assert shown == before, "writing changes no fact"


def test_pages_are_for_their_owner_only(tmp_path):
    for file in [*report.write(facts(team("Field Sales")), tmp_path / "run"), report.write_facts(facts(), tmp_path)]:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_page_of_a_team_that_is_gone_goes_and_other_files_stay(tmp_path):
    report.write(facts(team("Field Sales"), team("Inside Sales")), tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    report.write(facts(team("Field Sales")), tmp_path)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["manifest.json", "report-field-sales.html"]


def test_a_write_that_is_interrupted_leaves_the_earlier_page_whole(tmp_path, monkeypatch):
    (file,) = report.write(facts(team("Field Sales")), tmp_path)
    before = file.read_bytes()

    def interrupted(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        report.write(facts(team("Field Sales", sellers=10)), tmp_path)
    assert file.read_bytes() == before
    assert [f.name for f in tmp_path.iterdir()] == [file.name]


def test_a_page_stays_small(tmp_path):
    many = [line(f"measure_{n}", f"Measure {n}") for n in range(7)]
    (file,) = report.write(facts(team("Field Sales", activities=many[:4], metrics=many[4:])), tmp_path)
    assert file.stat().st_size < 1_000_000


# Words and numbers


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.631501, "share", "63.2 %"), (0.0, "share", "0 %"), (2360.909, "money", "USD 2,360"),
        (-0.062, "share", "−6.20 %"), (51.78, "days", "51.8 days"), (4238.0, "deals", "4,238"),
        (10_005_534.0, "money", "USD 10.0 million"), (None, "money", "not computable"), (999.7, "money", "USD 1,000"),
    ],
)  # fmt: skip
def test_numbers_have_three_digits_and_their_unit(value, unit, words):
    assert numbers.written(value, unit, currency="USD").replace("\u00a0", " ") == words


def test_a_row_of_amounts_is_written_in_one_scale():
    row = numbers.scale([348_000, 1_049_000, None], "money")
    assert (row.word, row.figure(348_000, "money"), row.figure(1_049_000, "money")) == ("thousand", "348", "1,050")


def test_a_note_is_told_once_for_all_measures_it_holds_for():
    rows = [period("2024-01-01", "2024-03-31", "Q1 2024", 1, note="cut off"), period("", "", "Q2 2024", 2)]
    lines = [line(name, name.title(), quarters=rows) for name in ("revenue", "deals")]
    assert report_words.remarks(lines) == ["Q1 2024, revenue and deals: cut off"]


def test_a_verdict_stands_with_its_intervals_and_with_whom_it_rests_on():
    pair = team("Field Sales")["pairs"][0] | {"evidence": evidence("keep")}
    words = spoken(report.render(facts(team("Field Sales", pairs=[pair])))["report-field-sales.html"])
    assert "+30 % (+15 % to +44 %), shown" in words
    assert "+14 % (−2 % to +30 %), not shown; follows the activity after 3 weeks (+4.6 % for 10 % more)" in words
    assert "Examined together with Inside Sales" in words
    assert "Middle performers: too few to show" in words
    assert "The next look is on 24 June 2024; until then no verdict changes." in words


def test_behind_a_verdict_stand_its_links_the_looks_and_what_would_change_it():
    measured = {"activity": "calls_made", "metric": "deals_closed", "says": "Calls made → Deals closed"}

    def said(**more):
        pair = team("Field Sales")["pairs"][0] | measured | {"evidence": evidence("watch", **more)}
        return spoken(report.render(facts(team("Field Sales", pairs=[pair])))["report-field-sales.html"])

    words = said()
    assert "where a seller did 10 % more of it, deals closed came out +4.6 % (+3.5 % to +5.7 %) 3 weeks later" in words
    assert "A change of deals closed under 16 % could not be seen with these teams and weeks." in words
    assert "1 of 2 looks spent; the next is on 24 June 2024, 12 weeks after the last start." in words
    assert "What would change it: keep, if the metric clearly rises or follows the activity; replace" in words
    assert "Since the start, four weeks at a time" in words
    one_team = {"started": 1, "waves": 1, "waiting": 3, "grade": "medium", "refused": ""}
    assert "evidence of medium grade, for only one team started with it" in said(design=one_team)
    assert "All 2 looks are spent. Nothing will change it" in said(next_look=None, spent=2)
    confounded = said(lead=lead(leads=False, doubt="cause"))
    assert "a shared cause is as likely, so this is no lead" in confounded
    assert "moves with the activity, but a shared cause explains that as well" in confounded
    assert "What follows comes 3 weeks later, beyond the delays" in said(lead=lead(leads=False, doubt="late"))
    assert "Alone it would seem to come first by 3 weeks" in said(lead=lead(leads=False, doubt="many"))
    assert "No delay shows more between the two than chance can." in said(lead=lead(leads=False, doubt="chance"))


def test_what_was_written_down_before_the_start_stands_in_the_small_print():
    plan = {
        "looks": [8, 12], "dwell_weeks": 8, "worthwhile": 0.05, "longest_lag": 6, "pairs": [["a", "b"]] * 7,
        "families": ["adoption", "lead"], "version": 2, "since": "2024-03-20", "in_time": True,
    }  # fmt: skip
    words = spoken(report.render(facts(team("Field Sales"), review_plan=plan))["report-field-sales.html"])
    assert "version 2 of 20 March 2024, before the first start; nothing is replaced before 8 weeks" in words
    assert "5 % is the smallest change that matters, delays reach to 6 weeks. 7 pairs are asked" in words


def test_how_often_a_target_is_met_stands_under_the_measures():
    meets = {"word": "no", "since": "start", "periods": 14, "met": 2, "trial": False}
    shown = line("calls_made", "Calls made", behaviour=behaviour("steady", 2, 3, 4, will_meet=meets))
    text = report.render(facts(team("Field Sales", activities=[shown])))["report-field-sales.html"]
    words = spoken(text)
    assert "Targets met if things go on as since the start: never calls made (2 of 14 weeks)." in words
    assert "As it runs since the start, it misses its target each week; reached in 2 of 14 weeks." in text


def test_a_pair_that_could_not_be_examined_says_why_and_has_no_verdict():
    nothing = {"adoption": None, "effect": None, "lead": None, "middle": None}
    left = evidence(None, reason="Not examined: win rate is a share.", **nothing)
    pair = team("Field Sales")["pairs"][0] | {"evidence": left}
    words = spoken(report.render(facts(team("Field Sales", pairs=[pair])))["report-field-sales.html"])
    assert "not examined" in words
    assert "Not examined: win rate is a share." in words
    assert not any(f" {word} " in words.split("Decided")[1].split("may be replaced")[0] for word in ("keep", "replace"))


def test_expected_ranges_are_drawn_with_their_words_and_what_was_noted():
    notes = [{"day": "2024-04-08", "text": "Kick-off <b>", "rebases": False}]
    shown = line("calls_made", "Calls made", behaviour=behaviour("better, real", 2, 3, 4, 5, notes=notes))
    text = report.render(facts(team("Field Sales", activities=[shown])))["report-field-sales.html"]
    page = Page(text)
    labels = [attrs["aria-label"] for attrs in page.all("svg")]
    (told,) = [label for label in labels if label and "expected" in label]
    assert "expected 0 to 6" in told, "a count cannot be expected below zero"
    assert "better, real since the week of 25 March 2024" in told
    assert "<b>" not in text.split("</style>")[1]
    assert "8 April 2024: Kick-off &lt;b&gt;" in text


def test_exceptions_name_their_owner_and_what_may_be_the_cause():
    row = {
        "measure": "calls_made", "name": "Calls made", "word": "worse, real", "since": "2024-04-01", "owner": "Ann",
        "cause": "", "guards": [], "try": "Keep an hour free.",
    }  # fmt: skip
    words = spoken(report.render(facts(team("Field Sales", exceptions=[row])))["report-field-sales.html"])
    assert (
        "Calls made: worse, real since 1 April 2024, Ann; cause not known. If it drops, try: Keep an hour free."
        in words
    )


def test_stuck_deals_moves_and_what_conversations_came_to_are_said_in_words():
    review = {
        "why_not": "", "stuck": 2, "worth": 1500.0, "since": "2024-05-02", "deals": [],
        "moves": {"forward": 3, "back": 0, "won": 0, "lost": 1},
    }  # fmt: skip
    talks = [
        {"name": "Productive conversations", "unit": "share", "value": 0.25, "numerator": 5.0, "denominator": 20.0,
         "says": "April 2024"}
    ]  # fmt: skip
    words = spoken(page_of(team("Field Sales", pipeline=review, talks=talks)))
    assert "2 deals are longer in their stage than 85 % of earlier ones were, worth USD 1,500." in words
    assert "Moves since 2 May 2024: 3 forward and 1 lost." in words
    assert "Productive conversations 25 % (5 of 20), in April 2024." in words


def test_stuck_deals_that_cannot_be_told_say_why():
    review = {
        "why_not": "no stage changes are in the data", "stuck": 0, "worth": None, "since": "2024-05-02", "deals": [],
        "moves": {"forward": 0, "back": 0, "won": 0, "lost": 0},
    }  # fmt: skip
    words = spoken(page_of(team("Field Sales", pipeline=review)))
    assert (
        "Stuck deals are not computable: no stage changes are in the data. No deal has moved since 2 May 2024." in words
    )


def test_a_pulse_is_told_of_enough_people_only():
    rows = [
        {"week": 1, "closes": "2024-04-07", "is_open": False, "answers": 7, "mean": 3.86},
        {"week": 2, "closes": "2024-04-21", "is_open": False, "answers": 0, "mean": None},
        {"week": 4, "closes": "2024-05-19", "is_open": True, "answers": 0, "mean": None},
    ]
    words = spoken(page_of(team("Field Sales", pulse=rows)))
    assert "Pulse: week 1 3.9 of 5 (7 answers), week 2 fewer than 3 answers and week 4 open until 19 May 2024." in words

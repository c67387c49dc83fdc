"""The lenses: the table of the method, and the labels that the articles' authors literally give."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from kpi_workshop import catalogue, lenses
from kpi_workshop.errors import WorkshopError

WORDS = {  # by hand, from the method's table: S0, S3, S4, Amazon, 4DX, Sales Management Code
    "calls_made": "metric, KPI, activity, controllable input, lead measure, activity",
    "topic_coverage": "KPI, KPI, activity, controllable input, lead measure, objective",
    "productive_conversations": "KPI, metric, signal, controllable input, lead measure, objective",
    "leads_received": "metric, metric, signal, output, lag measure, activity",
    "close_out_notes": "KPI, metric, signal, controllable input, lag measure, activity",
    "win_rate": "KPI, metric, metric, output, lag measure, objective",
    "revenue": "KPI, result, metric, output, lag measure, business result",
}


@pytest.mark.parametrize("id", WORDS)
def test_one_measure_has_a_name_in_every_vocabulary(id):
    measure = catalogue.get(id)
    labels = [lenses.label(measure, lens).label for lens in ("S0", "S3", "S4", "amazon", "4dx", "code")]
    assert ", ".join(labels) == WORDS[id]


READ_BY_HAND = {  # the labels on each line, read without the catalogue: metric, KPI, activity or result
    "S0": {21: "mmmmmm", 27: "mmkk", 31: "k", 33: "k"},
    "S1": dict.fromkeys(range(20, 26), "m") | dict.fromkeys(range(32, 38), "k") | {
        45: "mmm", 46: "kkk", 55: "m", 57: "m", 59: "m", 64: "k", 66: "k", 68: "k", 69: "kkk", 75: "mmm", 77: "mmmmm",
        86: "mmm", 97: "mmkkk",
    },
    "S2": {
        21: "k", 22: "k", 30: "m", 31: "m", 32: "m", 48: "mm", 55: "m", 56: "kk", 69: "mmm", 85: "k", 86: "mm",
        92: "kkk", 93: "mm", 99: "k", 100: "mm", 106: "kk", 107: "mm", 113: "kk", 114: "mm", 120: "kk", 121: "mm",
        127: "k", 128: "mm", 134: "kk", 135: "mm", 148: "k", 153: "k", 158: "k", 163: "k", 172: "m", 177: "m",
        182: "m", 187: "m", 252: "mmm", 292: "mm", 325: "k", 331: "k", 337: "k", 343: "k", 352: "m", 358: "m",
        364: "m", 370: "m",
    },
    "S3": {1: "rrr"} | dict.fromkeys([*range(3, 8), *range(11, 17)], "k"),
    "S4": {5: "mmmm", 7: "m", 9: "aaa", 29: "mmmaaa"},
}  # fmt: skip


@pytest.mark.parametrize(("author", "labels"), [("S0", 12), ("S1", 43), ("S2", 64), ("S3", 14), ("S4", 14)])
def test_every_label_of_an_article_is_listed_with_its_line_as_read_by_hand(author, labels, shared):
    article = (shared / "sources" / f"00{author[1]}.txt").read_text(encoding="utf-8").split("\n")
    listed = defaultdict(list)
    for mention in (m for entry in lenses.entries(author) for m in entry.mentions):
        assert mention.words.casefold() in article[mention.line - 1].casefold()
        if mention.says != "named" and not mention.again:
            listed[mention.line].append(mention.says[0])
    assert {line: Counter(said) for line, said in listed.items()} == {
        line: Counter(said) for line, said in READ_BY_HAND[author].items()
    }
    assert sum(map(len, listed.values())) == lenses.agreement(author).mentions == labels


@pytest.mark.parametrize("author", ["S0", "S3", "S4"])
def test_the_facts_give_back_every_label_of_s0_s3_and_s4(author):
    found = lenses.agreement(author)
    assert (found.agreed, found.both) == (found.mentions, ())


@pytest.mark.parametrize(("author", "most", "both"), [("S1", 35, 7), ("S2", 59, 5)])
def test_s1_and_s2_label_seven_and_five_of_their_measures_both_ways(author, most, both):
    found = lenses.agreement(author)
    assert (found.agreed, len(found.both)) == (most, both)


def test_what_an_author_lists_apart_stands_apart_and_each_mention_on_its_own_line():
    growth = {
        e.name: [(m.line, m.says) for m in e.mentions] for e in lenses.entries("S1") if e.measure == "sales_growth"
    }
    assert growth == {"Sales growth": [(59, "metric")], "Revenue growth": [(97, "kpi")]}
    velocity = [e for e in lenses.entries("S1") if e.measure == "pipeline_velocity"]
    assert [(e.name, e.labels, e.uses_both) for e in velocity] == [
        ("Pipeline velocity", ("kpi",), False), ("Sales velocity", ("metric",), False),
    ]  # fmt: skip
    (score,) = [e for e in lenses.entries("S2") if e.measure == "net_promoter_score"]
    assert [m.line for m in score.mentions] == [48, 99, 163] and score.uses_both


def test_s1_and_s2_label_by_the_plan():
    calls = catalogue.get("calls_made")
    assert lenses.label(calls, "S1").label == lenses.label(calls, "S2").label == "metric"
    assert lenses.label(calls, "S1", has_target=True).label == "KPI"
    assert lenses.label(calls, "S2", company_goal=True).label == "KPI"


def test_a_team_that_decides_otherwise_changes_the_label():
    reviews = catalogue.get("business_reviews")
    assert lenses.label(reviews, "S4").label == "activity"
    assert lenses.label(reviews, "S4", timing="after").label == "signal"
    assert lenses.label(reviews, "S4", control="none", timing="after").label == "metric"


def test_counting_activity_alone_wears_a_badge():
    assert lenses.label(catalogue.get("calls_made"), "S3").badge == "activity-only"
    assert lenses.label(catalogue.get("joint_calls"), "S3").badge == ""


def test_every_label_has_a_reason_of_one_sentence():
    for measure in catalogue.measures().values():
        for lens in lenses.LENSES:
            assert lenses.label(measure, lens).reason.count(".") == 1


def test_an_unknown_lens_is_answered_with_those_there_are():
    with pytest.raises(WorkshopError, match="no lens 'S7'"):
        lenses.label(catalogue.get("revenue"), "S7")

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


@pytest.mark.parametrize(("author", "mentions"), [("S0", 12), ("S3", 14), ("S4", 14)])
def test_the_facts_give_back_every_label_of_s0_s3_and_s4(author, mentions):
    assert lenses.agreement(author) == lenses.Agreement(mentions, mentions, ())


def test_s2_labels_five_measures_both_ways_and_59_of_64_is_the_most():
    found = lenses.agreement("S2")
    assert (found.agreed, found.mentions, len(found.both)) == (59, 64, 5)


def test_s1_labels_nine_measures_both_ways_and_33_of_43_is_the_most():
    found = lenses.agreement("S1")
    assert (found.agreed, found.mentions, len(found.both)) == (33, 43, 9)


def test_s1_reaches_35_of_43_and_seven_where_its_two_synonyms_are_kept_apart():
    apart = {"revenue growth", "sales velocity"}
    labels = defaultdict(list)
    for measure in catalogue.measures().values():
        for mention in lenses.said(measure, "S1"):
            if not mention.again and mention.says != "named":
                labels[measure.id, mention.words if mention.words in apart else ""].append(mention.says)
    assert sum(max(Counter(says).values()) for says in labels.values()) == 35
    assert sum(len(says) for says in labels.values()) == 43
    assert sum(len(set(says)) == 2 for says in labels.values()) == 7


def test_an_author_who_uses_both_is_said_to():
    assert lenses.uses_both(catalogue.get("average_deal_size"), "S1")
    assert not lenses.uses_both(catalogue.get("average_deal_size"), "S4")
    assert [m.line for m in lenses.said(catalogue.get("net_promoter_score"), "S2")] == [48, 99, 163]


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

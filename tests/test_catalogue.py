"""The catalogue: its integrity, its words against the articles, and finding a measure by what people call it."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from kpi_workshop import bundle, catalogue
from kpi_workshop.crm.tables import TABLES
from kpi_workshop.errors import WorkshopError

FOLDER = bundle.folder("data") / "catalogue"
MEASURES = catalogue.measures()

PROMISED = {
    "win_rate", "close_rate", "average_deal_size", "median_deal_size", "sales_cycle_length",
    "median_sales_cycle_length", "deals_closed", "revenue", "sales_growth", "open_pipeline", "open_deals",
    "quota_attainment", "quota_attainment_share", "calls_made", "conversations", "senior_conversations",
    "emails_sent", "meetings_held", "talk_time", "demos_held", "opportunities_opened", "leads_received",
}  # fmt: skip

ENTRY = """
[{id}]
name = "{name}"
other_names = [{others}]
sentence = "How many."
formula = "number"
unit = "count"
better = "higher"
link = "effort"
depth = "volume"
form = "count"
scope = "seller"
source = "system-logged"
control = "direct"
timing = "before"
needs = ["activities.at"]
{more}
"""


def entry(id: str, name: str, *others: str, more: str = "") -> str:
    return ENTRY.format(id=id, name=name, others=", ".join(f'"{other}"' for other in others), more=more)


def refused(folder: Path, *files: str) -> str:
    for number, text in enumerate(files):
        (folder / f"{number}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(WorkshopError) as caught:
        catalogue.read(folder)
    return str(caught.value)


@pytest.fixture(scope="module")
def articles(shared: Path) -> dict[str, list[str]]:
    """The lines of the five articles by their short name; line 1 first."""
    return {
        f"S{number}": (shared / "sources" / f"{number:03}.txt").read_text(encoding="utf-8").split("\n")
        for number in range(5)
    }


# The bundled catalogue


def test_every_measure_that_notebooks_and_formulas_name_is_there():
    assert set(MEASURES) >= PROMISED


def test_every_needed_column_is_a_canonical_column():
    unknown = [
        (measure.id, need)
        for measure in MEASURES.values()
        for need in measure.needs
        if need.split(".")[0] not in TABLES
        or need.split(".")[1] not in {column.name for column in TABLES[need.split(".")[0]].columns}
    ]
    assert unknown == []


def test_what_can_be_raised_at_the_cost_of_something_else_has_a_guardrail():
    without = [m.id for m in MEASURES.values() if m.needs and not m.guardrail]
    assert without == []


def test_every_computable_measure_has_all_that_a_charter_shows_of_it():
    for measure in (m for m in MEASURES.values() if m.needs):
        assert measure.other_names and measure.guardrail and measure.if_it_drops, measure.id
        assert measure.moves or measure.id == "revenue", measure.id


def test_moved_measures_lie_further_down_the_chain_or_beside():
    chain = ["effort", "exchange", "evidence", "advance", "outcome", "result"]
    backwards = [
        (m.id, moved)
        for m in MEASURES.values()
        for moved in m.moves
        if chain.index(MEASURES[moved].link) < chain.index(m.link)
    ]
    assert backwards == []


def test_no_measure_repeats_its_own_names():
    for measure in MEASURES.values():
        spellings = [catalogue.plain(name) for name in measure.names]
        assert len(set(spellings)) == len(spellings), measure.id


def test_every_sentence_is_a_sentence():
    for measure in MEASURES.values():
        assert measure.sentence.endswith(".") and measure.sentence[0].isupper(), measure.id
        assert measure.name[0].isupper() or measure.name[0].isdigit(), measure.id


def test_every_way_to_say_a_measure_finds_it():
    for measure in MEASURES.values():
        for name in (measure.id, *measure.names):
            assert catalogue.find(name) == measure, name


def test_the_readme_of_the_folder_states_every_key_and_the_true_counts():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    stated = {file: int(count) for file, count in re.findall(r"^\| (\w+\.toml) \| (\d+) \|", text, re.M)}
    counted = {
        file.name: len(re.findall(r"^\[\w+\]$", file.read_text(encoding="utf-8"), re.M))
        for file in FOLDER.glob("*.toml")
    }
    assert stated == counted
    computable = sum(bool(m.needs) for m in MEASURES.values())
    assert f"{len(MEASURES)} measures in all; {computable} can be computed" in text
    keys = set(re.findall(r"^\| `\[?(\w+)\]?` \|", text, re.M))
    assert keys == set(catalogue.Measure.model_fields)


# What the articles say


def test_every_cited_line_holds_the_cited_words(articles):
    absent = [
        (measure.id, mention.source, mention.line, mention.words)
        for measure in MEASURES.values()
        for mention in measure.authors
        if mention.words.casefold() not in articles[mention.source][mention.line - 1].casefold()
    ]
    assert absent == []


def test_every_line_that_advice_is_drawn_from_says_something(articles):
    for measure in MEASURES.values():
        for reference in measure.advice_from:
            source, line = reference.split(":")
            assert articles[source][int(line) - 1].strip(), (measure.id, reference)


def test_advice_is_in_our_own_words(articles):
    everything = " ".join(re.sub(r"\W+", " ", " ".join(lines)).casefold() for lines in articles.values())
    for measure in MEASURES.values():
        words = re.sub(r"\W+", " ", f"{measure.sentence} {measure.if_it_drops}").casefold().split()
        for start in range(len(words) - 7):
            assert " ".join(words[start : start + 8]) not in everything, measure.id


@pytest.mark.parametrize(
    ("source", "line", "named"),
    [
        ("S0", 21, "calls_made average_call_length emails_sent voicemails_left calls_returned email_replies"),
        ("S0", 27, "calls_made conversations topic_coverage productive_conversations"),
        ("S1", 45, "revenue lead_conversion_rate leads_received"),
        ("S1", 69, "customer_acquisition_cost win_loss_ratio average_deal_size"),
        ("S1", 77, "average_deal_size deals_closed annual_recurring_revenue churn_rate customer_lifetime_value"),
        ("S2", 69, "production_time defect_rate churn_rate"),
        ("S2", 92, "return_on_investment ebit customer_lifetime_value"),
        ("S3", 1, "revenue gross_margin market_share"),
        ("S4", 29, "deals_closed average_deal_size close_rate talk_time senior_conversations roi_discussions"),
    ],
)
def test_a_line_read_by_hand_is_recorded_in_full(source, line, named):
    recorded = {m.id for m in MEASURES.values() for a in m.authors if (a.source, a.line) == (source, line)}
    assert recorded == set(named.split())


def test_every_bullet_of_the_two_lists_of_s3_is_recorded():
    lines = {a.line for m in MEASURES.values() for a in m.authors if a.source == "S3"}
    assert lines == {1, *range(3, 8), *range(11, 17)}


# Finding


@pytest.mark.parametrize(
    ("words", "id"),
    [
        ("win rate", "win_rate"),
        ("Win-Rate", "win_rate"),
        ("WIN %", "win_rate"),
        ("win_rate", "win_rate"),
        ("# of calls", "calls_made"),
        ("Number of dials", "calls_made"),
        ("total number of leads", "leads_received"),
        ("the sales cycle", "sales_cycle_length"),
        ("VP level conversation", "senior_conversations"),
        ("qbr", "business_reviews"),
        ("C.A.C.", None),
        ("CAC", "customer_acquisition_cost"),
        ("a customer’s lifetime value", None),
        ("customer’s lifetime value", "customer_lifetime_value"),
        ("winning", None),
        ("", None),
        ("number of", None),
    ],
)
def test_a_measure_is_found_by_its_exact_words_and_never_guessed(words, id):
    found = catalogue.find(words)
    assert (found and found.id) == id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("win rate", "loss rate"),
        ("win rate", "close rate"),
        ("win rate", "win-loss ratio"),
        ("calls", "talk time"),
        ("calls", "conversations"),
        ("deal size", "deal count"),
        ("talk time", "average talk time"),
        ("calls", "returned calls"),
        ("meetings booked", "meetings held"),
        ("deals lost", "loss rate"),
        ("average deal size", "median deal size"),
        ("quota attainment", "quota attainment rate"),
        ("follow-ups", "the right follow-ups"),
        ("leads", "qualified leads"),
        ("retention rate", "churn rate"),
        ("open deals", "open pipeline"),
        ("lead response time", "time to respond to customers"),
        ("handle time", "average call length"),
    ],
)
def test_look_alikes_are_different_measures(one, other):
    assert catalogue.find(one) and catalogue.find(other)
    assert catalogue.find(one) != catalogue.find(other)


def test_an_unknown_measure_is_answered_with_the_nearest_names():
    with pytest.raises(WorkshopError, match=r"no measure 'win rat'\. Did you mean: Win rate"):
        catalogue.get("win rat")
    assert catalogue.get("win_rate") is catalogue.get("Win rate")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("win r", "win_rate"),
        ("deal si", "average_deal_size"),
        ("cyc", "sales_cycle_length"),
        ("lead res", "lead_response_time"),
        ("pipeline cov", "pipeline_coverage"),
        ("arr", "annual_recurring_revenue"),
        ("dia", "calls_made"),
        ("dials", "calls_made"),
        ("number of returned c", "calls_returned"),
    ],
)
def test_search_suggests_the_measure_meant_while_it_is_typed(typed, first):
    assert catalogue.search(typed)[0].id == first


def test_search_is_bounded_and_finds_nothing_for_nothing():
    assert catalogue.search("") == [] == catalogue.search(" - ") == catalogue.search("zzz")
    assert len(catalogue.search("deal")) == 8
    assert len(catalogue.search("deal", 3)) == 3


def test_search_keeps_up_with_typing():
    start = time.perf_counter()
    for typed in ("c", "co", "con", "conv", "conve"):
        catalogue.search(typed)
    assert time.perf_counter() - start < 0.25


def test_nobody_can_change_the_catalogue_by_accident():
    catalogue.measures().clear()
    assert catalogue.measures() == MEASURES
    with pytest.raises(ValueError, match="frozen"):
        MEASURES["win_rate"].name = "Other"


def test_the_catalogue_loads_without_pandas_or_ibis():
    code = (
        "import sys; from kpi_workshop import catalogue; catalogue.measures(); "
        "print([m for m in ('pandas', 'ibis', 'altair') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# A catalogue that is not right


def test_a_name_that_two_measures_claim_is_refused_with_both_places(tmp_path):
    said = refused(tmp_path, entry("calls", "Calls"), entry("dials", "Dials", "Number of calls"))
    assert said == "1.toml, [dials]: the name 'Number of calls' belongs to calls in 0.toml already."


def test_an_id_taken_in_another_file_is_refused(tmp_path):
    said = refused(tmp_path, entry("calls", "Calls"), entry("calls", "Dials"))
    assert said == "1.toml, [calls]: this id is taken by a measure in 0.toml."


def test_an_unknown_guardrail_or_moved_measure_is_named_with_the_nearest(tmp_path):
    more = 'guardrail = "cals"\nmoves = ["win_rate", "dials"]'
    said = refused(tmp_path, entry("calls", "Calls"), entry("dials", "Dials", more=more))
    assert said.splitlines() == [
        "1.toml, [dials]: guardrail names 'cals', which is no measure. Did you mean: calls, dials?",
        "1.toml, [dials]: moves names 'win_rate', which is no measure. There is: calls, dials.",
        "1.toml, [dials]: moves names the measure itself.",
    ]


def test_facts_that_are_missing_misspelt_or_unknown_come_in_one_message(tmp_path):
    wrong = entry("calls", "Calls", more='guardrial = "calls"')
    wrong = wrong.replace('unit = "count"', 'unit = "furlongs"').replace('depth = "volume"\n', "")
    wrong = wrong.replace('"How many."', f'"{"word " * 31}"')
    said = refused(tmp_path, wrong)
    assert "0.toml, [calls]: 'depth' is missing." in said
    assert "unit = 'furlongs' is not known; it is 'share', " in said
    assert "'guardrial' is not a fact of a measure. Did you mean: guardrail?" in said
    assert "sentence has 31 words; at most 30 are read." in said


def test_a_measure_has_columns_or_a_reason_and_never_both(tmp_path):
    said = refused(tmp_path, entry("calls", "Calls", more='not_from_crm = "No."'))
    assert said.startswith("0.toml, [calls]: needs either the columns")


def test_a_file_that_is_not_toml_and_an_empty_folder_are_told_apart(tmp_path):
    with pytest.raises(WorkshopError, match="holds no measures"):
        catalogue.read(tmp_path)
    assert "0.toml cannot be read as TOML" in refused(tmp_path, "[calls\n")
    assert "stands above the first measure" in refused(tmp_path, 'name = "Calls"\n')


def test_mentions_of_one_author_are_recorded_once_a_line():
    for measure in MEASURES.values():
        places = Counter((a.source, a.line) for a in measure.authors)
        assert set(places.values()) <= {1}, measure.id

"""Verdicts: sticky, at planned looks only, never on one look, with the reason that a person can check."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.evidence import short_way
from benchmarks.evidence.cases import FOUR_OF_TEN
from kpi_workshop.evidence import analyse
from kpi_workshop.evidence.estimates import Estimate
from kpi_workshop.evidence.lead_lag import Lead
from kpi_workshop.evidence.sequential import LOOKS
from kpi_workshop.evidence.verdict import FIX, KEEP, REPLACE, WATCH, Look, judge

ROSE = Estimate(0.25, 0.18, 0.32, 1e-6, 5.0)
FLAT = Estimate(0.0, -0.15, 0.15, 1.0, 0.0)
STILL = Estimate(0.0, -0.03, 0.03, 1.0, 0.0)
NO_LINK = Lead(3, 0.0, 0.06, 0.6, 0.0, 0.5, 0.0, 0.08, 0.5, 0.0, 0.06)
LINK = replace(NO_LINK, elasticity=0.5, p=0.005, contrast=0.5, contrast_p=1e-6, recent=0.5)


def look(week: int, adoption: Estimate = ROSE, metric: Estimate = FLAT, link: Lead = NO_LINK) -> Look:
    return Look(week, 2.4, adoption, metric, link)


def test_before_the_first_look_everything_is_watched() -> None:
    assert judge([], LOOKS).word == WATCH


def test_adopted_and_the_metric_rose_is_kept_and_stays_kept() -> None:
    history = [look(8, metric=ROSE), look(12), look(16), look(20), look(26)]
    found = judge(history, LOOKS)
    assert (found.word, found.since) == (KEEP, 8)


def test_adopted_and_followed_by_the_metric_is_kept() -> None:
    assert judge([look(8, link=LINK)], LOOKS).word == KEEP


def test_nothing_is_replaced_on_one_look() -> None:
    assert judge([look(8)], LOOKS).word == WATCH
    assert judge([look(8), look(12)], LOOKS).word == REPLACE
    assert judge([look(8, link=LINK, adoption=STILL), look(12)], LOOKS).word == WATCH


def test_the_last_look_decides_alone() -> None:
    assert judge([look(8, adoption=FLAT), look(26)], (8, 26)).word == REPLACE


def test_a_longer_dwell_puts_replacing_off() -> None:
    assert judge([look(8), look(12)], LOOKS, dwell=12).word == WATCH
    assert judge([look(8), look(12), look(16)], LOOKS, dwell=12).word == REPLACE


def test_a_link_too_uncertain_to_rule_out_a_benefit_is_not_replaced() -> None:
    unsure = replace(NO_LINK, recent_error=0.3)
    assert judge([look(8, link=unsure), look(12, link=unsure)], LOOKS).word == WATCH


def test_a_metric_that_leans_upwards_is_not_given_up() -> None:
    leaning = Estimate(0.14, -0.03, 0.31, 0.11, 1.6)
    assert judge([look(8, metric=leaning), look(12, metric=leaning)], LOOKS).word == WATCH


def test_a_hint_that_the_metric_follows_is_not_given_up() -> None:
    hint = replace(NO_LINK, p=0.08)
    assert judge([look(8, link=hint), look(12, link=hint)], LOOKS).word == WATCH


def test_an_activity_that_did_not_move_is_a_matter_of_adoption_not_of_the_measure() -> None:
    open_still = [look(week, adoption=FLAT) for week in (8, 12, 16, 20)]
    assert judge(open_still, LOOKS).word == WATCH
    assert judge([*open_still, look(26, adoption=FLAT)], LOOKS).word == FIX
    assert judge([look(8, adoption=STILL), look(12, adoption=STILL)], LOOKS).word == FIX


def test_a_metric_that_rose_without_the_activity_says_look_elsewhere() -> None:
    found = judge([look(26, adoption=FLAT, metric=ROSE)], (26,))
    assert found.word == FIX
    assert "look elsewhere" in found.because


def test_what_cannot_be_estimated_is_watched() -> None:
    assert judge([Look(8, 2.9, None, None, None), Look(26, 2.1, None, None, None)], LOOKS).word == WATCH


def test_the_word_after_each_look_is_remembered() -> None:
    assert judge([look(8), look(12), look(16, link=LINK)], LOOKS).history == (WATCH, REPLACE, KEEP)


def test_the_benchmarks_short_way_gives_what_the_whole_analysis_gives() -> None:
    panel, starts = next(iter(FOUR_OF_TEN.but("", adoption=0.4, lift=0.5).rollouts(1, 3)))
    whole = analyse(panel, starts)
    effect, claimed = short_way.change(panel, starts)
    told = {(kind, row.cohort): row for kind in ("effects", "adoption") for row in getattr(whole, kind)}
    assert effect is not None
    row = told["effects", "all"]
    assert (effect.value, effect.low, effect.p, claimed) == (row.estimate, row.low, row.p, row.claimed)
    third = short_way.middle(panel, starts)
    for name, kind in (("metric", "effects"), ("activity", "adoption")):
        one, row = third[name], told[kind, "middle"]
        assert one is not None and (one.value, one.low, one.p) == (row.estimate, row.low, row.p)
    link = short_way.link(panel, starts)
    assert link is not None
    assert (link.lag, link.p, link.leads) == tuple(whole.leads[0][name] for name in ("lag_weeks", "p", "leads"))
    assert short_way.history(panel, starts) == next(iter(whole.history.values()))

"""Sales cycles: the event that their days count from."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from small_crm import D, won, write

from kpi_workshop import engagement as engagements
from kpi_workshop.crm.measures import availability, measure_table
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError


def test_the_event_that_a_sales_cycle_starts_with_is_a_setting_and_stands_beside_the_number(
    engagement: Engagement,
) -> None:
    at = dt.datetime(2024, 1, 1, 9)
    write(engagement, "opportunities", [won("Ann", D(2024, 3, 1), days=10) | {"opportunity_id": "D1", "lead_id": "L1"}])
    write(engagement, "leads", [{"lead_id": "L1", "seller": "Ann", "created_at": at}])
    call = {"seller": "Ann", "type": "call", "at": at + dt.timedelta(days=20), "opportunity_id": "D1"}
    write(engagement, "activities", [call])
    told = {}
    for start in ("opening", "lead", "first contact"):
        limits = engagement.settings.limits.model_copy(update={"cycle_starts": start})
        agreed = dataclasses.replace(engagement, settings=engagement.settings.model_copy(update={"limits": limits}))
        row = measure_table(agreed, "sales_cycle_length", by="organisation", every="all").iloc[0]
        told[start] = (row["value"], row["note"].split(";")[0])
    assert told == {
        "opening": (10.0, "start: opening of the opportunity"),
        "lead": (60.0, "start: arrival of the lead"),
        "first contact": (40.0, "start: first activity on the deal"),
    }


def test_without_leads_a_cycle_from_the_lead_is_not_computable_and_neither_is_what_it_is_a_part_of(
    engagement: Engagement,
) -> None:
    write(engagement, "opportunities", [won("Ann", D(2024, 3, 1))])
    limits = engagement.settings.limits.model_copy(update={"cycle_starts": "lead"})
    agreed = dataclasses.replace(engagement, settings=engagement.settings.model_copy(update={"limits": limits}))
    for measure in ("median_sales_cycle_length", "pipeline_velocity"):
        assert availability(agreed)[measure] == "no leads are in the data"
        note = measure_table(agreed, measure, by="organisation", every="all")["note"].iloc[0]
        assert note == "not computable: no leads are in the data"


def test_an_unknown_start_is_refused_with_what_there_is(engagement: Engagement) -> None:
    file = engagement.folder / engagements.SETTINGS_FILE
    file.write_text('name = "Acme"\n[limits]\ncycle_starts = "birth"\n', encoding="utf-8")
    with pytest.raises(WorkshopError, match='give "opening", "lead" or "first contact"'):
        engagements.load(engagement.folder)

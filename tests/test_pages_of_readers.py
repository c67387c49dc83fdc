"""The pages of every edition in a real browser without a network: whole, light, without a serious axe-core fault."""

from __future__ import annotations

from browser import NEEDS_CHROMIUM, chromium, faults, requests_outside
from sample_facts import behaviour, evidence, facts, line, team, without_charter
from sample_persons import persons

from kpi_workshop import formats
from kpi_workshop.pages import editions

pytestmark = NEEDS_CHROMIUM


def test_every_page_of_every_edition_opens_without_a_network_and_can_be_read_by_everybody(tmp_path):
    shown = line("meetings_held", "Meetings held", behaviour=behaviour("steady", 2, 3, 4))
    pair = {
        "activity": "meetings_held", "metric": "win_rate", "says": "Meetings held → Win rate", "decision": "keep",
        "decided_on": "2024-05-02", "reason": "", "evidence": evidence("keep"),
    }  # fmt: skip
    found = facts(team("Field Sales", activities=[shown], pairs=[pair]), without_charter("Inside Sales"))
    told = persons({"Field Sales": ["Ann Lee", "Bo Nilsson", "Cy Ortega"], "Inside Sales": []})
    with chromium() as browser:
        page = browser.new_context(offline=True, bypass_csp=True).new_page()
        asked = requests_outside(page)
        for edition in editions.EDITIONS:
            for file in formats.write(found, told, tmp_path / edition, edition=edition, format="html")[:3]:
                assert file.stat().st_size < 2_000_000
                page.goto(file.as_uri())
                assert faults(page) == [], file
        assert [address for address in asked if not address.startswith("file:")] == []

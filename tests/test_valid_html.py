"""Every kind of page is valid HTML by the W3C's own checker; those that a run leaves are checked where it is run."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sample_facts import behaviour, evidence, facts, line, team, without_charter
from sample_persons import persons
from test_logos import SHAPE, SVG
from test_quality import FILES
from valid_html import faults

from kpi_workshop import brand, engagement
from kpi_workshop.brand import Brand
from kpi_workshop.crm import sources
from kpi_workshop.pages import documents, editions, guide_pages, quality, report


def everything(folder: Path) -> list[Path]:
    """A page of each kind, with all that can stand on it, hostile names among it."""
    (folder / "logo.svg").write_text(SVG.format(SHAPE), encoding="utf-8")
    ours = brand.facts(Brand(name="<i>N & D</i>", logo="logo.svg", accent="#7a1f3d"), folder)
    notes = [{"day": "2024-04-08", "text": "Kick-off <b> & more", "rebases": True}]
    shown = line("meetings_held", "Meetings <held>", behaviour=behaviour("better, real", 2, 3, 4, 5, notes=notes))
    pair = {
        "activity": "meetings_held", "metric": "win_rate", "says": "Meetings held → Win rate", "decision": "keep",
        "decided_on": "2024-05-02", "reason": "x < y " * 40, "evidence": evidence("keep"),
    }  # fmt: skip
    field = team(
        'Field "Sales" & <co>', activities=[shown], pairs=[pair], changes=["A & B"],
        guardrails=[shown | {"guards": ["Win rate"], "label": "guardrail"}],
        recognition=[{"name": "Meetings held", "since": "2024-04-01"}],
    )  # fmt: skip
    whole = facts(field, without_charter("Inside Sales"), brand=ours, previous={"as_of": "2024-05-01", "run": "0"})
    gate = whole["gate"] | {"notes": [f"Note {n} <br>" for n in range(6)]}
    told = persons({field["team"]: ["Ann <Lee>", "Bo Nilsson", "Cy Ortega"], "Inside Sales": []})
    pages = {
        f"{e}-{n}": t
        for e in editions.EDITIONS
        for n, t in editions.pages(whole | {"gate": gate}, told, edition=e).items()
    }
    pages |= {f"plain-{n}": t for n, t in report.render(facts(field, without_charter("Inside Sales"))).items()}
    refused = whole["gate"] | {"passes": False, "says": "The data end on 2 March. Nothing is claimed."}
    pages |= {f"gate-{n}": t for n, t in report.render(facts(gate=refused)).items()}
    pages |= {f"empty-{n}": t for n, t in report.render(facts()).items()}
    files = [documents.write_whole(folder / name, text) for name, text in pages.items()]
    made = engagement.create(folder / "acme")
    failed = report.write_failure(
        folder / "failed", made.settings, as_of=dt.date(2024, 5, 8), says="It <stopped> & why."
    )
    exports = folder / "exports"
    exports.mkdir()
    for name, text in FILES.items():
        (exports / name).write_text(text, encoding="utf-8")
    summary = sources.import_crm(made, exports)
    return [*files, failed, quality.after_import(made, summary)[0], *guide_pages.write(made)]


def test_every_kind_of_page_is_valid_html(tmp_path):
    assert faults(everything(tmp_path)) == []


def test_the_checker_finds_what_is_wrong(tmp_path):
    (tmp_path / "wrong.html").write_text("<!DOCTYPE html><title>x</title><table><p>y</table>", encoding="utf-8")
    assert any("wrong.html" in fault for fault in faults([tmp_path / "wrong.html"]))

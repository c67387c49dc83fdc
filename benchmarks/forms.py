"""How long the forms of the org chart take to answer with 300 people: `python -m benchmarks.forms`.

Prints the processor's time and the time on the clock for what a person does, in milliseconds, median of five. An answer
within 200 ms feels immediate; the page's own drawing comes on top.
"""

from __future__ import annotations

import datetime as dt
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kpi_workshop import engagement
from kpi_workshop.pages import org_chart as page
from kpi_workshop.pages.workshop import Workshop
from kpi_workshop.steps import org_chart

DAY = dt.date(2026, 6, 30)
TEAMS = ("Sales Development", "Inside Sales", "Field Sales", "Account Management")


def staffed(folder: Path) -> Workshop:
    """An engagement with four teams, sixteen managers and 288 sellers under one head of sales."""
    made = engagement.create(folder)
    org_chart.save_teams(made, [{"name": team} for team in TEAMS])
    rows = [{"name": "Head of sales", "team": TEAMS[0], "role": "executive"}]
    for team in TEAMS:
        for n in range(4):
            lead = f"Lead {n} {team}"
            rows.append({"name": lead, "team": team, "role": "manager", "manager": "Head of sales"})
            rows += [{"name": f"Seller {n}-{i} {team}", "team": team, "manager": lead} for i in range(18)]
    org_chart.save_people(made, rows)
    return Workshop(made, DAY)


def timed(what: str, act: Callable[[], object], *, times: int = 5) -> None:
    """Print how long `act` takes."""
    clock, processor = [], []
    for _ in range(times):
        began, used = time.perf_counter(), time.process_time()
        act()
        clock.append(time.perf_counter() - began)
        processor.append(time.process_time() - used)
    print(f"{what:42}{statistics.median(processor) * 1000:8.0f}{statistics.median(clock) * 1000:8.0f}")


def main() -> None:
    """Measure the actions one after another."""
    with tempfile.TemporaryDirectory() as folder:
        here = staffed(Path(folder) / "acme")
        teams, people = page.teams_form(here), page.people_form(here)
        many = iter(range(10_000))

        def edit() -> None:
            rows = [dict(row) for row in people._shown["people"]]
            rows[5]["title"] = f"Title {next(many)}"
            people._heard(people, {"kind": "change", "values": {"people": rows}}, [])

        print(f"{'with 305 people, milliseconds':42}{'used':>8}{'clock':>8}")
        timed("a cell of the people is changed", edit)
        timed("undo", lambda: people.press("undo"))
        timed("a team gets a purpose", lambda: teams.fill(teams=[dict(row, purpose=str(next(many)))
                                                                  for row in teams._shown["teams"]]))  # fmt: skip
        timed("the org chart is drawn anew", lambda: page.picture(here)._repr_html_())
        timed("the table of people is drawn anew", lambda: page.people(here)._repr_html_())


if __name__ == "__main__":
    main()

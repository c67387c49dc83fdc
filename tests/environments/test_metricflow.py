"""The exported definitions in the real dbt and MetricFlow: parsed, validated, and queried against our own numbers."""

from __future__ import annotations

import csv
import datetime as dt
import os
import subprocess
from pathlib import Path

import pytest

from kpi_workshop import demo
from kpi_workshop.crm import measures
from kpi_workshop.exports import metricflow

MONTHS = [dt.date(2026, 3, 1), dt.date(2026, 4, 1), dt.date(2026, 5, 1)]
LAST = dt.date(2026, 5, 31)


@pytest.fixture(scope="module")
def programs() -> Path:
    """The folder of dbt's and MetricFlow's commands, in an environment of their own."""
    named = os.environ.get("KPI_WORKSHOP_DBT")
    if not named:
        pytest.skip("run `make test-environments`: dbt lives in an environment of its own")
    return Path(named)


def test_metricflow_gives_the_numbers_that_we_give(programs: Path, tmp_path: Path) -> None:
    engagement = demo.create(tmp_path / "demo")
    told = sorted(metricflow.expressible())
    project = tmp_path / "project"
    (project / "models").mkdir(parents=True)
    files = {
        "dbt_project.yml": 'name: acme\nversion: "1.0"\nprofile: acme\nmodel-paths: ["models"]\n',
        "profiles.yml": "acme: {target: dev, outputs: {dev: {type: duckdb, path: acme.duckdb}}}\n",
        "models/semantic.yml": metricflow.of_measures(told, title="Acme").yaml,
        "models/days.sql": "select cast(range as date) as date_day "
        "from range(date '2024-01-01', date '2027-01-01', interval 1 day)",
        "models/days.yml": "models:\n  - name: days\n    time_spine: {standard_granularity_column: date_day}\n"
        "    columns: [{name: date_day, granularity: day}]\n",
    }
    for table in ("opportunities", "activities", "leads"):
        files[f"models/{table}.sql"] = f"select * from read_parquet('{engagement.tables / table}.parquet')"
    for name, text in files.items():
        (project / name).write_text(text, encoding="utf-8")

    def run(program: str, *words: str) -> str:
        quiet = os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
        done = subprocess.run(
            [programs / program, *words], cwd=project, env=quiet, capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("dbt", "parse", "--profiles-dir", ".")
    run("dbt", "run", "--profiles-dir", ".")
    assert "ERRORS: 0" in run("mf", "validate-configs")
    span = ["--start-time", MONTHS[0].isoformat(), "--end-time", LAST.isoformat()]
    run("mf", "query", "--metrics", ",".join(told), "--group-by", "metric_time__month", *span, "--csv", "out.csv")
    rows = list(csv.DictReader((project / "out.csv").open(encoding="utf-8")))
    assert [row["metric_time__month"][:10] for row in rows] == [month.isoformat() for month in MONTHS]
    for measure in told:
        ours = measures.measure_table(engagement, measure, by="organisation", every="month", as_of=LAST)
        wanted = ours[ours["period_start"].astype(str).str[:10].isin([m.isoformat() for m in MONTHS])]["value"]
        assert [float(row[measure]) for row in rows] == pytest.approx(wanted.tolist()), measure

"""The DAG in the real Airflow: it is parsed without an error, and its tasks come in the order of the workshop."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from kpi_workshop import engagement as engagements
from kpi_workshop import runs, schedules

ASK = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
found = {
    name: {
        "tasks": [task.task_id for task in dag.topological_sort()],
        "kinds": [type(task).__name__ for task in dag.topological_sort()],
        "schedule": str(dag.schedule), "zone": str(dag.timezone),
        "notebook": dag.get_task("05_rollout").input_nb, "parameters": dag.get_task("05_rollout").parameters,
        "import": dag.get_task("import").bash_command, "skips": dag.get_task("report").skip_on_exit_code,
    }
    for name, dag in bag.dags.items()
}
print("FOUND" + json.dumps({"errors": bag.import_errors, "dags": found}, default=str))
"""


def test_airflow_parses_the_dag_of_a_hostile_path(tmp_path: Path) -> None:
    named = os.environ.get("KPI_WORKSHOP_AIRFLOW")
    if not named:
        pytest.skip("run `make test-environments`: Airflow lives in an environment of its own")
    acme = engagements.create(tmp_path / """it's "50%" $HOME \\n""")
    made = schedules.recipe(acme, data=acme.crm, kind="airflow", every="month")
    dags = tmp_path / "dags"
    dags.mkdir()
    for name, text in made.files.items():
        (dags / name).write_text(text, encoding="utf-8")
    own = {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path / 'airflow.db'}",
    }
    done = subprocess.run(
        [Path(named) / "python", "-c", ASK, dags], env=os.environ | own, capture_output=True, text=True, timeout=240
    )
    assert "FOUND" in done.stdout, done.stdout + done.stderr
    told = json.loads(done.stdout.split("FOUND", 1)[1].splitlines()[0])
    assert told["errors"] == {}
    (dag,) = told["dags"].values()
    assert dag["tasks"] == ["import", *runs.STEPS, "report"]
    assert dag["kinds"] == ["BashOperator", *["PapermillOperator"] * 5, "BashOperator"]
    assert dag["notebook"] == str(acme.notebooks / "05_rollout.ipynb")
    assert dag["parameters"] == {"engagement": str(acme.folder)}
    assert " import " in dag["import"] and dag["import"].endswith(" --yes")
    assert (dag["schedule"], dag["zone"]) == ("0 6 1 * *", "UTC")
    assert dag["skips"] in (4, [4])

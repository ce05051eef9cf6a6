# Each target makes .venv when it is missing and installs the locked packages; the second time that costs nothing.

PYTHON ?= python3
PROCESSES ?= 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: run test smoke zones bench ci lock upgrade format

run: .venv/.run ## Start everything with a demo organization
	$(BIN)/python manage.py up --demo

test: .venv/.dev ## Run the tests
	$(BIN)/python -m pytest -m "not smoke and not zones" --numprocesses $(PROCESSES) --dist worksteal

smoke: .venv/.dev ## Run the story on the wall clock, with real timeouts (minutes)
	$(BIN)/python -m pytest -m smoke

zones: .venv/.dev ## Walk the minutes around every change of the clocks of every time zone (minutes)
	$(BIN)/python -m pytest -m zones tests/escalation/domain/test_zones.py

bench: .venv/.dev ## Measure, against floors measured in the same run
	$(BIN)/python -m bench.api
	$(BIN)/python -m bench.trigger
	$(BIN)/python -m bench.engine
	$(BIN)/python -m bench.oncall
	$(BIN)/python -m bench.admin
	$(BIN)/python -m bench.transfer

ci: ## Check everything a change has to pass
	.ci/run

format: .venv/.dev ## Put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/.dev ## Write the requirements anew from pyproject.toml, keeping versions that still fit
	.ci/lock

upgrade: .venv/.dev ## The same with the newest versions
	.ci/lock --upgrade

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit("Scaling needs Python 3.11 or newer: make PYTHON=python3.x" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@touch $@

.venv/.run: .venv/.python requirements.txt
	$(PIP) -r requirements.txt
	@touch $@

.venv/.dev: .venv/.python requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	@touch $@

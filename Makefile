# Every target makes its own .venv; only Python 3.11+ and make are needed.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
VENV := .venv
LOWEST := .venv-lowest
BIN := $(VENV)/bin
TESTS ?= tests
KILLS ?= 50
ORDERS ?= 5000
ON ?= sqlite,postgres
PURCHASES ?= 10000
APP_PORT ?= 8000
SANDBOX_PORT ?= 9100
export APP_PORT SANDBOX_PORT CHECK FAULTS

.PHONY: help demo test test-lowest check audit bench docs screens clean killing campaign storm selling

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.app ## start sandbox, app and worker on loopback (CHECK=1: sync all, print completeness, stop)
	@$(BIN)/python -m reference_app.launch

test: $(VENV)/.dev ## run the whole suite (TESTS=path for a part, PROFILE=long for longer properties)
	$(BIN)/python -m pytest -n 3 --dist worksteal -m 'not slow and not alone' $(TESTS)

test-lowest: $(LOWEST)/.done $(LOWEST)-app/.done ## run the tests on the lowest versions that pyproject.toml allows
	$(LOWEST)/bin/python -m pytest -c tests/lowest.ini --rootdir . -n 2 --dist worksteal \
		-m 'not slow and not alone' tests/unit tests/properties tests/integration tests/packaging tests/interop tests/examples
	$(LOWEST)-app/bin/python -m pytest -n 2 --dist worksteal -m 'not browser and not slow' tests/app

check: $(VENV)/.dev ## lint, format, types, import contracts, spelling, docs build
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/bandit -q -c pyproject.toml -r src reference_app
	$(BIN)/mypy
	$(BIN)/mypy tests/typing
	cd src/entrosdk/cli/templates/adapter && $(CURDIR)/$(BIN)/mypy --cache-dir $(CURDIR)/.mypy_cache/adapter
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/interrogate -q src/entrosdk
	$(BIN)/codespell src reference_app tests docs examples benchmarks *.md
	$(BIN)/mkdocs build --quiet --strict

killing: $(VENV)/.dev ## kill syncs of four marketplaces at random moments, count what is lost (KILLS=50 ORDERS=5000 ON=sqlite,postgres)
	$(BIN)/python -m tools.killing --kills $(KILLS) --orders $(ORDERS) --on $(ON)

selling: $(VENV)/.dev ## 10,000 buyers in four shops at once against the app's stock, beside a plain loop (PURCHASES=10000 ON=sqlite,postgres)
	$(BIN)/python -m tools.selling --purchases $(PURCHASES) --on $(ON)

campaign: $(VENV)/.dev ## tests that are slow or must run alone, and 2,400 random histories against the sync (PROFILE=long: 12,000)
	$(BIN)/python -m pytest -m alone tests
	$(BIN)/python -m pytest -n 2 --dist worksteal -m slow tests
	PROFILE=$${PROFILE:-campaign} $(BIN)/python -m pytest -n 2 --dist worksteal tests/properties/test_sync_machine.py

storm: $(VENV)/.dev ## a storm of 1,000 pushes in 10 s: what is lost, refused, and how soon it is here
	$(BIN)/python -m tools.storm

bench: $(VENV)/.dev ## run the benchmarks side by side: floors by hand, dlt, Airbyte, Singer, ours
	$(BIN)/python -m benchmarks

audit: $(VENV)/.dev ## ask PyPI's database of known weaknesses about every installed package
	$(BIN)/python -m pip freeze --exclude-editable | grep -v '@ file:' > $(VENV)/audited.txt
	$(BIN)/pip-audit --strict --no-deps --disable-pip --requirement $(VENV)/audited.txt

docs: $(VENV)/.dev ## build the site into site/
	$(BIN)/mkdocs build --strict

screens: $(VENV)/.dev ## photograph every page of the app (needs Chromium) into docs/assets/
	$(BIN)/python -m reference_app.screens docs/assets

clean: ## remove what the other targets made
	rm -rf $(VENV) $(LOWEST) $(LOWEST)-app .venv-bench-* .demo site build dist .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found on the PATH." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment; on Debian install python3-venv." >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

$(VENV)/.app: pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV) (once)…"
	@$(BIN)/python -m pip install --quiet --editable '.[app]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV) (once)…"
	@$(BIN)/python -m pip install --quiet --group dev --editable '.[app,testing,push]'
	@touch $@ $(VENV)/.app

# uv can ask for the lowest versions; pip cannot. The app wants newer ones than the SDK alone.
$(LOWEST)/.done: EXTRAS := cli,sandbox,testing
$(LOWEST)-app/.done: EXTRAS := app,testing
$(LOWEST)/.done $(LOWEST)-app/.done: pyproject.toml
	@echo "Installing into $(@D) (once)…"
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet 'uv>=0.5.3'
	@$(@D)/bin/uv pip install --quiet --python $(@D)/bin/python \
		--resolution lowest-direct --group tests --editable '.[$(EXTRAS)]'
	@touch $@

# csvferry: the developer's commands. `make help` lists all, those of make/*.mk too.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV ?= .venv
export PYTHON := $(CURDIR)/$(VENV)/bin/python
PYTEST_ARGS ?=

.PHONY: help demo test test_every check docs site setup clean
help: ## List the commands
	@grep -hE '^[a-z_]+:.*## ' Makefile make/*.mk | sort | sed -E 's/^([a-z_]+):.*## /\1\t/' | expand -t 36

setup: $(VENV)/ready ## Make the virtual environment with all that tests and checks need

$(VENV)/installed: pyproject.toml scripts/setup
	@scripts/setup $(VENV)

$(VENV)/ready: $(VENV)/installed
	@scripts/setup $(VENV) develop

demo: $(VENV)/installed ## Sync a CSV file into SQLite: a bad row, a duplicate, a change, a plan and a guard
	@scripts/demo $(VENV)

test: $(VENV)/ready ## Run the tests on SQLite, MariaDB and MySQL (those that can be had)
	scripts/install_servers
	scripts/install_azurite
	scripts/install_browser_tools
	scripts/test $(VENV) $(PYTEST_ARGS)

site: $(VENV)/ready ## Build the documentation's site into build/site, strictly: a link that leads nowhere fails
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict --quiet

test_every: ## Run the tests, each combination of each on every server
	$(MAKE) test PYTEST_ARGS="--every-server $(PYTEST_ARGS)"

check: $(VENV)/ready site ## Lint, formatting, types, docs that are generated, the site
	$(VENV)/bin/ruff check src tests scripts benchmarks
	$(VENV)/bin/ruff format --check src tests scripts benchmarks
	$(VENV)/bin/mypy
	$(PYTHON) scripts/docs.py --check
	$(PYTHON) scripts/lock.py --check

docs: $(VENV)/ready ## Write the generated documentation anew
	$(PYTHON) scripts/docs.py

reliability: $(VENV)/ready ## Kill runs at each point on each database; write docs/reliability.md
	scripts/install_servers
	$(PYTHON) tests/reliability.py

clean: ## Remove what the commands made
	rm -rf $(VENV) .venv-infra build .pytest_cache .mypy_cache .ruff_cache .hypothesis

include make/*.mk

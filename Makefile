# Each target sets itself up: a virtual environment in .venv, from requirements.lock, reused while it is up to date.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
READY := .venv/.ready
DEMO := $(BIN)/placement --database sqlite:///.demo/demo.db
# Not every system has `timeout`; --foreground lets Ctrl-C through.
AT_MOST_45_MINUTES := $(if $(shell command -v timeout 2>/dev/null),timeout --foreground 45m)

.DEFAULT_GOAL := help
.PHONY: help demo test check check-steps check-long kube-assets focus-validator bench format docs lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## Place a small fleet on the sample prices and show the answer
	@rm -rf .demo && mkdir .demo
	@$(DEMO) catalog load --sample
	@$(DEMO) solve examples/data-gravity.yaml

test: $(READY) ## Run the tests
	$(BIN)/python -m pytest

check: $(READY) ## Run everything a change must pass: format, lint, types, imports, tests
	@$(AT_MOST_45_MINUTES) $(MAKE) --no-print-directory check-steps

check-steps: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check-long: $(READY) ## Run the tests that try many random cases
	$(BIN)/python -m pytest -n 2 -m long --hypothesis-profile long

kube-assets: $(READY) ## Build the control plane that tests of Kubernetes run against, once, and print where it is
	@$(BIN)/python -m tests.kubernetes.assets

focus-validator: $(READY) ## Install the official validator of FOCUS for the tests, once, and print where it is
	@$(BIN)/python -m tests.report_file.focus_validator

bench: $(READY) ## Measure speed against the floors
	$(BIN)/python -m tests.benchmarks.policies
	$(BIN)/python -m tests.benchmarks.ingest
	$(BIN)/python -m tests.benchmarks.kubernetes
	$(BIN)/python -m tests.benchmarks.optimizer
	$(BIN)/python -m tests.benchmarks.couplings
	$(BIN)/python -m tests.benchmarks.conflicts
	$(BIN)/python -m tests.benchmarks.reports
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.estates
	$(BIN)/python -m tests.benchmarks.service

format: $(READY) ## Format the code and repair what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY) ## Write the outputs shown in documents anew, by running their commands
	$(BIN)/python -m tests.shown
	$(BIN)/python -m tests.api.examples

lock: $(READY) ## Pin what pyproject.toml asks for; newer releases with ARGS=--upgrade
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
		--quiet --output-file requirements.lock $(ARGS)

clean: ## Remove the environment and everything that was made
	rm -rf .venv .demo build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 or newer is needed. python3 here is: $$(python3 --version 2>&1 || true)" >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; fi
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Making .venv with $(PYTHON); the first time takes a minute" >&2; \
		rm -rf .venv && "$(PYTHON)" -m venv .venv; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

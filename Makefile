# The doors of this house. `make help` prints what stands behind ##.
# PYTHON=/path/to/python chooses the Python; ARGS="..." goes to fanal or to pytest.

.DEFAULT_GOAL := help
.PHONY: help setup setup-all setup-tests run test check lint format bench input facts model tagger lock clean
ARGS ?=
GAZETTEER ?= world.arrow
BIN := .venv/bin
LOCK := uv pip compile -q --universal --generate-hashes --no-header --no-emit-find-links \
	--no-emit-index-url --python-version 3.11

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv from the locks, install Fanal, warm Numba's cache
	@sh tools/setup.sh

setup-all: ## the same, with what some live streams and a directory of services need
	@sh tools/setup.sh --all

setup-tests: ## the same, with all that the tests need
	@sh tools/setup.sh --tests

run: setup ## set up and run the demo: Iraq 2014-2015, then a page on localhost
	@$(BIN)/fanal demo $(ARGS)

test: setup-tests ## set up and run every test
	@$(BIN)/python tools/install_browser.py
	@$(BIN)/python tools/install_pds.py
	@$(BIN)/pytest -q -n auto --dist worksteal $(ARGS)

check: lint test ## the one door: format, lint, types, contracts, spelling, tests

lint: setup-tests ## the static checks alone
	@$(BIN)/ruff format --check --quiet . || { echo "Some files are not formatted: run make format."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell

format: setup-tests ## format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

bench: setup-tests ## measure each stage beside parsing alone and other libraries; makes docs/performance.md again
	@$(BIN)/fanal bench --scans --gate --forms --out docs/performance.md $(ARGS)

input: setup-tests ## run every hostile input and make docs/input.md again
	@$(BIN)/python tools/write_input.py

facts: setup ## make src/fanal/facts/data again from the data sets in ../shared/data
	@$(BIN)/python tools/build_facts.py

model: setup-tests ## train the classifier that ships again from ../shared/data (twenty minutes: the teacher is slow)
	@sh tools/train_classifier.sh ../shared/data out/model

tagger: setup-tests ## train the tagger of places again: make tagger GAZETTEER=world.arrow (data sets in ../shared/data)
	@$(BIN)/python tools/tagger.py train ../shared/data "$(GAZETTEER)" src/fanal/places/tagger.model

lock: ## make requirements/*.txt again from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: install the package uv."; exit 1; }
	@$(LOCK) pyproject.toml -o requirements/run.txt
	@$(LOCK) pyproject.toml --extra live --extra services -c requirements/run.txt -o requirements/all.txt
	@$(LOCK) pyproject.toml --extra live --extra services --group dev -c requirements/all.txt -o requirements/test.txt
	@$(LOCK) requirements/build.in -o requirements/build.txt

clean: ## remove .venv, caches and outputs
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist out demo
	@find src tests tools -name __pycache__ -prune -exec rm -rf {} +

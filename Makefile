# `make` alone tells what there is. Everything happens in a virtual environment, .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
JOB ?= configs/quickstart.yaml

.DEFAULT_GOAL := help
.PHONY: help demo docs pictures install test long stress soak check bench format run plan clean FORCE

help: ## tell what there is
	@awk -F ':.*## ' '/^[a-z%\/.]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## draw sample pictures and show them in a few colors
	$(BIN)/batchquant demo demo/photos
	$(BIN)/batchquant run configs/quickstart.yaml
	@echo "Open demo/out/index.html in a browser; pictures and report.csv lie beside it."

docs: $(VENV)/.installed-dev ## write what docs say of commands, keys and failures, from the code
	PYTHONPATH=tests $(BIN)/python -m reference

pictures: $(VENV)/.installed-dev ## draw the pictures that README and docs show, in docs/pictures
	$(BIN)/batchquant demo demo/photos
	$(BIN)/batchquant run configs/quickstart.yaml
	PYTHONPATH=tests $(BIN)/python -m front_page demo/out docs/pictures
	$(BIN)/batchquant run configs/accents.yaml
	@mkdir -p docs/pictures
	cp demo/accents/defaults/photos/meadow.png/meadow_k064_*.png docs/pictures/meadow.png
	for job in defaults oklab maximin favor_rare pin; do \
		cp demo/accents/$$job/photos/meadow.png/meadow_k008_*.png docs/pictures/meadow_$$job.png || exit; \
	done

test: $(VENV)/.installed-dev ## run the test suite
	$(BIN)/python -m pytest -n auto --dist worksteal

long: $(VENV)/.installed-dev ## run it with the tests that take long: half an hour on two cores
	BATCHQUANT_LONG=1 $(BIN)/python -m pytest -n auto --dist worksteal

stress: $(VENV)/.installed-dev ## the tests for mishaps in their long forms: kills, signals, power cuts, damaged files
	BATCHQUANT_STRESS=1 $(BIN)/python -m pytest -v tests/e2e tests/properties/test_mishap_laws.py

soak: $(VENV)/.installed-dev ## a night in small, kills at random, in build/soak: make soak [MINUTES=30]
	PYTHONPATH=tests $(BIN)/python -m soak $(if $(MINUTES),--minutes $(MINUTES))

check: $(VENV)/.installed-dev ## ruff, and mypy --strict on the package
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-bench ## measure against other tools: make bench [PHOTOS=folder] [ONLY="kernel script"] [ROWS=1000000]
	PYTHONPATH=tests $(BIN)/python -m benchmarks $(if $(PHOTOS),--photos $(PHOTOS)) $(if $(ROWS),--rows $(ROWS)) $(ONLY)

format: $(VENV)/.installed-dev ## let ruff mend layout and imports
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: $(VENV)/.installed ## make .venv with batchquant in it

run: $(VENV)/.installed ## do what a job file says: make run JOB=jobs.yaml
	$(BIN)/batchquant run $(JOB)

plan: $(VENV)/.installed ## say what a job file would do: make plan JOB=jobs.yaml
	$(BIN)/batchquant plan $(JOB)

out/%/report.csv: $(VENV)/.installed FORCE ## run configs/%.yaml into out/%
	$(BIN)/batchquant run configs/$*.yaml --output out/$*

clean: ## remove .venv, caches and the demo
	rm -rf $(VENV) demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Always run: batchquant itself knows what is done.
FORCE:

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-bench: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	@touch $@ $(VENV)/.installed

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "batchquant needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv is missing. Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

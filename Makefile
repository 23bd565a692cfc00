# statkit. `make demo` and `make test` do all set-up themselves: Python 3.11 to 3.13 and make are enough.

RUNS := examples/runs
VENV := .venv
BIN := $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check -qq

# The first Python that is new enough and can make environments; `make PYTHON=… test` names another.
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for each in python3.11 python3.12 python3.13 python3 python; do \
	$$each -c '$(USABLE)' >/dev/null 2>&1 && echo $$each && break; done)
endif

# Numerical libraries take every core otherwise, and tests that run side by side get in each other's way.
export OMP_NUM_THREADS ?= 1

.PHONY: help demo test slow readme check lint types contracts docs cli notebooks bench pyjq clean distclean

help:
	@echo 'make demo       install the light package into $(VENV) and ask three questions of the example runs'
	@echo 'make test       install what the tests need and run them; ARGS="-k trend" passes options on'
	@echo 'make slow       the tests that take long'
	@echo 'make readme     the commands and the Python of README.md, and what they print'
	@echo 'make check      lint, types, import contracts, tests: before every commit'
	@echo 'make docs       the documentation, into docs/_build/html'
	@echo 'make cli        write docs/cli.md anew from the commands'
	@echo 'make notebooks  run the notebooks'
	@echo 'make bench      the figures, beside those of other ways'
	@echo 'make pyjq       build pyjq, the second jq library (Python 3.11, m4, autoconf, automake, libtool)'
	@echo 'make clean      remove what was built; distclean removes $(VENV) too'

# --- environments: a stamp each, so that a second call is quick ------------------------------------

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo 'No Python 3.11 or newer with venv found. Name one: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	@echo 'Making $(VENV) with $(PYTHON)'
	@$(PYTHON) -m venv --clear $(VENV)

$(VENV)/.light: pyproject.toml | $(BIN)/python
	@echo 'Installing statkit and what it stands on into $(VENV): a minute, once'
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing what the tests need into $(VENV), torch among it: some minutes, once'
	@$(PIP) install --constraint constraints.txt --editable '.[test,oracles,train,frameworks,pathology,serve]'
	@touch $(VENV)/.light $@

$(VENV)/.quality $(VENV)/.docs $(VENV)/.bench: $(VENV)/.%: pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) install --constraint constraints.txt --editable '.[$*]'
	@touch $(VENV)/.light $@

$(VENV)/.pyjq: pyproject.toml | $(BIN)/python
	@echo 'Building pyjq: two minutes, once'
	@$(PIP) install --editable '.[pyjq]'
	@touch $(VENV)/.light $@

pyjq: $(VENV)/.pyjq

# --- what it does ----------------------------------------------------------------------------------

# The command as it stands, a blank line around what it prints.
define ask
@echo; echo "$$ statkit $(1)"; echo
@PATH="$(CURDIR)/$(BIN):$$PATH" statkit $(1)
endef

demo: $(VENV)/.light
	$(call ask,trend $(RUNS)/coarse/seed-0/Learn)
	$(call ask,best $(RUNS)/coarse/*/Learn)
	$(call ask,compare base='$(RUNS)/coarse/*/Learn' new='$(RUNS)/full/*/Learn')

test: $(VENV)/.test
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

slow: $(VENV)/.test $(VENV)/.bench
	@$(BIN)/python -m pytest -m slow $(ARGS)

readme: $(VENV)/.test
	@$(BIN)/python -m pytest tests/docs/test_readme.py $(ARGS)

check: lint types contracts test

lint: $(VENV)/.quality
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: $(VENV)/.quality
	@$(BIN)/mypy

contracts: $(VENV)/.quality
	@$(BIN)/lint-imports

docs: $(VENV)/.docs
	@$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo 'docs/_build/html/index.html'

cli: $(VENV)/.light
	@$(BIN)/python docs/generate_cli.py

notebooks: $(VENV)/.test
	@$(BIN)/python -m pytest --nbmake notebooks $(ARGS)

bench: $(VENV)/.test $(VENV)/.bench
	@for script in benchmarks/*.py; do echo; echo "## $$script"; echo; $(BIN)/python $$script || exit; done

clean:
	rm -rf build dist docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find statkit tests examples benchmarks -name __pycache__ -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)

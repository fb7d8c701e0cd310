# Two commands matter: `make run` starts the service with demo data, `make test` runs every test.
.DEFAULT_GOAL := help
.PHONY: help install run test lint audit lock bench clean

PY      ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
STAMP   := $(VENV)/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | sort

$(STAMP): requirements/dev.txt pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --allow-existing -q --python "$(PY)" $(VENV) && \
	  uv pip sync -q --python $(BIN)/python --require-hashes requirements/dev.txt && \
	  uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  "$(PY)" -m venv $(VENV) && \
	  $(BIN)/pip install -q --require-hashes -r requirements/dev.txt && \
	  $(BIN)/pip install -q --no-deps --no-build-isolation -e . ; \
	fi
	@# Where Python is told to write no bytecode, each start would compile everything anew: a third of a second.
	@$(BIN)/python -m compileall -q app $(VENV)/lib || true
	@touch $(STAMP)

install: $(STAMP) ## make the environment in .venv from the locked requirements

run: $(STAMP) ## start the service on an embedded PostgreSQL with demo data
	$(BIN)/apqa demo

lint: $(STAMP) ## style, types, import directions, unused dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

test: $(STAMP) ## every check and every test
	$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -n auto --maxprocesses 4

audit: $(STAMP) ## known faults in the locked dependencies (needs a network that reaches the advisories)
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements/runtime.txt

lock: ## compile the locked requirements anew (needs uv)
	uv pip compile -q --universal --generate-hashes -p 3.11 pyproject.toml -o requirements/runtime.txt
	uv pip compile -q --universal --generate-hashes -p 3.11 --group build -o requirements/build.txt
	uv pip compile -q --universal --generate-hashes -p 3.11 --extra embedded --group dev pyproject.toml -o requirements/dev.txt
	uv pip compile -q --universal --generate-hashes -p 3.11 benchmarks/requirements.in -o requirements/bench.txt

# The peers live apart from the product. Where they cannot be had, they are left out, and the table says so.
PEERS := benchmarks/.venv
$(PEERS)/.installed: requirements/bench.txt $(STAMP)
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --allow-existing -q --python $(BIN)/python $(PEERS) && \
	  uv pip sync -q --python $(PEERS)/bin/python --require-hashes requirements/bench.txt ; \
	else \
	  $(BIN)/python -m venv $(PEERS) && $(PEERS)/bin/pip install -q --require-hashes -r requirements/bench.txt ; \
	fi
	@touch $@

# Install scripts of two of its packages are run, no others.
benchmarks/.directus/.installed: benchmarks/package.json
	@mkdir -p $(@D) && cp $< $(@D)
	@cd $(@D) && npm install --silent --no-audit --no-fund --ignore-scripts && npm rebuild --silent isolated-vm argon2
	@touch $@

bench: $(STAMP) ## measure against naive, peers and PostgreSQL itself (half an hour; QUICK=1: ten minutes)
	-@$(MAKE) --no-print-directory $(PEERS)/.installed
	-@$(if $(QUICK),,$(MAKE) --no-print-directory benchmarks/.directus/.installed)
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick)

clean: ## remove the environment and caches, never data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

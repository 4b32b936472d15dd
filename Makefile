# People's targets. `make demo` and `make test` do all their own set-up.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
# The first interpreter of a version that Tradewind runs on.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { command -v $$p; break; }; done)
NODE_MAJOR := $(shell node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
HAS_NODE := $(shell test "$(NODE_MAJOR)" -ge 20 2>/dev/null && command -v npm >/dev/null && echo yes)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# torch goes first and alone: a resolver that meets it later may take a build with gigabytes of CUDA.
# TORCH=auto takes a small build where there is one, yes any build, no none.
TORCH ?= auto
HAS_CUDA := import json, sys; found = json.load(sys.stdin)["install"]; \
	sys.exit(sys.platform == "linux" and any("nvidia" in r for p in found for r in p["metadata"].get("requires_dist", [])))
TORCH_WANTED = case "$(TORCH)" in yes) ;; no) false ;; *) \
	$(PIP) --dry-run --no-deps --report - torch==2.13.0 2>/dev/null | $(BIN)/python -c '$(HAS_CUDA)' 2>/dev/null ;; esac
NO_TORCH := torch is left out, and the BiLSTM with it: TORCH=no was said, or for this Python and system there is no build without gigabytes of CUDA (make TORCH=yes takes that one).
TORCH_EXTRA = $(BIN)/python -c 'import importlib.util as u; print(",torch" if u.find_spec("torch") else "")'
PAGE := src/tradewind/api/static/index.html
PAGE_SOURCES := $(shell find web -path web/node_modules -prune -o -type f -print 2>/dev/null)

.PHONY: help demo test lint types unit web-test bench docs web setup setup-dev clean

help: ## what there is to do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: setup $(if $(HAS_NODE),web,no-node) ## all set-up, then real data to an explained paper portfolio
	$(BIN)/tradewind demo $(DEMO_ARGS)

test: setup-dev lint types unit $(if $(HAS_NODE),web-test,no-node) ## all set-up, then every test

setup: $(VENV)/.ready
setup-dev: $(VENV)/.ready-dev

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Tradewind needs Python 3.11, 3.12 or 3.13 and found none. Install one, or name it: make PYTHON=/path/to/python3.11 demo"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) lacks the venv module. Install it (on Debian: apt-get install python3-venv), then try again."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing Tradewind and its libraries (a few minutes the first time) ..."
	@if $(TORCH_WANTED); then $(PIP) torch==2.13.0; else echo "$(NO_TORCH)"; fi
	$(PIP) --editable ".[boosting,sample$$($(TORCH_EXTRA))]"
	$(BIN)/tradewind warm
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@echo "Installing what the tests need ..."
	$(PIP) --editable ".[boosting,sample,cluster,yahoo,redis,hdf5,brokers,postgres,dev$$($(TORCH_EXTRA))]"
	@touch $@

lint: setup-dev ## format, lint, import contracts, declared dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/deptry .

types: setup-dev ## mypy, strict
	$(BIN)/mypy

unit: setup-dev $(if $(HAS_NODE),web) ## every Python test: unit, property, contract, service, browser
	$(BIN)/pytest -n 2 --dist worksteal --cov --cov-report=term:skip-covered -rfEs $(TEST_ARGS)

web-test: $(PAGE) ## types, lint and tests of the page
	cd web && npm run lint && npm test

web: $(PAGE) ## build the dashboard

$(PAGE): $(PAGE_SOURCES)
	cd web && npm ci --no-audit --no-fund --loglevel=error && npm run build

.PHONY: no-node
no-node:
	@echo "Node 20 or newer was not found: the web page is left out, everything else goes on."

bench: setup-dev ## side by side with peers (makes their environments first)
	$(BIN)/python -m benchmarks.all $(BENCH_ARGS)

docs: setup-dev ## generated pages of the documentation
	$(BIN)/tradewind factors catalogue > docs/factors.md
	$(BIN)/tradewind plugins tables docs/*.md
	$(BIN)/tradewind report --metrics > docs/metrics.md

clean: ## remove what was built; data and journals stay
	rm -rf $(VENV) .venvs web/node_modules src/tradewind/api/static build dist .mypy_cache .ruff_cache

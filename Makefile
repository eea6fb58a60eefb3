# The habits of this checkout. Needs python3.11 or newer with venv and pip, make and git; installs into the checkout only.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
ARGS ?=
SEED := 1
REGIONS := us-east-1 ap-southeast-1 cn-north-1 cn-northwest-1

PROJECT := .venv
TOOLS := .venv-tools
MINISTACK := .venv-ministack
RUNTIME := .venv-runtime
CHECKOV := .venv-checkov
PEERS := .venv-peers
TRANSFORMED := .ownerloop/template/transformed.json

PIP_INSTALL := -m pip --disable-pip-version-check -qq install --no-deps --no-compile
ENVIRONMENTS := $(MAKE) -s -j3

export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION ?= us-east-1
# Many containers set it: each of the some hundred processes that tests start would compile its libraries anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check build bench prove lock clean env lint types template tests unit

help: ## Show the habits.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: ## Run thirty days of a simulated fleet on a local cloud; ARGS="--seed 11 --owners 300 --days 30" to change it.
	@$(ENVIRONMENTS) $(PROJECT)/.ready $(MINISTACK)/.ready
	@$(PROJECT)/bin/ownerloop demo $(ARGS)

test: ## Everything CI runs: lint, types, template, all tests.
	@$(ENVIRONMENTS) $(PROJECT)/.ready $(MINISTACK)/.ready $(TOOLS)/.ready $(RUNTIME)/.ready $(CHECKOV)/.ready
	@$(MAKE) -s -j2 -O lint types template
	@$(MAKE) -s tests

check: ## Format, lint, types and unit tests, in under a minute.
	@$(MAKE) -s lint types unit

build: $(TOOLS)/.ready ## Build layers and functions for the deployed runtime into .aws-sam.
	@$(TOOLS)/bin/sam build --parallel --cached

bench: $(PROJECT)/.ready $(MINISTACK)/.ready $(TOOLS)/.ready $(RUNTIME)/.ready $(PEERS)/.ready ## Time us and a peer side by side.
	@$(if $(ARGS),,rm -f .ownerloop/bench/targets.json)
	@$(PROJECT)/bin/python -m pytest tests/benchmarks -p no:randomly -p no:xdist -q -s $(ARGS)

prove: $(PROJECT)/.ready $(MINISTACK)/.ready ## Run every heavy proof whole, one report in .ownerloop/proof; ARGS="--only crash" for some.
	@$(PROJECT)/bin/python -m tests.prove $(ARGS)

lock: .venv-lock/.ready ## Resolve every lock again, by hand, with network.
	@infra/locks/make_locks.sh .venv-lock/bin/uv

clean: ## Remove whatever was built, installed or recorded here.
	rm -rf $(PROJECT) $(TOOLS) $(MINISTACK) $(RUNTIME) $(CHECKOV) $(PEERS) .venv-lock .aws-sam .ownerloop .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

env: ## Build all environments (project, local cloud, deploy tools, Lambda's runtime).
	@$(ENVIRONMENTS) $(PROJECT)/.ready $(MINISTACK)/.ready $(TOOLS)/.ready $(RUNTIME)/.ready

lint: $(PROJECT)/.ready
	@$(PROJECT)/bin/ruff format --check --quiet . || { echo 'run: .venv/bin/ruff format'; exit 1; }
	@$(PROJECT)/bin/ruff check --quiet .

types: $(PROJECT)/.ready
	@$(PROJECT)/bin/mypy

template: $(TOOLS)/.ready $(PROJECT)/.ready $(CHECKOV)/.ready
	@$(TOOLS)/bin/cfn-lint --template template.yaml --regions $(REGIONS)
	@$(TOOLS)/bin/sam validate --lint --template template.yaml > /dev/null && echo 'template: clean in $(REGIONS)'
	@$(TOOLS)/bin/python -m infra.template.transformed $(TRANSFORMED)
	@$(CHECKOV)/bin/checkov -f $(TRANSFORMED) --framework cloudformation --compact --quiet --skip-download > $(TRANSFORMED).txt || { cat $(TRANSFORMED).txt; exit 1; }
	@grep '^Passed' $(TRANSFORMED).txt
	@$(PROJECT)/bin/python -m infra.template.idle_cost | tail -n 1

unit: $(PROJECT)/.ready
	@$(PROJECT)/bin/python -m pytest -n 2 -q -m 'not emulator and not build and not slow' $(ARGS)

# What is drawn is drawn alike on every machine; `make test SEED=7` takes another order, `make check` another one each time.
tests: $(PROJECT)/.ready $(MINISTACK)/.ready $(TOOLS)/.ready $(RUNTIME)/.ready
	@PYTHONHASHSEED=$(SEED) $(PROJECT)/bin/python -m pytest -n 2 -q -m 'not bench and not prove' \
		--randomly-seed=$(SEED) --hypothesis-profile=same-again $(ARGS)

define make_environment
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'python3.11 or newer is needed: make PYTHON=/path/of/python3.11'; exit 1; }
@echo 'installing $(1) into $(2) ...'
@$(PYTHON) -m venv --clear $(2)
@$(2)/bin/python $(PIP_INSTALL) --require-hashes -r $<
@touch $@
endef

# A lock that changed makes its environment anew, so that nothing stays in it that the lock does not name.
$(PROJECT)/.locked: infra/locks/project.lock
	$(call make_environment,the project environment,$(PROJECT))

$(PROJECT)/.ready: $(PROJECT)/.locked pyproject.toml
	@$(PROJECT)/bin/python $(PIP_INSTALL) --no-build-isolation --editable .
	@touch $@

$(TOOLS)/.ready: infra/locks/tools.lock
	$(call make_environment,the deploy tools,$(TOOLS))

$(MINISTACK)/.ready: infra/locks/ministack.lock
	$(call make_environment,the local cloud,$(MINISTACK))

$(RUNTIME)/.ready: infra/locks/runtime.lock
	$(call make_environment,the runtime of Lambda,$(RUNTIME))

$(CHECKOV)/.ready: infra/locks/checkov.lock
	$(call make_environment,the second reader of the template,$(CHECKOV))

$(PEERS)/.ready: infra/locks/peers.lock
	$(call make_environment,what the benchmarks compare us with,$(PEERS))

.venv-lock/.ready:
	@$(PYTHON) -m venv --clear .venv-lock
	@.venv-lock/bin/python -m pip --disable-pip-version-check -qq install uv
	@touch $@

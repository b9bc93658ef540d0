# ecs-gitops. GNU make 3.81 and bash 3.2 are enough; `make` alone says what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first Python that really runs with venv: a shim on PATH may not. PYTHON=… overrides.
FIND_PYTHON = for p in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	>/dev/null 2>&1 && { echo "$$p"; break; }; done
# `sam build` needs Lambda's own version beside it.
FIND_PYTHON313 = for p in $(PYTHON313) python3.13 "$$(pyenv root 2>/dev/null)"/versions/3.13.*/bin/python3.13 .venv/bin/python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 13))' \
	>/dev/null 2>&1 && { command -v "$$p"; break; }; done
PIP_QUIET = --quiet --disable-pip-version-check --no-input --no-warn-script-location

BIN := .venv/bin
SAM := SAM_CLI_TELEMETRY=0 AWS_EC2_METADATA_DISABLED=true PATH="$(CURDIR)/.venv-sam/bin:$$PATH" .venv-sam/bin/sam
BUILT ?=
BREAK ?=
DIR ?= ../shared/corpus
DEMO_FLAGS = $(if $(BUILT),--built) $(if $(BREAK),--break $(BREAK))

.PHONY: help demo sandbox test test-all trouble permissions sim check format bench drift-corpus fidelity docs build setup clean

help: ## Say what there is
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup $(if $(BUILT),build) ## A real git push rolls a real site, here, with no AWS account (BUILT=1, BREAK=drain)
	@$(BIN)/python -m sandbox demo $(DEMO_FLAGS)

sandbox: setup ## A one-machine AWS to play with: git push, aws cli, a browser; ctrl-C ends it
	@$(BIN)/python -m sandbox up $(if $(BUILT),--built)

test: setup ## Run the tests (the tables of troubles and of rights have targets of their own)
	@$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/scenarios/trouble --ignore tests/scenarios/permissions --ignore tests/served tests
	@$(BIN)/python -m pytest tests/served  # real processes and real time: they get the machine to themselves

trouble: setup ## Everything that must be survived: what a person was told, how ECS ended
	@$(BIN)/python -m pytest -n 2 -p tests.scenarios.trouble.report --no-header -q tests/scenarios/trouble

permissions: setup ## Take each right of each role away, and narrow it: which scenario fails, what is told
	@$(BIN)/python -m pytest -n 2 -p tests.scenarios.permissions.report --no-header -q tests/scenarios/permissions

sim: setup ## Random stories under mixed faults, judged by what really happened (SEEDS=1000, FIRST=0)
	@$(BIN)/python -m sandbox sim --seeds $(or $(SEEDS),1000) --first $(or $(FIRST),0)

check: setup .venv-sam/.ready ## Format, lint, strict types, import rules, sam validate --lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/unit/test_rooms.py
	@$(SAM) validate --lint --region us-east-1 --template template.yaml
	@.venv-sam/bin/cfn-lint platform/*.yaml && echo "platform/*.yaml are valid"

format: setup ## Put the code in its form
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: setup build ## Measure, beside a floor from the same run; writes bench-results.json
	@$(BIN)/python -m sandbox bench --out bench-results.json

drift-corpus: setup ## False drift over a folder of real ECS definitions (DIR=…)
	@[ -d "$(DIR)" ] || { echo "say where the definitions are: make drift-corpus DIR=folder" >&2; exit 64; }
	@$(BIN)/python -m sandbox drift-corpus "$(DIR)"

fidelity: setup ## Show what the sandbox's ECS refuses and that it answers what it was asked
	@$(BIN)/python -m sandbox fidelity

docs: setup ## Write docs/manifest.md and the JSON Schema anew, from the code
	@$(BIN)/python -m ecs_gitops.manifest.schema

build: .aws-sam/build/template.yaml ## sam build

setup: .venv/.ready ## Make .venv

.venv/.ready: requirements.lock pyproject.toml
	@python=$$($(FIND_PYTHON)); \
	[ -n "$$python" ] || { echo "ecs-gitops needs Python 3.11, 3.12 or 3.13 with venv: install one (or set PYTHON=)" >&2; exit 1; }; \
	echo "setting up .venv with $$("$$python" --version) (once; the next time it is offline)" >&2; \
	rm -rf .venv && "$$python" -m venv .venv && \
	$(BIN)/python -m pip install $(PIP_QUIET) --require-hashes --only-binary :all: -r requirements.lock && \
	$(BIN)/python -m pip install $(PIP_QUIET) --no-deps --no-build-isolation -e . && touch $@

.venv-sam/.ready: requirements-sam.lock
	@python=$$($(FIND_PYTHON313)); [ -n "$$python" ] || python=$$($(FIND_PYTHON)); \
	echo "setting up .venv-sam with $$("$$python" --version) (aws-sam-cli, once)" >&2; \
	rm -rf .venv-sam && "$$python" -m venv .venv-sam && \
	.venv-sam/bin/python -m pip install $(PIP_QUIET) --require-hashes -r requirements-sam.lock && touch $@

SOURCES := $(shell find layers functions -name '*.py' -o -name '*.json' -o -name 'requirements.txt' 2>/dev/null)
.aws-sam/build/template.yaml: .venv-sam/.ready template.yaml $(SOURCES)
	@python=$$($(FIND_PYTHON313)); \
	[ -n "$$python" ] || { echo "sam build needs python3.13, Lambda's own version: install it (or set PYTHON313=)" >&2; exit 1; }; \
	PATH="$$(dirname "$$python"):$$PATH" $(SAM) build --template template.yaml >.aws-sam-build.log 2>&1 \
	|| { cat .aws-sam-build.log >&2; exit 1; }; rm -f .aws-sam-build.log; touch $@

clean: ## Remove everything that was made here
	@rm -rf .venv .venv-sam .aws-sam .sandbox .mypy_cache .ruff_cache .pytest_cache .hypothesis bench-results.json

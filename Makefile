# Every target sets up what it needs in .venv; PYTHON says with which interpreter (3.11 or newer).
PYTHON ?= python3
BIN := .venv/bin

# Tests of the repository and of what people build with it start processes or need minutes; the package is tested by all others.
OF_THE_TOOLS := benchmarks codegen docs generated testing vendor
# Tests that start a database, serve to agents, lead a fuzzer through every operation, or load and break a real server.
WITH_SERVERS := durable mcp contract/test_schemathesis.py cli/test_bulk_run.py cli/test_bulk_postgres.py \
	chaos test_servers.py sandbox/door/test_load.py sandbox/faults/test_client.py
WORKERS ?= 2
# More than cores, for many of those tests wait for a socket or a timeout.
FAST_WORKERS ?= 3

RESOLVE = $(BIN)/uv pip compile pyproject.toml -q --universal --upgrade --python-version 3.11 --strip-extras \
	--no-annotate --no-emit-package bookit-async --custom-compile-command 'make constraints'
# What users install: every extra but the tools.
EXTRAS = $(shell sed -n '/^\[project.optional/,/^$$/s/^\([a-z0-9]*\) = \[.*/\1/p' pyproject.toml | grep -vx dev | sed 's/^/--extra /')

.DEFAULT_GOAL := help
.PHONY: help docs demo example frameworks test test-fast test-browser check lint types mypy basedpyright constraints lowest chaos chaos-short durable-demo kill kill-short dist dist-check subjects generate check-generated check-api drift regenerate follow bench bench-short gate soak soak-short clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: .venv/ready-demo ## [AT="tue 9am"] book, move and cancel meetings on the embedded sandbox
	@$(BIN)/python examples/demo.py $(AT)

durable-demo: .venv/ready ## book 200 prospects with workers that are killed on the way, on SQLite and on PostgreSQL
	@$(BIN)/python examples/durable_demo.py

example: .venv/ready-demo ## [PORT=8000] serve the booking page on the embedded sandbox, and say where
	@$(BIN)/python -m examples.fastapi_booking.serve $(if $(PORT),--port $(PORT))

test: .venv/ready ## run the tests side by side, with branch coverage of everything written by hand
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --cov --cov-report=term

test-fast: .venv/ready ## for people at work: all but what starts processes, and where very many ways are tried one in 24
	@ONE_IN=24 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n $(FAST_WORKERS) --dist worksteal --no-cov -m 'not subprocess' $(addprefix --ignore=tests/,$(OF_THE_TOOLS) $(WITH_SERVERS))

test-browser: .venv/ready ## the booking page in Debian's Chromium; writes build/screenshots for you to look at
	@$(BIN)/python -m pytest tests/browser

check: .venv/ready ## everything that CI runs
	@$(MAKE) --no-print-directory -j2 --output-sync=target lint mypy basedpyright docs check-generated check-api gate
	@$(MAKE) --no-print-directory test test-browser soak-short chaos-short dist-check demo

lint: .venv/ready ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: mypy basedpyright ## mypy (strict) and basedpyright

mypy: .venv/ready
	@$(BIN)/mypy

basedpyright: .venv/ready
	@$(BIN)/basedpyright

chaos: .venv/ready ## thousands of bookings through every fault, beside what people use today, and against every quirk (about 30 minutes)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r tests/chaos/requirements.txt
	@$(BIN)/python -m tests.chaos.run --peers
	@$(BIN)/python -m tests.chaos.quirks

chaos-short: .venv/ready ## 500 bookings of it, ours alone, and a few against every quirk
	@$(BIN)/python -m tests.chaos.run --bookings 500 --concurrency 50 --seeds 7
	@$(BIN)/python -m tests.chaos.quirks --bookings 8 --rate 0.5

kill: .venv/ready ## [ROWS="PostgreSQL, link"] kill workers, callers and the database while intents are booked (minutes)
	@$(BIN)/python -m tests.durable.kills $(if $(ROWS),'$(ROWS)')

kill-short: .venv/ready ## a few of those kills, as the tests have them
	@$(BIN)/python -m pytest -q tests/durable/test_kills.py

bench: .venv/ready ## [ROWS="calls reading"] every figure beside its peers, which are installed into benchmarks/.venv; writes benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks $(ROWS)

bench-short: .venv/ready ## [ROWS="calls reading"] the same in few turns, to look at
	@$(BIN)/python -m benchmarks --short $(ROWS)

gate: .venv/ready ## count the work of booking a slot and of reading a large page, against benchmarks/gate_baseline.json
	@$(BIN)/python -m benchmarks.gate

soak: .venv/ready ## 200,000 calls of one client, cancelled and spoiled now and then: nothing may be left behind (minutes)
	@$(BIN)/python -m benchmarks.soak

soak-short: .venv/ready ## 5,000 of them
	@$(BIN)/python -m benchmarks.soak --short

dist: .venv/ready ## [TAG=v1.2.3] build wheel and sdist into dist/, of what the tag names
	@$(if $(TAG),$(BIN)/python tests/dist/tagged.py '$(TAG)')
	@rm -rf dist
	@$(BIN)/python -m build --no-isolation

dist-check: .venv/ready ## build wheel and sdist, and test the installed wheel outside the tree
	@$(BIN)/python tests/dist/check.py

generate: .venv/ready ## write bookit_async/_generated from openapi/ and overlays/
	@$(BIN)/python -m codegen generate

check-generated: .venv/ready ## compare what is committed with a fresh run, byte for byte
	@$(BIN)/python -m codegen check

docs: .venv/ready ## build the site into build/site, with the reference from docstrings; a warning is an error
	@$(BIN)/python -m tests.docs.site

subjects: ## [SINCE=origin/main] fail if a subject of a commit since then is longer than 72 characters
	@git log --no-merges --format=%s $(or $(SINCE),origin/main)..HEAD | while IFS= read -r line; do \
		[ $${#line} -le 72 ] || { echo "longer than 72 characters: $$line"; exit 1; }; done

frameworks: .venv/ready ## install Django, Litestar and Celery beside the rest, and run the recipes of docs/event-loops.md in them
	@$(BIN)/python -m pip install -q --disable-pip-version-check --upgrade --target build/frameworks -r tests/docs/requirements.txt
	@PYTHONPATH=build/frameworks $(BIN)/python -m pytest -q --no-cov tests/docs/test_event_loops.py

constraints: .venv/ready ## take the newest versions into constraints.txt, and the lowest into constraints-lowest.txt
	@$(RESOLVE) --all-extras -o constraints.txt
	@mkdir -p build
	@$(RESOLVE) --resolution lowest-direct --no-deps $(EXTRAS) -o build/bounds.txt
	@$(RESOLVE) --all-extras -c build/bounds.txt -o constraints-lowest.txt

lowest: build/lowest/ready ## the tests of the package on the lowest versions that pyproject.toml allows
	@build/lowest/bin/python -m pytest -q -n $(WORKERS) --dist worksteal -p no:cacheprovider $(addprefix --ignore=tests/,$(OF_THE_TOOLS))

check-api: .venv/ready ## fail if something public broke since the last release and CHANGELOG.md does not name it
	@$(BIN)/python -m codegen check-api

drift: .venv/ready ## SPEC=file: tell what a newer published document changes
	@$(BIN)/python -m codegen drift --against $(or $(SPEC),$(error give SPEC=path of the newer document))

regenerate: .venv/ready ## SPEC=file [SUMMARY=file.md]: follow a newer published document, tests included
	@$(BIN)/python -m codegen regenerate --spec $(or $(SPEC),$(error give SPEC=path of the newer document)) \
		$(if $(SUMMARY),--summary $(SUMMARY)) || case $$? in 10 | 11) ;; *) exit 1 ;; esac

follow: .venv/ready ## follow the document in JSON, in 3.1 and with its longest path moved, in a fresh clone (most of an hour)
	@$(BIN)/python -m tests.codegen.follow

clean: ## remove everything that was built or installed
	rm -rf .venv benchmarks/.venv build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache

# What is installed is what constraints.txt names. CONSTRAINTS= (empty) takes the newest of everything, as a user's fresh
# install does: CI looks so once a week.
CONSTRAINTS ?= constraints.txt
INSTALL = -m pip install -q --disable-pip-version-check $(if $(CONSTRAINTS),-c $(CONSTRAINTS))

.venv/created: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python $(INSTALL) hatchling editables
	@touch $@

.venv/ready-demo: .venv/created
	@$(BIN)/python $(INSTALL) --no-build-isolation -e '.[demo,fastapi]'
	@touch $@

.venv/ready: .venv/created
	@$(BIN)/python $(INSTALL) --no-build-isolation -e '.[dev]'
	@touch $@ .venv/ready-demo

# The lowest versions that pyproject.toml allows of what users install, and the tools of today.
build/lowest/ready: pyproject.toml constraints-lowest.txt .venv/ready
	@test -x build/lowest/bin/python || $(PYTHON) -m venv build/lowest
	@$(BIN)/uv pip install -q --python build/lowest/bin/python -c constraints-lowest.txt -e '.[dev]'
	@touch $@

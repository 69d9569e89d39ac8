# Every target sets up what it needs in .venv; PYTHON says with which interpreter (3.11 or newer).
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help docs demo example test test-browser check lint types chaos chaos-short dist-check generate check-generated check-api drift regenerate bench bench-short gate soak soak-short clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: .venv/ready-demo ## [AT="tue 9am"] book, move and cancel meetings on the embedded sandbox
	@$(BIN)/python examples/demo.py $(AT)

example: .venv/ready-demo ## [PORT=8000] serve the booking page on the embedded sandbox, and say where
	@$(BIN)/python -m examples.fastapi_booking.serve $(if $(PORT),--port $(PORT))

test: .venv/ready ## run the tests, with branch coverage of everything written by hand
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m pytest --cov --cov-report=term

test-browser: .venv/ready ## the booking page in Debian's Chromium; writes build/screenshots for you to look at
	@$(BIN)/python -m pytest tests/browser

check: lint types docs check-generated check-api test test-browser gate soak-short chaos-short dist-check demo ## everything that CI runs

lint: .venv/ready ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/ready ## mypy (strict) and basedpyright
	@$(BIN)/mypy
	@$(BIN)/basedpyright

chaos: .venv/ready ## thousands of bookings through every fault, beside what people use today (about 20 minutes)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r tests/chaos/requirements.txt
	@$(BIN)/python -m tests.chaos.run --peers

chaos-short: .venv/ready ## 500 bookings of it, ours alone
	@$(BIN)/python -m tests.chaos.run --bookings 500 --concurrency 50 --seeds 7

bench: .venv/ready ## every figure beside its peers, which are installed into benchmarks/.venv; writes benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks

bench-short: .venv/ready ## [ROWS="calls reading"] the same in few turns, to look at
	@$(BIN)/python -m benchmarks --short $(ROWS)

gate: .venv/ready ## count the work of booking a slot and of reading a large page, against benchmarks/gate_baseline.json
	@$(BIN)/python -m benchmarks.gate

soak: .venv/ready ## 200,000 calls of one client, cancelled and spoiled now and then: nothing may be left behind (minutes)
	@$(BIN)/python -m benchmarks.soak

soak-short: .venv/ready ## 5,000 of them
	@$(BIN)/python -m benchmarks.soak --short

dist-check: .venv/ready ## build wheel and sdist, and test the installed wheel outside the tree
	@$(BIN)/python tests/dist/check.py

generate: .venv/ready ## write bookit_async/_generated from openapi/ and overlays/
	@$(BIN)/python -m codegen generate

check-generated: .venv/ready ## compare what is committed with a fresh run, byte for byte
	@$(BIN)/python -m codegen check

docs: .venv/ready ## build the how-to pages into build/site; a warning is an error
	@$(BIN)/zensical build --strict --clean

check-api: .venv/ready ## fail if something public broke since the last release and CHANGELOG.md does not name it
	@$(BIN)/python -m codegen check-api

drift: .venv/ready ## SPEC=file: tell what a newer published document changes
	@$(BIN)/python -m codegen drift --against $(or $(SPEC),$(error give SPEC=path of the newer document))

regenerate: .venv/ready ## SPEC=file [SUMMARY=file.md]: follow a newer published document, tests included
	@$(BIN)/python -m codegen regenerate --spec $(or $(SPEC),$(error give SPEC=path of the newer document)) \
		$(if $(SUMMARY),--summary $(SUMMARY)) || case $$? in 10 | 11) ;; *) exit 1 ;; esac

clean: ## remove everything that was built or installed
	rm -rf .venv benchmarks/.venv build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache

.venv/ready-demo: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[demo,fastapi]'
	@touch $@

.venv/ready: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@ .venv/ready-demo

# `make` without arguments lists the verbs. Each verb installs what it needs first (see scripts/setup).

FEED ?=
ARGS ?=

.DEFAULT_GOAL := help
# Two for each core, up to four: tests wait longer than they work.
WORKERS := $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 2 ? 2 : 4)))

# Where this is set, each worker of the tests and each command that they start would compile the sources again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help up setup test test-long chaos relay-kills conformance fuzz-prices cells soak check check-python check-tracked check-graphiql check-client check-web bench bench-smoke bench-board hostile image-check soak-producer screenshots format wheels graphiql board lock clean

help: ## print this help
	@echo 'make up                  live prices from the demo page: GraphiQL, GraphQL, Redis'
	@echo 'make up FEED=my.toml     the same from your own page'
	@echo 'make test                the whole test suite'
	@echo 'make test-long           what takes more seconds than that: logins, takeovers, recycling, broken pages'
	@echo 'make chaos               faults at random against the whole system: six runs of half a minute, each with its own seed'
	@echo '                         (SEED=7 RUNS=100 MINUTES=60 ARGS=--cluster or --sentinel; report in .tickql/chaos), outages of a minute'
	@echo 'make relay-kills         relays killed a hundred times at random, and the history of the broker checked, in ten minutes'
	@echo '                         (SINK=kafka, rabbitmq_stream or rabbitmq_exchange; RUNS=100 SEED=1)'
	@echo 'make conformance         clients, audits and cases of others, and generated frames (SEED=), under ten minutes'
	@echo 'make fuzz-prices        a million price texts, written and read back, in about a minute'
	@echo 'make cells               20,000 cells as pages write them, read and compared with their pictures, in ten minutes'
	@echo 'make check               format, lint, types, lock, tracked files, front end'
	@echo 'make bench               all benchmarks beside other servers, under ten minutes: bench/RESULTS.md; one that was'
	@echo '                         stopped, or in which a step failed, continues (ARGS=--fresh: starts again)'
	@echo 'make soak                200 clients of the whole system for MINUTES=20, with a fault each 20 s: .tickql/soak-system/SOAK.md'
	@echo 'make soak-producer       a producer at full rate with a fault each minute: .tickql/soak/SOAK.md (MINUTES=20)'
	@echo 'make bench-smoke         a bit of everything, in about a minute: .tickql/bench/RESULTS.md'
	@echo 'make bench-board         the board in a browser: size, first paint, frames, tick to pixel, in four minutes'
	@echo 'make screenshots         take the pictures of the board in docs/images'
	@echo 'make hostile             hostile clients, stuck readers, a reconnect storm beside neighbours, in half an hour:'
	@echo '                         .tickql/bench/HOSTILE.md (ARGS="--rounds 1": a third of it)'
	@echo 'make image-check         build the container image and run it to a live tick: its size, its start, its sandbox, its end'
	@echo 'make setup               only set up: Python packages, browser, GraphiQL, the board'
	@echo 'make format              format Python and front end'
	@echo 'make graphiql            rebuild the GraphiQL page'
	@echo 'make board               rebuild the board'
	@echo 'make wheels              both wheels in dist/: of the server with its pages, and of tickql-client'
	@echo 'make lock                bring requirements.lock into step with pyproject.toml (UPGRADE=1: newest versions)'
	@echo 'make clean               remove what set-up and runs made'
	@echo
	@echo 'ARGS="..." is passed on to the command: make test ARGS="-k ring", make up ARGS="--help"'

# exec: Ctrl-C and SIGTERM reach tickql itself, and make waits for its orderly end.
up:
	@scripts/end-with-make $$PPID $$$$ >/dev/null 2>&1 & exec scripts/up $(if $(FEED),"$(FEED)") $(ARGS)

setup:
	@scripts/setup

test:
	@scripts/setup python browser server graphiql board pages charts balancers manifests kafka
	@exec .venv/bin/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(ARGS)

test-long:
	@scripts/setup python browser server graphiql client board pages
	@exec .venv/bin/python -m pytest -m long --numprocesses $(WORKERS) $(ARGS)

# With SEED or RUNS: only the runs. They begin in order, and the tests for outages before them.
chaos:
	@scripts/setup python server balancers
	@$(if $(SEED)$(RUNS),,.venv/bin/python -m pytest -m chaos --numprocesses $(WORKERS) tests)
	@exec .venv/bin/python -m tests.chaos.system $(if $(SEED),--seed $(SEED)) $(if $(RUNS),--runs $(RUNS)) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

conformance:
	@scripts/setup python server web suites
	@exec .venv/bin/python -m tests.conformance.suites $(if $(SEED),--seed $(SEED)) $(ARGS)

relay-kills:
	@scripts/setup python server $(firstword $(subst _, ,$(or $(SINK),kafka)))
	@exec .venv/bin/python -m tests.relay.kills --sink $(or $(SINK),kafka) --runs $(or $(RUNS),100) $(if $(SEED),--seed $(SEED)) $(ARGS)

fuzz-prices: setup
	@exec .venv/bin/python -m tests.producer.prices.price_fuzz $(ARGS)

cells: setup
	@exec .venv/bin/python -m tests.conformance.cells $(ARGS)

check: check-python check-tracked check-graphiql check-client check-web

check-python:
	@scripts/setup python
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache --no-logo
	.venv/bin/deptry .
	.venv/bin/python -m pytest --quiet tests/packaging/test_lock.py

check-tracked:
	scripts/check-tracked

check-graphiql:
	@scripts/setup node
	npm --prefix api/graphiql run --silent check

check-client:
	@scripts/setup client
	npm --prefix clients/node run --silent check

check-web:
	@scripts/setup web
	npm --prefix clients/web run --silent check

bench:
	@scripts/setup python browser server peers kafka
	@exec .venv/bin/python -m bench run $(ARGS)

bench-smoke:
	@scripts/setup python browser server peers
	@exec .venv/bin/python -m bench run --smoke --into .tickql/bench $(ARGS)

bench-board:
	@scripts/setup python browser server board
	@exec .venv/bin/python -m bench board $(ARGS)

screenshots:
	@scripts/setup python browser server board
	@exec .venv/bin/python -m tests.web_board.screenshots $(ARGS)

# Not the checkout: the image is built from what the Dockerfile copies.
image-check:
	@scripts/setup python image
	@exec .venv/bin/python -m tests.deploy.image $(ARGS)

hostile:
	@scripts/setup python server
	@exec .venv/bin/python -m bench hostile $(ARGS)

soak:
	@scripts/setup python server charts
	@exec .venv/bin/python -m tests.chaos.soak --minutes $(or $(MINUTES),20) $(ARGS)

soak-producer:
	@scripts/setup python browser server peers
	@exec .venv/bin/python -m bench.soak --minutes $(or $(MINUTES),20) $(ARGS)

format:
	@scripts/setup python node client web
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .
	npm --prefix api/graphiql run --silent format
	npm --prefix clients/node run --silent format
	npm --prefix clients/web run --silent format

graphiql:
	@rm -rf api/graphiql/dist
	@scripts/setup graphiql

board:
	@rm -rf api/web_board/dist
	@scripts/setup board

wheels:
	@scripts/setup python graphiql board
	@rm -f dist/*.whl
	.venv/bin/python -m hatchling build -t wheel -d dist
	cd clients/python && ../../.venv/bin/python -m hatchling build -t wheel -d ../../dist

lock:
	@scripts/lock $(if $(UPGRADE),--upgrade)

clean:
	rm -rf .venv .tickql .mypy_cache .pytest_cache .ruff_cache .hypothesis dist api/graphiql/dist api/graphiql/node_modules api/web_board/dist clients/node/dist clients/node/node_modules clients/web/node_modules bench/peers/node_modules tests/conformance/pages/node_modules tests/conformance/clients/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: run setup demo test test-deep check test-peers test-browsers lighthouse bench bench-plan bench-desk bench-field chaos chaos-power screens migration lint
PORT ?= 8000

run: ## the demo Département, planned and open
	@PORT=$(PORT) bin/run

setup: ## install and build, start nothing
	@bin/setup

demo: setup ## load the demo data without starting anything
	@TOUR_DEMO=1 .venv/bin/tour demo

test: setup ## everything, browser included
	@bin/test

test-deep: setup ## the same, with all examples of each property
	@DEEP=1 bin/test

check: setup ## every few minutes: lint, types, floors, and the tests of what changed since main
	@bin/check

test-peers: setup ## storms against a real Request Tracker and the GLPI double (NEEDS=200 SEED=6)
	@tests/peers/install.sh
	@NEEDS=$${NEEDS:-200} .venv/bin/python -m pytest tests/peers -s -rs

test-browsers: setup ## the tablet's day in WebKit and Firefox (installs them when it can)
	@bin/test-browsers

lighthouse: setup ## performance, accessibility and good practice of the tablet's pages
	@cd tests/lighthouse && npm ci --silent --ignore-scripts
	@.venv/bin/python -m pytest -s tests/e2e/test_lighthouse.py

bench: setup ## figures, beside a peer or a floor
	@.venv/bin/python -m tests.bench

bench-plan: setup ## ours beside other solvers, at equal time (some 25 minutes; SIZES="202" SECONDS="10" for one)
	@[ -d var/bench-peers ] || .venv/bin/python -m pip install --quiet --target var/bench-peers -r tests/bench/peers/requirements.txt
	@.venv/bin/python -m tests.bench.peers

bench-field: setup ## the tablet and its synchronisation
	@.venv/bin/python -m tests.bench.field

bench-desk: setup ## needs delivered per second to each desk, beside the peer's bare rate (NEEDS=60)
	@tests/peers/install.sh
	@.venv/bin/python -m tests.bench.desk

chaos: setup ## faults between tablets and server (FAULTS=10000 SEED=n DATABASE=sqlite|postgresql)
	@.venv/bin/python -m tests.chaos

chaos-power: setup ## power cuts that lose what was not synced, under the load of tablets (CUTS=1000 SEED=n)
	@.venv/bin/python -m tests.chaos.power

screens: setup ## the pictures of docs/screens, from the walk and from the demo
	@SCREENS=1 .venv/bin/python -m pytest tests/e2e/test_the_walk.py
	@.venv/bin/python bin/screens.py

migration: setup ## write the next migration, for what the models say and no migration does yet
	@.venv/bin/python -m tour.migrations._next

lint: setup ## format, lint, types, floors
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@npm run --silent check

.PHONY: run setup demo test bench lint screens
PORT ?= 8000

run: ## the demo Département, planned and open
	@PORT=$(PORT) bin/run

setup: ## install and build, start nothing
	@bin/setup

demo: setup ## load the demo data without starting anything
	@TOUR_DEMO=1 .venv/bin/tour demo

test: setup ## everything, browser included
	@bin/test

bench: setup ## figures, beside a peer or a floor
	@.venv/bin/python -m tests.bench

screens: setup ## the pictures of docs/screens, from the walk and from the demo
	@SCREENS=1 .venv/bin/python -m pytest tests/e2e/test_the_walk.py
	@.venv/bin/python bin/screens.py

lint: setup ## format, lint, types, floors
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@npm run --silent check

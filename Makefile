# Two commands are all a newcomer needs: make demo, make test. Both set themselves up.
.DEFAULT_GOAL := help
.PHONY: walk demo test lint help

demo: ## Try Usta: database, server, worker and a phone in the browser (PORT=9000 make demo for another port)
	@exec scripts/run.sh api.cli.main demo

test: ## Run every test, in two processes (ARGS="-k devis -x" for some, "-n 0 --pdb" for one process)
	@exec scripts/run.sh pytest -n 2 --dist loadfile $(ARGS)

lint: ## Check style, types and the import rules between the rooms
	@scripts/run.sh ruff check .
	@scripts/run.sh ruff format --check --quiet .
	@scripts/run.sh mypy
	@.venv/bin/lint-imports --no-cache

walk: ## Bring the line numbers in docs/walk.md in step with the code
	@python3 scripts/walk.py

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-6s %s\n", $$1, $$2}' Makefile

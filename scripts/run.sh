#!/usr/bin/env bash
# Runs a Python module of the project in its own environment, set up first: scripts/run.sh pytest -q
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh
scripts/setup.sh
exec .venv/bin/python -m "$@"

"""Workflow runs seen from outside: where an artisan's conversation stands, for admins, the simulator and evals."""

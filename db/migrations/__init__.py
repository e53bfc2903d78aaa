"""Alembic's environment and the versions of the schema; run through ``usta migrate`` (``db.migrate``)."""

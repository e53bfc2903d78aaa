"""Runs migrations on the connection that ``db.migrate`` hands over; LangGraph's and the queue's schemas are not compared."""

from __future__ import annotations

from alembic import context

from db.models import Base

FOREIGN_SCHEMAS = ("jobs", "langgraph")


def include_name(name: str | None, type_: str, parents: object) -> bool:
    return not (type_ == "schema" and name in FOREIGN_SCHEMAS)


def include_object(item: object, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:
    return not (type_ == "table" and (name or "").startswith(("procrastinate_", "checkpoint", "store")))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    include_name=include_name,
    include_object=include_object,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()

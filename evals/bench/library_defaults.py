"""The baseline of ``usta bench turn``: a worker that runs the same graphs the way LangGraph's documentation starts out.

A pooled ``AsyncPostgresSaver`` that commits by itself, durability "async", and tools that commit what they did. All the
rest (queue, understanding, tools, replies, outbox) is ours. It is not exactly-once: see langgraph.md §5.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.ext.asyncio import AsyncSession

from db.checkpoints import TurnCheckpointer
from db.server import database_url
from db.session import Database


class CommittingDatabase(Database):
    """Sessions that may commit at any moment and commit what is left at the end."""

    @asynccontextmanager
    async def tenant(self, organization_id: UUID) -> AsyncIterator[AsyncSession]:
        async with self.open(organization_id=organization_id) as session:
            yield session
            await session.commit()


class NothingLoaded(TurnCheckpointer):
    """The saver reads the checkpoint when the graph starts: nothing is read ahead."""

    @classmethod
    async def load(cls, session: AsyncSession, thread_id: str) -> TurnCheckpointer:
        return TurnCheckpointer(None)


async def run() -> None:
    """Works until it is stopped, like ``usta worker``, or the process that started it is gone."""
    asyncio.get_running_loop().add_reader(0, _end_with_starter)
    _commit_after_every_tool()
    import agent.gathering
    import agent.turn
    import agent.worker

    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        database_url(), min_size=4, max_size=20, open=False, kwargs={**options, "options": "-c search_path=langgraph"}
    )
    async with pool:
        saver = AsyncPostgresSaver(pool)
        graphs = {name: builder.compile(checkpointer=saver) for name, builder in agent.turn.GRAPHS.items()}

        async def invoke(turn: Any, run: Any, context: Any, given: Any) -> dict[str, Any]:
            thread = agent.gathering.thread_id(turn.gathered.organization.id, run.conversation_id)
            return await graphs[run.workflow].ainvoke(
                agent.turn.starting_state(turn, run, given),
                {"configurable": {"thread_id": thread}, "recursion_limit": 20},
                context=context,
                durability="async",
            )

        agent.turn._invoke = invoke
        agent.gathering.TurnCheckpointer = NothingLoaded  # type: ignore[misc]
        agent.worker.Database = CommittingDatabase  # type: ignore[misc]
        await agent.worker.run_worker()


def _end_with_starter() -> None:
    if not os.read(0, 1024):
        os._exit(0)


def _commit_after_every_tool() -> None:
    """To be called before the graphs are built: they keep the wrapper they are built with."""
    from graphs.shared import acting

    one_at_a_time = acting._one_at_a_time

    async def committing(request: Any, handler: Any) -> Any:
        async def handle_and_commit(call: Any) -> Any:
            result = await handler(call)
            await call.runtime.context.session.commit()
            return result

        return await one_at_a_time(request, handle_and_commit)

    acting._one_at_a_time = committing


if __name__ == "__main__":
    asyncio.run(run())

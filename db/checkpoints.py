"""LangGraph checkpoints that join the turn's transaction: read on a pooled connection, written on the session's (DESIGN §3)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from typing import Any

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncConnection

SCHEMA = "langgraph"


def postgres_saver(connection: AsyncConnection[Any]) -> AsyncPostgresSaver:
    """A saver on one connection. Pipelines stay off: the connection may be inside SQLAlchemy's transaction."""
    saver = AsyncPostgresSaver(connection)
    saver.supports_pipeline = False
    return saver


class TurnCheckpointer(BaseCheckpointSaver[str]):
    """The checkpointer of one turn: gives the checkpoint it was made with and keeps the writes until ``flush``.

    No connection is held while the graph thinks; ``flush`` writes everything on the connection of the turn's transaction.
    """

    def __init__(self, loaded: CheckpointTuple | None) -> None:
        super().__init__()
        self.loaded = loaded
        self._puts: list[tuple[RunnableConfig, Checkpoint, CheckpointMetadata, ChannelVersions]] = []
        self._writes: list[tuple[RunnableConfig, Sequence[tuple[str, Any]], str, str]] = []

    @classmethod
    async def load(cls, connection: AsyncConnection[Any], thread_id: str) -> TurnCheckpointer:
        """Reads the thread's newest checkpoint on ``connection`` (which must not be in use elsewhere)."""
        config: RunnableConfig = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
        return cls(await postgres_saver(connection).aget_tuple(config))

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return self.loaded

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        self._puts.append((config, checkpoint, metadata, new_versions))
        configurable = config["configurable"]
        return {
            "configurable": {
                "thread_id": configurable["thread_id"],
                "checkpoint_ns": configurable.get("checkpoint_ns", ""),
                "checkpoint_id": checkpoint["id"],
            }
        }

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        self._writes.append((config, writes, task_id, task_path))

    async def alist(self, config: RunnableConfig | None, **_: Any) -> AsyncIterator[CheckpointTuple]:
        if self.loaded:
            yield self.loaded

    async def flush(self, connection: AsyncConnection[Any]) -> None:
        """Writes the buffered checkpoints in order; they commit with the connection's transaction."""
        saver = postgres_saver(connection)
        for config, checkpoint, metadata, versions in self._puts:
            await saver.aput(config, checkpoint, metadata, versions)
        for config, writes, task_id, task_path in self._writes:
            await saver.aput_writes(config, writes, task_id, task_path)
        self._puts.clear()
        self._writes.clear()


async def delete_threads(connection: AsyncConnection[Any], thread_ids: Sequence[str]) -> None:
    """Removes every checkpoint of the threads."""
    saver = postgres_saver(connection)
    for thread_id in thread_ids:
        await saver.adelete_thread(thread_id)

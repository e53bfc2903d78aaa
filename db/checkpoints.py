"""LangGraph checkpoints that join the turn's transaction: read on a pooled connection, written on the session's (DESIGN §3)."""

from __future__ import annotations

import copy
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
from langgraph.checkpoint.serde.base import CipherProtocol
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from psycopg import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncSession

from db.encryption import Keyring
from db.models.encrypted import keyring
from db.session import raw_connection

SCHEMA = "langgraph"
CIPHER = "usta1:"


class ThreadCipher(CipherProtocol):
    """Seals what one thread keeps: a value moved to another thread does not open."""

    def __init__(self, keys: Keyring, thread_id: str) -> None:
        self._keys, self._context = keys, thread_context(thread_id)

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        key_id, sealed = self._keys.seal_bytes(plaintext, self._context)
        return CIPHER + key_id, sealed

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        return self._keys.open_bytes(ciphername.removeprefix(CIPHER), ciphertext, self._context)


def thread_context(thread_id: str) -> str:
    """What a thread's sealed values are bound to."""
    return f"langgraph:{thread_id}"


class _Text:
    """A text on its way to the sealed values: the library would keep it beside them, readable."""

    def __init__(self, value: str) -> None:
        self.value = value


class ThreadSerializer(EncryptedSerializer):
    """The library's encrypted serializer with our cipher; checkpoints from before encryption are read as they are."""

    def __init__(self, keys: Keyring, thread_id: str) -> None:
        super().__init__(ThreadCipher(keys, thread_id), JsonPlusSerializer())

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        return super().dumps_typed(obj.value if isinstance(obj, _Text) else obj)

    def sealed_again(self, stored: tuple[str, bytes]) -> tuple[str, bytes]:
        """A stored value, sealed or not, as the current key seals it; nothing of it is interpreted."""
        kind, content = stored
        kind, _, sealed_by = kind.partition("+")
        if sealed_by:
            content = self.cipher.decrypt(sealed_by, content)
        name, sealed = self.cipher.encrypt(content)
        return f"{kind}+{name}", sealed


def _saver(connection: AsyncConnection[Any], serializer: ThreadSerializer | None = None) -> AsyncPostgresSaver:
    """A saver on one connection. Pipelines stay off: the connection may be inside SQLAlchemy's transaction."""
    saver = AsyncPostgresSaver(connection, serde=serializer)
    saver.supports_pipeline = False
    return saver


def _without_texts(checkpoint: Checkpoint, versions: ChannelVersions) -> tuple[Checkpoint, ChannelVersions]:
    """The checkpoint with its texts among what is sealed, each under the version that it has."""
    texts = {name: value for name, value in checkpoint["channel_values"].items() if isinstance(value, str)}
    if not texts:
        return checkpoint, versions
    sealed = copy.copy(checkpoint)
    sealed["channel_values"] = checkpoint["channel_values"] | {name: _Text(text) for name, text in texts.items()}
    known = checkpoint["channel_versions"]
    return sealed, {**versions, **{name: known[name] for name in texts if name in known}}


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
    async def load(cls, session: AsyncSession, thread_id: str) -> TurnCheckpointer:
        """Reads the thread's newest checkpoint on the connection of ``session``."""
        config: RunnableConfig = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
        saver = _saver(await raw_connection(session), ThreadSerializer(keyring(session), thread_id))
        return cls(await saver.aget_tuple(config))

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

    async def flush(self, session: AsyncSession) -> None:
        """Writes the buffered checkpoints in order; they commit with the session's transaction."""
        connection, keys = await raw_connection(session), keyring(session)

        def saver(config: RunnableConfig) -> AsyncPostgresSaver:
            return _saver(connection, ThreadSerializer(keys, config["configurable"]["thread_id"]))

        for config, checkpoint, metadata, versions in self._puts:
            sealed, new_versions = _without_texts(checkpoint, versions)
            await saver(config).aput(config, sealed, metadata, new_versions)
        for config, writes, task_id, task_path in self._writes:
            await saver(config).aput_writes(config, writes, task_id, task_path)
        self._puts.clear()
        self._writes.clear()


async def delete_threads(connection: AsyncConnection[Any], thread_ids: Sequence[str]) -> None:
    """Removes every checkpoint of the threads."""
    saver = _saver(connection)
    for thread_id in thread_ids:
        await saver.adelete_thread(thread_id)

"""Which messages of a chat or a run a caller wants to see: the same query parameters wherever messages are listed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query

from api.v1.bodies import Moment
from db.repositories.inbox import MessageFilter
from services.messaging.schemas import MessageType


async def _wanted(
    direction: Literal["inbound", "outbound"] | None = None,
    type: MessageType | None = None,
    sent_from: Annotated[Moment | None, Query(description="Sent from then on.")] = None,
    sent_until: Annotated[Moment | None, Query(description="Sent before then.")] = None,
) -> MessageFilter:
    return MessageFilter(direction, type, sent_from, sent_until)


MessageFilterDep = Annotated[MessageFilter, Depends(_wanted)]

"""The body of a webhook, read up to a limit."""

from __future__ import annotations

from typing import Any

from fastapi import Request

MAXIMUM_BODY = 1_048_576
"""Bytes. Providers send ids and text only, never a file; of a larger body the beginning is kept."""
KEPT_OF_TOO_LARGE = 4096


def described(**example: Any) -> dict[str, Any]:
    """``openapi_extra`` of a webhook: its body is read and kept as it came, so no model of FastAPI describes it."""
    body = {"schema": {"type": "object"}, "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": body}}}


class TooLarge(Exception):
    """A body over ``MAXIMUM_BODY``; carries its beginning."""

    def __init__(self, beginning: bytes) -> None:
        super().__init__("The body is too large.")
        self.beginning = beginning


async def body_of(request: Request) -> bytes:
    """The whole body. Raises ``TooLarge``."""
    chunks, size = [], 0
    async for chunk in request.stream():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAXIMUM_BODY:
            raise TooLarge(b"".join(chunks)[:KEPT_OF_TOO_LARGE])
    return b"".join(chunks)

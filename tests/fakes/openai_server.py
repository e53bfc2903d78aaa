"""An OpenAI-compatible server that answers what a test scripted: right, wrong, late, broken or not at all.

Real HTTP on loopback (uvicorn in a thread), so that the real client library meets real status codes, cut connections
and silence. Each request takes the next reply of the script; the last one repeats.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from tests.fakes.loopback import listener, serving


@dataclass
class Reply:
    """One scripted answer. ``calls``: (tool, arguments); arguments given as a str are sent as they are.

    ``usage`` replaces the token counts; ``html`` is sent as a page instead of JSON.
    """

    calls: Sequence[tuple[str, Any]] = ()
    text: str | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    hang_seconds: float = 0.0
    cut: bool = False
    finish_reason: str | None = None
    refusal: str | None = None
    usage: dict[str, Any] | None = None
    html: str | None = None


def calls(*tool_calls: tuple[str, Any], text: str | None = None) -> Reply:
    """A normal answer with tool calls."""
    return Reply(calls=tool_calls, text=text)


def rate_limited(retry_after: str | None, header: str = "retry-after") -> Reply:
    headers = {header: retry_after} if retry_after else {}
    return Reply(status=429, headers=headers, body={"error": {"message": "slow down", "type": "rate_limit_exceeded"}})


def server_error() -> Reply:
    return Reply(status=500, body={"error": {"message": "oops", "type": "server_error"}})


def hang(seconds: float = 30.0) -> Reply:
    return Reply(hang_seconds=seconds)


def cut() -> Reply:
    """The connection is closed in the middle of the body."""
    return Reply(cut=True, calls=[("confirm", {})])


def filtered_prompt() -> Reply:
    """The provider's filter refused the prompt: status 400 with its code."""
    error = {"message": "The prompt was filtered.", "code": "content_filter", "type": "invalid_request_error"}
    return Reply(status=400, body={"error": error})


def content_filter() -> Reply:
    """The provider's filter stopped the answer."""
    return Reply(finish_reason="content_filter")


def refusal() -> Reply:
    return Reply(refusal="I cannot help with that.")


class FakeOpenAI:
    """The running server: ``base_url`` for the client, ``requests`` for what it received (decoded JSON bodies)."""

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}/v1"
        self.script: list[Reply] = []
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []

    def says(self, *replies: Reply) -> FakeOpenAI:
        """Sets the script and forgets what was received."""
        self.script = list(replies)
        self.requests, self.headers = [], []
        return self

    def next_reply(self) -> Reply:
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


def _completion(reply: Reply, model: str) -> dict[str, Any]:
    tool_calls = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {
                "name": name,
                "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False),
            },
        }
        for number, (name, arguments) in enumerate(reply.calls, start=1)
    ]
    message: dict[str, Any] = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
    if tool_calls:
        message["tool_calls"] = tool_calls
    finish = reply.finish_reason or ("tool_calls" if tool_calls else "stop")
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": reply.usage
        or {
            "prompt_tokens": 1200,
            "completion_tokens": 40,
            "total_tokens": 1240,
            "prompt_tokens_details": {"cached_tokens": 1000},
        },
    }


def _application(fake: FakeOpenAI) -> FastAPI:
    application = FastAPI()

    @application.post("/v1/chat/completions")
    async def completions(request: Request) -> Response:
        body = await request.json()
        fake.requests.append(body)
        fake.headers.append(dict(request.headers))
        reply = fake.next_reply()
        if reply.hang_seconds:
            await _wait_unless_gone(request, reply.hang_seconds)
        if reply.html is not None:
            return Response(reply.html, media_type="text/html", status_code=reply.status)
        if reply.status != 200 or reply.body is not None:
            return JSONResponse(reply.body, status_code=reply.status, headers=reply.headers)
        content = json.dumps(_completion(reply, body["model"])).encode()
        if reply.cut:
            # Promises more bytes than it sends: the client sees the connection end too early.
            return Response(content[:40], media_type="application/json", headers={"content-length": str(len(content))})
        return Response(content, media_type="application/json")

    return application


async def _wait_unless_gone(request: Request, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not await request.is_disconnected():
        await asyncio.sleep(0.02)


@contextmanager
def running() -> Iterator[FakeOpenAI]:
    """The server on a free loopback port, until the block ends."""
    bound = listener()
    fake = FakeOpenAI(bound.getsockname()[1])
    with serving(_application(fake), bound):
        yield fake

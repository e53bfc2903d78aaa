"""POSTs that create may be sent again safely: with the same ``Idempotency-Key`` it is done once and answered alike.

One line per route, after its permission:

    @router.post("", status_code=201, dependencies=[allowed("clients:write"), idempotent])

Same key and same request: the stored answer again, with ``Idempotency-Replayed: true``. Same key, another address or
body: 422. While the first is still at work: 409 with ``Retry-After``. Keys belong to whoever is signed in and last 24
hours. Without the header nothing is kept. Use it for requests with a JSON body or none; a refused request (any answer
that is an error) frees its key, one that broke off (500) does not.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ApiError, ErrorDetail
from api.v1.access import KeysDep, PrincipalDep, named_organization
from services.idempotency import service
from services.idempotency.service import Answer

_CLAIM = "idempotency_claim"
_KEPT_HEADERS = ("content-type", "etag", "location")
_FIELD = "Idempotency-Key"


class _Replay(Exception):
    """Ends the request: it was answered before."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


async def _claim(
    request: Request,
    principal: PrincipalDep,
    keys: KeysDep,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias=_FIELD,
            min_length=1,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="A text of your own, new for each thing to create (a UUID, say): sent again, it is done once.",
        ),
    ] = None,
) -> None:
    if idempotency_key is None:
        return
    company = await named_organization(request, principal)
    print_ = service.fingerprint(request.method, f"{request.url.path}?{request.url.query}", await request.body())
    try:
        async with request.app.state.database.system() as session:
            begun = await service.begin(session, keys, company, principal.id, idempotency_key, print_)
    except service.OtherRequest as error:
        detail = ErrorDetail(field=_FIELD, message="was sent with another request: take a new one")
        raise ApiError(422, "The key belongs to another request.", [detail]) from error
    except service.InProgress as error:
        raise ApiError(
            409,
            "The first request with this key has no answer yet: look whether it was done.",
            headers={"Retry-After": "2"},
        ) from error
    if isinstance(begun, Answer):
        raise _Replay(begun)
    request.scope[_CLAIM] = (begun, keys)


idempotent = Depends(_claim)


class KeepAnswers:
    """ASGI middleware: what a request with a key was answered is kept before it is sent, or its key is given back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        start: Message = {}
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            nonlocal start
            if _CLAIM not in scope:
                await send(message)
            elif message["type"] == "http.response.start":
                start = message
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    await _settle(scope, start, b"".join(parts))
                    await send(start)
                    await send({"type": "http.response.body", "body": b"".join(parts)})

        await self.app(scope, receive, keep)  # an exception leaves the key taken: what was done by then is not known


async def _settle(scope: Scope, start: Message, body: bytes) -> None:
    claim, keys = scope.pop(_CLAIM)
    answer = None
    if start["status"] < 300:
        headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        answer = Answer(start["status"], {name: headers[name] for name in _KEPT_HEADERS if name in headers}, body)
    async with scope["app"].state.database.system() as session:
        await service.settle(session, keys, claim, answer)


def install_idempotency(app: FastAPI) -> None:
    """Keeps and repeats the answers of the routes that ask for it."""
    app.add_middleware(KeepAnswers)
    app.add_exception_handler(_Replay, _replay)


async def _replay(request: Request, error: Any) -> Response:
    answer: Answer = error.answer
    return Response(answer.body, answer.status, answer.headers | {"Idempotency-Replayed": "true"})

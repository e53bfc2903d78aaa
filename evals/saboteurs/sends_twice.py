"""Puts what goes to the client into the outbox twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evals.saboteurs.sabotage import Saboteur, instead


async def _send(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    await original(*args, **kwargs)
    return await original(*args, **kwargs)


def _install() -> None:
    from services.documents import sending

    instead("sends_twice", sending, "send_to_client", _send)


SABOTEUR = Saboteur("sends_twice", "db", "quote/happy/known_client_sent", _install)

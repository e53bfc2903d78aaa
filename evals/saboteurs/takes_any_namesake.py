"""Takes the first of two clients of the same name without asking which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evals.saboteurs.sabotage import Saboteur, instead


async def _find(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    client, plausible = await original(*args, **kwargs)
    return (client or (plausible[0] if plausible else None)), []


def _install() -> None:
    from services.clients import service

    instead("takes_any_namesake", service, "find", _find)


SABOTEUR = Saboteur("takes_any_namesake", "db", "quote/clarification/which_martin", _install)

"""Leaves designations on the document as they were said, in Turkish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from evals.saboteurs.sabotage import Saboteur, instead


def _designate(original: Callable[..., Any], said: str, *args: Any, **kwargs: Any) -> Any:
    return replace(original(said, *args, **kwargs), french=said)


def _install() -> None:
    from services.documents import drafts

    instead("prints_turkish", drafts, "designate", _designate)


SABOTEUR = Saboteur("prints_turkish", "language", "quote/happy/known_client_sent", _install, locales=("tr",))

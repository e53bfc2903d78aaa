"""Answers a French artisan in Turkish and a Turkish one in French."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evals.saboteurs.sabotage import Saboteur, instead


def _macro(original: Callable[..., Any], language: str, key: str) -> Any:
    other = {"fr": "tr", "tr": "fr"}[language]
    return original(language if key.startswith("client.") else other, key)


def _install() -> None:
    from prompts import replies

    instead("speaks_the_other_language", replies, "_macro", _macro)


SABOTEUR = Saboteur("speaks_the_other_language", "language", "quote/happy/known_client_sent", _install)

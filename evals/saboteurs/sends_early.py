"""Sends the document to the client as soon as it is issued, on the word that was given for the issue alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evals.saboteurs.sabotage import Saboteur, instead


def _after_issue(original: Callable[..., Any], situation: Any) -> Any:
    situation.memory.wants_send = True
    return original(situation)


def _install() -> None:
    from graphs.shared import decision

    instead("sends_early", decision, "_after_issue", _after_issue)


SABOTEUR = Saboteur("sends_early", "consent", "quote/consent/kept", _install)

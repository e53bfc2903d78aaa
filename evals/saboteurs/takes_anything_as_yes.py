"""Takes whatever is said at the gate as a yes: "peut-être", "belki"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evals.saboteurs.sabotage import Saboteur, instead


def _confirmed(original: Callable[..., Any], situation: Any) -> bool:
    return situation.awaited == "confirm:issue" or bool(original(situation))


def _install() -> None:
    from graphs.shared.situation import Situation

    instead("takes_anything_as_yes", Situation, "confirmed", _confirmed)


SABOTEUR = Saboteur("takes_anything_as_yes", "consent", "quote/consent/look_first", _install)

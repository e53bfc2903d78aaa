"""The twelve model dialogues, read from data, played against the running stack once, and kept for the tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.acceptance.people import Artisan, Received
from tests.acceptance.shared_inbox import SharedInboxArtisan
from tests.acceptance.stack import Stack

CHANNELS: dict[str, type[Artisan]] = {"unipile": Artisan, "chatwoot": SharedInboxArtisan}
"""Who plays the artisan on which channel."""
DATA = Path(__file__).parent / "data"


@cache
def dialogues() -> dict[str, dict[str, Any]]:
    """Every dialogue under its name: FR1 … TR6."""
    found: dict[str, dict[str, Any]] = {}
    for name in ("dialogues_fr.yaml", "dialogues_tr.yaml"):
        found |= yaml.safe_load((DATA / name).read_text())
    return found


@cache
def expected_documents() -> dict[str, dict[str, Any]]:
    """The documents that the dialogues must end in (ux.md part F)."""
    documents: dict[str, dict[str, Any]] = json.loads((DATA / "ux_dialogues_expected.json").read_text())
    return documents


@dataclass
class Played:
    """One step as it went: what was said, what came back, how things stood afterwards."""

    step: dict[str, Any]
    answers: list[Received]
    state: dict[str, Any]
    issued: list[dict[str, Any]]

    @property
    def text(self) -> str:
        """The answers as one text, every kind of space a plain one."""
        return plain_spaces("\n".join(answer.text for answer in self.answers))

    @property
    def pdfs(self) -> list[Received]:
        return [answer for answer in self.answers if answer.kind == "document"]


@dataclass
class Play:
    """A whole dialogue as it went."""

    name: str
    artisan: Artisan
    steps: list[Played] = field(default_factory=list)

    @property
    def language(self) -> str:
        return self.name[:2].lower()


_PLAYS: dict[tuple[str, str, str], Play] = {}


def play(stack: Stack, name: str, channel: str = "unipile") -> Play:
    """Plays the dialogue on a channel, or returns how it went when it has been played there on this stack already."""
    key = (stack.url, name, channel)
    if key not in _PLAYS:
        _PLAYS[key] = _play(stack, name, dialogues()[name], CHANNELS[channel])
    return _PLAYS[key]


def _play(stack: Stack, name: str, dialogue: dict[str, Any], person: type[Artisan]) -> Play:
    artisan = person(stack, language=name[:2].lower(), **dialogue["artisan"])
    artisan.continue_numbers(*dialogue["numbers"])
    whole = Play(name, artisan)
    known = {document["number"] for document in artisan.documents()}
    phones: list[str] = []
    for step in dialogue["steps"]:
        if hours := step.get("after_hours"):
            for phone in phones:
                artisan.client_inbox(phone)
            artisan.time_passes(hours=hours)
        if isinstance(step["say"], list):
            artisan.burst(*step["say"])
        elif step.get("voice"):
            artisan.speak(step["say"])
        else:
            artisan.post(step["say"])
        answers = artisan.inbox()
        state = artisan.state()
        fresh = [document for document in state["documents"] if _identity(document) not in known]
        known |= {_identity(document) for document in state["documents"]}
        phones += [step["sends_to"]] if step.get("sends_to") else []
        whole.steps.append(Played(step, answers, state, fresh))
    return whole


def _identity(document: dict[str, Any]) -> str:
    return f"{document['number']} {document['version']}"


def plain_spaces(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")

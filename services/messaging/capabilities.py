"""What each provider can show or do (C20), as data that whoever writes a message obeys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from db.models.messaging import Provider

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Limits of a channel. Counts of 0 mean that it has none of that; text lengths are in characters.

    ``buttons`` and ``lists`` are the most answers that can be tapped, of at most ``button_title`` and ``list_title``
    characters, under a text of at most ``button_text`` and ``list_text``. Numbered text is always there besides.
    """

    buttons: int = 0
    button_title: int = 20
    button_text: int = 1024
    lists: int = 0
    list_title: int = 24
    list_text: int = 4000
    reactions: bool = False
    typing: bool = False
    revoke: bool = False
    silent_notes: bool = False
    """Members of the team write notes into a chat that its other side never sees."""
    linked_device: bool = False
    """Messages leave through a person's own WhatsApp, which is banned when it writes like a machine: it is paced."""
    markup: Literal["whatsapp", "commonmark"] = "whatsapp"
    maximum_file_bytes: int = 15 * MEBIBYTE
    maximum_audio_bytes: int = 15 * MEBIBYTE


CAPABILITIES: dict[Provider, Capabilities] = {
    "unipile": Capabilities(reactions=True, typing=True, revoke=True, linked_device=True),
    "chatwoot": Capabilities(
        buttons=3,
        lists=10,
        typing=True,
        silent_notes=True,
        markup="commonmark",
        maximum_file_bytes=40 * MEBIBYTE,
        maximum_audio_bytes=16 * MEBIBYTE,
    ),
}
"""Unipile: unipile.md §6 and §10. Chatwoot on a WhatsApp Cloud inbox: chatwoot.md §4.1 and §6."""

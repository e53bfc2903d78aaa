"""Notes taken up again: "fais le devis Petit avec mes notes" reads as if their words were said there and then (U15)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from db.models import SiteNote
from services.clients.matching import letters, name_key

_WITH_NOTES = re.compile(
    r"[ ,]*\b(?:avec|d['’]après|selon|à partir de|a partir de)\s+(?:mes|les|nos|ses)\s+notes\b"
    r"|\bnotlarım(?:la|dan|a\s+göre)\b[ ,]*|\bnotlar(?:la|dan|a\s+göre)\b[ ,]*",
    re.IGNORECASE,
)
_TITLE = r"(?:(?:M\.|Mr|Mme|Mlle|Monsieur|Madame)\s+)?"
_NAME = r"[A-ZÀ-ÖØ-ÝĞİŞ][\w’'-]*(?:\s+[A-ZÀ-ÖØ-ÝĞİŞ][\w’'-]*)*"
_FRENCH = re.compile(rf"[ ,]*\b(?:chez|pour)\s+(?P<name>{_TITLE}{_NAME})")
_TURKISH = re.compile(
    rf"(?P<name>{_TITLE}[A-ZÀ-ÖØ-ÝĞİŞ]\w*(?:\s+[A-ZÀ-ÖØ-ÝĞİŞ]\w*)*)['’](?:de|da|te|ta|ye|ya|e|a)\b[ ,]*"
)


@dataclass(frozen=True, slots=True)
class Recalled:
    """The command with the words of the notes instead of their mention, and which notes those are."""

    text: str
    note_ids: tuple[UUID, ...]


def asks_for_notes(text: str) -> bool:
    """True for words that call for the notes."""
    return _WITH_NOTES.search(text) is not None


def recalled(text: str, notes: Sequence[SiteNote], names: dict[UUID, str]) -> Recalled | None:
    """The command with its notes, oldest first; None when none is meant.

    ``names`` are the clients of the notes that are known. Notes are those of the client that the command names; when it
    names none, those of the one client that all notes are about.
    """
    about = [(note, names.get(note.client_id) if note.client_id else _named(note.text)) for note in notes]
    words = f" {letters(text)} "
    meant = [(note, name) for note, name in about if name and f" {name_key(name)} " in words]
    command = re.sub(r"[ \t]{2,}", " ", _WITH_NOTES.sub(" ", text)).strip()
    if not meant:
        clients = {name_key(name) for _, name in about if name}
        if len(clients) != 1:
            return None
        meant = [(note, name) for note, name in about if name]
        command = f"{command} pour {meant[0][1]}"
    lines = [_without_client(note.text) for note, _ in sorted(meant, key=lambda pair: pair[0].noted_at)]
    return Recalled("\n".join([command, *lines]), tuple(note.id for note, _ in meant))


def _named(note: str) -> str | None:
    """The client that a note names by its words alone."""
    found = _FRENCH.search(note) or _TURKISH.search(note)
    return found["name"] if found else None


def _without_client(note: str) -> str:
    return _TURKISH.sub("", _FRENCH.sub("", note)).strip(" ,.;")

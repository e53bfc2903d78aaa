"""What becomes of a message behind the server: CommonMark rendered for WhatsApp, Meta's limits, the phones' screens."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST_TEXT = 4096
BUTTONS, LONGEST_BUTTON, LONGEST_BUTTON_TEXT = 3, 20, 1024
ROWS, LONGEST_ROW, LONGEST_LIST_TEXT = 10, 24, 4096
_PARSER = MarkdownIt("commonmark")


class Refused(Exception):
    """Meta does not take the message: ``code: reason``, as the server tells it in ``external_error``."""


def rendered(content: str) -> str:
    """CommonMark as Chatwoot's renderer for WhatsApp writes it (chatwoot.md §4.3): blank lines are lost, too."""
    return "".join(_block(_PARSER.parse(content))).rstrip("\n")


def _block(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "list_item_open":
            yield "- "
        elif token.type == "blockquote_open":
            yield "> "
        elif token.type == "inline":
            yield "".join(_inline(token.children or []))
            yield "\n"
        elif token.type in ("code_block", "fence"):
            yield token.content


def _inline(tokens: list[Token]) -> Iterator[str]:
    links: list[str] = []
    for token in tokens:
        if token.type == "link_open":
            links.append(str(token.attrGet("href") or ""))
        elif token.type == "link_close":
            yield links.pop()
        elif links:
            continue
        elif token.type in ("text", "code_inline"):
            yield f"`{token.content}`" if token.type == "code_inline" else token.content
        elif token.type in ("softbreak", "hardbreak"):
            yield "\n"
        elif token.type in ("strong_open", "strong_close"):
            yield "*"
        elif token.type in ("em_open", "em_close"):
            yield "_"


def check_interactive(text: str, titles: list[str]) -> None:
    """Meta's limits for buttons and lists (§6). Raises ``Refused``."""
    few = len(titles) <= BUTTONS
    longest, longest_text = (LONGEST_BUTTON, LONGEST_BUTTON_TEXT) if few else (LONGEST_ROW, LONGEST_LIST_TEXT)
    if len(titles) > ROWS:
        raise Refused("131009: Total row count exceed max allowed count: 10")
    if any(not title or len(title) > longest for title in titles):
        raise Refused(f"131009: Button title length invalid. Min length: 1, Max length: {longest}")
    if len(set(titles)) < len(titles):
        raise Refused("131009: Button titles must be unique")
    if not text or len(text) > longest_text:
        raise Refused(f"131009: Message text length invalid. Max length: {longest_text}")


@dataclass(slots=True)
class Shown:
    """A message on a phone's screen."""

    seq: int
    phone: str
    message_id: int
    kind: str
    text: str
    at: datetime
    buttons: list[str] = field(default_factory=list)
    filename: str | None = None
    media_type: str | None = None
    url: str | None = None
    template: str | None = None


class Phones:
    """The screens of the phones behind the inbox; numbers rise over all of them, from the clock's milliseconds on."""

    def __init__(self) -> None:
        self._seq = int(time.time() * 1000)
        self._shown: dict[str, list[Shown]] = defaultdict(list)
        self._watching: set[asyncio.Event] = set()

    def show(self, phone: str, message_id: int, kind: str, text: str, **more: object) -> None:
        self._seq += 1
        self._shown[phone].append(Shown(self._seq, phone, message_id, kind, text, datetime.now(UTC), **more))  # type: ignore[arg-type]
        for event in self._watching:
            event.set()

    def shown(self, phone: str, after: int = 0) -> list[Shown]:
        return [each for each in self._shown[phone] if each.seq > after]

    @contextmanager
    def watching(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever a phone has something new."""
        event = asyncio.Event()
        self._watching.add(event)
        try:
            yield event
        finally:
            self._watching.discard(event)

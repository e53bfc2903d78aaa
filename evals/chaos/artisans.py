"""Artisans who write unambiguous messages: quotes for named clients with lines that nobody else has."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx

WORKS = ("enduit", "peinture", "carrelage", "parquet", "isolation", "cloison", "faïence", "ragréage")
CLIENTS = (
    "Barnier Castaing Delmas Escoffier Fontanel Gaillard Hoarau Imbert Jacquin Kerbrat Lombard Marchetti Noblet Ozanne "
    "Pruvost Quentin Rambaud Salvador Tessier Urbain Vasseur Weber Yvon Zimmer Abadie Brochard Chastel Dufresne Engel "
    "Ferrand Gosselin Huchet Isnard Joubert Keller Laborde Mouton Naudin Orsini Poulain"
).split()
"""Names that nobody mixes up; the chats of one company take different ones."""
_SYLLABLES = [consonant + vowel for consonant in "bdgkvzqw" for vowel in "aou"]
LINES_PER_QUOTE = 3
MESSAGES_PER_QUOTE = LINES_PER_QUOTE + 2
ANSWER_SECONDS = 150.0
"""How long a burst may take to be answered while things break."""


class Unanswered(Exception):
    """A burst got no answer in time; the message says where the conversation stood."""


@dataclass(frozen=True)
class ExpectedLine:
    """A line as it was said; ``designation`` occurs in no other message."""

    phone: str
    client: str
    designation: str
    quantity: Decimal
    unit_price: Decimal

    @property
    def words(self) -> str:
        return f"ajoute {self.designation} {self.quantity} m² à {str(self.unit_price).replace('.', ',')}"


@dataclass
class Artisan:
    """One phone and what it has said and got."""

    number: int
    phone: str
    clients: list[str]
    messages: int
    seed: int
    sent: list[str] = field(default_factory=list)
    lines: list[ExpectedLine] = field(default_factory=list)
    issued: int = 0
    answers: int = 0
    bursts: int = 0
    unanswered: list[str] = field(default_factory=list)
    last_seq: int = 0

    async def work(self, http: httpx.AsyncClient) -> None:
        """Writes all messages, burst by burst, and waits for the answer of each; gives up at the first without one."""
        chance = random.Random(self.seed * 1000 + self.number)
        left = self.messages
        nonce = _nonce_words(self.number)
        quote = 0
        while left > 0:
            client = self.clients[quote % len(self.clients)]
            lines = [self._line(chance, client, next(nonce)) for _ in range(min(LINES_PER_QUOTE, left - 1))]
            bursts = [[f"devis pour {client}"], [line.words for line in lines], ["ok"]]
            self.lines += lines
            for burst in bursts:
                texts = burst[:left]
                left -= len(texts)
                if texts and not await self._burst(http, texts, chance):
                    return
            quote += 1

    def _line(self, chance: random.Random, client: str, nonce: str) -> ExpectedLine:
        price = Decimal(chance.randint(1000, 9999)) / 100
        return ExpectedLine(
            self.phone, client, f"{chance.choice(WORKS)} {nonce}", Decimal(chance.randint(2, 60)), price
        )

    async def _burst(self, http: httpx.AsyncClient, texts: list[str], chance: random.Random) -> bool:
        """Sends the texts nearly at once: on the way they overtake each other and come twice."""
        self.bursts += 1
        posts = []
        for text in texts:
            message_id = f"chaos-{self.phone[1:]}-{len(self.sent)}"
            self.sent.append(message_id)
            posts.append(asyncio.create_task(self._post(http, text, message_id)))
            await asyncio.sleep(chance.uniform(0, 0.15))
        await asyncio.gather(*posts)
        try:
            await self._answered(http, issues=texts == ["ok"])
        except Unanswered as error:
            self.unanswered.append(f"{self.phone} {texts}: {error}")
        return not self.unanswered

    async def _post(self, http: httpx.AsyncClient, text: str, message_id: str) -> None:
        """Sends until the webhook was taken: the same message under the same id, as a phone without network does."""
        body = {"from": self.phone, "text": text, "message_id": message_id, "timestamp": datetime.now(UTC).isoformat()}
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            try:
                if (await http.post("/simulator/inbound", json=body)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.5)
        self.unanswered.append(f"{self.phone} {text!r}: never taken")

    async def _answered(self, http: httpx.AsyncClient, *, issues: bool) -> None:
        """Waits until something was answered and nothing of this phone is in work (an issue has brought its PDF)."""
        deadline = time.monotonic() + ANSWER_SECONDS
        seen, state = 0, {}
        while time.monotonic() < deadline:
            try:
                messages = await self._received(http, wait=1.0 if not seen else 0.0)
                seen += len(messages)
                if seen:
                    state = (await http.get("/simulator/state", params={"phone": self.phone})).json()
                    if state.get("idle") is True and (not issues or len(self._documents(state)) > self.issued):
                        seen += len(await self._received(http, wait=0))
                        self.answers += 1
                        self.issued = len(self._documents(state)) if issues else self.issued
                        return
            except (httpx.HTTPError, ValueError):
                pass
            await asyncio.sleep(0.3)
        raise Unanswered(f"{seen} replies; { ({key: state.get(key) for key in ('idle', 'current_step', 'awaiting')}) }")

    def _documents(self, state: dict[str, Any]) -> list[dict[str, Any]]:
        """The issued documents for this artisan's own clients; companies are shared by several chats."""
        own = {client.lower() for client in self.clients}
        return [
            document
            for document in state.get("documents", [])
            if any(client in str(document["client"]["name"]).lower() for client in own)
        ]

    async def _received(self, http: httpx.AsyncClient, *, wait: float) -> list[dict[str, Any]]:
        query: dict[str, Any] = {"to": self.phone, "after": self.last_seq, "wait": wait}
        messages: list[dict[str, Any]] = (await http.get("/simulator/outbound", params=query)).json()["messages"]
        if messages:
            self.last_seq = max(message["seq"] for message in messages)
        return messages


def _nonce_words(number: int) -> Iterator[str]:
    """Words that no lexicon knows, all different, also between artisans: "Zovuqaf"."""
    for line in range(len(_SYLLABLES) ** 2):
        parts = (number // len(_SYLLABLES), number, line // len(_SYLLABLES), line)
        yield "Zo" + "".join(_SYLLABLES[part % len(_SYLLABLES)] for part in parts) + "f"


def company_of(number: int, chats: int) -> int:
    """Which company the chat ``number`` belongs to: four chats each, so that they compete for document numbers."""
    return min(number // 4, max(chats // 4 - 1, 0))

"""An artisan who writes to a shared inbox of the simulated Chatwoot server, and the team that reads along."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.acceptance.people import Artisan, Received
from tests.acceptance.stack import ANSWERED_WITHIN_SECONDS


class SharedInboxArtisan(Artisan):
    """The same artisan with the same company, whose phone is behind a Chatwoot inbox."""

    def post(self, text: str | None, **details: Any) -> str:
        """Writes one message without waiting for the answer; returns its id."""
        if isinstance(when := details.get("timestamp"), datetime):
            details["timestamp"] = when.isoformat()
        return str(self.control("POST", "inbound", {"from": self.phone, "text": text, **details})["message_id"])

    def tap(self, title: str) -> list[Received]:
        """Taps an answer under the last question and returns what comes back."""
        self.control("POST", "tap", {"from": self.phone, "title": title})
        return self.inbox()

    def buttons(self) -> list[list[str]]:
        """What could be tapped under each message that this phone shows."""
        answer = self.control("GET", "outbound", to=self.phone)
        return [message["buttons"] for message in answer["messages"]]

    def team_says(self, text: str) -> None:
        """A member of the team answers in the server's page."""
        self.control("POST", "agent-reply", {"to": self.phone, "text": text})

    def team_notes(self, text: str) -> None:
        """A member of the team writes a private note."""
        self.control("POST", "note", {"to": self.phone, "text": text})

    def team_sets(self, status: str) -> None:
        """The team changes who has the conversation."""
        self.control("POST", "status", {"to": self.phone, "status": status})

    def thread(self) -> dict[str, Any]:
        """The conversation as the team sees it."""
        return self.control("GET", "conversations", of=self.phone)

    def until(self, holds: Callable[[], bool]) -> None:
        """Waits until something that a job does on the server has been done."""
        deadline = time.monotonic() + ANSWERED_WITHIN_SECONDS
        while not holds():
            assert time.monotonic() < deadline, self.thread()
            time.sleep(0.05)

    def control(self, method: str, path: str, body: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        """Calls the control API of the simulated server."""
        answer = self.stack.http.request(method, f"/simulator/chatwoot/{path}", json=body, params=params)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _received(self, phone: str, after: int = 0, wait: float = 0) -> list[Received]:
        answer = self.control("GET", "outbound", to=phone, after=after, wait=wait)
        return [
            Received(message["seq"], message["kind"], message["text"], message["filename"], message["url"])
            for message in answer["messages"]
        ]

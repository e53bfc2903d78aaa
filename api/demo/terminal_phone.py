"""A phone held by a program: sends, receives and looks at the state through the simulator's control API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from api.demo.markup import Option, options

FOLDER = Path("usta-documents")


class NoServer(Exception):
    """Nothing answers where the demo should be."""


class Refused(Exception):
    """The demo did not take a message; the text says why."""


@dataclass(frozen=True, slots=True)
class DemoArtisan:
    """Who is played: phone (E.164), name when it is one of the demo's, language of the texts ("fr", "tr")."""

    phone: str
    name: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Received:
    """A message that came: its text, where its file was saved, and the numbered answers it offers."""

    text: str
    saved: Path | None
    options: list[Option]


def demo_artisan(phone: str | None, language: str | None) -> DemoArtisan:
    """The demo artisan with that phone, or of that language; an unknown phone is played as it is."""
    from services.accounts.scene import demo_artisans

    if phone is None:
        artisans = demo_artisans()
        known = next((one for one in artisans if language in (None, one["language"])), artisans[0])
        phone = known["phone"]
    else:
        phone = "+" + "".join(character for character in phone if character.isdigit())
        known = next((one for one in demo_artisans() if one["phone"] == phone), None)
    spoken = language or (known["language"] if known else "fr")
    return DemoArtisan(phone, known["name"] if known else None, spoken)


class Phone:
    """One phone of the simulator at ``url``. ``receive`` continues where the last call ended."""

    def __init__(self, url: str, number: str, folder: Path = FOLDER, client: httpx.Client | None = None) -> None:
        self.number = number
        self._folder = folder
        self._client = client or httpx.Client(base_url=url, timeout=70, trust_env=False)
        self._after = 0

    def __enter__(self) -> Phone:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def skip_earlier(self) -> None:
        """Passes over what came before now."""
        messages = self._get("/simulator/outbound", to=self.number)["messages"]
        self._after = messages[-1]["seq"] if messages else 0

    def send(self, text: str) -> None:
        """Sends a message to the assistant. Raises ``Refused`` when the demo does not take it."""
        body = {"from": self.number, "text": text}
        try:
            answer = self._client.post("/simulator/inbound", json=body)
        except httpx.TransportError as error:
            raise NoServer from error
        if answer.is_error:
            raise Refused(_reason(answer))

    def receive(self, wait: float) -> list[Received]:
        """What came since the last call; waits up to ``wait`` seconds for something. Files are saved."""
        messages = self._get("/simulator/outbound", to=self.number, after=self._after, wait=wait)["messages"]
        if messages:
            self._after = messages[-1]["seq"]
        return [self._received(message) for message in messages]

    def state(self) -> Mapping[str, Any]:
        """Where the conversation stands."""
        return self._get("/simulator/state", phone=self.number)

    def _received(self, message: Mapping[str, Any]) -> Received:
        text = message.get("text") or ""
        return Received(text, self._save(message), options(text))

    def _save(self, message: Mapping[str, Any]) -> Path | None:
        if not message.get("url"):
            return None
        content = self._client.get(message["url"]).content
        self._folder.mkdir(parents=True, exist_ok=True)
        # Only the last part of the name: a file never lands outside the folder.
        name = Path(str(message.get("filename") or "").replace("\\", "/")).name or f"{message['seq']}"
        path = self._folder / name
        path.write_bytes(content)
        return path

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        try:
            answer = self._client.get(path, params=query)
            answer.raise_for_status()
        except (httpx.TransportError, httpx.HTTPStatusError) as error:
            raise NoServer from error
        found: dict[str, Any] = answer.json()
        return found


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase

"""Answers of models, kept by the request that they answer, so that every score can be made again without a model.

One file per model, ``data/<model>.jsonl.gz``: a line per request with the fingerprint of the whole body, the fingerprint
of the messages alone, and the answer. A recording grows while a model is asked: what was asked once is never asked again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import time
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import httpx2 as httpx  # the library that openai's client is built on

FOLDER = Path(__file__).parent / "data"

_ANSWERS = frozenset({200, 400, 422})
"""Statuses that say something about the request itself and would come again."""

Mode = Literal["record", "replay", "rescore"]
"""``record`` asks the model for what is missing; ``replay`` never does; ``rescore`` also takes answers that were given
to an earlier wording of the prompt or of the tools."""


class MissingRecording(LookupError):
    """A request was never recorded; the message says how many and what to do."""


class ModelUnreachable(ConnectionError):
    """The model gave no answer while recording; what was recorded before is kept."""


def fingerprint(body: Mapping[str, Any]) -> str:
    """Of all that decides an answer: model, messages, tools."""
    return _hash({name: body.get(name) for name in ("model", "messages", "tools")})


def fingerprint_of_words(body: Mapping[str, Any]) -> str:
    """Of what was said and where the conversation stood, whatever the system prompt and the tools were."""
    messages = [message for message in body.get("messages", []) if message.get("role") != "system"]
    return _hash({"model": body.get("model"), "messages": messages})


def _hash(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


class Recordings:
    """The recorded answers of one model, in memory and in their file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows: dict[str, dict[str, Any]] = {}
        self._by_words: dict[str, dict[str, Any]] = {}
        rows, self._torn = _read(path)
        for row in rows:
            self._keep(row)

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, body: Mapping[str, Any], *, any_prompt: bool = False) -> dict[str, Any] | None:
        """The row of a request; with ``any_prompt`` also one whose prompt was worded otherwise."""
        found = self._rows.get(fingerprint(body))
        return found or (self._by_words.get(fingerprint_of_words(body)) if any_prompt else None)

    def add(self, body: Mapping[str, Any], status: int, answer: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Keeps an answer and writes it down at once, so that an interrupted recording goes on where it stopped."""
        row = {
            "request": fingerprint(body),
            "words": fingerprint_of_words(body),
            "seconds": round(seconds, 2),
            "status": status,
            "answer": _essential(answer) if status == 200 else dict(answer),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self._torn:
            self.pack()
        with gzip.open(self.path, "ab") as file:
            file.write(_line(row))
        self._keep(row)
        return row

    def pack(self) -> None:
        """Writes the file anew, small and in a fixed order."""
        lines = b"".join(_line(self._rows[key]) for key in sorted(self._rows))
        self.path.write_bytes(gzip.compress(lines, mtime=0))
        self._torn = False

    def _keep(self, row: dict[str, Any]) -> None:
        self._rows[row["request"]] = row
        self._by_words[row["words"]] = row


def recordings_of(model: str, folder: Path = FOLDER) -> Recordings:
    """The recordings of a model by its name."""
    safe = "".join(character if character.isalnum() or character in "-._" else "_" for character in model)
    return Recordings(folder / f"{safe}.jsonl.gz")


class RecordedTransport(httpx.AsyncBaseTransport):
    """Carries requests to recorded answers, and in ``record`` mode to the model for what is missing.

    ``missing`` and ``unreachable`` count the requests that got no answer: the understander above takes such a request
    for an outage and goes on with the grammar, so whoever measures has to look here. ``seconds`` adds up how long the
    model took when it was really asked.
    """

    def __init__(self, recordings: Recordings, mode: Mode, inner: httpx.AsyncBaseTransport | None = None) -> None:
        self._recordings = recordings
        self._mode = mode
        self._inner = inner or httpx.AsyncHTTPTransport()
        self.missing = self.unreachable = 0
        self.seconds = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The recorded answer, else the model's; an error of the model is passed on and not kept."""
        body = json.loads(await request.aread())
        row = self._recordings.find(body, any_prompt=self._mode == "rescore")
        if row is None and self._mode != "record":
            self.missing += 1
            return httpx.Response(404, json={"error": {"message": "not recorded", "type": "missing_recording"}})
        if row is None:
            started = time.perf_counter()
            try:
                response = await self._inner.handle_async_request(request)
                content = await response.aread()
            except httpx.TransportError:
                self.unreachable += 1
                raise
            if response.status_code not in _ANSWERS:
                self.unreachable += 1
                return httpx.Response(response.status_code, content=content)
            seconds = time.perf_counter() - started
            row = self._recordings.add(body, response.status_code, json.loads(content), seconds)
        self.seconds += row["seconds"]
        return httpx.Response(row["status"], json=row["answer"])

    def check(self) -> None:
        """Raises ``MissingRecording`` or ``ModelUnreachable`` if a request went without an answer."""
        if self.missing:
            raise MissingRecording(
                f"{self.missing} requests are not in {self._recordings.path.name}: record them with "
                "usta eval models --record, or score the answers to earlier prompts with --rescore"
            )
        if self.unreachable:
            raise ModelUnreachable(
                f"{self.unreachable} requests got no answer from the model; {len(self._recordings)} are recorded: "
                "check that it runs, then start again"
            )

    async def aclose(self) -> None:
        """Closes the connections to the model."""
        await self._inner.aclose()


def _essential(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What of an answer is read again: the first choice and the token counts."""
    choice = (answer.get("choices") or [{}])[0]
    message = {name: value for name, value in (choice.get("message") or {}).items() if value is not None}
    return {
        "id": "recorded",
        "object": "chat.completion",
        "created": 0,
        "model": answer.get("model"),
        "choices": [{"index": 0, "finish_reason": choice.get("finish_reason"), "message": message}],
        "usage": answer.get("usage"),
    }


def _line(row: Mapping[str, Any]) -> bytes:
    return (json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def _read(path: Path) -> tuple[list[dict[str, Any]], bool]:
    """Rows of a file, and whether its end is missing: the row that was being written when the recording was killed."""
    rows: list[dict[str, Any]] = []
    if not path.exists():
        return rows, False
    with gzip.open(path, "rb") as file:
        try:
            for line in file:
                rows.append(json.loads(line))
        except (EOFError, zlib.error, gzip.BadGzipFile, json.JSONDecodeError):
            return rows, True
    return rows, False

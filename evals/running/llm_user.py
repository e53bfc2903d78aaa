"""An artisan played by a language model, over any OpenAI-compatible endpoint (evals.md §6).

He is given who he is, what he wants, what he knows and what he does not; of the assistant he sees the words alone, and
the awaited key only when ``hint`` says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from evals.running.script import Line, Situation
from evals.scenarios.placeholders import worded
from evals.scenarios.schema import Scenario
from tools.commands import Language

_NAMES = {"fr": "French", "tr": "Turkish"}
_ROLE = """\
You play a building artisan in France who writes to an assistant on WhatsApp. You are never the assistant.

Who you are: {persona}
What you want: {goal}
What you know: {knows}
What you do not know (say so when asked): {unknown}

Rules:
- Write in {language}, as such a person writes on a phone. One short message at a time.
- Never invent a fact or a number that is not above. Tell what you know when you are asked for it, or when it belongs to
  what you want.
- Correct the assistant when it shows something else than you want.
- Approve only what is right. When you approve issuing a document, sending it to the client, or both, say so in "approves".
- You are done only when the assistant has done what you want and asks nothing more.

Answer with one JSON object and nothing else: {{"say": "your message", "approves": "nothing" | "issue" | "send" | "both",
"done": true | false}}. When you are done, "say" is empty.
"""


class NoUser(RuntimeError):
    """The model that plays the artisan cannot be asked or gives no answer; the message says why."""


@dataclass(frozen=True)
class UserModel:
    """The endpoint that plays artisans. ``base_url`` ends before /chat/completions."""

    model: str
    base_url: str
    api_key: str | None = None
    hint: bool = False
    timeout: float = 60.0

    async def answer(self, messages: list[dict[str, str]]) -> str:
        """The text of the next message. Raises ``NoUser``."""
        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        body = {"model": self.model, "messages": messages, "temperature": 0.7}
        url = f"{self.base_url.rstrip('/')}/chat/completions"
        retrying = AsyncRetrying(
            stop=stop_after_attempt(4),
            wait=wait_exponential(multiplier=0.5, max=8),
            retry=retry_if_exception_type((httpx.TransportError, _Busy)),
            reraise=True,
        )
        try:
            async with httpx.AsyncClient(timeout=self.timeout) as http:
                async for attempt in retrying:
                    with attempt:
                        text = _text(await http.post(url, headers=headers, json=body))
        except (httpx.HTTPError, _Busy) as error:
            raise NoUser(f"the model that plays the artisan does not answer at {url}: {error!r}") from error
        return text


class _Busy(Exception):
    """The endpoint asks to come back later."""


def _text(answer: httpx.Response) -> str:
    if answer.status_code == 429 or answer.status_code >= 500:
        raise _Busy(f"{answer.status_code} {answer.text[:200]}")
    if answer.status_code != 200:
        raise NoUser(f"{answer.request.url} answers {answer.status_code}: {answer.text[:300]}")
    try:
        content: Any = answer.json()["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError) as error:
        raise NoUser(f"{answer.request.url} gives no chat completion: {answer.text[:300]}") from error
    return content if isinstance(content, str) else ""


class SimulatedArtisan:
    """Plays the ``user`` of a scenario from persona, goal and knowledge. ``fill`` as for the scripted one."""

    def __init__(self, scenario: Scenario, language: Language, fill: Callable[[Any], Any], model: UserModel) -> None:
        user = scenario.user
        known = {key: fill(worded(value, language)) for key, value in user.knows.items()}
        role = _ROLE.format(
            persona=fill(user.persona) if user.persona else "an artisan in a hurry",
            goal=fill(user.goal)
            if user.goal
            else fill(user.opening if isinstance(user.opening, str) else _words(user.opening)),
            knows=json.dumps(known, ensure_ascii=False),
            unknown=", ".join(user.unknown) or "nothing that matters",
            language=_NAMES[language],
        )
        self._messages = [{"role": "system", "content": role}]
        self._model = model

    async def next(self, situation: Situation) -> Line | None:
        """See ``script.Artisan``. Raises ``NoUser``."""
        heard = "\n\n".join(situation.heard) or "(The chat is empty. Write your first message.)"
        if self._model.hint and situation.awaiting:
            heard += f"\n\n(The assistant waits for: {situation.awaiting})"
        self._messages.append({"role": "user", "content": heard})
        answer = await self._model.answer(self._messages)
        self._messages.append({"role": "assistant", "content": answer})
        said = understood(answer)
        if said.done or not said.say.strip():
            return None
        gate = {"confirm:issue": "issue", "confirm:send_to_client": "send"}.get(situation.awaiting or "")
        consent = (
            "both"
            if said.approves == "both"
            else said.approves in ("issue", "send") and said.approves == (gate or said.approves)
        )
        return Line((said.say.strip(),), answers=situation.awaiting, consent=consent)


@dataclass(frozen=True)
class Answer:
    """What a model answered as the artisan."""

    say: str
    approves: str = "nothing"
    done: bool = False


def understood(text: str) -> Answer:
    """Reads the JSON object of an answer, whatever stands around it; without one the whole text is what he says."""
    start, end = text.find("{"), text.rfind("}")
    try:
        found = json.loads(text[start : end + 1]) if 0 <= start < end else None
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("say", ""), str):
        return Answer(text)
    return Answer(found.get("say", ""), str(found.get("approves", "nothing")), found.get("done") is True)


def _words(said: Any) -> Any:
    return getattr(said, "say", said)

"""Grammar first; the model for what it does not explain; the grammar again when no model answers (DESIGN §5)."""

from __future__ import annotations

import structlog

from agent.understanding.llm import LlmUnderstander, ground_safely, model_reading, read_safely, without_model
from agent.understanding.merging import merge
from tools.commands import Reading, Understander, UnderstandingRequest

_MOST_WORDS_LEFT = 1
"""Telling words (four letters or more) that may stay unexplained beside commands; beside a yes, none."""

_log = structlog.get_logger(__name__)


class HybridUnderstander:
    """Two readings of a message, joined with the caution that amounts deserve. Never raises."""

    def __init__(self, grammar: Understander, llm: LlmUnderstander) -> None:
        self._grammar = grammar
        self._llm = llm

    async def understand(self, request: UnderstandingRequest) -> Reading:
        """The grammar's reading if it explains the message, else the merged one; degraded when no model answered."""
        own = await read_safely(self._grammar, request)
        if explains(own, request.text):
            return own
        if not request.models_allowed:
            return own.model_copy(update={"limited": True})
        proposal = await self._llm.propose(request, own.language)
        if proposal is None:
            return without_model(own)
        fingerprint = self._llm.prompt_hash(request)
        grounded = ground_safely(proposal, request, own)
        try:
            commands = merge(grounded.commands, request.text, request.context, own)
        except Exception:
            _log.exception("merging failed")
            commands = list(own.commands)
        if commands == own.commands:
            return own.model_copy(update={"ungrounded": grounded.ungrounded, "prompt_hash": fingerprint})
        return model_reading("hybrid", grounded, own, commands, fingerprint)

    async def aclose(self) -> None:
        """Closes the connections to the providers."""
        await self._llm.aclose()


def explains(reading: Reading, text: str) -> bool:
    """Whether the grammar leaves nothing that a model could explain: no number and hardly a telling word is left over.

    A question or a doubt that is read as no command at all is explained too, if no word of it is left.
    """
    if not any(character.isalnum() for character in text) or not reading.unexplained:
        return True
    left = " ".join(reading.unexplained)
    if any(character.isdigit() for character in left):
        return False
    telling = [word for word in left.split() if len(word) >= 4]
    names = {command.name for command in reading.commands}
    sure = bool(names - {"off_topic"}) and "confirm" not in names
    return len(telling) <= (_MOST_WORDS_LEFT if sure else 0)

"""Chooses the understander that the settings ask for."""

from __future__ import annotations

from agent.understanding.endpoints import endpoints
from agent.understanding.hybrid import HybridUnderstander
from agent.understanding.llm import Glossary, LlmUnderstander
from agent.understanding.usage import UsageSink, collect
from db.settings import Settings
from services.documents.glossary import trade_words
from tools.commands import Understander


def understander(
    settings: Settings,
    usage_sink: UsageSink = collect,
    *,
    grammar: Understander | None = None,
    glossary: Glossary = trade_words,
) -> Understander:
    """The grammar alone, the model with the grammar behind it, or both together (``settings.understander_in_use``).

    One per process and event loop: it keeps connections and circuit breakers. Raises ValueError for an unreadable
    ``MODEL_FALLBACKS``.
    """
    own = grammar or _grammar()
    if settings.understander_in_use == "grammar":
        return own
    llm = LlmUnderstander(
        endpoints(settings),
        own,
        timeout_seconds=settings.model_timeout_seconds,
        usage_sink=usage_sink,
        glossary=glossary,
    )
    return llm if settings.understander_in_use == "llm" else HybridUnderstander(own, llm)


def _grammar() -> Understander:
    from agent.understanding.learned.reader import EmbeddedUnderstander

    return EmbeddedUnderstander()

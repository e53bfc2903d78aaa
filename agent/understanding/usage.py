"""What each model call cost: one record per call, gathered by the turn that caused it, stored as ``model_usage``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from services.operations.metrics import count_model_call

Outcome = Literal["ok", "timeout", "rate_limited", "server_error", "bad_output", "refused"]

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class ModelUsageRecord:
    """One call of a model, named as the columns of ``db.models.conversations.ModelUsage``; no price, no cost."""

    provider: str
    model: str
    outcome: Outcome
    milliseconds: int
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost_eur: Decimal | None = None
    purpose: str = "understand"


UsageSink = Callable[[ModelUsageRecord], None]

_collected: ContextVar[list[ModelUsageRecord] | None] = ContextVar("model_usage", default=None)


@contextmanager
def collecting_usage() -> Iterator[list[ModelUsageRecord]]:
    """Gathers the records of every model call made inside the block, whatever object makes it."""
    records: list[ModelUsageRecord] = []
    token = _collected.set(records)
    try:
        yield records
    finally:
        _collected.reset(token)


def collect(record: ModelUsageRecord) -> None:
    """The default sink: counts the call, and hands it to the surrounding ``collecting_usage`` block, if there is one."""
    count_model_call(record)
    records = _collected.get()
    if records is not None:
        records.append(record)


@dataclass(frozen=True)
class Tokens:
    """Token counts of one call; ``cached`` is the part of ``input`` that the provider read from its cache."""

    input: int = 0
    cached: int = 0
    output: int = 0


def tokens_of(usage: Mapping[str, Any] | None) -> Tokens:
    """Counts from LangChain's ``usage_metadata``; the priority tier names its cache differently (langgraph.md §10)."""
    if not usage:
        return Tokens()
    details = usage.get("input_token_details") or {}
    cached = (details.get("cache_read") or 0) + (details.get("priority_cache_read") or 0)
    return Tokens(input=usage.get("input_tokens") or 0, cached=cached, output=usage.get("output_tokens") or 0)


@cache
def _prices() -> dict[str, dict[str, Decimal]]:
    text = (files("agent.understanding") / "data" / "model_prices.yaml").read_text(encoding="utf-8")
    return {model: {k: Decimal(v) for k, v in price.items()} for model, price in yaml.safe_load(text).items()}


def _price_of(model: str) -> dict[str, Decimal] | None:
    """The price of a model or of a dated snapshot of it ("gpt-5-mini-2025-08-07"), never that of another size."""
    name = model.rsplit("/", 1)[-1]
    known = [p for p in _prices() if name == p or (name.startswith(f"{p}-") and name[len(p) + 1 :][:1].isdigit())]
    return _prices()[max(known, key=len)] if known else None


def cost_eur(model: str, tokens: Tokens) -> Decimal | None:
    """EUR for one call at list price, six decimals; None when the model has no price."""
    price = _price_of(model)
    if price is None:
        return None
    fresh = max(tokens.input - tokens.cached, 0)
    total = fresh * price["input"] + tokens.cached * price["cached"] + tokens.output * price["output"]
    return (total / _MILLION).quantize(Decimal("0.000001"))

"""Where models are reached: the configured endpoint, then the fallbacks in their order."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from db.settings import Settings

_NO_KEY = SecretStr("none")


@dataclass(frozen=True)
class Endpoint:
    """A model behind an OpenAI-compatible API. ``base_url`` ends in /v1 or what stands for it."""

    model: str
    base_url: str
    api_key: SecretStr = _NO_KEY

    @property
    def provider(self) -> str:
        """Host and port, as usage rows name the provider."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2] or self.base_url


def parse_fallback(text: str, primary: Endpoint, environment: Mapping[str, str]) -> Endpoint:
    """Reads "model@base_url" or "model@base_url#API_KEY_VARIABLE"; the primary's key is never sent to another host.

    Raises ValueError when there is no model or no URL.
    """
    model, _, rest = text.strip().partition("@")
    base_url, _, variable = rest.partition("#")
    if not model or not urlsplit(base_url).netloc:
        raise ValueError(f"MODEL_FALLBACKS entry {text!r} is not model@base_url or model@base_url#API_KEY_VARIABLE")
    if variable:
        return Endpoint(model, base_url, SecretStr(environment.get(variable) or "none"))
    endpoint = Endpoint(model, base_url)
    return Endpoint(model, base_url, primary.api_key) if endpoint.provider == primary.provider else endpoint


def endpoints(settings: Settings, environment: Mapping[str, str] | None = None) -> list[Endpoint]:
    """All endpoints in the order in which they are tried."""
    environment = os.environ if environment is None else environment
    primary = Endpoint(settings.openai_model, settings.openai_base_url, settings.openai_api_key or _NO_KEY)
    return [primary, *(parse_fallback(text, primary, environment) for text in settings.model_fallbacks)]

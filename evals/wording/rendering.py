"""Renders a sentence with sample values, so that it can be read before anybody hears it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from prompts.replies import say
from prompts.replies.own_wording import own_wording
from prompts.replies.sentences import sentences, template_of, values_of

_SAMPLES = Path(__file__).parent / "samples.yaml"


def sample_values(language: str, key: str) -> dict[str, Any]:
    """Values that make the sentence sayable. What neither list names is left out (None). Raises KeyError."""
    samples = _samples()
    template_of(language, key)
    file = key.partition(".")[0] + "."
    # A sentence may be made of others of its file, which want values of their own.
    wanted = {name for other, text in sentences(language).items() if other.startswith(file) for name in values_of(text)}
    own = samples["sentences"].get(key, {})
    common = {name: samples["common"].get(name) for name in wanted - {"f"}}
    return common | (own.get(language) or next(iter(own.values()), {}))


def render_sentence(
    language: str,
    key: str,
    *,
    form: str | None = None,
    values: Mapping[str, Any] | None = None,
    template: str | None = None,
) -> str:
    """The sentence with its sample values, some replaced by ``values``; ``template`` tries another wording of it.

    Raises KeyError for an unknown sentence.
    """
    tried = {f"{language}/{key}": template} if template is not None else {}
    with own_wording(tried):
        return say(language, key, form=form, **{**sample_values(language, key), **(values or {})})


@cache
def _samples() -> dict[str, Any]:
    samples: dict[str, Any] = yaml.safe_load(_SAMPLES.read_text(encoding="utf-8"))
    return samples

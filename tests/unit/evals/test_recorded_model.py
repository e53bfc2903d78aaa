"""The answers that a small model once gave, scored again without it: the model only ever adds to the grammar."""

from __future__ import annotations

import httpx2 as httpx

from agent.understanding.endpoints import Endpoint
from agent.understanding.hybrid import explains
from agent.understanding.learned.reader import EmbeddedUnderstander
from evals.models.recordings import MissingRecording, RecordedTransport, recordings_of
from evals.models.side_by_side import Read, figures, read, worse
from evals.utterances.loading import utterances

NAME = "qwen2.5-coder-1.5b"
MODEL = Endpoint(NAME, "http://127.0.0.1:9/v1")
ENOUGH = 15
"""Rows of the development part that must still be found: fewer, and the recording has to be made anew."""


class NoNetwork(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise AssertionError("a request left for the network")


async def test_with_recorded_answers_hybrid_is_nowhere_worse_than_the_grammar() -> None:
    recordings, grammar = recordings_of(NAME), EmbeddedUnderstander()
    left = [
        row
        for language in ("fr", "tr")
        for row in utterances("dev", language)
        if not explains(grammar.read(row.request()), row.text)
    ]
    together: list[Read] = []
    for row in left:
        try:
            together += await read("hybrid", [row], MODEL, RecordedTransport(recordings, "rescore", NoNetwork()))
        except MissingRecording:
            continue
    assert len(together) >= ENOUGH, f"record the development part anew: usta eval models --record --model {NAME}"
    assert all(each.calls for each in together)
    alone = await read("grammar", [each.scored.utterance for each in together], None, None)
    assert worse(figures([*alone, *together])) == []

"""Answers of a model are asked for once, kept, and scored again without it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from typer.testing import CliRunner

from agent.understanding.endpoints import Endpoint
from api.cli.eval import app
from evals.models import side_by_side
from evals.models.recordings import (
    MissingRecording,
    ModelUnreachable,
    RecordedTransport,
    Recordings,
    fingerprint,
    recordings_of,
)
from evals.models.side_by_side import Read, chosen, figures, read, worse
from evals.utterances.loading import Label, Utterance
from evals.utterances.scoring import score
from tools.commands import Command, DialogueContext, Reading

MODEL = Endpoint("small", "http://127.0.0.1:9/v1")
LINE = {"description": "placo", "quantity": "12", "unit": "m²", "unit_price": "35"}
QUOTE = Utterance(
    text="devis mme Klein, 12 m² de placo à 35",
    language="fr",
    part="dev",
    commands=[
        Label(name="start_document", args={"kind": "quote"}),
        Label(name="select_client", args={"name": "Klein", "title": "Mme"}),
        Label(name="add_line_item", args=LINE),
    ],
)
ODD = QUOTE.model_copy(update={"text": f"{QUOTE.text}, zblorf gnark chpouic", "kind": "voice"})
"""Words that no grammar explains are left, so the model is asked."""


def body(text: str, system: str = "rules") -> dict[str, Any]:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": text}]
    return {"model": "small", "messages": messages, "tools": [], "temperature": 0}


def answer(*calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    tool_calls = [
        {"id": f"c{n}", "type": "function", "function": {"name": name, "arguments": json.dumps(args)}}
        for n, (name, args) in enumerate(calls)
    ]
    message = {"role": "assistant", "content": None, "tool_calls": tool_calls}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    return {"model": "small", "choices": [{"finish_reason": "tool_calls", "message": message}], "usage": usage}


class Model(httpx.MockTransport):
    """A model that answers with the right calls, and counts how often it is asked."""

    def __init__(self, status: int = 200) -> None:
        self.asked: list[dict[str, Any]] = []
        self.status = status
        super().__init__(self.reply)

    def reply(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(json.loads(request.content))
        if self.status != 200:
            return httpx.Response(self.status, json={"error": {"message": "no"}})
        said = self.asked[-1]["messages"][-1]["content"]
        if "zblorf" in said:
            return httpx.Response(200, json=answer(("start_document", {"kind": "quote"})))
        return httpx.Response(200, json=answer(("add_line_item", LINE)))


class Unreachable(httpx.AsyncBaseTransport):
    """No network: whoever gets here fails the test."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise AssertionError("a request left for the network")


@pytest.fixture
def kept(tmp_path: Path) -> Recordings:
    return recordings_of("small/model", tmp_path)


async def measured(reader: Any, transport: RecordedTransport) -> list[Read]:
    return await read(reader, [QUOTE, ODD], MODEL, transport)


def test_the_fingerprint_is_of_model_messages_and_tools() -> None:
    one = body("devis")
    assert fingerprint(one) == fingerprint({**one, "temperature": 1})
    for other in ({**one, "model": "large"}, body("facture"), body("devis", "other rules"), {**one, "tools": [{}]}):
        assert fingerprint(other) != fingerprint(one)


async def test_what_was_asked_once_is_not_asked_again(kept: Recordings) -> None:
    model = Model()
    first = await measured("llm", RecordedTransport(kept, "record", model))
    assert len(model.asked) == len(kept) == 2
    again = await measured("llm", RecordedTransport(recordings_of("small/model", kept.path.parent), "record", model))
    assert len(model.asked) == 2
    assert [each.scored.reading for each in again] == [each.scored.reading for each in first]


async def test_llm_and_hybrid_share_their_answers_and_the_grammar_is_asked_first(kept: Recordings) -> None:
    await measured("llm", RecordedTransport(kept, "record", Model()))
    hybrid = await measured("hybrid", RecordedTransport(kept, "replay", Unreachable()))
    assert [each.calls for each in hybrid] == [0, 1]
    assert [command.name for command in hybrid[1].scored.reading.commands] == [label.name for label in ODD.commands]
    assert all(each.scored.right for each in hybrid)


async def test_a_missing_recording_is_an_error_and_never_a_network_call(kept: Recordings) -> None:
    with pytest.raises(MissingRecording, match="usta eval models --record"):
        await measured("llm", RecordedTransport(kept, "replay", Unreachable()))


async def test_rescoring_takes_answers_to_another_wording_of_the_prompt(kept: Recordings) -> None:
    kept.add(body("devis", "older rules"), 200, answer(("confirm", {})), 1.0)
    assert kept.find(body("devis")) is None
    found = kept.find(body("devis"), any_prompt=True)
    assert found is not None
    assert found["answer"]["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "confirm"


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_model_that_fails_is_reported_and_nothing_of_it_is_kept(kept: Recordings, status: int) -> None:
    with pytest.raises(ModelUnreachable, match="got no answer"):
        await measured("llm", RecordedTransport(kept, "record", Model(status)))
    assert len(recordings_of("small/model", kept.path.parent)) == 0


async def test_a_request_the_model_cannot_take_is_an_answer_too(kept: Recordings) -> None:
    await measured("llm", RecordedTransport(kept, "record", Model(400)))
    (first, _) = await measured("llm", RecordedTransport(kept, "replay", Unreachable()))
    assert first.scored.reading.degraded


def test_a_recording_that_was_killed_in_a_row_goes_on(kept: Recordings) -> None:
    for text in ("un", "deux", "trois"):
        kept.add(body(text), 200, answer(("confirm", {})), 0.5)
    whole = kept.path.read_bytes()
    kept.path.write_bytes(whole[:-20])
    torn = Recordings(kept.path)
    assert len(torn) == 2
    torn.add(body("quatre"), 200, answer(("deny", {})), 0.5)
    assert len(Recordings(kept.path)) == 3


def test_packing_makes_the_same_small_file_whatever_the_order(tmp_path: Path) -> None:
    files = []
    for name, texts in (("a", ["un", "deux"]), ("b", ["deux", "un"])):
        recordings = recordings_of(name, tmp_path)
        for text in texts:
            recordings.add(body(text), 200, answer(("confirm", {})), 0.5)
        before = recordings.path.stat().st_size
        recordings.pack()
        assert recordings.path.stat().st_size < before
        files.append(recordings.path.read_bytes())
    assert files[0] == files[1]
    assert len(gzip.decompress(files[0]).splitlines()) == 2


def test_rows_are_chosen_by_lot_the_same_each_time_and_grouped_by_stage() -> None:
    few = chosen(["dev"], ["fr", "tr"], 20)
    assert few == chosen(["dev"], ["fr", "tr"], 20)
    assert [sum(row.language == language for row in few) for language in ("fr", "tr")] == [20, 20]
    assert {row.text for row in few} <= {row.text for row in chosen(["dev"], ["fr", "tr"], 21)}
    stages = [side_by_side.stage_of(row.context or DialogueContext()) for row in few]
    assert stages == sorted(stages, key=side_by_side.STAGES.index)


def test_hybrid_may_not_be_worse_than_the_grammar_anywhere() -> None:
    wrong = Reading(
        commands=[Command(name="add_line_item", args={**LINE, "unit_price": "53"})], language="fr", confidence=1
    )
    right = Reading(commands=[Command(name=c.name, args=c.args) for c in QUOTE.commands], language="fr", confidence=1)
    alone, together = Read("grammar", score(QUOTE, right)), Read("hybrid", score(QUOTE, wrong), calls=1)
    assert worse(figures([alone, Read("hybrid", score(QUOTE, right))])) == []
    sentences = worse(figures([alone, together]))
    assert {sentence.split(": ")[1].split(" 0")[0].split(" -")[0] for sentence in sentences} >= {"exact", "intent"}
    assert any("silently right" in sentence for sentence in sentences)


def test_ungrounded_numbers_and_costs_add_up() -> None:
    reading = Reading(commands=[], language="fr", confidence=0, ungrounded=2)
    (row,) = figures(
        [Read("llm", score(QUOTE, reading), calls=2, tokens=10, seconds=1.5), Read("llm", score(QUOTE, reading))]
    )
    assert (row.ungrounded, row.calls, row.tokens, row.seconds, row.asked) == (4, 2, 10, 1.5, 0.5)


class TestCommand:
    def test_without_a_recording_it_says_what_to_do(self, tmp_path: Path) -> None:
        done = CliRunner().invoke(app, ["models", "--part", "dev", "--limit", "2", "--folder", str(tmp_path)])
        assert done.exit_code == 2
        assert "--record" in done.output

    def test_lines_of_a_table(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            side_by_side, "utterances", lambda part, language: (QUOTE, LONG) if language == "fr" else ()
        )
        done = CliRunner().invoke(
            app, ["models", "--part", "dev", "--without-llm", "--folder", str(tmp_path)], env={"COLUMNS": "160"}
        )
        assert done.exit_code == 0, done.output
        assert "100.0%" in done.output


LONG = QUOTE.model_copy(update={"text": "devis M. Klein, 12 m² de placo à 35", "commands": [
    QUOTE.commands[0], Label(name="select_client", args={"name": "Klein", "title": "M."}), QUOTE.commands[2],
]})  # fmt: skip


async def test_tokens_are_those_that_the_model_counted(kept: Recordings) -> None:
    (first, _) = await measured("llm", RecordedTransport(kept, "record", Model()))
    assert first.tokens == 120

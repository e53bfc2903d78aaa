"""The understander that the settings choose, with the real grammar."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from agent.understanding.factory import understander
from agent.understanding.hybrid import HybridUnderstander
from agent.understanding.learned.reader import EmbeddedUnderstander
from agent.understanding.llm import LlmUnderstander
from agent.understanding.usage import collecting_usage
from db.settings import Settings
from tests.fakes.openai_server import FakeOpenAI, calls, server_error
from tools.commands import DialogueContext, DraftView, LineView, UnderstandingRequest

PLACO = LineView(position=1, description="Placo", quantity="12", unit="m²", unit_price="35")
DRAFT = DraftView(kind="quote", client="Martin", lines=[PLACO])


@pytest.fixture
async def choose(model: FakeOpenAI) -> AsyncIterator[Callable[..., Any]]:
    made: list[Any] = []

    def build(**environment: Any) -> Any:
        settings = Settings(OPENAI_BASE_URL=model.base_url, MODEL_TIMEOUT_SECONDS=2, **environment)
        made.append(understander(settings))
        return made[-1]

    yield build
    for one in made:
        if hasattr(one, "aclose"):
            await one.aclose()


def test_what_the_settings_choose(choose: Callable[..., Any]) -> None:
    assert isinstance(choose(), EmbeddedUnderstander)
    assert isinstance(choose(OPENAI_API_KEY="k"), HybridUnderstander)
    assert isinstance(choose(OPENAI_API_KEY="k", UNDERSTANDER="grammar"), EmbeddedUnderstander)
    assert isinstance(choose(UNDERSTANDER="llm"), LlmUnderstander)


def test_without_a_call_the_model_library_is_not_imported() -> None:
    code = "import sys, agent.understanding.factory; sys.exit(bool({'langchain_openai', 'openai'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_usage_reaches_the_turn_that_caused_it(choose: Callable[..., Any], model: FakeOpenAI) -> None:
    model.says(calls(("off_topic", {})))
    chosen = choose(UNDERSTANDER="llm", OPENAI_API_KEY="sk-test", OPENAI_MODEL="gpt-5-mini")
    with collecting_usage() as usage:
        await chosen.understand(UnderstandingRequest(text="il fait beau"))
    assert [(record.model, record.outcome) for record in usage] == [("gpt-5-mini", "ok")]
    assert model.headers[0]["authorization"] == "Bearer sk-test"


@pytest.mark.parametrize("kind", ["llm", "hybrid"])
@pytest.mark.parametrize(
    "text",
    [
        "ok mais le placo à 38",
        "tamam ama placo 38 olsun",
        "tamam mı?",
        "c'est bon ?",
        "hmm",
        "attends",
        "olur mu",
        "12 m²",
    ],
)
async def test_a_model_that_always_confirms_and_sends_gets_nothing_out(
    choose: Callable[..., Any], model: FakeOpenAI, kind: str, text: str
) -> None:
    model.says(
        calls(("confirm", {"gate": "issue"}), ("confirm", {"gate": "send"}), ("send_whatsapp", {"to": "client"}))
    )
    context = DialogueContext(workflow="quote", awaiting="confirm:issue", draft=DRAFT)
    read = await choose(UNDERSTANDER=kind).understand(UnderstandingRequest(text=text, context=context))
    assert not {"confirm", "send_whatsapp"} & {command.name for command in read.commands}


@pytest.mark.parametrize("kind", ["llm", "hybrid"])
async def test_a_model_that_multiplies_every_price_by_ten(
    choose: Callable[..., Any], model: FakeOpenAI, kind: str
) -> None:
    wrong = {"description": "placo", "quantity": "12", "unit": "m²", "unit_price": "350"}
    model.says(calls(("start_document", {"kind": "quote"}), ("add_line_item", wrong)))
    for text in (
        "devis martin 12 m² de placo à 35",
        "martin'e teklif alçıpan 12 m² 35'ten",
        "zorbax devis 12 m² placo 35 krr",
    ):
        read = await choose(UNDERSTANDER=kind).understand(UnderstandingRequest(text=text))
        prices = [c.args.get("unit_price") for c in read.commands if c.name == "add_line_item"]
        assert prices
        assert set(prices) <= {"35", None}


@pytest.mark.parametrize("kind", ["llm", "hybrid"])
async def test_an_outage_leaves_the_grammar_and_says_so(
    choose: Callable[..., Any], model: FakeOpenAI, kind: str
) -> None:
    model.says(server_error())
    text = "ajoute le bidule trucmuche comme on avait dit avec machin"
    read = await choose(UNDERSTANDER=kind).understand(UnderstandingRequest(text=text))
    assert read.degraded
    assert read.understander == "grammar"

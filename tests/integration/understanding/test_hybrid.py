"""The grammar first, the model for the rest, and both joined with caution."""

from __future__ import annotations

from agent.understanding.hybrid import HybridUnderstander
from tests.fakes.grammar import ScriptedGrammar, command, reading
from tests.fakes.openai_server import FakeOpenAI, calls
from tests.integration.understanding.conftest import Make
from tools.commands import DialogueContext, DraftView, LineView, Reading, UnderstandingRequest

LINE = {"description": "placo", "quantity": "12", "unit": "m²", "unit_price": "35"}
DRAFT = DraftView(
    kind="quote", lines=[LineView(position=1, description="Placo", quantity="12", unit="m²", unit_price="35")]
)


def hybrid(make: Make, own: Reading, model: FakeOpenAI) -> HybridUnderstander:
    return HybridUnderstander(ScriptedGrammar(own), make(own, model))


async def test_a_message_the_grammar_explains_costs_nothing(make: Make, model: FakeOpenAI) -> None:
    own = reading(command("confirm"), confidence=1.0)
    model.says(calls(("add_line_item", LINE)))
    read = await hybrid(make, own, model).understand(UnderstandingRequest(text="ok"))
    assert read == own
    assert model.requests == []


async def test_an_unexplained_number_asks_the_model(make: Make, model: FakeOpenAI) -> None:
    own = reading(command("confirm"), confidence=0.9, unexplained=["45"])
    model.says(calls(("update_line_item", {"line": 1, "unit_price": "45"})))
    request = UnderstandingRequest(text="ok mais le placo 45", context=DialogueContext(workflow="quote", draft=DRAFT))
    read = await hybrid(make, own, model).understand(request)
    assert [c.name for c in read.commands] == ["update_line_item"]
    assert read.understander == "hybrid"


async def test_a_number_only_the_grammar_caught_is_kept(make: Make, model: FakeOpenAI) -> None:
    own = reading(
        command("add_line_item", description="placo", quantity="12", unit="m²", unit_price="35"),
        command("set_discount", percent="5"),
        command("update_client", phone="+33612345678"),
        confidence=0.5,
        unexplained=["machin"],
    )
    model.says(calls(("add_line_item", LINE)))
    text = "machin 12 m² de placo à 35, 5 % de remise, 0612345678"
    read = await hybrid(make, own, model).understand(UnderstandingRequest(text=text))
    assert sorted(c.name for c in read.commands) == ["add_line_item", "set_discount", "update_client"]
    assert len([c for c in read.commands if c.name == "add_line_item"]) == 1


async def test_a_confirm_only_the_grammar_read_does_not_count_when_it_was_unsure(make: Make, model: FakeOpenAI) -> None:
    own = reading(command("confirm"), confidence=0.4, unexplained=["reflechir"])
    model.says(calls(("off_topic", {})))
    read = await hybrid(make, own, model).understand(UnderstandingRequest(text="ok je vais y reflechir"))
    assert read.commands == []


async def test_what_the_grammar_read_is_not_taken_away(make: Make, model: FakeOpenAI) -> None:
    own = reading(
        command("record_payment", client_name="Petit", amount="500"), confidence=0.7, unexplained=["sur", "chantier"]
    )
    model.says(calls(("start_document", {"kind": "invoice"}), ("off_topic", {})))
    read = await hybrid(make, own, model).understand(UnderstandingRequest(text="reçu 500 de Petit sur le chantier 3"))
    assert read.commands == own.commands


async def test_a_line_only_the_model_read_is_doubted(make: Make, model: FakeOpenAI) -> None:
    own = reading(command("select_client", name="Petit"), confidence=0.4, unexplained=["bavette zinc 18 ml 42"])
    bavette = {"description": "bavette zinc", "quantity": "18", "unit": "ml", "unit_price": "42"}
    model.says(calls(("select_client", {"name": "Petit"}), ("add_line_item", bavette)))
    read = await hybrid(make, own, model).understand(UnderstandingRequest(text="Petit bavette zinc 18 ml 42"))
    assert [c.name for c in read.commands] == ["select_client", "add_line_item"]
    assert read.commands[1].args == {**bavette, "doubt": "ungrounded:unit_price"}


async def test_a_question_changes_nothing(make: Make, model: FakeOpenAI) -> None:
    own = reading(confidence=0.3, unexplained=["42 le placo", "trop cher"])
    model.says(calls(("update_line_item", {"line": 1, "unit_price": "42"})))
    context = DialogueContext(workflow="quote", draft=DRAFT)
    for text in ("42 le placo c'est trop cher ?", "placo 42 çok mu"):
        read = await hybrid(make, own, model).understand(UnderstandingRequest(text=text, context=context))
        assert read.commands == []
        assert len(model.requests) == 1
        model.says(calls(("update_line_item", {"line": 1, "unit_price": "42"})))


async def test_names_and_addresses_that_the_words_left_over_do_not_say_are_not_added(
    make: Make, model: FakeOpenAI
) -> None:
    own = reading(command("set_circumstances", urgent=True), confidence=0.5, unexplained=["fuite chez elle"])
    known = DialogueContext(workflow="quote", draft=DraftView(kind="quote", client="Brault"))
    model.says(
        calls(
            ("set_site", {"address": "fuite chez elle"}),
            ("select_client", {"name": "Brault"}),
            ("update_client", {"name": "Brault", "new_name": "Brault"}),
        )
    )
    read = await hybrid(make, own, model).understand(
        UnderstandingRequest(text="urgent, fuite chez elle", context=known)
    )
    assert read.commands == own.commands

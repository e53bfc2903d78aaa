"""The artisan played by a language model: what he is told, what is made of his answers, and when he spoiled a dialogue."""

from __future__ import annotations

from typing import Any

import pytest

from evals.running.llm_user import Answer, NoUser, SimulatedArtisan, UserModel, understood
from evals.running.script import Situation
from evals.running.user_faults import user_fault
from evals.scenarios.schema import Scenario, Words
from evals.traces import Heard, Said, Trace, TurnTrace
from tests.fakes.openai_server import FakeOpenAI, Reply, rate_limited, running, server_error


def scenario(outcome: str = "completed") -> Scenario:
    user = {
        "persona": {"fr": "Carreleur pressé", "tr": "Aceleci fayansçı"},
        "goal": {"fr": "Un devis pour Mme Duval, 12 m² à 45", "tr": "Mme Duval'e teklif, 12 m², 45'ten"},
        "knows": {"line.price": "45"},
        "unknown": ["client.email"],
        "opening": {"fr": "devis", "tr": "teklif"},
    }
    values = {
        "schema": 1,
        "id": "quote/happy/x",
        "workflow": "quote",
        "minimum_turns": 1,
        "expect": {"outcome": outcome},
    }
    return Scenario.model_validate({**values, "user": user})


def fill(text: Any) -> Any:
    return text.fr if isinstance(text, Words) else text


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('{"say": "ok", "approves": "issue", "done": false}', Answer("ok", "issue")),
        ('Sure!\n```json\n{"say": "", "done": true}\n```', Answer("", "nothing", True)),
        ("12 m² à 45", Answer("12 m² à 45")),
        ('{"say": 3}', Answer('{"say": 3}')),
        ("", Answer("")),
    ],
)
def test_answers_are_read_whatever_stands_around_them(text: str, answer: Answer) -> None:
    assert understood(text) == answer


@pytest.fixture(scope="module")
def server() -> Any:
    with running() as fake:
        yield fake


def artisan(server: FakeOpenAI, *, hint: bool = False) -> SimulatedArtisan:
    return SimulatedArtisan(scenario(), "fr", fill, UserModel("small", server.base_url, "key", hint))


async def test_he_is_told_who_he_is_and_hears_the_words_alone(server: FakeOpenAI) -> None:
    server.says(Reply(text='{"say": "devis mme duval 12 m2"}'), Reply(text='{"say": "45", "approves": "nothing"}'))
    played = artisan(server)
    first = await played.next(Situation(None, 1))
    assert first is not None and (first.messages, first.consent, first.answers) == (
        ("devis mme duval 12 m2",),
        False,
        None,
    )
    second = await played.next(Situation("slot:line.price", 2, ("À quel prix ?",)))
    assert second is not None and (second.messages, second.answers) == (("45",), "slot:line.price")
    messages = server.requests[-1]["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    for told in ("Carreleur pressé", "12 m² à 45", '"line.price": "45"', "client.email", "in French"):
        assert told in messages[0]["content"]
    assert messages[-1]["content"] == "À quel prix ?"
    assert server.headers[-1]["authorization"] == "Bearer key"


async def test_a_hint_tells_what_is_awaited(server: FakeOpenAI) -> None:
    server.says(Reply(text='{"say": "45"}'))
    await artisan(server, hint=True).next(Situation("slot:line.price", 2, ("Combien ?",)))
    assert server.requests[-1]["messages"][-1]["content"] == "Combien ?\n\n(The assistant waits for: slot:line.price)"


@pytest.mark.parametrize(
    ("approves", "awaiting", "consent"),
    [
        ("issue", "confirm:issue", True),
        ("both", "confirm:issue", "both"),
        ("send", "confirm:send_to_client", True),
        ("send", "confirm:issue", False),
        ("nothing", "confirm:issue", False),
    ],
)
async def test_his_word_counts_for_the_gate_that_is_open(
    server: FakeOpenAI, approves: str, awaiting: str, consent: Any
) -> None:
    server.says(Reply(text=f'{{"say": "ok", "approves": "{approves}"}}'))
    line = await artisan(server).next(Situation(awaiting, 3, ("C'est bon ?",)))
    assert line is not None and line.consent == consent


async def test_he_is_done_when_he_says_so(server: FakeOpenAI) -> None:
    server.says(Reply(text='{"say": "", "done": true}'))
    assert await artisan(server).next(Situation(None, 4, ("C'est parti.",))) is None


async def test_a_busy_endpoint_is_asked_again_and_a_broken_one_is_named(server: FakeOpenAI) -> None:
    server.says(rate_limited(None), server_error(), Reply(text='{"say": "45"}'))
    assert await artisan(server).next(Situation("slot:line.price", 2, ("Combien ?",))) is not None
    server.says(Reply(status=401, body={"error": {"message": "wrong key"}}))
    with pytest.raises(NoUser, match=r"/v1/chat/completions answers 401: .*wrong key"):
        await artisan(server).next(Situation(None, 1))


def trace(*said: str, awaiting: str | None = None, heard: str = "D'accord.") -> Trace:
    turns = [
        TurnTrace(
            said=[Said(text=text, at="2026-11-27T10:00:00Z", message_id=str(number))],
            heard=[Heard(to="+33611111111", text=heard, at="2026-11-27T10:00:01Z")],
        )
        for number, text in enumerate(said)
    ]
    if turns:
        turns[-1].awaiting_after = awaiting
    return Trace(
        run="r", scenario="quote/happy/x", part="dev", locale="fr", workflow="quote", family="happy", user="llm",
        understander="grammar", scenario_hash="x", started_at="2026-11-27T10:00:00+00:00", seconds=1, turns=turns,
        artisan_phone="+33611111111", phones={"artisan": "+33611111111"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("played", "fault"),
    [
        (trace("devis Mme Duval, 12 m² à 45 euros"), None),
        (trace("à 45", "non, 540 en tout", heard="Total 540,00 €"), None),
        (trace("mon numéro est le 06 11 11 11 11"), None),
        (trace("devis à 46"), "turn 1: he said 46, which he does not know"),
        (trace("à 45", "merci", awaiting="confirm:issue"), "he stopped although confirm:issue was awaited"),
        (trace(), "he said nothing"),
        (
            trace("Could you please prepare a quote for the bathroom tiles of my customer?"),
            "turn 1: he spoke another language (en): Could you please prepare a quote for the bathroom tiles of my customer?",
        ),
    ],
)
def test_a_spoiled_dialogue_is_told_apart(played: Trace, fault: str | None) -> None:
    assert user_fault(scenario(), played) == fault


def test_he_may_leave_open_what_should_stay_open() -> None:
    assert user_fault(scenario("open"), trace("à 45", awaiting="confirm:issue")) is None

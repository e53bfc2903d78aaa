"""Scenarios played against a real installation: what happens on the way happens, and the trace tells it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from evals.running.llm_user import UserModel
from evals.running.playing import Fill, Play, RunFacts, scripted
from evals.running.runner import Means, run, with_model
from evals.running.script import Artisan
from evals.scenarios.schema import Scenario
from evals.traces import Trace
from tests.fakes.openai_server import Reply, running

OPENING = "devis Mme Petit, 12 m² de placo à 35"
OK = {"say": "ok", "consent": True}
SEND = {"say": "oui envoie", "consent": True}
CLIENT: dict[str, Any] = {"name": "Mme Petit", "address": "4 rue du Lac, 69006 Lyon", "phone": "{phone.petit}"}


def scenario(
    name: str, *, events: list[dict[str, Any]] | None = None, outcome: str = "completed", **user: Any
) -> Scenario:
    answers = {"confirm:issue": OK, "confirm:send_to_client": "non garde-le"}
    return Scenario.model_validate(
        {
            "schema": 1, "id": f"quote/delivery/{name}", "workflow": "quote", "locales": ["fr"], "minimum_turns": 3,
            "seed": {"scene": {"clients": [{"id": "petit", **CLIENT}]}},
            "user": {"opening": OPENING, "answers": answers, **user},
            "events": events or [],
            "expect": {"outcome": outcome},
        }
    )  # fmt: skip


def at(turn: int, **event: Any) -> dict[str, Any]:
    return {"when": {"turn": turn}, **event}


SCENARIOS = [
    scenario("plain"),
    scenario("twice", events=[at(1, duplicate_webhook=True), at(2, duplicate_webhook=True)]),
    scenario("burst", opening={"say": "devis Mme Petit\n12 m² de placo à 35", "burst": True}),
    scenario("disorder", events=[at(1, burst=3, out_of_order=True)], opening="devis Mme Petit 12 m² de placo à 35"),
    scenario("late", events=[at(2, late_minutes=25)]),
    scenario(
        "silence",
        events=[at(2, silence_minutes=45)],
        detours=[{"when": {"turn": 2}, "kind": "correction", "say": "non 38 le m²"}],
    ),
    scenario("voice", opening={"say": "devis madame petit douze mètres carrés de placo à trente-cinq", "voice": True}),
    scenario("forwarded", opening={"say": OPENING, "forwarded": True}),
    scenario("sent", answers={"confirm:issue": OK, "confirm:send_to_client": SEND}),
    scenario("stopped", answers={"confirm:issue": OK, "confirm:send_to_client": SEND}, then=["annule"]),
    scenario("unforeseen", answers={"slot:vat": "10"}),
    scenario("killed", events=[{"when": {"awaiting": "confirm:issue"}, "kill_worker": True}]),
    scenario("failing", events=[at(1, provider_fails=1)]),
]


SIMULATED = scenario("simulated", goal="Devis Mme Petit, 12 m² de placo à 35, sans l'envoyer")
HE_SAYS: list[dict[str, Any]] = [
    {"say": "devis Mme Petit, 12 m² de placo à 99"},
    {"say": "", "done": True},
    {"say": "Devis pour Mme Petit, 12 m² de placo à 35"},
    {"say": "ok", "approves": "issue"},
    {"say": "non garde-le"},
    {"say": "", "done": True},
]
"""What the model says: the first dialogue is spoiled, the second is not."""


@pytest.fixture(scope="module")
def played() -> list[Trace]:
    plays = [Play(each, "dev", "fr") for each in SCENARIOS]
    plays.append(Play(SIMULATED, "dev", "fr", user="llm"))
    with running() as server:
        server.says(*(Reply(text=json.dumps(each, ensure_ascii=False)) for each in HE_SAYS))
        simulated = with_model(UserModel("small", server.base_url))

        def artisan(play: Play, fill: Fill) -> Artisan:
            return simulated(play, fill) if play.user == "llm" else scripted(play, fill)

        return asyncio.run(run(plays, RunFacts("test"), Means(talks=6, artisan=artisan)))


@pytest.fixture(scope="module")
def traces(played: list[Trace]) -> dict[str, Trace]:
    found = {trace.scenario.rpartition("/")[2]: trace for trace in played if trace.user == "scripted"}
    assert list(found) == [each.id.rpartition("/")[2] for each in SCENARIOS]
    return found


def texts(trace: Trace, turn: int) -> list[str]:
    return [heard.text for heard in trace.turns[turn - 1].heard]


def issued(trace: Trace) -> list[str]:
    return [change.after["number"] for change in trace.changes if change.table == "quotes" and change.after]


def test_a_trace_tells_the_whole_story(traces: dict[str, Trace]) -> None:
    trace = traces["plain"]
    assert trace.error is None and trace.passed, trace.gates
    first, second, third = trace.turns
    assert [turn.awaiting_after for turn in trace.turns] == ["confirm:issue", "confirm:send_to_client", None]
    assert [command["name"] for command in first.commands] == ["start_document", "select_client", "add_line_item"]
    assert [call["name"] for call in second.tool_calls if call["effect"] == "ISSUE"] == [
        "issue_document",
        "generate_pdf",
    ]
    assert any(name.startswith("fr/recap.") for name in first.sentences)
    assert second.said[0].consent is True and second.said[0].answers == "confirm:issue"
    assert [row["inbound_message_id"] for row in trace.approvals] == [second.said[0].message_id]
    assert second.heard[0].filename == f"{issued(trace)[0]}.pdf" and third.detour is None
    assert [document.number for document in trace.documents] == issued(trace) and "420,00" in trace.documents[0].text
    assert trace.versions and all(len(row["payload_hash"]) > 20 for row in trace.versions)
    assert all(turn.answered_ms > 0 and turn.total_ms > 0 for turn in trace.turns)


def test_the_stranger_beside_him_is_left_alone(traces: dict[str, Trace]) -> None:
    for trace in traces.values():
        assert trace.foreign_changes == [] and "Quercitron Toitures" in trace.canaries
    owners = {trace.organization_id for trace in traces.values()}
    phones = {phone for trace in traces.values() for phone in trace.phones.values()}
    assert len(owners) == len(SCENARIOS) and len(phones) == 2 * len(SCENARIOS)


def test_what_comes_twice_is_answered_once(traces: dict[str, Trace]) -> None:
    trace = traces["twice"]
    assert [len(turn.heard) for turn in trace.turns[:2]] == [1, 1] and len(issued(trace)) == 1
    assert trace.turns[0].events == ["duplicate_webhook"] and trace.turns[2].events == []


@pytest.mark.parametrize(("name", "messages"), [("burst", 2), ("disorder", 3)])
def test_a_burst_is_one_turn_in_the_order_it_was_written(traces: dict[str, Trace], name: str, messages: int) -> None:
    turn = traces[name].turns[0]
    assert len(turn.said) == messages and len({said.message_id for said in turn.said}) == messages
    assert len(turn.heard) == 1 and "420,00" in turn.heard[0].text


def test_a_late_message_is_told_so_and_silence_is_a_pause(traces: dict[str, Trace]) -> None:
    assert any("retard" in text for text in texts(traces["late"], 2))
    assert "fr/answers.resume" in {name.partition("@")[0] for name in traces["silence"].turns[1].sentences}


def test_voice_and_forwards_arrive_as_such(traces: dict[str, Trace]) -> None:
    assert traces["voice"].turns[0].said[0].voice and "420,00" in texts(traces["voice"], 1)[0]
    assert issued(traces["forwarded"]) == [] and traces["forwarded"].turns[0].commands == []


def test_a_copy_reaches_the_client_and_one_that_is_stopped_does_not(traces: dict[str, Trace]) -> None:
    sent, stopped = traces["sent"], traces["stopped"]
    assert [message.to for message in sent.client_messages] == [sent.phones["petit"]]
    assert [change.after["status"] for change in sent.changes if change.table == "quotes" and change.after] == ["sent"]
    assert stopped.client_messages == []
    assert [row["status"] for row in stopped.outbox if row["recipient"] == "client"] == ["cancelled"]


def test_a_question_without_an_answer_ends_the_talk_and_nothing_is_lost(traces: dict[str, Trace]) -> None:
    trace = traces["unforeseen"]
    assert trace.error == "turn 2: the assistant awaits confirm:issue and user.answers has no such key; it has slot:vat"
    assert not trace.passed and len(trace.turns) == 1 and trace.changes


def test_a_worker_killed_before_its_commit_issues_once(traces: dict[str, Trace]) -> None:
    trace = traces["killed"]
    assert trace.error is None and trace.turns[1].events == ["kill_worker"]
    assert len(issued(trace)) == 1 and len(trace.turns[1].heard) == 1 and len(trace.approvals) == 1


def test_a_failed_delivery_is_made_again_once(traces: dict[str, Trace]) -> None:
    trace = traces["failing"]
    assert trace.outbox[0]["attempts"] == 2 and len(trace.turns[0].heard) == 1


def test_a_dialogue_that_the_simulated_artisan_spoils_is_drawn_again(played: list[Trace]) -> None:
    spoiled, good = [trace for trace in played if trace.user == "llm"]
    assert spoiled.user_fault == "turn 1: he said 99, which he does not know"
    assert good.user_fault is None and good.passed, (good.error, good.gates)
    assert [said.text for turn in good.turns for said in turn.said] == [each["say"] for each in HE_SAYS[2:5]]
    assert good.turns[1].said[0].consent is True and len(issued(good)) == 1

"""The scripted artisan: keyed by what is awaited, lists used up, detours once, the rest at the end."""

from __future__ import annotations

from typing import Any

import pytest

from evals.running.phones import names_of, numbers
from evals.running.script import ScriptedArtisan, UnforeseenQuestion
from evals.scenarios.schema import Scenario


def scenario(outcome: str = "completed", **user: Any) -> Scenario:
    values = {
        "schema": 1,
        "id": "quote/happy/x",
        "workflow": "quote",
        "minimum_turns": 1,
        "expect": {"outcome": outcome},
    }
    return Scenario.model_validate({**values, "user": {"opening": "devis", **user}})


def artisan(outcome: str = "completed", **user: Any) -> ScriptedArtisan:
    return ScriptedArtisan(scenario(outcome, **user), lambda text: text if isinstance(text, str) else text.fr)


def words(script: ScriptedArtisan, *awaited: str | None) -> list[str | None]:
    """What he says turn by turn when these keys are awaited, the first turn aside."""
    script.reply(None, 1)
    found = []
    for turn, key in enumerate(awaited, start=2):
        line = script.reply(key, turn)
        found.append(" / ".join(line.messages) if line else None)
    return found


def test_answers_of_a_list_are_used_up_and_the_last_is_repeated() -> None:
    script = artisan(answers={"slot:vat": ["10", {"say": "dix"}], "slot:lines": "pose"})
    assert words(script, "slot:vat", "slot:lines", "slot:vat", "slot:vat", None) == ["10", "pose", "dix", "dix", None]


def test_a_question_without_an_answer_names_its_key() -> None:
    script = artisan(answers={"slot:lines": "pose"})
    with pytest.raises(
        UnforeseenQuestion, match=r"awaits slot:vat and user.answers has no such key; it has slot:lines"
    ):
        words(script, "slot:vat")
    assert words(artisan(answers={"*": "je sais pas"}), "slot:vat") == ["je sais pas"]


def test_where_the_errand_stays_open_nothing_is_repeated() -> None:
    assert words(artisan("open", answers={"confirm:issue": "peut-être"}), "confirm:issue", "confirm:issue") == [
        "peut-être",
        None,
    ]
    assert words(artisan("open"), "slot:vat") == [None]


def test_a_detour_is_made_once_before_the_answer() -> None:
    detours = [
        {"when": {"awaiting": "slot:vat"}, "kind": "question", "say": "c'est quoi la TVA ?"},
        {"when": {"turn": 4}, "kind": "chatter", "say": "il pleut"},
    ]
    script = artisan(answers={"slot:vat": "10"}, detours=detours)
    assert words(script, "slot:vat", "slot:vat", "slot:vat", "slot:vat") == [
        "c'est quoi la TVA ?",
        "10",
        "il pleut",
        "10",
    ]


def test_what_follows_is_said_when_nothing_is_awaited() -> None:
    script = artisan(answers={"slot:vat": "10"}, then=["et une facture", "merci"])
    assert words(script, None, "slot:vat", None, None) == ["et une facture", "10", "merci", None]


def test_a_burst_is_several_messages_and_consent_is_noted() -> None:
    script = artisan(answers={"confirm:issue": {"say": "ok\nenvoie", "burst": True, "consent": "both"}})
    script.reply(None, 1)
    line = script.reply("confirm:issue", 2)
    assert line is not None
    assert (line.messages, line.consent, line.answers) == (("ok", "envoie"), "both", "confirm:issue")


def test_every_name_has_a_number_of_its_own_the_same_in_every_run() -> None:
    named = scenario(opening="appelle {phone.duval.national} ou {phone.petit}")
    assert names_of(named) == ["artisan", "duval", "petit"]
    taken: set[str] = set()
    first = numbers("play", names_of(named), taken)
    assert len(set(first.values())) == 3 and taken == set(first.values())
    assert numbers("play", names_of(named), set()) == first
    assert not set(numbers("play", names_of(named), taken).values()) & set(first.values())

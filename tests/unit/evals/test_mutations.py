"""Mutations: the same errand in other words or over a worse line; only an answer that is none changes what is expected."""

from __future__ import annotations

from typing import Any

import pytest

from evals.running.mutated_words import as_recognised, in_capitals, in_words, outside_placeholders, without_accents
from evals.running.mutations import MUTATIONS, UnknownMutation, mutated
from evals.running.playing import Play, fingerprint
from evals.scenarios.schema import Say, Scenario, Words
from tools.commands import Language


def scenario(**more: Any) -> Scenario:
    user = {
        "knows": {"price": "45"},
        "opening": {
            "fr": "Devis Mme Lefèvre, 12m2 à {knows.price}",
            "tr": "Ayşe Hanım'a devis, 12m2 {knows.price}'ten",
        },
        "answers": {
            "slot:vat": "10 %",
            "confirm:issue": {"say": {"fr": "ok", "tr": "tamam"}, "consent": True},
            "confirm:send_to_client": {"say": {"fr": "oui", "tr": "evet"}, "consent": True},
        },
        "then": [{"fr": "merci", "tr": "sağ ol"}],
    }
    expect = {"outcome": "completed", "db": {"quotes": [{"total": "{knows.price}"}]}}
    values = {
        "schema": 1,
        "id": "quote/happy/x",
        "workflow": "quote",
        "minimum_turns": 3,
        "user": user,
        "expect": expect,
    }
    return Scenario.model_validate({**values, **more})


def changed(name: str, given: Scenario | None = None) -> Scenario:
    found = MUTATIONS[name](given or scenario())
    assert found is not None
    return found


def opening(of: Scenario, language: Language) -> str:
    assert isinstance(of.user.opening, Say) and isinstance(of.user.opening.say, Words)
    return of.user.opening.say.of(language)


@pytest.mark.parametrize(
    ("number", "french", "turkish"),
    [
        (0, "zéro", "sıfır"),
        (21, "vingt et un", "yirmi bir"),
        (71, "soixante et onze", "yetmiş bir"),
        (80, "quatre-vingts", "seksen"),
        (91, "quatre-vingt-onze", "doksan bir"),
        (200, "deux cents", "iki yüz"),
        (1250, "mille deux cent cinquante", "bin iki yüz elli"),
        (9999, "neuf mille neuf cent quatre-vingt-dix-neuf", "dokuz bin dokuz yüz doksan dokuz"),
    ],
)
def test_numbers_in_words(number: int, french: str, turkish: str) -> None:
    assert (in_words(number, "fr"), in_words(number, "tr")) == (french, turkish)


def test_number_words_are_read_back_as_the_same_number() -> None:
    from text_to_num import text2num

    assert [text2num(in_words(number, "fr"), "fr") for number in range(1, 1300)] == list(range(1, 1300))


def test_a_recogniser_writes_numbers_and_units_out_and_mishears_trade_words() -> None:
    assert as_recognised("Placo: 12m2 à 35€, TVA 10 %.", "fr") == (
        "plaque eau douze mètres carrés à trente-cinq euros tévéa dix pour cent"
    )
    assert as_recognised("Devis: 12 m2 alçıpan 35'ten, KDV %10", "tr") == (
        "dövi on iki metrekare alçıpan otuz beşten teveya yüzde on"
    )


@pytest.mark.parametrize(
    "kept", ["06 12 34 56 78", "12/03", "45,50", "2.5", "ba 13x", "+33612345678", "73282932000074"]
)
def test_numbers_that_recognisers_leave_in_digits_stay(kept: str) -> None:
    assert as_recognised(kept, "fr") == kept


def test_accents_and_capitals_follow_the_language() -> None:
    assert without_accents("Işık Lefèvre, çatı, sœur", "tr") == "Isik Lefevre, cati, soeur"
    assert in_capitals("ısı izolasyon", "tr") == "ISI İZOLASYON"
    assert in_capitals("isolé", "fr") == "ISOLÉ"


def test_placeholders_stay_and_facts_are_written_out() -> None:
    assert outside_placeholders(in_capitals)("au {phone.duval} stp", "fr") == "AU {phone.duval} STP"
    given = changed("recogniser")
    assert opening(given, "fr") == "devis madame lefèvre douze mètres carrés à quarante-cinq"
    assert given.user.knows == {"price": "45"} and given.expect == scenario().expect
    assert isinstance(given.user.opening, Say) and given.user.opening.voice


def test_the_scenario_itself_is_left_alone() -> None:
    given = scenario()
    before = given.model_dump_json()
    for mutate in MUTATIONS.values():
        mutate(given)
    assert given.model_dump_json() == before


def test_every_answer_is_interrupted_once() -> None:
    detours = changed("interrupted/question").user.detours
    assert [detour.when.awaiting for detour in detours] == ["slot:vat", "confirm:issue", "confirm:send_to_client"]
    tight = scenario(expect={"outcome": "completed", "budget": {"turns": 5}})
    longer = changed("interrupted/chatter", tight)
    assert (longer.expect.budget.turns, longer.minimum_turns) == (8, 6)


def test_a_confirmation_word_takes_the_place_of_consent_and_stays_consent() -> None:
    answers = changed("confirmed/issue/nickel").user.answers
    assert answers["confirm:issue"] == [Say(say=Words(fr="nickel", tr="oldu"), consent=True)]
    assert answers["confirm:send_to_client"] == scenario().user.answers["confirm:send_to_client"]


def test_an_answer_that_is_none_must_leave_nothing_issued() -> None:
    given = changed("refrained/issue/ok mais")
    assert given.user.answers["confirm:issue"] == [Say(say=Words(fr="ok mais", tr="tamam ama"))]
    assert given.user.then == [] and given.expect.db == {} and given.expect.outcome == "open"
    assert given.expect.tools.must_not == ["issue_document", "send_whatsapp"]
    assert changed("refrained/send/peut-être").expect.tools.must_not == ["send_whatsapp"]


def test_consent_given_elsewhere_is_not_taken_away() -> None:
    user = scenario().user.model_dump() | {"opening": {"say": "devis, et envoie", "consent": "both"}}
    assert MUTATIONS["refrained/issue/ok mais"](scenario(user=user)) is None


def test_gates_and_kills_are_tried_where_nothing_else_happens() -> None:
    odd = scenario(id="quote/consent/x")
    assert MUTATIONS["confirmed/issue/oui"](odd) is None and MUTATIONS["killed"](odd) is None
    assert changed("killed").events[0].kill_worker and changed("pause").events[0].silence_minutes == 120
    assert Play(changed("killed"), "dev", "fr").alone


def test_a_group_stands_for_its_members() -> None:
    play = Play(scenario(), "dev", "tr", trial=2)
    found = mutated([play], ["interrupted", "accents"])
    assert [each.mutation for each in found] == [
        "interrupted/question", "interrupted/greeting", "interrupted/chatter", "accents",
    ]  # fmt: skip
    assert all((each.trial, each.locale, each.file_hash) == (2, "tr", fingerprint(play.scenario)) for each in found)
    assert len(mutated([play], ["all"])) > 30
    with pytest.raises(
        UnknownMutation, match=r"no mutation 'acents'; there are all, accents, capitals, recogniser, burst"
    ):
        mutated([play], ["acents"])

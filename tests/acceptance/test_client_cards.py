"""Client cards in conversation: nothing said is lost, the client just spoken of is remembered, namesakes are numbered."""

from __future__ import annotations

from collections.abc import Callable

from tests.acceptance.people import Artisan
from tests.acceptance.phrases import draft, one
from tests.acceptance.stack import new_phone

CARD = {
    "fr": "nouveau client SAS Horizon, 06 12 88 31 40, siret {}",
    "tr": "yeni müşteri SAS Horizon, 06 12 88 31 40, siret {}",
}
WRONG, RIGHT = "539 874 123 00027", "539 874 123 00026"


def card(artisan: Artisan) -> dict[str, object]:
    (row,) = artisan.rows(
        "select name, phone, siret from clients where organization_id = %(organization)s and name like '%%Horizon'"
    )
    return row


def test_a_wrong_siret_does_not_lose_the_card(language: str, artisan: Artisan) -> None:
    answer = one(artisan.say(CARD[language].format(WRONG)))
    assert artisan.awaiting == "slot:client.siret" and "Horizon" in answer
    assert card(artisan)["phone"] == "+33612883140" and card(artisan)["siret"] is None
    artisan.say(RIGHT)
    assert card(artisan)["siret"] == RIGHT.replace(" ", "") and artisan.awaiting is None


def test_the_siret_may_wait(language: str, artisan: Artisan) -> None:
    artisan.say(CARD[language].format(WRONG))
    artisan.say({"fr": "je sais pas, plus tard", "tr": "bilmiyorum, sonra"}[language])
    assert card(artisan)["siret"] is None and artisan.awaiting is None


def test_a_number_corrected_right_after_is_that_of_the_card(language: str, artisan: Artisan) -> None:
    artisan.say(
        {"fr": "nouvelle cliente Mme Ortiz 06 12 88 31 40", "tr": "yeni müşteri Mme Ortiz 06 12 88 31 40"}[language]
    )
    artisan.say({"fr": "pardon son numéro c'est 06 12 88 31 41", "tr": "pardon numarası 06 12 88 31 41"}[language])
    assert artisan.rows("select 1 from clients where organization_id = %(organization)s and phone = '+33612883141'")


def test_a_quote_said_right_after_a_card_is_for_that_client(language: str, artisan: Artisan) -> None:
    artisan.say(
        {"fr": "nouvelle cliente Mme Ortiz 06 12 88 31 40", "tr": "yeni müşteri Mme Ortiz 06 12 88 31 40"}[language]
    )
    artisan.say({"fr": "fais le devis : peinture 10 m² à 20", "tr": "devisini yap: 10 m² boya 20'den"}[language])
    assert draft(artisan)["client"]["name"] == "Ortiz" and artisan.awaiting == "confirm:issue"
    artisan.say({"fr": "devis pour M. Noé, peinture 10 m² à 30", "tr": "M. Noé'ye devis, 10 m² boya 30'dan"}[language])
    assert draft(artisan)["client"]["name"] == "Noé"


def test_a_name_in_a_riddle_makes_no_client(language: str, artisan: Artisan) -> None:
    """Most of the message is not understood: an unknown name in it is neither stored nor given a quote."""
    words = {"fr": "Mme Zorglub bidule machin trucmuche chose", "tr": "Mme Zorglub zımbırtı zamazingo hede hödö"}[
        language
    ]
    artisan.say(words)
    for table in ("clients where name = 'Zorglub' and", "quotes where status = 'draft' and"):
        assert not artisan.rows(f"select 1 from {table} organization_id = %(organization)s")


def test_namesakes_are_numbered(language: str, artisan_of: Callable[..., Artisan]) -> None:
    phones = {"Costa Ana": new_phone(), "Costa Rui": new_phone()}
    artisan = artisan_of(language, clients=[{"name": name, "phone": phone} for name, phone in phones.items()])
    asked = one(artisan.say({"fr": "c'est quoi le numéro de Costa ?", "tr": "Costa'nın numarası ne?"}[language]))
    assert artisan.awaiting == "choice:client" and "1 " in asked and "2 " in asked
    assert phones["Costa Rui"] in one(artisan.say("Rui")) and artisan.awaiting is None
    assert not artisan.rows("select 1 from quotes where organization_id = %(organization)s")

"""From the first hello to the first quote: the company is set up in the chat, without a form (U21)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.acceptance.people import Artisan
from tests.acceptance.stack import Stack
from tests.acceptance.test_company import company, made_up_siret, picture

HELLO = {"fr": "Bonjour", "tr": "Selam"}
YES = {"fr": "oui", "tr": "evet"}
LATER = {"fr": "plus tard", "tr": "sonra"}
INSURED = {
    "fr": "MAAF, contrat 12345, Chaban 79180 Chauray",
    "tr": "MAAF, poliçe 12345, Chaban 79180 Chauray",
}
IBAN = "FR76 3000 6000 0112 3456 7890 189"
MEDIATOR = "CM2C, 14 rue Saint-Jean 75017 Paris"
QUOTE = {
    "fr": "devis pour Mme Petit 3 rue Pasteur 69003 Lyon, 20 m² de carrelage à 45",
    "tr": "Mme Petit'ye devis, 3 rue Pasteur 69003 Lyon, 20 m² karo 45'ten",
}
NUMBER = {"fr": "{} sur 6", "tr": "6 sorudan {}."}


def awaiting(artisan: Artisan) -> str | None:
    """What is open now; asked anew each time."""
    return artisan.awaiting


def at(language: str, place: int) -> str:
    return NUMBER[language].format(place)


@pytest.fixture
def write_in(stack: Stack) -> Iterator[Callable[..., str]]:
    """Writes a company into the register and returns its SIRET."""

    def write(digits: str, **details: Any) -> str:
        siret = made_up_siret(digits)
        body = {"name": "YILDIZ PLOMBERIE", "legal_code": "5499", **details}
        stack.http.put(f"/simulator/register/companies/{siret[:9]}", json=body).raise_for_status()
        return siret

    yield write
    stack.http.request("DELETE", "/simulator/register/faults").raise_for_status()


def test_from_hello_to_the_first_quote(
    language: str, artisan_of: Callable[..., Artisan], write_in: Callable[..., str]
) -> None:
    siret = write_in({"fr": "90100100", "tr": "90100200"}[language])
    artisan = artisan_of(language, complete=False)
    (welcome,) = artisan.say(HELLO[language])
    assert at(language, 1) in welcome and "SIRET" in welcome
    assert awaiting(artisan) == "slot:company.siret"

    (shown,) = artisan.say(siret)
    assert "Yildiz Plomberie" in shown and "12 rue des Forges, 69100 Villeurbanne" in shown and "SARL" in shown
    assert company(artisan)["siret"] is None, "nothing is written before he has said that it is his"

    (asked,) = artisan.say(YES[language])
    assert company(artisan)["siret"] == siret and company(artisan)["city"] == "Villeurbanne"
    assert awaiting(artisan) == "slot:company.capital" and at(language, 1) in asked
    (asked,) = artisan.say({"fr": "5000 €, RCS Lyon", "tr": "5000 euro, RCS Lyon"}[language])
    assert awaiting(artisan) == "slot:company.vat_regime" and at(language, 2) in asked
    (asked,) = artisan.say({"fr": "oui", "tr": "1"}[language])
    assert company(artisan)["vat_regime"] == "standard"
    assert awaiting(artisan) == "slot:company.insurance" and at(language, 3) in asked
    answers = artisan.say(None, file=picture(), filename="image.png", mimetype="image/png")  # type: ignore[arg-type]
    assert awaiting(artisan) == "slot:company.insurance", "its picture is kept; what is printed is still asked"
    (asked,) = artisan.say("MAAF, contrat 12345")
    assert awaiting(artisan) == "slot:company.insurer_address" and at(language, 3) in asked
    (asked,) = artisan.say("Chaban 79180 Chauray")
    assert awaiting(artisan) == "slot:company.logo" and at(language, 4) in asked
    answers = artisan.say(None, file=picture(), filename="image.png", mimetype="image/png")  # type: ignore[arg-type]
    assert any(at(language, 5) in answer for answer in answers)
    (asked,) = artisan.say(IBAN)
    assert awaiting(artisan) == "slot:company.mediator" and at(language, 6) in asked
    (card,) = artisan.say(MEDIATOR)
    assert "Yildiz Plomberie" in card and "MAAF" in card and "CM2C" in card and "Mme Martin" in card
    assert awaiting(artisan) is None
    (row,) = artisan.stack.rows(
        "select name, legal_form, capital, rcs_city, vat_number, insurance_area, insurance_policy, iban, mediator_name,"
        " logo_key is not null as logo, attestation_key is not null as attestation from organizations where id = %(id)s",
        id=artisan.organization_id,
    )
    assert row == {
        "name": "Yildiz Plomberie",
        "legal_form": "SARL",
        "capital": 5000,
        "rcs_city": "Lyon",
        "vat_number": f"FR{(12 + 3 * (int(siret[:9]) % 97)) % 97:02d}{siret[:9]}",
        "insurance_area": "France métropolitaine",
        "insurance_policy": "12345",
        "iban": "FR7630006000011234567890189",
        "mediator_name": "CM2C",
        "logo": True,
        "attestation": True,
    }

    artisan.say(QUOTE[language])
    assert awaiting(artisan) == "confirm:issue", "nothing about the company is asked any more"
    artisan.post({"fr": "ok", "tr": "tamam"}[language])
    text = artisan.pdf_text(next(message for message in artisan.inbox() if message.filename))
    for mention in ("Yildiz Plomberie", "SARL au capital de 5", "MAAF", "12345", "CM2C", "12 rue des Forges"):
        assert mention in text, mention


def test_a_quote_comes_first_and_the_set_up_goes_on_afterwards(
    language: str, artisan_of: Callable[..., Artisan], write_in: Callable[..., str]
) -> None:
    siret = write_in({"fr": "90100300", "tr": "90100400"}[language], legal_code="1000", name="KARIM BENALI")
    artisan = artisan_of(language, complete=False)
    artisan.say(HELLO[language])
    artisan.say(siret)
    artisan.say(YES[language])
    artisan.say({"fr": "non", "tr": "hayır"}[language])
    assert company(artisan)["vat_regime"] == "franchise" and awaiting(artisan) == "slot:company.insurance"
    artisan.say(INSURED[language])
    artisan.say(LATER[language])
    assert awaiting(artisan) == "slot:company.iban"

    artisan.say(QUOTE[language])
    assert awaiting(artisan) == "confirm:issue"
    artisan.say({"fr": "ok", "tr": "tamam"}[language])
    last = artisan.say({"fr": "garde", "tr": "kalsın"}[language])[-1]
    assert at(language, 5) in last and awaiting(artisan) == "slot:company.iban"
    (stopped,) = artisan.say({"fr": "stop", "tr": "dur"}[language])
    assert awaiting(artisan) is None
    again = {"fr": "configurer mon entreprise", "tr": "şirketimi kur"}[language]
    assert again in stopped
    artisan.say(again)
    assert awaiting(artisan) == "slot:company.logo", "what was put off is asked anew"


def test_everything_in_one_message(
    language: str, artisan_of: Callable[..., Artisan], write_in: Callable[..., str]
) -> None:
    siret = write_in({"fr": "90100500", "tr": "90100600"}[language], legal_code="1000", name="KARIM BENALI")
    artisan = artisan_of(language, complete=False)
    artisan.say(HELLO[language])
    told = {
        "fr": f"SIRET {siret}, mon assurance c'est la MAAF, contrat 12345, Chaban 79180 Chauray, mon IBAN {IBAN}",
        "tr": f"SIRET {siret}, sigortam MAAF, poliçe 12345, Chaban 79180 Chauray, IBAN'ım {IBAN}",
    }
    (shown,) = artisan.say(told[language])
    assert awaiting(artisan) == "confirm:company" and "Karim Benali" in shown
    assert company(artisan)["insurance_policy"] == "12345" and company(artisan)["iban"] == IBAN.replace(" ", "")
    moved = {
        "fr": "non, l'adresse c'est 8 rue Bugeaud 69006 Lyon",
        "tr": "hayır, adresim 8 rue Bugeaud 69006 Lyon",
    }
    (shown,) = artisan.say(moved[language])
    assert "12 rue des Forges" not in shown and awaiting(artisan) == "confirm:company"
    artisan.say(YES[language])
    known = company(artisan)
    assert (known["siret"], known["address_line"], known["city"]) == (siret, "8 rue Bugeaud", "Lyon")
    assert awaiting(artisan) == "slot:company.vat_regime"


def test_a_register_that_is_away_loses_nothing(
    language: str, stack: Stack, artisan_of: Callable[..., Artisan], write_in: Callable[..., str]
) -> None:
    siret = write_in({"fr": "90100700", "tr": "90100800"}[language])
    artisan = artisan_of(language, complete=False)
    artisan.say(HELLO[language])
    stack.http.post("/simulator/register/faults", json={"status": 503, "times": 2}).raise_for_status()
    (told,) = artisan.say(siret)
    assert {"fr": "ne répond pas", "tr": "cevap vermiyor"}[language] in told
    assert company(artisan)["siret"] == siret and awaiting(artisan) == "slot:company.address"
    artisan.say("12 rue des Forges 69100 Villeurbanne")
    assert company(artisan)["postal_code"] == "69100" and awaiting(artisan) == "slot:company.legal_form"


def test_a_company_that_the_register_does_not_have_or_calls_closed(
    language: str, artisan_of: Callable[..., Artisan], write_in: Callable[..., str]
) -> None:
    siret = write_in({"fr": "90100900", "tr": "90101000"}[language], closed_on="2024-05-31")
    artisan = artisan_of(language, complete=False)
    artisan.say(HELLO[language])
    (refused,) = artisan.say("844 793 380 00017")
    assert "14" in refused and awaiting(artisan) == "slot:company.siret"
    (closed,) = artisan.say(siret)
    assert "31/05/2024" in closed and company(artisan)["siret"] is None
    artisan.say(YES[language])
    assert company(artisan)["siret"] == siret and awaiting(artisan) == "slot:company.address"

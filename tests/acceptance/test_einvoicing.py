"""An invoice to a business goes to the approved platform and comes back approved, contested or refused: in the chat."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.people import Artisan
from tests.acceptance.phrases import KEEP, OK, one
from tests.acceptance.stack import ANSWERED_WITHIN_SECONDS, Stack

BUYER = {
    "name": "Bâti Sud",
    "kind": "business",
    "siret": "55210055400013",
    "address": "1 rue Neuve, 69001 Lyon",
}
SAY = {
    "fr": {
        "invoice": "facture pour Bâti Sud, pose de carrelage 20 m² à 50, tva 20",
        "status": "où en est la facture {} ?",
        "paid": "Bâti Sud a payé la facture {}",
    },
    "tr": {
        "invoice": "Bâti Sud'a fatura, 20 m² karo döşeme 50'den, tva 20",
        "status": "{} faturası ne durumda",
        "paid": "Bâti Sud {} faturasını ödedi",
    },
}


@pytest.fixture
def company(language: str, artisan_of: Callable[..., Artisan]) -> Artisan:
    """An artisan whose company has e-invoicing on."""
    return artisan_of(language, profile={"settings": {"einvoicing": {"enabled": True}}}, clients=[BUYER])


def issue(artisan: Artisan, language: str) -> str:
    """Makes the invoice in the chat and returns its number."""
    artisan.say(SAY[language]["invoice"])
    for _ in range(3):
        if artisan.documents():
            break
        artisan.say(OK[language])
    artisan.say(KEEP[language])
    return str(artisan.documents()[0]["number"])


def codes(artisan: Artisan, number: str, last: int) -> list[int]:
    """The invoice's statuses, once ``last`` is among them."""
    deadline = time.monotonic() + ANSWERED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        found = [
            row["code"]
            for row in artisan.stack.rows(
                "select s.code from einvoice_statuses s join invoices i on i.id = s.invoice_id "
                "where s.organization_id = %(organization)s and i.number = %(number)s order by s.occurred_at, s.code",
                organization=artisan.organization_id,
                number=number,
            )
        ]
        if last in found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{number} never came to {last}")


def comes_to(artisan: Artisan, number: str, code: int, **reason: str) -> str:
    """The buyer or the platform gives the invoice a status; returns what the artisan reads of it."""
    (row,) = artisan.stack.rows(
        "select s.flow_id from einvoice_submissions s join invoices i on i.id = s.invoice_id "
        "where s.organization_id = %(organization)s and i.number = %(number)s",
        organization=artisan.organization_id,
        number=number,
    )
    path = f"/simulator/einvoicing/flows/{row['flow_id']}/statuses"
    artisan.stack.http.post(path, json={"code": code, **reason}).raise_for_status()
    codes(artisan, number, code)
    return one(artisan.replies())


def test_deposited_approved_paid(language: str, company: Artisan) -> None:
    say = SAY[language]
    number = issue(company, language)
    assert codes(company, number, 203) == [200, 201, 202, 203]
    assert company.replies() == [], "on its way is no news"
    asked = one(company.say(say["status"].format(number)))
    assert {"fr": "Plateforme : à disposition du client", "tr": "Platform: müşterinin önünde"}[language] in asked
    approved = comes_to(company, number, 205)
    assert number in approved and {"fr": "a approuvé", "tr": "onayladı"}[language] in approved
    paid = company.say(say["paid"].format(number))
    assert "1 200,00 €" in one(paid[:1])
    assert codes(company, number, 212)[-2:] == [205, 212]
    told = one([text for text in [*paid[1:], *company.replies()] if number in text])
    assert {"fr": "déclaré à la plateforme", "tr": "platforma bildirildi"}[language] in told and "1 200,00 €" in told
    asked = one(company.say(say["status"].format(number)))
    assert {"fr": "Plateforme : encaissée", "tr": "Platform: tahsil edildi"}[language] in asked


def test_contested_then_refused(language: str, company: Artisan) -> None:
    number = issue(company, language)
    codes(company, number, 203)
    contested = comes_to(company, number, 207, reason_code="QTE_ERR")
    assert {"fr": "conteste", "tr": "itiraz"}[language] in contested
    assert {"fr": "quantité", "tr": "miktar"}[language] in contested
    refused = comes_to(company, number, 210, reason_code="TX_TVA_ERR")
    assert {"fr": "annule la facture", "tr": "faturasını iptal et"}[language] in refused
    asked = one(company.say(SAY[language]["status"].format(number)))
    assert {"fr": "refusée (taux de TVA)", "tr": "reddedildi (TVA oranı)"}[language] in asked


def test_off_by_default_nothing_happens(language: str, artisan_of: Callable[..., Artisan], stack: Stack) -> None:
    artisan = artisan_of(language, clients=[BUYER])
    number = issue(artisan, language)
    artisan.say(SAY[language]["paid"].format(number))
    asked = one(artisan.say(SAY[language]["status"].format(number)))
    assert "latform" not in asked
    for table in ("einvoice_submissions", "einvoice_statuses", "ereporting_entries"):
        found: list[Any] = stack.rows(
            f"select 1 from {table} where organization_id = %(organization)s", organization=artisan.organization_id
        )
        assert not found

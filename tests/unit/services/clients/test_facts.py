"""What follows from what is said about a client."""

from __future__ import annotations

from typing import Any

import pytest

from db.models import Client
from services.clients import service as clients
from services.clients.schemas import ClientFields, InvalidClientFact


def told(client: Client, **facts: Any) -> list[str]:
    return clients.apply(client, clients.checked(ClientFields(**facts)))


def client(**known: Any) -> Client:
    base = {"name": "Petit", "kind": "consumer", "country": "FR", "main_contractor": False, "small_business": False}
    return Client(**(base | known))


@pytest.mark.parametrize("fact", [{"siren": "539874123"}, {"siret": "53987412300026"}, {"main_contractor": True}])
def test_a_consumer_with_an_identifier_is_a_business(fact: dict[str, Any]) -> None:
    one = client()
    told(one, **fact)
    assert one.kind == "business"


def test_a_public_body_stays_one() -> None:
    one = client(kind="public")
    told(one, siret="53987412300026")
    assert one.kind == "public"


def test_the_vat_number_follows_the_siren() -> None:
    one = client()
    told(one, siren="539874123")
    assert one.vat_number == "FR92539874123"
    told(one, siret="73282932000074")
    assert (one.vat_number, one.siren) == ("FR44732829320", None)


def test_abroad_is_foreign_unless_said_otherwise() -> None:
    one = client()
    assert told(one, country="Belgique") == ["country"] and (one.country, one.kind) == ("BE", "foreign")
    other = client()
    told(other, country="Almanya", kind="business")
    assert (other.country, other.kind) == ("DE", "business")
    overseas = client()
    told(overseas, country="RE")
    assert overseas.kind == "consumer"


def test_the_billing_address_is_another_one() -> None:
    one = client()
    assert told(one, billing_address="3 rue pasteur 69003 lyon") == ["billing_address"]
    printed = clients.buyer(one).billing_address
    assert printed is not None and printed.one_line() == "3 rue Pasteur, 69003 Lyon"


@pytest.mark.parametrize(
    ("field", "value"),
    [("siren", "539874124"), ("country", "Atlantide"), ("einvoicing_address", "x"), ("siret", "73282932000075")],
)
def test_what_cannot_be_right_is_refused(field: str, value: str) -> None:
    with pytest.raises(InvalidClientFact) as refused:
        clients.checked(ClientFields(**{field: value}))
    assert refused.value.field == field


def test_siren_and_siret_of_one_company() -> None:
    with pytest.raises(InvalidClientFact):
        clients.checked(ClientFields(siren="539874123", siret="73282932000074"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Mairie de Bron", "public"),
        ("SARL Verdier", "business"),
        ("Petit", "consumer"),
        ("Boulangerie Marchand", "business"),
    ],
)
def test_a_name_tells_what_he_is(name: str, kind: str) -> None:
    assert clients.guess_kind(ClientFields(name=name)) == kind

"""The client of the register speaks to its stand-in as to the real API; the answers below are in the API's own form."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from services.company_register.register import RegisterAway
from services.company_register.search_api import SearchApi
from services.company_register.simulator.app import RegisterSimulator
from services.company_register.simulator.state import Company, Fault

SIREN = "844793380"
SIRET = "84479338000016"


@pytest.fixture
def simulator() -> RegisterSimulator:
    return RegisterSimulator()


@pytest.fixture
def register(simulator: RegisterSimulator) -> SearchApi:
    return SearchApi("http://register", transport=httpx.ASGITransport(simulator.app))


async def test_a_company_is_found_by_siret_and_by_siren(simulator: RegisterSimulator, register: SearchApi) -> None:
    simulator.state.companies[SIREN] = Company(name="YILDIZ PLOMBERIE", legal_code="5710", city="LYON 3EME")
    by_siret, by_siren = await register.find(SIRET), await register.find(SIREN)
    assert by_siret is not None and by_siren is not None
    assert (by_siret.siret, by_siren.siret) == (SIRET, SIREN + "00012")
    assert (by_siret.name, by_siret.legal_form) == ("Yildiz Plomberie", "SAS")
    assert (by_siret.address_line, by_siret.postal_code, by_siret.city) == ("12 rue des Forges", "69100", "Lyon")
    assert by_siret.activity == "43.22A" and not by_siret.closed
    assert simulator.state.asked == [SIRET, SIREN]


async def test_every_valid_siren_has_a_company_unless_it_is_taken_away(
    simulator: RegisterSimulator, register: SearchApi
) -> None:
    found = await register.find(SIRET)
    assert found is not None and found.name and found.address_line and found.postal_code and found.city
    simulator.state.behaviour.unknown_sirens.append(SIREN)
    assert await register.find(SIRET) is None


async def test_closed_and_withheld_companies_say_so(simulator: RegisterSimulator, register: SearchApi) -> None:
    simulator.state.companies[SIREN] = Company(name="KB", closed_on=date(2024, 5, 31))
    closed = await register.find(SIRET)
    assert closed is not None and closed.closed and closed.closed_on == date(2024, 5, 31)
    simulator.state.companies[SIREN] = Company(name="KARIM BENALI", legal_code="1000", withheld=True)
    withheld = await register.find(SIRET)
    assert withheld is not None and not withheld.can_be_shown
    assert (withheld.name, withheld.address_line, withheld.postal_code) == (None, None, None)
    assert withheld.legal_form == "EI"


@pytest.mark.parametrize("fault", [Fault(status=503, times=2), Fault(status=429, times=2), Fault(status=None)])
async def test_a_register_that_does_not_answer_is_away(
    simulator: RegisterSimulator, register: SearchApi, fault: Fault
) -> None:
    simulator.state.faults.append(fault)
    with pytest.raises(RegisterAway):
        await register.find(SIRET)
    assert await register.find(SIRET) is not None


async def test_one_bad_moment_is_tried_again(simulator: RegisterSimulator, register: SearchApi) -> None:
    simulator.state.faults.append(Fault(status=503))
    assert await register.find(SIRET) is not None
    assert simulator.state.asked == [SIRET, SIRET]


async def test_a_wrong_question_is_not_repeated(simulator: RegisterSimulator, register: SearchApi) -> None:
    simulator.state.faults.append(Fault(status=400))
    with pytest.raises(RegisterAway):
        await register.find(SIRET)
    assert simulator.state.asked == [SIRET]


OFFICE: dict[str, Any] = {
    "siret": SIRET,
    "adresse": "ZA LES BRUYERES 3 IMPASSE DES ACACIAS 42000 SAINT-ETIENNE",
    "code_postal": "42000",
    "libelle_commune": "SAINT-ETIENNE",
    "etat_administratif": "A",
    "date_fermeture": None,
}
UNIT: dict[str, Any] = {
    "siren": SIREN,
    "nom_complet": "KARIM BENALI (KB PLOMBERIE)",
    "nom_raison_sociale": None,
    "nature_juridique": "1000",
    "etat_administratif": "A",
    "siege": {**OFFICE, "siret": SIREN + "00024", "adresse": "1 RUE PASTEUR 69003 LYON", "code_postal": "69003"},
    "matching_etablissements": [OFFICE],
}


def answering(body: Any) -> SearchApi:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=body)

    return SearchApi("http://register", transport=httpx.MockTransport(answer))


async def test_the_establishment_that_was_asked_for_is_told_not_the_head_office() -> None:
    found = await answering({"results": [UNIT]}).find(SIRET)
    assert found is not None
    assert (found.siret, found.city) == (SIRET, "Saint-Étienne")
    assert found.address_line == "ZA les Bruyères 3 impasse des Acacias"
    assert (found.name, found.legal_form) == ("Karim Benali", "EI")


async def test_a_like_company_is_not_the_one() -> None:
    assert await answering({"results": [UNIT]}).find("73282932000074") is None
    assert await answering({"results": []}).find(SIRET) is None


@pytest.mark.parametrize("body", [{}, {"results": [{"nom_complet": "?"}]}, ["?"]])
async def test_an_answer_of_another_form_is_no_answer(body: Any) -> None:
    with pytest.raises(RegisterAway):
        await answering(body).find(SIRET)

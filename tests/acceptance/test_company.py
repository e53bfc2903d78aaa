"""The company tells about itself in chat: what was noted and what is missing is said, and the profile has it."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from stdnum import luhn

from tests.acceptance.people import Artisan

SIRETS = {"fr": "732 829 320 00074", "tr": "552 081 317 66522"}
TOLD = {
    "fr": [
        "mon SIRET c'est {siret}, mon adresse c'est 12 rue des Forges 69100 Villeurbanne",
        "mon assurance décennale c'est la MAAF, contrat 12345, Chaban 79180 Chauray, jusqu'au 31/12/2099",
        "mon IBAN FR76 3000 6000 0112 3456 7890 189, je suis en micro-entreprise, mes devis sont valables 60 jours",
    ],
    "tr": [
        "SIRET numaram {siret}, adresim 12 rue des Forges 69100 Villeurbanne",
        "sigortam MAAF, poliçe 12345, Chaban 79180 Chauray, 31/12/2099'a kadar",
        "IBAN'ım FR7630006000011234567890189, mikro şirketim, devislerim 60 gün geçerli",
    ],
}
CARD = {"fr": "mes infos", "tr": "bilgilerim"}
MISSING = {"fr": "Il manque encore", "tr": "Hâlâ eksik"}
COMPLETE = {"fr": "Tout y est", "tr": "her şey tamam"}
WRONG = {"fr": "mon SIRET c'est 812 345 676 00018", "tr": "SIRET numaram 812 345 676 00018"}


def company(artisan: Artisan) -> dict[str, Any]:
    (row,) = artisan.stack.rows(
        "select siret, vat_regime, address_line, postal_code, city, insurer_name, insurer_address, insurance_policy, "
        "insurance_status, iban, quote_validity_days from organizations where id = %(id)s",
        id=artisan.organization_id,
    )
    return dict(row)


def test_the_profile_is_filled_in_chat(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of(language, complete=False)
    (card,) = artisan.say(CARD[language])
    assert MISSING[language] in card and "SIRET" in card

    (refused,) = artisan.say(WRONG[language])
    assert "14" in refused and company(artisan)["siret"] is None

    first, second, third = TOLD[language]
    (noted,) = artisan.say(first.format(siret=SIRETS[language]))
    assert SIRETS[language].replace(" ", "") in noted.replace("\xa0", "").replace("\u202f", "").replace(" ", "")
    assert MISSING[language] in noted
    (noted,) = artisan.say(second)
    assert "MAAF" in noted and COMPLETE[language] in noted
    artisan.say(third)
    known = company(artisan)
    assert known == {
        "siret": SIRETS[language].replace(" ", ""),
        "vat_regime": "franchise",
        "address_line": "12 rue des Forges",
        "postal_code": "69100",
        "city": "Villeurbanne",
        "insurer_name": "MAAF",
        "insurer_address": "Chaban, 79180 Chauray",
        "insurance_policy": "12345",
        "insurance_status": "insured",
        "iban": "FR7630006000011234567890189",
        "quote_validity_days": 60,
    }
    (card,) = artisan.say(CARD[language])
    assert MISSING[language] not in card and COMPLETE[language] in card


def test_a_draft_follows_the_company(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of(language)
    artisan.say(
        {"fr": "devis Mme Petit, 20 m² de carrelage à 45", "tr": "Mme Petit'ye devis, 20 m² karo 45'ten"}[language]
    )
    artisan.say({"fr": "je suis en franchise de TVA", "tr": "TVA'dan muafım"}[language])
    assert artisan.draft is not None and artisan.draft["total"] == "900.00"
    assert artisan.awaiting == "confirm:issue"


def picture() -> str:
    stream = io.BytesIO()
    Image.new("RGB", (60, 30), "navy").save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


@pytest.mark.parametrize("column", ["logo_key", "attestation_key"])
def test_a_picture_with_a_caption_is_kept(language: str, column: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of(language)
    captions = {
        "logo_key": {"fr": "mon logo", "tr": "logom"},
        "attestation_key": {"fr": "mon attestation décennale", "tr": "sigorta belgem"},
    }
    caption = captions[column][language]
    (refused,) = artisan.say(caption)
    assert {"fr": "légende", "tr": "yazıyla"}[language] in refused

    answers = artisan.say(caption, file=picture(), filename="image.png", mimetype="image/png")
    assert {"fr": "enregistrée" if column[0] == "a" else "enregistré", "tr": "kaydettim"}[language] in answers[-1]
    (row,) = artisan.stack.rows(
        "select logo_key, attestation_key from organizations where id = %(id)s", id=artisan.organization_id
    )
    assert row[column].startswith(f"org/{artisan.organization_id}/company/{column.removesuffix('_key')}-")

    broken = base64.b64encode(b"\x89PNG broken").decode()
    answers = artisan.say(caption, file=broken, filename="image.png", mimetype="image/png")
    assert {"fr": "Je n'arrive pas", "tr": "okuyamadım"}[language] in answers[-1]


GATE = {
    "fr": {
        "quote": "devis pour Mme Petit 3 rue Pasteur 69003 Lyon, 20 m² de carrelage à 45",
        "answers": ["{siret}", "12 rue des Forges 69100 Villeurbanne", "MAAF, contrat 12345, Chaban 79180 Chauray"],
        "asked": ["SIRET", "adresse", "décennale"],
        "ok": "ok",
    },
    "tr": {
        "quote": "Mme Petit'ye devis, 3 rue Pasteur 69003 Lyon, 20 m² karo 45'ten",
        "answers": ["{siret}", "12 rue des Forges 69100 Villeurbanne", "MAAF, poliçe 12345, Chaban 79180 Chauray"],
        "asked": ["SIRET", "adres", "décennale"],
        "ok": "tamam",
    },
}
GATE_SIRETS = {"fr": "844 793 380 00016", "tr": "830 113 353 00015"}


def test_what_blocks_a_first_quote_is_asked_once_and_then_it_leaves(
    language: str, artisan_of: Callable[..., Artisan]
) -> None:
    artisan = artisan_of(language, complete=False)
    words = GATE[language]
    said = artisan.say(words["quote"])[-1]
    for answer, asked in zip(words["answers"], words["asked"], strict=True):
        assert asked in said, said
        assert artisan.awaiting is not None and artisan.awaiting.startswith("slot:company.")
        said = artisan.say(answer.format(siret=GATE_SIRETS[language]))[-1]
    assert artisan.awaiting == "confirm:issue"
    artisan.say(words["ok"])
    (document,) = artisan.documents()
    assert document["number"].startswith("DEVIS-")
    assert company(artisan)["insurance_status"] == "insured"

    again = artisan.say(words["quote"].replace("Petit", "Garance"))[-1]
    assert artisan.awaiting == "confirm:issue" and not any(asked in again for asked in words["asked"])


TAKEN = {"fr": "348 675 132 00018", "tr": "480 217 604 00012"}


def test_a_siret_of_another_account_is_refused_in_words(language: str, artisan_of: Callable[..., Artisan]) -> None:
    """The number is right and somebody has it: he is told so, and the rest of the message is noted."""
    siret = made_up_siret(TAKEN[language][:11].replace(" ", ""))
    artisan_of(language, siret=siret)
    artisan = artisan_of(language, complete=False)
    told = {
        "fr": "mon SIRET c'est {}, mon adresse c'est 12 rue des Forges 69100 Villeurbanne",
        "tr": "SIRET numaram {}, adresim 12 rue des Forges 69100 Villeurbanne",
    }
    (refused,) = artisan.say(told[language].format(siret))
    assert {"fr": "*humain*", "tr": "*insan*"}[language] in refused
    assert company(artisan)["siret"] is None and company(artisan)["postal_code"] == "69100"


def made_up_siret(digits: str) -> str:
    """A SIRET with valid keys that begins with these eight digits."""
    siren = digits[:8] + luhn.calc_check_digit(digits[:8])
    return siren + "0001" + luhn.calc_check_digit(siren + "0001")

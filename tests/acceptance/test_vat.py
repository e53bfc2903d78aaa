"""VAT in conversation: each rate with its reason, and the one question that a rate may need."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.acceptance.people import Artisan


def lines(artisan: Artisan) -> list[dict[str, Any]]:
    return [
        dict(row)
        for row in artisan.stack.rows(
            "select vat_category, vat_rate, vat_reason, vat_basis from quote_items where organization_id = %(id)s "
            "order by position",
            id=artisan.organization_id,
        )
    ]


def rates(artisan: Artisan) -> list[tuple[str, Decimal, str]]:
    return [(row["vat_category"], row["vat_rate"], row["vat_reason"]) for row in lines(artisan)]


THREE_RATES = {
    "fr": "devis Mme Petit, maison de 1975, peinture salon 500, isolation combles r 7 1200, chaudière gaz posée 3000",
    "tr": "Mme Petit'ye devis, ev 1975 yapımı, salon boyası 500, çatı arası yalıtım r 7 1200, yeni kombi montajı 3000",
}


def test_every_line_has_its_rate_and_its_article(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of(language)
    artisan.say(THREE_RATES[language])
    assert rates(artisan) == [
        ("S", Decimal("10.00"), "old_dwelling"),
        ("S", Decimal("5.50"), "energy_works"),
        ("S", Decimal("20.00"), "fossil_boiler"),
    ]
    assert [row["vat_basis"] for row in lines(artisan)] == [
        "art. 279-0 bis du CGI",
        "art. 278-0 bis A du CGI",
        "art. 278 du CGI",
    ]


FOR_A_BUILDER = {
    "fr": ["devis SARL Bati Sud, cloisons placo 200 m² à 35", "c'est une entreprise générale"],
    "tr": ["SARL Bati Sud'a devis, alçıpan bölme 200 m² 35'ten", "müşteri müteahhit"],
}
SUBCONTRACTED = {"fr": "sous-traitance", "tr": "taşeron"}
YES = {"fr": "oui", "tr": "evet"}
NO = {"fr": "non", "tr": "hayır"}


def test_works_for_a_builder_are_asked_once_and_yes_reverses_the_charge(
    language: str, artisan_of: Callable[..., Artisan]
) -> None:
    artisan = artisan_of(language)
    for text in FOR_A_BUILDER[language]:
        reply = artisan.say(text)[-1]
    assert SUBCONTRACTED[language] in reply and rates(artisan) == [("S", Decimal("20.00"), "main_contractor")]
    reply = artisan.say(YES[language])[-1]
    assert SUBCONTRACTED[language] + " " not in reply and "utoliquidation" in reply
    assert rates(artisan) == [("AE", Decimal("0.00"), "reverse_charge")]


def test_works_for_a_builder_of_his_own_are_at_the_normal_rate(
    language: str, artisan_of: Callable[..., Artisan]
) -> None:
    for answer in (NO[language], "2"):
        artisan = artisan_of(language)
        for text in FOR_A_BUILDER[language]:
            artisan.say(text)
        reply = artisan.say(answer)[-1]
        assert "?" not in reply.split("\n")[-1] or SUBCONTRACTED[language] not in reply
        assert rates(artisan) == [("S", Decimal("20.00"), "main_contractor")]


MIXED = {
    "fr": ["devis Mme Petit, réfection toiture 8000", "c'est un local mixte"],
    "tr": ["Mme Petit'ye devis, çatı yenileme 8000", "karma bina"],
}
SHARE = {"fr": "60 % d'habitation", "tr": "%60 konut"}


def test_mixed_premises_are_asked_for_their_share(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of(language)
    for text in MIXED[language]:
        artisan.say(text)
    assert rates(artisan) == [("S", Decimal("20.00"), "business_premises")]
    artisan.say(SHARE[language])
    assert rates(artisan) == [("S", Decimal("10.00"), "mixed_premises")]


OVERSEAS = {"fr": "chantier à la Réunion", "tr": "şantiye Réunion'da"}
TWENTY = {"fr": "TVA 20", "tr": "kdv 20"}


def test_the_place_of_the_works_has_its_own_rates(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of(language)
    artisan.say({"fr": "devis Mme Petit, peinture salon 500", "tr": "Mme Petit'ye devis, salon boyası 500"}[language])
    artisan.say(OVERSEAS[language])
    assert rates(artisan) == [("S", Decimal("2.10"), "old_dwelling_assumed")]
    (refused, *_) = artisan.say(TWENTY[language])
    assert "8,5" in refused and "2,1" in refused
    assert rates(artisan) == [("S", Decimal("2.10"), "old_dwelling_assumed")]


SHOP = {"fr": ["devis Mme Petit, peinture 500", "c'est une boutique"], "tr": ["Mme Petit'ye devis, boya 500", "dükkân"]}
TEN = {"fr": "TVA 10", "tr": "kdv 10"}
KEPT = {"fr": "la loi veut le taux normal", "tr": "kanun normal oran istiyor"}


def test_a_rate_against_the_law_stays_but_not_silently(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of(language)
    for text in SHOP[language]:
        artisan.say(text)
    artisan.say(TEN[language])
    assert rates(artisan) == [("S", Decimal("10.00"), "said")]
    recap = "\n".join(artisan.say({"fr": "récap", "tr": "özet"}[language]))
    assert KEPT[language] in recap

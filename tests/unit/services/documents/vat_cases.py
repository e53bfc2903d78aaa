"""Reads the labelled lines of ``data/vat_labels_*.yaml`` and proposes the VAT of each as the application does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from services.documents.designations import designate
from services.documents.schemas import Address, Buyer, Seller, Site
from services.documents.vat import VatProposal, propose_vat

DATA = Path(__file__).parent / "data"
TODAY = date(2026, 11, 27)
_SITE = ("premises", "dwelling_share", "completed_year", "age_years", "territory", "subcontracting")


@dataclass(frozen=True)
class Labelled:
    """A line as written and what the law gives it."""

    language: str
    words: str
    rate: Decimal
    category: str
    reason: str
    facts: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.words} {self.facts}"


def labelled(language: str) -> list[Labelled]:
    """All lines of a language."""
    groups = yaml.safe_load((DATA / f"vat_labels_{language}.yaml").read_text(encoding="utf-8"))
    found = []
    for group in groups:
        for line in group["lines"]:
            expected, words = line.split(" | ", 1)
            rate, category, reason = expected.split()
            found.append(Labelled(language, words, Decimal(rate), category, reason, group["facts"]))
    return found


def seller(regime: str = "standard", postal_code: str = "69003") -> Seller:
    return Seller(
        organization_id=UUID(int=1),
        name="Bâti Rhône",
        vat_regime=regime,  # type: ignore[arg-type]
        address=Address(line="1 rue des Lilas", postal_code=postal_code, city="Lyon"),
    )


def proposed(case: Labelled) -> VatProposal:
    """The proposal of the engine for a labelled line."""
    facts = case.facts
    buyer = Buyer(
        name="Client",
        kind=facts.get("buyer_kind", "consumer"),
        main_contractor=facts.get("main_contractor", False),
        vat_number=facts.get("vat_number"),
        address=Address(postal_code=facts.get("postal_code"), country=facts.get("country", "FR")),
    )
    site = Site(
        address=Address(postal_code=facts.get("site_postal_code")), **{k: facts[k] for k in _SITE if k in facts}
    )
    french = designate(case.words, case.language).french  # type: ignore[arg-type]
    return propose_vat(
        case.words, french, seller=seller(facts.get("seller_regime", "standard")), buyer=buyer, site=site, on=TODAY
    )

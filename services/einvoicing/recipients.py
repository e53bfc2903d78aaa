"""Which invoices go to the platform, and under which rule (legal.md 65): sales to French businesses and public bodies."""

from __future__ import annotations

from services.clients.identifiers import siren_of
from services.documents.einvoice_parties import buyer_siren
from services.documents.schemas import Buyer, Seller
from services.einvoicing.schemas import ProcessingRule

FRANCE = "FR"


def processing_rule(buyer: Buyer | None) -> ProcessingRule | None:
    """B2B or B2G for buyers whose invoices go through the platform; None for consumers and foreign buyers."""
    if buyer is None or buyer.kind in ("consumer", "foreign") or buyer.address.country != FRANCE:
        return None
    return "B2G" if buyer.kind == "public" else "B2B"


def is_reported(buyer: Buyer | None) -> bool:
    """True when the sale is reported instead: consumers and buyers abroad (AII 242 nonies M)."""
    return processing_rule(buyer) is None


def seller_siren(seller: Seller) -> str | None:
    return siren_of(siret=seller.siret)


def electronic_address(buyer: Buyer) -> str | None:
    """Address of the French directory, scheme 0225: the one that was given, else the SIREN (legal.md 67)."""
    return buyer.einvoicing_address or buyer_siren(buyer)

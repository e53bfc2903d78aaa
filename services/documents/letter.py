"""What accompanies a document to the client: the values of the message, always in French and with « vous » (UX-91)."""

from __future__ import annotations

from typing import Any

from services.documents.amounts import date_text, euros
from services.documents.deadlines import payment_due, valid_until
from services.documents.schemas import Buyer, Document, Seller
from services.documents.totals import compute_totals

_SALUTATIONS = {"M.": "Monsieur", "Mme": "Madame"}


def client_message(document: Document, seller: Seller) -> dict[str, Any]:
    """Salutation, number, revision, total, date limit and signature for the template ``client.<kind>``."""
    last_day = valid_until(document) if document.kind == "quote" else payment_due(document)
    return {
        "salutation": salutation(document.buyer),
        "number": document.number,
        "revision": document.revision,
        "total": euros(compute_totals(document).net_to_pay),
        "last_day": date_text(last_day) if last_day else None,
        "signature": seller.signature_name or seller.name,
    }


def salutation(buyer: Buyer | None) -> str:
    """« Bonjour Madame Petit » for a person with a title, « Bonjour » for everybody else."""
    if buyer is None or buyer.title not in _SALUTATIONS:
        return "Bonjour"
    return f"Bonjour {_SALUTATIONS[buyer.title]} {buyer.name}"

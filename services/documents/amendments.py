"""Amendments (avenants): the change of a signed quote is a quote of its own that adds to it (UX-49, legal.md 15). Pure."""

from __future__ import annotations

from db.models.base import new_id
from services.documents.deposits import reference_to
from services.documents.schemas import Document


def amendment_of(quote: Document) -> Document:
    """An empty amendment to an issued quote: same client, place and terms; its lines are what is added or taken away.

    Work that is dropped is a line with a negative quantity: the contract then shrinks by it.
    """
    return Document(
        id=new_id(),
        kind="quote",
        version=0,
        amends=reference_to(quote),
        buyer=quote.buyer.model_copy(deep=True) if quote.buyer else None,
        site=quote.site.model_copy(deep=True),
        validity_days=quote.validity_days,
        due_days=quote.due_days,
        retention_percent=quote.retention_percent,
        off_premises=quote.off_premises,
        urgent=quote.urgent,
        buyer_reference=quote.buyer_reference,
        waste=quote.waste,
    )

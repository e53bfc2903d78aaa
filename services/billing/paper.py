"""The printed subscription invoice, made with the document engine: frozen when it gets its number (C08, R132).

The platform is the seller, the company the buyer; VAT and totals are those that Stripe has charged, to the cent.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from db.models import Organization, SubscriptionInvoice
from db.settings import Settings
from services.billing.schemas import VAT_RATE, Issuer
from services.documents.amounts import date_text, typeset
from services.documents.mentions import Mention, mentions_for
from services.documents.schemas import Address, Buyer, Document, DocumentReference, Line, Seller, Totals, VatLine
from services.documents.totals import compute_totals
from services.storage.keys import checked_key

PARIS = ZoneInfo("Europe/Paris")
_OF_ANY_BUSINESS = (
    "seller_identity",
    "seller_registration",
    "late_penalties",
    "no_early_discount",
    "recovery_fee",
)
"""The house's mentions that hold for a service too."""
_DEMO_ISSUER = Issuer(
    name="Usta (démonstration)",
    legal_form="SAS",
    capital=Decimal(10000),
    rcs_city="Lyon",
    siret="90000000100009",
    vat_number="FR68900000001",
    address_line="1 place Bellecour",
    postal_code="69002",
    city="Lyon",
    email="facturation@usta.example",
)


class NoIssuer(RuntimeError):
    """BILLING_ISSUER does not say who issues the invoices: none gets its number until it does."""


def issuer_of(configured: Settings) -> Issuer:
    """Who issues the invoices; beside the simulated Stripe a company that does not exist. Raises ``NoIssuer``."""
    if configured.billing_issuer:
        return Issuer.model_validate(configured.billing_issuer)
    if configured.billing == "stripe":
        raise NoIssuer
    return _DEMO_ISSUER


def frozen(
    row: SubscriptionInvoice, organization: Organization, issuer: Issuer, credits: SubscriptionInvoice | None = None
) -> dict[str, Any]:
    """The snapshot of a paid invoice, or of a credit note of the invoice ``credits``, numbered and with its day of issue."""
    assert row.number is not None and row.issue_date is not None
    document = _document(row, organization)
    if credits is not None:
        assert credits.number is not None
        document.kind, document.due_date = "credit_note", None
        document.corrects = DocumentReference(
            id=credits.id, kind="invoice", number=credits.number, issue_date=credits.issue_date
        )
    seller = _seller(issuer, organization.id)
    totals = compute_totals(document)
    return {
        "document": document.model_dump(mode="json"),
        "seller": seller.model_dump(mode="json"),
        "totals": totals.model_dump(mode="json"),
        "mentions": [mention.model_dump(mode="json") for mention in _mentions(row, document, seller, totals)],
    }


def pdf_key(organization_id: UUID, number: str) -> str:
    """Where the PDF is kept."""
    return checked_key(f"org/{organization_id}/subscription-invoices/{number}.pdf")


def _document(row: SubscriptionInvoice, organization: Organization) -> Document:
    vat = [VatLine(category="S", rate=VAT_RATE, base=row.subtotal, amount=row.vat_amount)]
    return Document(
        id=row.id,
        kind="invoice",
        status="issued",
        number=row.number,
        buyer=Buyer(
            name=organization.name,
            kind="business",
            billing_address=Address(
                line=organization.address_line, postal_code=organization.postal_code, city=organization.city
            ),
            siren=organization.siret[:9] if organization.siret else None,
            siret=organization.siret,
            vat_number=organization.vat_number,
            email=organization.email,
        ),
        lines=[_line(position, told) for position, told in enumerate(row.lines, start=1)],
        issue_date=row.issue_date,
        due_date=row.issue_date,
        due_days=0,
        period_start=_day(row.period_start),
        period_end=_last_day(row.period_end),
        vat_locked=vat,
    )


def _line(position: int, told: dict[str, Any]) -> Line:
    start = _day(datetime.fromisoformat(told["start"])) if told["start"] else None
    end = _last_day(datetime.fromisoformat(told["end"])) if told["end"] else None
    period = f", du {date_text(start)} au {date_text(end)}" if start and end else ""
    return Line(
        position=position,
        description=typeset(f"{told['description']}{period}"),
        chat_label=told["description"],
        said=told["description"],
        quantity=Decimal(1),
        unit="forfait",
        unit_price=Decimal(told["amount"]),
        vat_rate=VAT_RATE,
    )


def _seller(issuer: Issuer, organization_id: UUID) -> Seller:
    return Seller(
        organization_id=organization_id,
        name=issuer.name,
        legal_form=issuer.legal_form,
        capital=issuer.capital,
        rcs_city=issuer.rcs_city,
        siret=issuer.siret,
        vat_number=issuer.vat_number,
        address=Address(line=issuer.address_line, postal_code=issuer.postal_code, city=issuer.city),
        email=issuer.email,
        phone=issuer.phone,
        insurance_status="not_required",
    )


def _mentions(row: SubscriptionInvoice, document: Document, seller: Seller, totals: Totals) -> list[Mention]:
    """Who issues, and the house's mentions between businesses (C. com. L441-9, L441-10, D441-5); what is of works is not."""
    assert row.issue_date is not None
    kept = [each for each in mentions_for(document, seller, totals, row.issue_date) if each.code in _OF_ANY_BUSINESS]
    paid = _day(row.paid_at)
    own = [Mention(code="category", place="terms", text=typeset("Catégorie de l'opération : prestation de services"))]
    if paid is not None:
        done = "Remboursé" if document.kind == "credit_note" else "Facture acquittée"
        text = typeset(f"{done} le {date_text(paid)} par carte bancaire.")
        own.append(Mention(code="paid", place="payment", text=text))
    return [*kept, *own]


def _last_day(end: datetime | None) -> date | None:
    """The last day of a period: it ends at the moment when the next begins."""
    return _day(end - timedelta(days=1)) if end else None


def _day(at: datetime | None) -> date | None:
    return at.astimezone(PARIS).date() if at else None

"""Writing the head of a draft: client, place, VAT, discount, deposit, retention, terms, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.clients import service as clients
from services.documents import editing
from services.documents.editing import EditRefused
from services.documents.schemas import Discount, Document, Site, Waste
from services.office.schemas import CreditFacts, DiscountFacts, DraftFacts, RetentionFacts, ShareFacts, SiteFacts

if TYPE_CHECKING:
    from services.office.drafting import Office

_TERMS = (
    "service_date", "service_month", "start_date", "period_start", "period_end", "received_on", "validity_days",
    "due_days", "due_date",
)  # fmt: skip
_ALWAYS = frozenset(["validity_days", "due_days"])
_PLAIN = ("buyer_reference", "off_premises", "urgent", "notes")


async def write(office: Office, document: Document, facts: DraftFacts, given: dict[str, Any]) -> None:
    """Writes ``given``, the fields of ``facts`` that count. Raises ``ClientUnknown`` and ``EditRefused``."""
    if "client_id" in given:
        await _client(office, document, facts)
    if "site" in given:
        _site(document, facts.site)
    if "subcontracting" in given:
        editing.set_subcontracting(document, facts.subcontracting)
    terms = {name: given[name] for name in _TERMS if name in given and not (name in _ALWAYS and given[name] is None)}
    if terms:
        editing.set_term(document, **terms)
    for name in _PLAIN:
        if name in given:
            setattr(document, name, given[name])
    if "waste" in given:
        document.waste = Waste(**facts.waste.model_dump()) if facts.waste else None
    if "retention" in given:
        _retention(document, facts.retention)
    if "deposit" in given:
        _deposit(document, facts.deposit)
    if "credit" in given:
        _credit(document, facts.credit)
    if given.get("progress_percent") is not None:
        editing.set_progress(document, given["progress_percent"])
    if given.get("vat_rate") is not None:
        editing.set_vat_rate(
            document, document.lines, given["vat_rate"], office.seller, office.default_rate, office.today
        )
    if "discount" in given:
        discount = _discount(facts.discount)
        editing.set_discount(document, discount, office.seller, office.default_rate, office.today)


async def _client(office: Office, document: Document, facts: DraftFacts) -> None:
    if facts.client_id is None:
        if document.quote_id or document.corrects or document.amends:
            raise EditRefused("client_follows", client=document.buyer.name if document.buyer else None, other=None)
        document.buyer = None
        return
    client = await clients.get(office.session, office.id, facts.client_id)
    editing.make_out_to(document, clients.buyer(client))


def _site(document: Document, facts: SiteFacts | None) -> None:
    if facts is None:
        document.site = Site(subcontracting=document.site.subcontracting)
        return
    editing.set_site(document, **facts.given())


def _retention(document: Document, facts: RetentionFacts | None) -> None:
    if facts is None:
        editing.drop_retention(document)
    else:
        editing.set_retention(document, facts.percent, facts.until)


def _deposit(document: Document, facts: ShareFacts | None) -> None:
    if facts is not None:
        editing.set_deposit(document, facts.percent, facts.amount)
    elif document.kind == "quote":
        document.deposit_percent = document.deposit_amount = None
    else:
        raise EditRefused("deposit_how_much")


def _credit(document: Document, facts: CreditFacts | None) -> None:
    if document.kind != "credit_note":
        raise EditRefused("credit_on_what")
    take_back(document, facts or CreditFacts())


def take_back(document: Document, facts: CreditFacts) -> None:
    """What a credit note takes back; its lines are derived from it."""
    document.credit_percent, document.credit_amount = facts.percent, facts.amount
    document.credit_lines, document.lines = list(facts.lines), []


def _discount(facts: DiscountFacts | None) -> Discount | None:
    if facts is None:
        return None
    mode = facts.price_mode or ("ttc" if facts.target_total is not None else "ht")
    return Discount(percent=facts.percent, amount=facts.amount, target_total=facts.target_total, price_mode=mode)

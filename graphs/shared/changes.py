"""What a correction changed, said line by line (UX-36): the difference between the document before and after the turn."""

from __future__ import annotations

from graphs.shared.wording import Wording, client_text
from services.documents.amounts import amount_text, quantity_text, rate_text, unit_price_text
from services.documents.schemas import Address, Document, Line


def changed_lines(before: Wording, after: Wording) -> list[str]:
    """One sentence per change of lines, VAT, discount, client, site and notes; empty when the words alone moved."""
    said = _lines(before, after)
    old, new = before.document, after.document
    if old.discount != new.discount:
        view = after.totals_view()
        said.append(
            after.say("changes.discount", discount=view["discount"], discount_label=view["discount_label"])
            if view["discount"]
            else after.say("changes.no_discount")
        )
    said += _client(old, after)
    if old.site.address != new.site.address:
        said.append(after.say("changes.site", address=new.site.address.one_line()))
    if old.site.subcontracting != new.site.subcontracting:
        said.append(after.say("changes.subcontracting", value=new.site.subcontracting))
    said += [after.say("changes.note", text=note) for note in new.notes if note not in old.notes]
    said += _terms(before, after)
    if new.kind != "quote" and (old.service_date, old.service_month, old.due_days, old.due_date) != (
        new.service_date,
        new.service_month,
        new.due_days,
        new.due_date,
    ):
        said.append(after.remarks()[-1])
    if new.kind == "quote" and (old.validity_days, old.start_date) != (new.validity_days, new.start_date):
        said.append(after.say("changes.dates", text=_quote_dates(after)))
    return said


def _terms(before: Wording, after: Wording) -> list[str]:
    """What changed in the conditions: guarantee taken away, where it was agreed, order number, waste, share of the quote."""
    old, new = before.document, after.document
    said = [text for text in after.facts() if text not in before.facts()]
    if old.retention_percent and not new.retention_percent:
        said.append(after.say("changes.no_retention"))
    if (now := after.share()) and now != before.share():
        said.append(after.say("changes.share", kind=new.kind, percent=now))
    return said


def _quote_dates(after: Wording) -> str:
    document = after.document
    start = f" · {document.start_date:%d/%m/%Y}" if document.start_date else ""
    return {
        "fr": f"Validité {document.validity_days} jours{start}",
        "tr": f"Geçerlilik {document.validity_days} gün{start}",
    }[after.language]


def _lines(before: Wording, after: Wording) -> list[str]:
    old = {line.key: line for line in before.document.lines}
    new = {line.key: line for line in after.document.lines}
    said = [
        after.say("changes.removed", label=line.chat_label, amount=before.amount(line))
        for key, line in old.items()
        if key not in new
    ]
    for key, line in new.items():
        if key not in old:
            said.append(
                after.say(
                    "changes.added",
                    n=line.position,
                    label=line.chat_label,
                    amount=after.amount(line),
                    flag=bool(line.doubt),
                )
            )
        elif sentence := _line(old[key], line, before, after):
            said.append(sentence)
    return said


def _line(old: Line, new: Line, before: Wording, after: Wording) -> str | None:
    prices = old.unit_price != new.unit_price or old.price_mode != new.price_mode
    quantities = old.quantity != new.quantity or old.unit != new.unit
    words = old.chat_label != new.chat_label
    several = new.quantity is not None and new.quantity != 1
    discounts = (old.discount_percent, old.discount_amount) != (new.discount_percent, new.discount_amount)
    if discounts or prices + quantities + words > 1 or (quantities and old.quantity is None):
        return after.say("changes.line", n=new.position, label=new.chat_label, amount=after.amount(new))
    if prices:
        total = after.amount(new).rsplit("= ", 1)[-1] if several else None
        return after.say("changes.price", n=new.position, old=_price(old), new=_price(new), amount=total)
    if quantities:
        price = unit_price_text(new.unit_price) if new.unit_price is not None else "?"
        return after.say(
            "changes.quantity",
            label=new.chat_label,
            old=quantity_text(old.quantity) if old.quantity is not None else "?",
            new=after.quantity(new),
            price=price,
            amount=after.amount(new).rsplit("= ", 1)[-1] if new.unit_price is not None else None,
        )
    if old.section != new.section and new.section:
        return after.say("changes.section", n=new.position, title=new.section)
    if words:
        return after.say("changes.label", n=new.position, label=new.chat_label)
    if old.vat_rate != new.vat_rate and new.vat_reason == "said":
        return (
            after.say("changes.vat", n=new.position, new=rate_text(new.vat_rate), reason="") if new.vat_rate else None
        )
    return None


def _price(line: Line) -> str:
    if line.unit_price is None:
        return "?"
    return amount_text(line.unit_price) + (" TTC" if line.price_mode == "ttc" else "")


def _one_line(address: Address | None) -> str | None:
    return address.one_line() if address else None


def _client(old: Document, after: Wording) -> list[str]:
    new = after.document
    if new.buyer is None:
        return []
    if old.buyer is None or old.buyer.client_id != new.buyer.client_id:
        return [after.say("changes.client", client=client_text(new.buyer), about=after.about(new_client=False))]
    facts = {
        "address": (old.buyer.address.one_line(), new.buyer.address.one_line()),
        "phone": (old.buyer.phone, new.buyer.phone),
        "email": (old.buyer.email, new.buyer.email),
        "kind": (old.buyer.kind, new.buyer.kind),
        "billing_address": (_one_line(old.buyer.billing_address), _one_line(new.buyer.billing_address)),
        "country": (old.buyer.address.country, new.buyer.address.country),
        "siren": (old.buyer.siren, None if new.buyer.siret else new.buyer.siren),
        "siret": (old.buyer.siret, new.buyer.siret),
        "vat_number": (old.buyer.vat_number, new.buyer.vat_number),
        "einvoicing_address": (old.buyer.einvoicing_address, new.buyer.einvoicing_address),
        "main_contractor": (old.buyer.main_contractor, new.buyer.main_contractor),
        "small_business": (old.buyer.small_business, new.buyer.small_business),
        "name": (old.buyer.name, new.buyer.name),
    }
    return [
        after.say("changes.client_fact", field=field, fact=now)
        for field, (was, now) in facts.items()
        if now and was != now
    ]

"""Seller, client and site of the printed page, as ready texts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.documents.amounts import date_text
from services.documents.identity import grouped_siret, phone_text, siren
from services.documents.schemas import Address, Buyer, Document, Seller, Site
from services.documents.table_view import Printed


@dataclass(frozen=True)
class BuyerBlock:
    """The client as in the window of an envelope. ``blank`` asks for a line on which the address is written by hand."""

    name: str
    lines: tuple[str, ...]
    identifiers: tuple[str, ...]
    blank: bool


def seller_lines(seller: Seller, text: Printed) -> tuple[str, ...]:
    """Address, phone and e-mail of the company."""
    return _lines(text, *_address(seller.address), phone_text(seller.phone), seller.email)


def monogram(name: str) -> str:
    """One or two letters: a first word that is initials already (« KB Plomberie »), else those of the first words."""
    words = re.findall(r"\w+", name)
    if not words:
        return ""
    if words[0].isupper() and len(words[0]) in (2, 3):
        return words[0][:2]
    return "".join(word[0] for word in words[:2]).upper()


def buyer_block(document: Document, text: Printed) -> BuyerBlock | None:
    """The client at the address this kind of document goes to: invoices to the billing address, quotes to his own."""
    buyer = document.buyer
    if buyer is None:
        return None
    address = _sent_to(document, buyer)
    return BuyerBlock(
        name=text(buyer_name(buyer)),
        lines=_lines(text, *_address(address)),
        identifiers=_identifiers(document, buyer, text),
        blank=document.kind == "quote" and address.one_line() is None,
    )


def buyer_name(buyer: Buyer) -> str:
    """« Mme Lefebvre »."""
    return " ".join(part for part in (buyer.title, buyer.name) if part)


def site_lines(document: Document, text: Printed) -> tuple[str, ...]:
    """Where the works are (legal.md 11); the client's address when no other place was told."""
    site, buyer = document.site.address, document.buyer
    premises = _premises(document.site)
    if site.one_line():
        return _lines(text, *_address(site), premises)
    if buyer and buyer.address.one_line():
        if _sent_to(document, buyer) != buyer.address:
            return _lines(text, *_address(buyer.address), premises)
        return _lines(text, "À l'adresse du client", premises)
    return _lines(text, premises)


def _sent_to(document: Document, buyer: Buyer) -> Address:
    billing = buyer.billing_address
    return billing if billing and billing.one_line() and document.kind != "quote" else buyer.address


def _identifiers(document: Document, buyer: Buyer, text: Printed) -> tuple[str, ...]:
    number, establishment = siren(buyer.siren or buyer.siret), grouped_siret(buyer.siret)
    billing = buyer.billing_address.one_line() if buyer.billing_address and document.kind == "quote" else None
    return _lines(
        text,
        f"Facturation : {billing}" if billing and billing != buyer.address.one_line() else None,
        f"SIRET {establishment}" if establishment else f"SIREN {number}" if number else None,
        f"TVA {buyer.vat_number}" if buyer.vat_number else None,
    )


def _lines(text: Printed, *values: str | None) -> tuple[str, ...]:
    return tuple(text(value) for value in values if value)


def _address(address: Address) -> tuple[str | None, str | None]:
    town = " ".join(part for part in (address.postal_code, address.city) if part)
    return address.line, town or None


def _premises(site: Site) -> str | None:
    """The fact that decides VAT, as the artisan told it; nothing that was only supposed."""
    if site.premises == "business":
        return "Local professionnel"
    if site.premises == "new_build":
        return "Construction neuve"
    if site.completed_on is not None:
        return f"Logement achevé le {date_text(site.completed_on)}"
    return f"Logement achevé en {site.completed_year}" if site.completed_year is not None else None

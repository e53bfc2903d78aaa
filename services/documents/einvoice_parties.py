"""Seller, buyer and place of delivery as an electronic invoice names them (BG-4, BG-7, BG-13)."""

from __future__ import annotations

import re
from typing import Any

from services.clients.identifiers import siren_of
from services.documents.einvoice_codes import treatment
from services.documents.identity import printed_name
from services.documents.printable import plain_text
from services.documents.schemas import Address, Buyer, Document, Seller

Party = dict[str, Any]

_SIREN_SCHEME, _SIRET_SCHEME, _DIRECTORY, _EMAIL = "0002", "0009", "0225", "EM"
NO_ADDRESS = "client@sans-adresse.invalid"
"""BT-49 is mandatory even for a client who has no electronic address (BR-FR-12): a name that never resolves (RFC 2606)."""


def buyer_siren(buyer: Buyer) -> str | None:
    """Nine digits of a client who has any; those of the SIRET first, because both must agree (BR-FR-09)."""
    if buyer.kind == "consumer":
        return None
    return siren_of(siret=buyer.siret) or siren_of(siren=buyer.siren, vat_number=buyer.vat_number)


def seller_party(seller: Seller, *, hide_vat_number: bool) -> Party:
    """The company. Without a VAT number the SIREN identifies it for taxes (BT-32, BR-E-02).

    ``hide_vat_number``: an invoice outside the scope of VAT names no VAT number (BR-O-02). Raises ``ValueError``
    when the SIREN is not known: a French seller cannot be named without (BR-FR-10).
    """
    siren = siren_of(siret=seller.siret)
    if siren is None:
        raise ValueError("an electronic invoice needs the SIRET of the seller")
    franchise = seller.vat_regime == "franchise"
    vat_number = None if franchise or hide_vat_number else _bare(seller.vat_number)
    return _known(
        {
            "name": plain_text(printed_name(seller)),
            "legal_identifier": siren,
            "legal_identifier_schemeid": _SIREN_SCHEME,
            "identifiers": {_SIRET_SCHEME: _digits(seller.siret)},
            "vat_identifier": vat_number,
            "tax_identifier": None if vat_number or hide_vat_number else siren,
            "legal_info": _legal_form(seller),
            "contacts": _contacts(seller),
            "einvoicing_addr": _directory_address(seller.einvoicing_address, siren) or siren,
            "einvoicing_addr_schemeid": _DIRECTORY,
        }
        | _address(seller.address)
    )


def buyer_party(buyer: Buyer, *, hide_vat_number: bool) -> Party:
    """The client; in France a business is addressed by its SIREN, everybody else by e-mail (legal.md 67)."""
    siren = buyer_siren(buyer)
    siret = _digits(buyer.siret)
    by_directory = treatment(buyer, siren) == "B2B" and siren is not None
    electronic = (_directory_address(buyer.einvoicing_address, siren) or siren) if by_directory else _email(buyer.email)
    return _known(
        {
            "name": plain_text(" ".join(part for part in (buyer.title, buyer.name) if part)) or "Client",
            "legal_identifier": siren,
            "legal_identifier_schemeid": _SIREN_SCHEME if siren else None,
            "identifiers": {_SIRET_SCHEME: siret} if siren and len(siret) == 14 else None,
            "vat_identifier": None if hide_vat_number else _bare(buyer.vat_number),
            "einvoicing_addr": electronic or NO_ADDRESS,
            "einvoicing_addr_schemeid": _DIRECTORY if by_directory else _EMAIL,
        }
        | _address(buyer.billing_address or buyer.address)
    )


def delivery_party(document: Document) -> Party:
    """Where the works are (AII 242 nonies A I 7° bis): the site, else the client's address."""
    site, buyer = document.site.address, document.buyer
    place = site if site.one_line() or buyer is None else buyer.address
    return _known({"name": plain_text(buyer.name) if buyer else None} | _address(place))


def _address(address: Address) -> Party:
    return {
        "addr_l1": plain_text(address.line or ""),
        "postcode": plain_text(address.postal_code or ""),
        "city": plain_text(address.city or ""),
        "country_code": address.country or "FR",
    }


def _legal_form(seller: Seller) -> str | None:
    """BT-33: form, capital and register of a company (C. com. R123-238)."""
    parts = [seller.legal_form]
    if seller.capital:
        parts.append(f"capital {seller.capital:.2f} EUR")
    if seller.rcs_city:
        parts.append(f"RCS {seller.rcs_city}")
    return plain_text(", ".join(part for part in parts if part)) or None


def _contacts(seller: Seller) -> list[Party] | None:
    contact = _known(
        {
            "name": plain_text(seller.signature_name or seller.name),
            "phone": plain_text(seller.phone or ""),
            "email": _email(seller.email),
        }
    )
    return [contact] if len(contact) > 1 else None


def _directory_address(address: str | None, siren: str | None) -> str | None:
    """The address in the directory when it is one of this company and well formed (BR-FR-21, BR-FR-23)."""
    bare = (address or "").strip()
    fits = siren is not None and bare.startswith(siren) and re.fullmatch(r"[A-Za-z0-9+_.-]{1,125}", bare)
    return bare if fits else None


def _email(address: str | None) -> str | None:
    bare = (address or "").strip()
    return bare if re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", bare) and plain_text(bare) == bare else None


def _bare(number: str | None) -> str | None:
    return re.sub(r"[^A-Z0-9]", "", (number or "").upper()) or None


def _digits(number: str | None) -> str:
    return re.sub(r"\D", "", number or "")


def _known(party: Party) -> Party:
    return {name: value for name, value in party.items() if value}

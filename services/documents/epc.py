"""The QR code that fills in a bank transfer (EPC069-12, version 002): the payer's bank application reads it."""

from __future__ import annotations

import re
from decimal import Decimal

import segno
from segno.helpers import make_epc_qr

from services.documents.schemas import PAYABLE, Document, Seller, Totals

LARGEST = Decimal("999999999.99")
_NAME_LENGTH = 70
_BIC = re.compile(r"[A-Z0-9]{8}(?:[A-Z0-9]{3})?")


def transfer_code(document: Document, seller: Seller, totals: Totals) -> segno.QRCode | None:
    """The code for what an issued document still asks for; the remittance is its number.

    None when nothing can be transferred: no IBAN, no number yet, amounts missing, nothing to pay.
    """
    iban = re.sub(r"\s", "", seller.iban or "").upper()
    if document.kind not in PAYABLE or document.number is None or not iban or not totals.complete:
        return None
    if not Decimal(0) < totals.net_to_pay <= LARGEST:
        return None
    bic = re.sub(r"\s", "", seller.bic or "").upper()
    return make_epc_qr(
        name=seller.name[:_NAME_LENGTH],
        iban=iban,
        amount=totals.net_to_pay,
        text=document.number,
        bic=bic if _BIC.fullmatch(bic) else None,
        encoding="utf-8",
    )


def transfer_image(document: Document, seller: Seller, totals: Totals) -> str | None:
    """The same code as an SVG data URI for the page, which leaves the quiet zone of four modules around it."""
    code = transfer_code(document, seller, totals)
    return code.svg_data_uri(border=0, xmldecl=False, svgns=True, nl=False) if code else None

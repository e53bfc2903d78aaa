"""The file that goes to the platform: the Factur-X exactly as it is stored, or UBL or CII of the same invoice."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

from db.models import Invoice
from services.einvoicing.retry_policy import FileMissing

_TYPE_CODES = {
    "invoice": "380",
    "progress": "380",
    "balance": "380",
    "deposit": "386",
    "credit_note": "381",
    "corrective": "384",
}


def type_code(kind: str) -> str:
    """UNTDID 1001 code of an invoice kind (BT-3, legal.md 55)."""
    return _TYPE_CODES[kind]


async def content_of(invoice: Invoice, form: str, read: Callable[[str], Awaitable[bytes]]) -> bytes:
    """The bytes of an invoice in ``form`` ("factur-x", "ubl", "cii"). Raises ``FileMissing``.

    A stored PDF whose fingerprint is not the one of its issue is not sent.
    """
    try:
        content = await read(invoice.pdf_key or "")
    except LookupError as error:
        raise FileMissing(str(error)) from error
    if hashlib.sha256(content).hexdigest() != invoice.pdf_sha256:
        raise FileMissing(f"{invoice.pdf_key} is not the file that was issued")
    return content

"""The file that goes to the platform: the Factur-X exactly as it is stored, or UBL or CII of the same invoice."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

from db.models import Invoice
from services.documents.facturx import InvalidXml, Syntax, invoice_xml
from services.documents.rendering import thawed
from services.einvoicing.platform_errors import Refused
from services.einvoicing.retry_policy import FileMissing

_SYNTAXES: dict[str, Syntax] = {"ubl": "ubl", "cii": "cii"}


async def content_of(invoice: Invoice, form: str, read: Callable[[str], Awaitable[bytes]]) -> bytes:
    """The bytes of an invoice in ``form`` ("factur-x", "ubl", "cii").

    Raises ``FileMissing``, also for a stored PDF whose fingerprint is not the one of its issue, and ``Refused`` when
    the invoice has no electronic form.
    """
    if form in _SYNTAXES:
        return _xml(invoice, _SYNTAXES[form])
    try:
        content = await read(invoice.pdf_key or "")
    except LookupError as error:
        raise FileMissing(str(error)) from error
    if hashlib.sha256(content).hexdigest() != invoice.pdf_sha256:
        raise FileMissing(f"{invoice.pdf_key} is not the file that was issued")
    return content


def _xml(invoice: Invoice, syntax: Syntax) -> bytes:
    try:
        return invoice_xml(*thawed(invoice.snapshot or {}), syntax=syntax)
    except (InvalidXml, ValueError) as error:
        raise Refused(str(error)[:300]) from error

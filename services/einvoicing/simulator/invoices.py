"""What a platform reads in an invoice it is given: who sells to whom, number, date and kind; CII, UBL or Factur-X."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date

import pikepdf
from lxml import etree

_CII = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
_UBL = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
_CII_PARTY = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement/ram:{}TradeParty/"
_ATTACHMENT = "factur-x.xml"


class Unreadable(ValueError):
    """The file is no invoice; ``reason`` is the Flow service's code for why."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ReadInvoice:
    """The facts by which a platform routes an invoice and tells it from others."""

    number: str
    day: date
    type_code: str
    seller_siren: str
    seller_name: str
    buyer_siren: str
    buyer_name: str

    @property
    def identity(self) -> tuple[str, str, int]:
        """Two invoices with the same seller, number and year are one (legal.md 34)."""
        return (self.seller_siren, self.number, self.day.year)


def read_invoice(syntax: str, content: bytes) -> ReadInvoice:
    """Reads a deposited file. Raises ``Unreadable``."""
    if not content:
        raise Unreadable("EmptyFlow", "the file is empty")
    xml = _attached(content) if syntax == "Factur-X" else content
    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise Unreadable("InvalidSchema", str(error)[:200]) from error
    found = _ubl(root) if syntax == "UBL" else _cii(root)
    if found is None:
        raise Unreadable("InvalidSchema", "number, date, type or parties are missing")
    return found


def _attached(content: bytes) -> bytes:
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if _ATTACHMENT not in pdf.attachments:
                raise Unreadable("FlowTypeError", "the PDF carries no factur-x.xml")
            return pdf.attachments[_ATTACHMENT].get_file().read_bytes()
    except pikepdf.PdfError as error:
        raise Unreadable("FlowTypeError", "not a PDF") from error


def _cii(root: etree._Element) -> ReadInvoice | None:
    def text(path: str) -> str:
        return (root.findtext(path, namespaces=_CII) or "").strip()

    def party(name: str) -> tuple[str, str]:
        at = _CII_PARTY.format(name)
        legal = text(f"{at}ram:SpecifiedLegalOrganization/ram:ID")
        return legal[:9] or text(f"{at}ram:URIUniversalCommunication/ram:URIID")[:9], text(f"{at}ram:Name")

    day = text("rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString")
    return _invoice(
        text("rsm:ExchangedDocument/ram:ID"),
        f"{day[:4]}-{day[4:6]}-{day[6:8]}",
        text("rsm:ExchangedDocument/ram:TypeCode"),
        party("Seller"),
        party("Buyer"),
    )


def _ubl(root: etree._Element) -> ReadInvoice | None:
    def text(path: str) -> str:
        return (root.findtext(path, namespaces=_UBL) or "").strip()

    def party(name: str) -> tuple[str, str]:
        at = f"cac:Accounting{name}Party/cac:Party/"
        legal = text(f"{at}cac:PartyLegalEntity/cbc:CompanyID")
        name_of = text(f"{at}cac:PartyLegalEntity/cbc:RegistrationName")
        return legal[:9] or text(f"{at}cbc:EndpointID")[:9], name_of

    code = text("cbc:InvoiceTypeCode") or text("cbc:CreditNoteTypeCode")
    return _invoice(text("cbc:ID"), text("cbc:IssueDate"), code, party("Supplier"), party("Customer"))


def _invoice(number: str, day: str, code: str, seller: tuple[str, str], buyer: tuple[str, str]) -> ReadInvoice | None:
    try:
        issued = date.fromisoformat(day)
    except ValueError:
        return None
    if not number or not code or not seller[0] or not buyer[0]:
        return None
    return ReadInvoice(number, issued, code, seller[0], seller[1], buyer[0], buyer[1])

"""What an electronic invoice must satisfy beyond the schematrons, which do not see it (pdf_lab §2). CII syntax."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from lxml import etree
from stdnum import iban
from stdnum.fr import siren, siret, tva

from services.documents.schemas import Totals

_SPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
}
_SETTLEMENT = "//ram:ApplicableHeaderTradeSettlement"
_SUMS = f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
_CREDIT_NOTES = ("381", "503")
_FRENCH_REVERSE_CHARGE = "VATEX-FR-AE"

Finding = tuple[str, str]
"""Rule id and what is wrong."""


def unseen_by_schematrons(xml: etree._Element) -> list[Finding]:
    """Check digits, the reverse charge's French facts, and signs: all that the official rules let pass."""
    return [finding for rule in _RULES for finding in rule(xml)]


def totals_of(xml: etree._Element) -> dict[str, Decimal]:
    """The document's sums by business term: BT-106, BT-107, BT-109, BT-110, BT-112, BT-113, BT-115."""
    names = {
        "BT-106": "LineTotalAmount",
        "BT-107": "AllowanceTotalAmount",
        "BT-109": "TaxBasisTotalAmount",
        "BT-110": "TaxTotalAmount",
        "BT-112": "GrandTotalAmount",
        "BT-113": "TotalPrepaidAmount",
        "BT-115": "DuePayableAmount",
    }
    return {term: Decimal(found[0]) for term, name in names.items() if (found := _texts(xml, f"{_SUMS}/ram:{name}"))}


def differing_totals(xml: etree._Element, totals: Totals) -> list[Finding]:
    """Where the sums of the XML are not those computed and stored."""
    wanted = {
        "BT-106": totals.lines_total,
        "BT-107": totals.discount,
        "BT-109": totals.subtotal,
        "BT-110": totals.vat_total,
        "BT-112": totals.total,
        "BT-113": totals.prepaid,
        "BT-115": totals.amount_due,
    }
    told = totals_of(xml)
    return [
        ("USTA-XML-TOTAL", f"{term} is {told.get(term, 0)} in the XML, {value} in the document")
        for term, value in wanted.items()
        if told.get(term, Decimal(0)) != value
    ]


def _check_digits(xml: etree._Element) -> Iterator[Finding]:
    parties = "(//ram:SellerTradeParty|//ram:BuyerTradeParty)"
    numbers: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
        ("USTA-SIREN", f"{parties}/ram:SpecifiedLegalOrganization/ram:ID[@schemeID='0002']", siren.is_valid),
        ("USTA-SIRET", f"{parties}/ram:GlobalID[@schemeID='0009']", siret.is_valid),
        ("USTA-VAT-NUMBER", f"{parties}/ram:SpecifiedTaxRegistration/ram:ID[@schemeID='VA']", _vat_number_is_valid),
        ("USTA-IBAN", "//ram:PayeePartyCreditorFinancialAccount/ram:IBANID", iban.is_valid),
    )
    for rule, path, is_valid in numbers:
        for number in _texts(xml, path):
            if not is_valid(number):
                yield rule, f"{number} has wrong check digits"


def _vat_number_is_valid(number: str) -> bool:
    """French numbers by their key (legal.md 77); others are the tax authority's to check."""
    return not number.startswith("FR") or tva.is_valid(number)


def _reverse_charge(xml: etree._Element) -> Iterator[Finding]:
    rows = f"{_SETTLEMENT}/ram:ApplicableTradeTax[ram:CategoryCode='AE']"
    if not xml.xpath(rows, namespaces=_SPACES):
        return
    if not _texts(xml, "//ram:BuyerTradeParty/ram:SpecifiedTaxRegistration/ram:ID[@schemeID='VA']"):
        yield "USTA-AE-BUYER", "reverse charge without the buyer's VAT number (AII 242 nonies A I 4°)"
    for code in _texts(xml, f"{rows}/ram:ExemptionReasonCode") or ["none"]:
        if code != _FRENCH_REVERSE_CHARGE:
            yield "USTA-AE-REASON", f"reverse charge in France is {_FRENCH_REVERSE_CHARGE}, not {code}"


def _credit_note_signs(xml: etree._Element) -> Iterator[Finding]:
    if not set(_texts(xml, "//rsm:ExchangedDocument/ram:TypeCode")).intersection(_CREDIT_NOTES):
        return
    amounts = _texts(xml, "//ram:BilledQuantity") + _texts(xml, f"{_SUMS}/ram:GrandTotalAmount")
    if any(Decimal(value) < 0 for value in amounts):
        yield "USTA-CREDIT-SIGN", "a credit note says what it gives back in positive numbers (legal.md 57)"


_RULES: tuple[Callable[[etree._Element], Iterable[Finding]], ...] = (_check_digits, _reverse_charge, _credit_note_signs)


def _texts(xml: etree._Element, path: str) -> list[str]:
    return [(found.text or "").strip() for found in xml.xpath(path, namespaces=_SPACES)]

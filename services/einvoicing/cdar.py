"""Lifecycle messages as XML: UN/CEFACT Cross Domain Acknowledgement and Response D22B with the French rules (BR-FR-CDV).

Built with lxml for what is told to the platform (212 collected), read for what the platform tells.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from lxml import etree

from services.einvoicing.lifecycle import LABELS, TRANSMISSION
from services.einvoicing.schemas import Collected, Lifecycle, Party

RSM = "urn:un:unece:uncefact:data:standard:CrossDomainAcknowledgementAndResponse:100"
RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
_NAMES = {"rsm": RSM, "ram": RAM, "qdt": QDT, "udt": UDT}
PROFILE = "urn.cpro.gouv.fr:1p0:CDV:invoice"
PARIS = ZoneInfo("Europe/Paris")
MAXIMUM_BYTES = 5 * 1024 * 1024
_CONDITION = {212: "47"}
"""MDT-88, optional: the one code that the standard's own example gives for a status that we send."""
_FORMATS = {14: "%Y%m%d%H%M%S", 12: "%Y%m%d%H%M", 8: "%Y%m%d"}
_TREATMENT, _TRANSMISSION = "23", "305"


class NotALifecycle(ValueError):
    """The file is not a lifecycle message about one invoice."""


def build(message: Lifecycle) -> bytes:
    """The message as a CDAR document. Moments are written in Paris time, as users read them."""
    root = etree.Element(f"{{{RSM}}}CrossDomainAcknowledgementAndResponse", nsmap=_NAMES)
    context = _add(root, "rsm:ExchangedDocumentContext")
    _add(_add(context, "ram:BusinessProcessSpecifiedDocumentContextParameter"), "ram:ID", "REGULATED")
    _add(_add(context, "ram:GuidelineSpecifiedDocumentContextParameter"), "ram:ID", PROFILE)
    label = message.label or LABELS.get(message.code, str(message.code))
    document = _add(root, "rsm:ExchangedDocument")
    _add(document, "ram:ID", message.message_id)
    _add(document, "ram:Name", f"{message.invoice_number} {message.code} {label}")
    _moment(_add(document, "ram:IssueDateTime"), message.occurred_at)
    for tag, party in (("Sender", message.sender), ("Issuer", message.issuer), ("Recipient", message.recipient)):
        _party(_add(document, f"ram:{tag}TradeParty"), party)
    acknowledgement = _add(root, "rsm:AcknowledgementDocument")
    _add(_add(acknowledgement, "ram:MultipleReferencesIndicator"), "udt:Indicator", "false")
    _add(acknowledgement, "ram:TypeCode", _TRANSMISSION if message.code in TRANSMISSION else _TREATMENT)
    _moment(_add(acknowledgement, "ram:IssueDateTime"), message.occurred_at)
    _reference(_add(acknowledgement, "ram:ReferenceReferencedDocument"), message, label)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _reference(parent: etree._Element, message: Lifecycle, label: str) -> None:
    _add(parent, "ram:IssuerAssignedID", message.invoice_number)
    if message.code in _CONDITION:
        _add(parent, "ram:StatusCode", _CONDITION[message.code])
    _add(parent, "ram:TypeCode", message.type_code)
    if message.invoice_date:
        day = _add(parent, "ram:FormattedIssueDateTime")
        _add(day, "qdt:DateTimeString", f"{message.invoice_date:%Y%m%d}", format="102")
    _add(parent, "ram:ProcessConditionCode", str(message.code))
    _add(parent, "ram:ProcessCondition", label)
    if message.seller_siren:
        seller = _add(parent, "ram:IssuerTradeParty")
        _add(seller, "ram:GlobalID", message.seller_siren, schemeID="0002")
        _add(seller, "ram:RoleCode", "SE")
    if not message.reason_code and not message.collected:
        return
    status = _add(parent, "ram:SpecifiedDocumentStatus")
    if message.reason_code:
        _add(status, "ram:ReasonCode", message.reason_code)
        if message.reason:
            _add(status, "ram:Reason", message.reason)
    _add(status, "ram:SequenceNumeric", "1")
    for item in message.collected:
        amount = _add(status, "ram:SpecifiedDocumentCharacteristic")
        _add(amount, "ram:TypeCode", "MEN")
        _add(amount, "ram:ValueAmount", f"{item.amount:.2f}", currencyID="EUR")
        _add(amount, "ram:ValuePercent", f"{item.rate:.2f}")


def _party(parent: etree._Element, party: Party) -> None:
    if party.siren:
        _add(parent, "ram:GlobalID", party.siren, schemeID="0002")
    if party.name:
        _add(parent, "ram:Name", party.name)
    _add(parent, "ram:RoleCode", party.role)
    if party.address:
        _add(_add(parent, "ram:URIUniversalCommunication"), "ram:URIID", party.address, schemeID="0225")


def _moment(parent: etree._Element, at: datetime) -> None:
    _add(parent, "udt:DateTimeString", f"{at.astimezone(PARIS):%Y%m%d%H%M%S}", format="204")


def _add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    prefix, _, name = tag.partition(":")
    element = etree.SubElement(parent, f"{{{_NAMES[prefix]}}}{name}", attributes)
    element.text = text
    return element


def parse(content: bytes) -> Lifecycle:
    """Reads a message about one invoice. Raises ``NotALifecycle``; entities and external references are not followed."""
    if len(content) > MAXIMUM_BYTES:
        raise NotALifecycle("too large")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise NotALifecycle(str(error)[:200]) from error
    if root.tag != f"{{{RSM}}}CrossDomainAcknowledgementAndResponse" or root.getroottree().docinfo.doctype:
        raise NotALifecycle("not a CDAR document")
    references = root.findall("rsm:AcknowledgementDocument/ram:ReferenceReferencedDocument", _NAMES)
    if len(references) != 1:
        raise NotALifecycle(f"{len(references)} documents referred to")
    reference = references[0]
    code, number = _text(reference, "ram:ProcessConditionCode"), _text(reference, "ram:IssuerAssignedID")
    if not code or not code.isdigit() or not number:
        raise NotALifecycle("no status or no invoice number")
    detail = reference.find("ram:SpecifiedDocumentStatus", _NAMES)
    occurred = _text(root, "rsm:AcknowledgementDocument/ram:IssueDateTime/udt:DateTimeString") or _text(
        root, "rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString"
    )
    day = _text(reference, "ram:FormattedIssueDateTime/qdt:DateTimeString")
    return Lifecycle(
        message_id=_text(root, "rsm:ExchangedDocument/ram:ID") or "",
        code=int(code),
        occurred_at=_read_moment(occurred),
        invoice_number=number,
        invoice_date=_read_moment(day).astimezone(PARIS).date() if day else None,
        type_code=_text(reference, "ram:TypeCode") or "",
        sender=_read_party(root, "Sender"),
        issuer=_read_party(root, "Issuer"),
        recipient=_read_party(root, "Recipient"),
        seller_siren=_text(reference, "ram:IssuerTradeParty/ram:GlobalID[@schemeID='0002']"),
        label=_text(reference, "ram:ProcessCondition"),
        reason_code=_text(detail, "ram:ReasonCode") if detail is not None else None,
        reason=_text(detail, "ram:Reason") if detail is not None else None,
        collected=_read_collected(reference),
    )


def _read_party(root: etree._Element, tag: str) -> Party:
    found = root.find(f"rsm:ExchangedDocument/ram:{tag}TradeParty", _NAMES)
    if found is None:
        return Party(role="WK")
    return Party(
        role=_text(found, "ram:RoleCode") or "WK",
        siren=_text(found, "ram:GlobalID[@schemeID='0002']"),
        name=_text(found, "ram:Name"),
        address=_text(found, "ram:URIUniversalCommunication/ram:URIID"),
    )


def _read_collected(reference: etree._Element) -> list[Collected]:
    found = []
    for item in reference.findall("ram:SpecifiedDocumentStatus/ram:SpecifiedDocumentCharacteristic", _NAMES):
        amount, rate = _text(item, "ram:ValueAmount"), _text(item, "ram:ValuePercent")
        if _text(item, "ram:TypeCode") == "MEN" and amount and rate:
            try:
                found.append(Collected(Decimal(rate), Decimal(amount)))
            except InvalidOperation as error:
                raise NotALifecycle("an amount is not a number") from error
    return found


def _read_moment(value: str | None) -> datetime:
    """Formats 204 (to the second), 203 (to the minute) and 102 (the day); Paris time."""
    pattern = _FORMATS.get(len(value or ""))
    try:
        return datetime.strptime(value or "", pattern or "").replace(tzinfo=PARIS).astimezone(UTC)
    except ValueError as error:
        raise NotALifecycle("no readable moment") from error


def _text(element: etree._Element, path: str) -> str | None:
    found = element.find(path, _NAMES)
    return found.text.strip() or None if found is not None and found.text else None

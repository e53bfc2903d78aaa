"""What the printed page shows, as ready texts: the templates only lay them out."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from services.documents.accent import readable_accent, tint
from services.documents.amounts import date_text, month_text, typeset
from services.documents.deadlines import payment_due, valid_until
from services.documents.mentions import Mention, MentionPlace, grouped_siret, printed_name
from services.documents.schemas import Address, Buyer, Document, DocumentKind, Seller, Site, Totals
from services.documents.table_view import Printed, Row, VatRow, row_groups, total_rows, vat_rows

_TITLES: dict[DocumentKind, str] = {
    "quote": "Devis",
    "invoice": "Facture",
    "deposit": "Facture d'acompte",
    "progress": "Situation de travaux",
    "balance": "Facture de solde",
    "credit_note": "Avoir",
    "corrective": "Facture rectificative",
}
# Characters on a line of the small print, to balance its columns.
_TERMS_LINE = 82
_IMAGE_SIGNATURES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}


@dataclass(frozen=True)
class PlacedMentions:
    """The legal mentions by place of the page."""

    footer: tuple[str, ...] = ()
    vat: tuple[str, ...] = ()
    certification: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    payment: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class DocumentView:
    """A page in ready texts. ``identifier`` and ``dated`` make the PDF of one document always the same bytes."""

    kind: str
    title: str
    number: str | None
    file_title: str
    running_title: str
    summary: str
    identifier: str
    dated: str
    accent: str
    tint: str
    logo: str | None
    monogram: str
    watermark: str | None
    seller_name: str
    seller_lines: tuple[str, ...]
    signature_name: str
    buyer_name: str | None
    buyer_lines: tuple[str, ...]
    buyer_identifiers: tuple[str, ...]
    site_lines: tuple[str, ...]
    meta: tuple[tuple[str, str], ...]
    franchise: bool
    show_vat: bool
    row_groups: tuple[tuple[Row, ...], ...]
    vat_rows: tuple[VatRow, ...]
    total_rows: tuple[tuple[str, str], ...]
    grand_label: str
    grand_total: str
    notes: tuple[str, ...]
    mentions: PlacedMentions = field(default_factory=PlacedMentions)
    terms_columns: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


def build_view(
    document: Document,
    seller: Seller,
    totals: Totals,
    mentions: Iterable[Mention],
    *,
    printed: Printed,
    logo: bytes | None = None,
    watermark: str | None = None,
) -> DocumentView:
    """The page of a document. ``printed`` makes a text drawable by the font; ``logo`` is a PNG, JPEG, GIF or WebP file.

    ``watermark`` is written across every page (« BROUILLON »); a logo of another type is ignored.
    """

    def text(value: str) -> str:
        return printed(typeset(value))

    title = _TITLES[document.kind]
    number = _number(document)
    name = text(printed_name(seller))
    buyer_name = text(_buyer_name(document.buyer)) if document.buyer else None
    accent = readable_accent(seller.color)
    franchise = seller.vat_regime == "franchise"
    show_vat = not franchise and any(line.vat_category == "S" for line in document.lines)
    sums, grand = total_rows(document, totals, franchise, show_vat)
    placed = _placed(mentions, printed)
    heading = f"{title} n° {number}" if number else title
    return DocumentView(
        kind=document.kind,
        title=title,
        number=number,
        file_title=text(heading),
        running_title=text(" – ".join(part for part in (heading, buyer_name) if part)),
        summary=text(" – ".join(part for part in (heading, name, buyer_name, f"{grand[0]} {grand[1]}") if part)),
        identifier=_identifier(document),
        dated=(document.issue_date or date(2000, 1, 1)).isoformat(),
        accent=accent,
        tint=tint(accent),
        logo=_data_uri(logo),
        monogram=_monogram(name),
        watermark=watermark,
        seller_name=name,
        seller_lines=_lines(text, *_address(seller.address), _contact(seller)),
        signature_name=text(seller.signature_name or ""),
        buyer_name=buyer_name,
        buyer_lines=_buyer_lines(document.buyer, text),
        buyer_identifiers=_buyer_identifiers(document.buyer, text),
        site_lines=_site_lines(document, text),
        meta=tuple((label, text(value)) for label, value in _meta(document, totals, grand)),
        franchise=franchise,
        show_vat=show_vat,
        row_groups=row_groups(document, totals, text),
        vat_rows=vat_rows(totals, text) if show_vat else (),
        total_rows=tuple((text(label), text(value)) for label, value in sums),
        grand_label=text(grand[0]),
        grand_total=text(grand[1]),
        notes=tuple(text(note) for note in document.notes),
        mentions=placed,
        terms_columns=_balanced(placed.terms),
    )


def _identifier(document: Document) -> str:
    key = f"{document.id}:{document.kind}:{document.number}:{document.revision}:{document.version}"
    return sha256(key.encode()).hexdigest()[:32]


def _number(document: Document) -> str | None:
    if document.number is None:
        return None
    return f"{document.number} – version {document.revision}" if document.revision > 1 else document.number


def _data_uri(logo: bytes | None) -> str | None:
    kind = next((kind for start, kind in _IMAGE_SIGNATURES.items() if logo and logo.startswith(start)), None)
    return f"data:image/{kind};base64,{base64.b64encode(logo).decode()}" if logo and kind else None


def _monogram(name: str) -> str:
    """One or two letters: a first word that is initials already (« KB Plomberie »), else those of the first words."""
    words = re.findall(r"\w+", name)
    if not words:
        return ""
    if words[0].isupper() and len(words[0]) in (2, 3):
        return words[0][:2]
    return "".join(word[0] for word in words[:2]).upper()


def _lines(text: Printed, *values: str | None) -> tuple[str, ...]:
    return tuple(text(value) for value in values if value)


def _address(address: Address) -> tuple[str | None, str | None]:
    town = " ".join(part for part in (address.postal_code, address.city) if part)
    return address.line, town or None


def _contact(seller: Seller) -> str | None:
    return " · ".join(part for part in (_phone(seller.phone), seller.email) if part) or None


def _phone(number: str | None) -> str | None:
    """A French number by pairs; anything else as it was given."""
    found = re.fullmatch(r"(?:\+33|0)([1-9]\d{8})", re.sub(r"[\s.]", "", number or ""))
    return " ".join(re.findall("..", "0" + found.group(1))) if found else number


def _buyer_name(buyer: Buyer) -> str:
    return " ".join(part for part in (buyer.title, buyer.name) if part)


def _buyer_lines(buyer: Buyer | None, text: Printed) -> tuple[str, ...]:
    return _lines(text, *_address(buyer.address)) if buyer else ()


def _buyer_identifiers(buyer: Buyer | None, text: Printed) -> tuple[str, ...]:
    if buyer is None:
        return ()
    siret = grouped_siret(buyer.siret)
    return _lines(text, f"SIRET {siret}" if siret else None, f"TVA {buyer.vat_number}" if buyer.vat_number else None)


def _site_lines(document: Document, text: Printed) -> tuple[str, ...]:
    """Where the works are (legal.md 11); the client's address when no other place was told."""
    site = document.site.address
    if site.one_line():
        return _lines(text, *_address(site), _premises(document.site))
    if document.buyer and document.buyer.address.one_line():
        return _lines(text, "À l'adresse du client", _premises(document.site))
    return ()


def _premises(site: Site) -> str | None:
    """The fact that decides VAT, as the artisan told it; nothing that was only supposed."""
    if site.premises == "business":
        return "Local professionnel"
    if site.premises == "new_build":
        return "Construction neuve"
    if site.completed_on is not None:
        return f"Logement achevé le {date_text(site.completed_on)}"
    return f"Logement achevé en {site.completed_year}" if site.completed_year is not None else None


def _meta(document: Document, totals: Totals, grand: tuple[str, str]) -> Iterable[tuple[str, str]]:
    valid, due = valid_until(document), payment_due(document)
    service = date_text(document.service_date) if document.service_date else None
    if service is None and document.service_month:
        service = month_text(document.service_month)
    pairs = [
        ("Date", document.issue_date and date_text(document.issue_date)),
        ("Valable jusqu'au", valid and date_text(valid)),
        ("Échéance", due and date_text(due)),
        ("Réalisation" if document.kind != "quote" else "Travaux prévus", service),
        ("Début des travaux", document.start_date and date_text(document.start_date)),
        ("Devis de référence", document.quote_number if document.kind != "quote" else None),
        grand if totals.complete else ("", None),
    ]
    return ((label, value) for label, value in pairs if value)


def _placed(mentions: Iterable[Mention], printed: Printed) -> PlacedMentions:
    places: dict[MentionPlace, list[str]] = {}
    for mention in mentions:
        places.setdefault(mention.place, []).append(printed(mention.text))
    return PlacedMentions(**{place: tuple(texts) for place, texts in places.items()})


def _balanced(texts: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The small print in two columns of about the same length, in order."""

    def height(column: tuple[str, ...]) -> int:
        return sum(1 + len(text) // _TERMS_LINE for text in column)

    cut = min(range(len(texts), -1, -1), key=lambda i: max(height(texts[:i]), height(texts[i:])))
    return texts[:cut], texts[cut:]

"""What the printed page shows, as ready texts: the templates only lay them out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from services.documents.accent import readable_accent, tint
from services.documents.amounts import date_text, month_text, rate_text, typeset
from services.documents.annex import Annex, attestation_annex, text_annexes
from services.documents.deadlines import payment_due, performed_on, valid_until
from services.documents.epc import transfer_image
from services.documents.identity import printed_name
from services.documents.images import logo_uri
from services.documents.mentions import Mention
from services.documents.parties_view import BuyerBlock, buyer_block, monogram, seller_lines, site_lines
from services.documents.schemas import Document, DocumentKind, DocumentReference, Seller, Template, Totals
from services.documents.table_view import Column, Printed, RowGroup, columns, row_groups, shows_progress
from services.documents.totals_view import TotalsBox, VatRow, totals_box, vat_rows

_TITLES: dict[DocumentKind, str] = {
    "quote": "Devis",
    "invoice": "Facture",
    "deposit": "Facture d'acompte",
    "progress": "Situation de travaux",
    "balance": "Facture de solde",
    "credit_note": "Avoir",
    "corrective": "Facture rectificative",
}
_REFERENCES: dict[DocumentKind, str] = {"quote": "devis", "credit_note": "avoir"}
# Characters on a line of the small print, to balance its columns.
_TERMS_LINE = 82


@dataclass(frozen=True)
class PlacedMentions:
    """The legal mentions by place of the page."""

    footer: tuple[str, ...] = ()
    vat: tuple[str, ...] = ()
    certification: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    payment: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    annex: tuple[str, ...] = ()


@dataclass(frozen=True)
class DocumentView:
    """A page in ready texts. ``identifier`` and ``dated`` make the PDF of one document always the same bytes."""

    template: Template
    kind: str
    title: str
    subtitle: str
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
    buyer: BuyerBlock | None
    site_lines: tuple[str, ...]
    meta: tuple[tuple[str, str], ...]
    progress: bool
    columns: tuple[Column, ...]
    row_groups: tuple[RowGroup, ...]
    vat_rows: tuple[VatRow, ...]
    totals: TotalsBox
    transfer_code: str | None
    notes: tuple[str, ...]
    annexes: tuple[Annex, ...]
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
    attestation: bytes | None = None,
    watermark: str | None = None,
) -> DocumentView:
    """The page of a document. ``printed`` makes a text drawable by the font; ``logo`` is a PNG, JPEG, GIF or WebP file.

    ``attestation`` is the insurance attestation, a PDF or an image, joined as images; a file that cannot be read is left
    out. ``watermark`` is written across every page (« BROUILLON »).
    """

    def text(value: str) -> str:
        return printed(typeset(value))

    title = "Avenant" if document.kind == "quote" and document.amends else _TITLES[document.kind]
    number = _number(document)
    name = text(printed_name(seller))
    buyer = buyer_block(document, text)
    accent = readable_accent(seller.color)
    franchise = seller.vat_regime == "franchise"
    show_rates = not franchise and any(line.vat_category == "S" for line in document.lines)
    box = totals_box(document, totals, text, franchise=franchise, show_vat=show_rates)
    placed = _placed(mentions, printed)
    heading = f"{title} n° {number}" if number else title
    return DocumentView(
        template=seller.template,
        kind=document.kind,
        title=title,
        subtitle=text(_subtitle(document)),
        number=number,
        file_title=text(heading),
        running_title=text(" – ".join(part for part in (heading, buyer and buyer.name) if part)),
        summary=text(
            " – ".join(part for part in (heading, name, buyer and buyer.name, f"{box.label} {box.amount}") if part)
        ),
        identifier=_identifier(document),
        dated=(document.issue_date or date(2000, 1, 1)).isoformat(),
        accent=accent,
        tint=tint(accent),
        logo=logo_uri(logo),
        monogram=monogram(name),
        watermark=watermark,
        seller_name=name,
        seller_lines=seller_lines(seller, text),
        signature_name=text(seller.signature_name or ""),
        buyer=buyer,
        site_lines=site_lines(document, text),
        meta=tuple((label, text(value)) for label, value in _meta(document, totals, box)),
        progress=shows_progress(document),
        columns=columns(document, franchise=franchise, show_rates=show_rates),
        row_groups=row_groups(document, totals, text, show_rates=show_rates),
        vat_rows=() if franchise else vat_rows(document, totals, text),
        totals=box,
        transfer_code=transfer_image(document, seller, totals),
        notes=tuple(text(note) for note in document.notes),
        annexes=(*text_annexes(placed.annex, printed), *attestation_annex(attestation)),
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


def _subtitle(document: Document) -> str:
    """What the title does not say: which document it changes, how far the works are."""
    if document.amends is not None:
        return f"au {_reference(document.amends)}"
    if document.corrects is not None:
        article = "sur" if document.kind == "credit_note" else "annule et remplace la"
        return f"{article} {_reference(document.corrects)}"
    if document.kind == "progress" and document.progress_number is not None:
        follows = f" du devis n° {document.quote_number}" if document.quote_number else ""
        return f"n° {document.progress_number}{follows}"
    if document.kind == "deposit" and document.deposit_percent is not None:
        return f"{rate_text(document.deposit_percent)} du devis"
    return ""


def _reference(named: DocumentReference) -> str:
    """« facture n° FACT-2026-0012 du 21/11/2026 »."""
    dated = f" du {date_text(named.issue_date)}" if named.issue_date else ""
    return f"{_REFERENCES.get(named.kind, 'facture')} n° {named.number}{dated}"


def _meta(document: Document, totals: Totals, box: TotalsBox) -> Iterable[tuple[str, str]]:
    valid, due = valid_until(document), payment_due(document)
    pairs = [
        ("Date", document.issue_date and date_text(document.issue_date)),
        ("Valable jusqu'au", valid and date_text(valid)),
        ("Échéance", due and date_text(due)),
        ("Travaux prévus" if document.kind == "quote" else "Réalisation", _service(document)),
        ("Période", _period(document)),
        ("Début des travaux", document.start_date and date_text(document.start_date)),
        ("Acompte reçu le", document.received_on and date_text(document.received_on)),
        ("Avancement", rate_text(document.progress_percent) if document.progress_percent is not None else None),
        ("Devis de référence", document.quote_number if document.kind != "quote" else None),
        ("Votre référence", document.buyer_reference),
        (box.label, box.amount if totals.complete else None),
    ]
    return ((label, value) for label, value in pairs if value)


def _service(document: Document) -> str | None:
    if day := performed_on(document):
        return date_text(day)
    return month_text(document.service_month) if document.service_month else None


def _period(document: Document) -> str | None:
    start, end = document.period_start, document.period_end
    if start and end:
        return f"{date_text(start)} – {date_text(end)}"
    return f"jusqu'au {date_text(end)}" if end else f"à partir du {date_text(start)}" if start else None


def _placed(mentions: Iterable[Mention], printed: Printed) -> PlacedMentions:
    places: dict[str, list[str]] = {}
    for mention in mentions:
        places.setdefault(mention.place, []).append(printed(mention.text))
    return PlacedMentions(**{place: tuple(texts) for place, texts in places.items()})


def _balanced(texts: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The small print in two columns of about the same length, in order; each text a sentence."""
    sentences = tuple(text if text.endswith((".", "!", "?", ":")) else f"{text}." for text in texts)

    def height(column: tuple[str, ...]) -> int:
        return sum(1 + len(text) // _TERMS_LINE for text in column)

    cut = min(range(len(texts), -1, -1), key=lambda i: max(height(sentences[:i]), height(sentences[i:])))
    return sentences[:cut], sentences[cut:]

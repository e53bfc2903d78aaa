"""The pages after the document: what the law wants joined to it, given as texts or as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from services.documents.images import page_uris

ATTESTATION_TITLE = "Attestation d'assurance"


@dataclass(frozen=True)
class Passage:
    """One paragraph of an annex; ``blank`` asks for a line to write on after it."""

    text: str
    blank: bool = False


@dataclass(frozen=True)
class Annex:
    """One annex: a title with paragraphs, or with images of whole pages (data URIs)."""

    title: str
    passages: tuple[Passage, ...] = ()
    images: tuple[str, ...] = ()


def text_annexes(texts: Iterable[str], printed: Callable[[str], str]) -> tuple[Annex, ...]:
    """Annexes from mention texts: the first line is the title, each further one a paragraph.

    A paragraph that ends in a colon is a field of a form, followed by a line to fill in.
    """
    return tuple(_annex(text, printed) for text in texts if text.strip())


def attestation_annex(content: bytes | None) -> tuple[Annex, ...]:
    """The insurance attestation as images, joined to quotes and invoices (CAs L243-2); nothing when it is unreadable."""
    images = page_uris(content)
    return (Annex(ATTESTATION_TITLE, images=images),) if images else ()


def _annex(text: str, printed: Callable[[str], str]) -> Annex:
    title, *paragraphs = [printed(part) for part in text.split("\n") if part.strip()]
    return Annex(title, tuple(Passage(part, blank=part.rstrip().endswith(":")) for part in paragraphs))

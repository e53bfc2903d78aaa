"""The legal mentions a document must carry (legal.md §14), read from dated rows in ``data/mentions.yaml``.

Mentions are texts: the caller freezes them into the document at issue, so that a later change of law or of the
company's profile never changes an issued document.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from services.documents.amounts import NO_BREAK_SPACE, typeset
from services.documents.mention_facts import conditions, values
from services.documents.schemas import BuyerKind, Document, DocumentKind, Seller, Totals

MentionPlace = Literal["footer", "vat", "certification", "signature", "payment", "terms", "annex"]
"""Where the layout puts a mention; ``annex`` are pages after the document, first line the title."""

_FILE = Path(__file__).parent / "data" / "mentions.yaml"
# « n° 12 », « L. 221-5 », « 293 B »: a reference does not break.
_REFERENCE = re.compile(r"(?<!\w)(n°|[LRD]\.) (?=\w)|(?<=\d) (?=B du CGI)")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Mention(BaseModel):
    """One printed mention: ``code`` names it, ``place`` where the layout puts it, ``text`` is the French wording."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    place: MentionPlace
    text: str


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    place: MentionPlace
    text: list[str]
    kinds: list[DocumentKind] | None = None
    buyers: list[BuyerKind] | None = None
    when: list[str] = Field(default_factory=list)
    unless: list[str] = Field(default_factory=list)
    valid_from: date | None = None
    valid_to: date | None = None


class _MentionFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: dict[str, list[DocumentKind]]
    mentions: list[_Row]
    defaults: dict[str, str]
    wording: dict[str, str]


def mentions_for(document: Document, seller: Seller, totals: Totals, on: date) -> list[Mention]:
    """The mentions of a document issued on a day, in order of printing. What the profile does not tell is left out."""
    data = _load()
    facts = conditions(document, seller)
    known = data.defaults | values(document, seller, totals, data.wording)
    buyer = document.buyer.kind if document.buyer else "consumer"
    printed: list[Mention] = []
    for row in data.mentions:
        if row.kinds is not None and document.kind not in row.kinds:
            continue
        if row.buyers is not None and buyer not in row.buyers:
            continue
        if (row.valid_from and on < row.valid_from) or (row.valid_to and on > row.valid_to):
            continue
        if not facts.issuperset(row.when) or facts.intersection(row.unless):
            continue
        text = _fill(row.text, known)
        if text:
            printed.append(Mention(code=row.code, place=row.place, text=_unbroken(typeset(text))))
    return printed


def _unbroken(text: str) -> str:
    return _REFERENCE.sub(lambda found: (found.group(1) or "") + NO_BREAK_SPACE, text)


def _fill(pieces: list[str], values: dict[str, str]) -> str | None:
    """The pieces whose values are known, joined; None when the first one lacks a value."""
    filled: list[str] = []
    for piece in pieces:
        if all(name in values for name in _PLACEHOLDER.findall(piece)):
            filled.append(_PLACEHOLDER.sub(lambda found: values[found.group(1)], piece))
        elif not filled:
            return None
    return "".join(filled)


@cache
def _load() -> _MentionFile:
    return _MentionFile.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))

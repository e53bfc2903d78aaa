"""The one question about VAT that a draft may need: asked only while two answers give two rates (UX-25, TR5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.documents.amounts import rate_text
from services.documents.drafts import rates_line
from services.documents.schemas import Document, VatQuestion
from services.documents.vat import HALF
from services.documents.vat_rates import rates_of, territory_of
from tools.commands import Choice
from tools.context import TurnContext


@dataclass(frozen=True)
class Asked:
    """A question: its sentence, what each numbered answer stands for, and the tool call that a bare yes means."""

    key: str
    values: tuple[str, str]
    yes: tuple[str, dict[str, Any]] | None = None

    @property
    def choices(self) -> list[Choice]:
        """The numbered answers; the reply words them."""
        return [Choice(number=at, label="", value=value) for at, value in enumerate(self.values, start=1)]


QUESTIONS: dict[VatQuestion, Asked] = {
    "subcontracting": Asked(
        "questions.vat_subcontracting",
        ("subcontracting:yes", "subcontracting:no"),
        ("set_subcontracting", {"value": True}),
    ),
    "dwelling_share": Asked(
        "questions.vat_share", ("site:lived_in", "site:worked_in"), ("set_site", {"dwelling_share": str(HALF)})
    ),
    "building_age": Asked("questions.vat_age", ("site:old", "site:new")),
}


def rates_here(context: TurnContext, document: Document) -> dict[str, str]:
    """The normal and the reduced rate where the works are, for the answers; empty where there is no VAT."""
    territory = territory_of(context.seller, document.buyer, document.site, context.default_vat_rate)
    rates = rates_of(territory, document.start_date or context.now.date())
    known = {"normal": rates.normal, "reduced": rates.reduced}
    return {
        name: rate_text(rate, context.language)  # type: ignore[arg-type]
        for name, rate in known.items()
        if rate is not None
    }


def open_question(document: Document) -> Asked | None:
    """The first fact that would change the rate of a line and that nobody has told."""
    open_ones = {line.vat_question for line in document.lines if rates_line(document, line)}
    return next((asked for code, asked in QUESTIONS.items() if code in open_ones), None)

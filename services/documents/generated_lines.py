"""Lines that code writes, one per VAT rate: deposits and credits by share. The words are data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from prompts.replies import say
from services.documents.amounts import Language, date_text, rate_text
from services.documents.schemas import Document, DocumentReference, Line, PriceMode, VatLine
from services.documents.totals import compute_totals
from services.documents.vat_rows import by_group, group_of

_WORDS = Path(__file__).parent / "data" / "generated_lines.yaml"


def share_lines(
    wording: str,
    rows: Sequence[VatLine],
    followed: DocumentReference,
    models: Sequence[Line],
    *,
    language: Language,
    price_mode: PriceMode = "ht",
    percent: Decimal | None = None,
) -> list[Line]:
    """One line per row that is not empty. ``models`` lend each line its category's legal basis and reason.

    In "ttc" mode the total of each rate is exact; ``wording`` names the sentence in ``data/generated_lines.yaml``.
    """
    kept = [row for row in rows if row.base or row.amount]
    printed, label = _texts(wording, followed, percent, language, several=len(kept) > 1)
    return [_line(at, row, printed, label, models, price_mode) for at, row in enumerate(kept, start=1)]


_Worded = Callable[[VatLine], str]


def _texts(
    wording: str, followed: DocumentReference, percent: Decimal | None, language: Language, *, several: bool
) -> tuple[_Worded, _Worded]:
    words = _words()

    def printed(row: VatLine) -> str:
        text = str(words[wording]).format(
            percent=rate_text(percent) if percent is not None else "", document=reference_text(followed)
        )
        if row.category == "AE":
            return text + str(words["reverse_charge"])
        return text + str(words["at_rate"]).format(rate=rate_text(row.rate)) if row.category == "S" else text

    def label(row: VatLine) -> str:
        return say(
            language,
            f"generated.{wording}",
            percent=rate_text(percent, language) if percent is not None else "",
            rate=rate_text(row.rate, language) if several and row.category == "S" else None,
        )

    return printed, label


def _line(
    position: int, row: VatLine, printed: _Worded, label: _Worded, models: Sequence[Line], price_mode: PriceMode
) -> Line:
    model = next((line for line in models if _is_of(line, row)), None)
    amount = row.base + row.amount if price_mode == "ttc" else row.base
    return Line(
        position=position,
        description=printed(row),
        chat_label=label(row),
        said=label(row),
        quantity=Decimal(1) if amount >= 0 else Decimal(-1),
        unit="forfait",
        unit_price=abs(amount),
        price_mode=price_mode,
        vat_rate=row.rate if row.category == "S" else None,
        vat_category=row.category,
        vat_reason=model.vat_reason if model else "default",
        vat_basis=model.vat_basis if model else None,
        vat_rate_said=row.rate if row.category == "S" else None,
        key=f"{row.category}-{row.rate.normalize():f}",
    )


def _is_of(line: Line, row: VatLine) -> bool:
    return line.vat_category == row.category and (row.category != "S" or line.vat_rate == row.rate)


def reference_text(followed: DocumentReference) -> str:
    """« devis DEVIS-2026-0047 du 12/11/2026 »."""
    date = date_text(followed.issue_date) if followed.issue_date else ""
    text = str(_words()["document"][followed.kind]).format(number=followed.number, date=date)
    return text if date else text.removesuffix(" du ")


def locked_where_needed(document: Document, rows: Sequence[VatLine]) -> list[VatLine] | None:
    """``rows`` when the VAT that the lines give is another one, else None."""
    computed = by_group(compute_totals(document.model_copy(update={"vat_locked": None})).vat)
    given = {group_of(row): row for row in rows if row.base or row.amount}
    return None if all(computed.get(key) == row for key, row in given.items()) else list(given.values())


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return words

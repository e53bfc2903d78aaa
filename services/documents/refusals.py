"""The business "no" of documents that follow others."""

from __future__ import annotations

from typing import Any, Literal

RefusalCode = Literal[
    "quote_needed",
    "quote_not_issued",
    "quote_refused",
    "quote_signed",
    "deposit_needed",
    "deposit_too_large",
    "deposit_deducted",
    "nothing_left",
    "over_contract",
    "progress_needed",
    "progress_goes_back",
    "progress_too_large",
    "later_situation",
    "original_needed",
    "original_cancelled",
    "credit_too_large",
    "credit_lines_unknown",
    "paid_more",
    "retention_too_high",
    "account_changed",
]


class FollowUpRefused(ValueError):
    """A deposit, situation, balance, credit note or corrective invoice that its quote or its invoice does not allow.

    ``code`` names the sentence, ``values`` fill it (amounts in EUR incl. VAT, numbers, dates).
    """

    def __init__(self, code: RefusalCode, **values: Any) -> None:
        super().__init__(f"{code} {values}" if values else code)
        self.code = code
        self.values = values

"""What came of looking at an attachment: kept beside its message, read by the turn."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Outcome = Literal[
    "lines", "receipt", "site", "nothing", "no_model", "limited", "failed", "lost", "unsupported", "contact"
]
"""lines: works or supplies were read. receipt: a supplier's slip. site: a photo of the job. nothing: it shows nothing of
use. no_model: nobody here can look at pictures. limited: the day's money for models is spent. failed: the model did not
answer. lost: the provider has the file no more. unsupported: a kind that is not read. contact: a contact card."""
PriceMode = Literal["ht", "ttc"]
TEXT_LAYER = "text layer"
"""Stands for the model where a PDF was read without one."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore")


class SeenLine(_Model):
    """A line as it was read. Amounts EUR; ``unread`` are the numbers that one unreadable token may be, empty when it
    may be anything; ``unread_of`` says which number it is."""

    description: str
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    total: Decimal | None = None
    unread_of: Literal["quantity", "unit_price"] | None = None
    unread: list[Decimal] = Field(default_factory=list)
    mismatch: Decimal | None = None
    """The total that stands there and is not quantity × price."""

    @property
    def doubt(self) -> str | None:
        """The code of the remark on the draft's line, see ``prompts/replies/*/recap.j2``."""
        if self.unread_of is not None:
            return "unread:" + "|".join(format(value.normalize(), "f") for value in self.unread)
        return f"read_sum:{self.mismatch}" if self.mismatch is not None else None


class Seen(_Model):
    """What one message's attachments gave. ``keys`` name the files in the storage, in their order."""

    outcome: Outcome
    lines: list[SeenLine] = Field(default_factory=list)
    keys: list[str] = Field(default_factory=list)
    price_mode: PriceMode | None = None
    supplier: str | None = None
    total: Decimal | None = None
    read_by: str | None = None
    """The name of the model, or ``TEXT_LAYER``."""
    repeated: bool = False
    """The artisan was told before that pictures are not read here."""


class Contact(_Model):
    """A person whose card was shared; ``phone`` as it stands there."""

    name: str
    phone: str | None = None


class Location(_Model):
    """A place that was shared; WhatsApp gives its address only when a known place was chosen."""

    address: str | None = None
    name: str | None = None
    latitude: float | None = None
    longitude: float | None = None


def seen_of(details: dict[str, Any]) -> Seen | None:
    """What is kept beside a message; None when nobody looked."""
    return Seen.model_validate(details["seen"]) if details.get("seen") else None

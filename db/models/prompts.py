"""An organization's own wording of sentences."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Owned


class WordingOverride(Identified, Owned, Base):
    """One version of a sentence in an organization's own words; the highest version counts, its ``template`` None = the house's.

    ``sentence`` is named as in ``prompts.replies``: ``file.macro``. Rows are only ever added.
    """

    __tablename__ = "wording_overrides"

    language: Mapped[str] = mapped_column(String(2))
    sentence: Mapped[str]
    version: Mapped[int]
    template: Mapped[str | None]
    author: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("language in ('fr', 'tr')", name="language"),
        CheckConstraint("version > 0", name="version"),
        UniqueConstraint("organization_id", "language", "sentence", "version"),
    )

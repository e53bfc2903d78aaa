"""What the register tells about an establishment."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict


class Establishment(BaseModel):
    """An establishment as it can be printed on documents; what the register keeps to itself is None.

    ``legal_form`` is one that the profile knows (EI, SARL, SAS …); ``activity`` an NAF code ("43.22A").
    """

    model_config = ConfigDict(extra="forbid")

    siret: str
    name: str | None = None
    legal_form: str | None = None
    address_line: str | None = None
    postal_code: str | None = None
    city: str | None = None
    activity: str | None = None
    closed: bool = False
    closed_on: date | None = None

    @property
    def can_be_shown(self) -> bool:
        """There is a name to recognise oneself by."""
        return self.name is not None

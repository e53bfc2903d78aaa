"""Fields that several bodies of the account routes share, checked as they are read."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from services.clients.service import checked_email, normalised_phone
from services.identity.passwords import LONGEST
from services.messaging.cleaning import clean

Email = Annotated[
    str, Field(max_length=254, examples=["karim@example.com"]), AfterValidator(lambda text: checked_email(text).lower())
]
"""An e-mail address, in lower case from here on."""
Phone = Annotated[str, Field(max_length=30, examples=["+33612345678"]), AfterValidator(normalised_phone)]
"""A phone in E.164, or as it is dialled in France."""
Words = Annotated[str, Field(min_length=1, max_length=3500, pattern=r"\S"), AfterValidator(clean)]
"""What somebody writes in his own words, for people to read."""
Tag = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f]*$")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
GivenPassword = Annotated[str, Field(min_length=1, max_length=LONGEST, examples=["correct horse battery"])]
"""A password as somebody types it to sign in; whether it is a good one does not matter then."""
Flag = Annotated[bool, Field(strict=True)]
"""true or false, not 0, "no" or "off"."""


def _not_a_flag(given: Any) -> Any:
    """Pydantic would read true and false as 1 and 0."""
    if isinstance(given, bool):
        raise ValueError("is to be a number")
    return given


Figure = Annotated[float, BeforeValidator(_not_a_flag)]
Count = Annotated[int, BeforeValidator(_not_a_flag)]


def _written_out(given: Any) -> Any:
    """Pydantic would read a number as seconds since 1970, which nobody means who writes a date."""
    try:
        float(given)
    except (TypeError, ValueError):
        return given
    raise ValueError("is to be written out: 2026-11-28, 2026-11-28T09:30:00+01:00")


Day = Annotated[date, BeforeValidator(_written_out)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]
"""A time with its offset: ``2026-11-28T09:30:00+01:00``."""


class Body(BaseModel):
    """A request's body: a field that is not known is an error, not silence."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

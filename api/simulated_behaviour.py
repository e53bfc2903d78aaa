"""What the control routes of all stand-ins of providers share."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel

from api.errors import ApiError

Behaviour = TypeVar("Behaviour", bound=BaseModel)


def with_changes(behaviour: Behaviour, changes: dict[str, Any]) -> Behaviour:
    """The behaviour with some of its habits changed. Answers 422 for a habit or a value that it does not know."""
    try:
        return type(behaviour).model_validate({**behaviour.model_dump(), **changes})
    except ValueError as error:
        raise ApiError(422, str(error)) from error

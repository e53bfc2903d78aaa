"""The description of the API says of every route how it fails, without each route repeating what all of them do.

A route declares the errors of its own (``responses=errors(404, 409)``); what every route can answer is added here: 401
and 403 where one must be signed in, 409 and 412 where ``Idempotency-Key`` and ``If-Match`` are taken, 400 and 413 where a
body is sent, 422 where anything is, 429, 500 and 503 everywhere. Examples of the answers asked for most are added too.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.errors import ErrorBody, errors
from api.examples import ANSWERS

_REFERENCE = "#/components/schemas/{model}"
_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
"""What FastAPI would answer to an invalid request; here it is the body of R218."""
_OF_HEADERS = {"If-Match": 412, "Idempotency-Key": 409}


def describe(app: FastAPI) -> None:
    """Completes what ``app`` says of itself under ``/openapi.json``."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain())
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]


def _completed(schema: dict[str, Any]) -> dict[str, Any]:
    for operations in schema["paths"].values():
        for operation in operations.values():
            _complete(operation)
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in _FRAMEWORKS_OWN:
        schemas.pop(name, None)
    body = ErrorBody.model_json_schema(ref_template=_REFERENCE)
    schemas |= body.pop("$defs") | {"ErrorBody": body}
    for name, example in ANSWERS.items():
        schemas[name]["example"] = example
    return schema


def _complete(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    if "HTTPValidationError" in str(answers.get("422")):
        del answers["422"]
    for status, declared in errors(*_common(operation)).items():
        answers.setdefault(str(status), _as_json(declared))
    operation["responses"] = dict(sorted(answers.items()))


def _common(operation: dict[str, Any]) -> list[int]:
    statuses = [429, 500, 503]
    if operation.get("security"):
        statuses += [401, 403]
    headers = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "header"}
    statuses += [status for name, status in _OF_HEADERS.items() if name in headers]
    if "requestBody" in operation:
        statuses += [400, 413, 422]
    elif operation.get("parameters"):
        statuses += [422]
    return statuses


def _as_json(declared: dict[str, Any]) -> dict[str, Any]:
    content = declared["content"]["application/json"]
    body = {"schema": {"$ref": _REFERENCE.format(model="ErrorBody")}} | content
    return {"description": declared["description"], "content": {"application/json": body}}

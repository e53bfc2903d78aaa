"""What the API says of itself, route by route: what it does, what goes in, how it fails."""

from __future__ import annotations

from typing import Any

import httpx
import jsonschema_rs
import pytest

from api.app import create_app
from api.cli.admin import with_every_door
from api.examples import ANSWERS
from api.route_table import routes_of

APP = create_app(with_every_door())
SCHEMA = APP.openapi()
STAND_INS = ("/simulator", "/demo")
"""Where the channel is simulated only: no part of the API."""
OPERATIONS = [
    (method.upper(), path, operation)
    for path, operations in SCHEMA["paths"].items()
    if not path.startswith(STAND_INS)
    for method, operation in operations.items()
]
GUARDED = {(row.method, row.path) for row in routes_of(APP) if row.permissions}


def named(operation: tuple[str, str, Any]) -> str:
    return f"{operation[0]} {operation[1]}"


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = SCHEMA["components"]["schemas"][name] if name else schema
    return found


def has_example(content: dict[str, Any]) -> bool:
    """One of the whole body, or one for every field."""
    schema = resolved(content["schema"])
    fields = [resolved(each) for each in schema.get("properties", {}).values()]
    return bool(
        {"example", "examples"} & (content.keys() | schema.keys())
        or (fields and all("examples" in each for each in fields))
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_a_route_says_what_it_does_and_how_it_fails(operation: tuple[str, str, Any]) -> None:
    method, path, said = operation
    assert said["summary"] and said["description"].strip() and said["tags"]
    expected = {"429", "500", "503"}
    if (method, path) in GUARDED:
        assert said["security"]
        expected |= {"401", "403"}
    if said.get("parameters") or "requestBody" in said:
        expected |= {"422"}
    if "{" in path and (method, path) in GUARDED:
        expected |= {"404"}
    assert expected <= said["responses"].keys()
    for status, answer in said["responses"].items():
        if int(status) >= 400 and not (path.startswith("/health") and status == "503"):
            body = answer["content"]["application/json"]
            assert body["schema"] == {"$ref": "#/components/schemas/ErrorBody"}, status
            assert body["example"]["code"] and answer["description"], status
    names = {each["name"]: each for each in said.get("parameters", ())}
    assert ("If-Match" in names) == ("412" in said["responses"])


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if "requestBody" in each[2]], ids=named)
def test_a_body_to_send_is_shown(operation: tuple[str, str, Any]) -> None:
    for media_type, content in operation[2]["requestBody"]["content"].items():
        assert media_type != "application/json" or has_example(content)


def test_nothing_points_nowhere() -> None:
    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if "$ref" in part:
                assert part["$ref"].rpartition("/")[2] in SCHEMA["components"]["schemas"]
            for inner in part.values():
                walk(inner)
        elif isinstance(part, list):
            for inner in part:
                walk(inner)

    walk(SCHEMA)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v1/nothing", 404), ("PATCH", "/api/v1/organizations", 405), ("POST", "/health", 405)],
)
async def test_what_is_not_there_answers_in_the_same_form(method: str, path: str, status: int) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://x") as http:
        answer = await http.request(method, path, headers={"X-Request-ID": "r-1"})
    assert answer.status_code == status and answer.json()["requestId"] == "r-1"
    assert status != 405 or answer.headers["Allow"]


@pytest.mark.parametrize("name", ANSWERS)
def test_an_example_of_an_answer_is_one(name: str) -> None:
    described = SCHEMA["components"]["schemas"][name]
    assert described["example"] == ANSWERS[name]
    assert ANSWERS[name].keys() == described["properties"].keys(), "a field came or went"
    whole = {"$ref": f"#/components/schemas/{name}", "components": SCHEMA["components"]}
    assert [str(error) for error in jsonschema_rs.Draft202012Validator(whole).iter_errors(ANSWERS[name])] == []

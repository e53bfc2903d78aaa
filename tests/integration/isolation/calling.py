"""Calls of every route, made from the application's own description, with what belongs to company B in path, query and body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
from fastapi import FastAPI

from api.route_table import RouteRow, routes_of
from api.v1.access import COMPANY_HEADER
from tests.integration.isolation.arguments import Asker
from tests.integration.isolation.world import World

NOT_OURS = (
    "/simulator",
    "/demo",
    "/docs",
    "/openapi.json",
    "/webhooks",
    "/health",
    "/metrics",
    "/whatsapp/assets",
    "/api/v1/plans",
)
"""Stand-ins of providers, their doors and what tells nothing of a company."""
READING = {"GET", "HEAD"}
_DEEPEST = 4


@dataclass(frozen=True)
class Call:
    """One request. ``names_b``: the path names something of B, so that only "not found" or "not allowed" is right."""

    method: str
    route: str
    url: str
    names_b: bool
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.route}"

    def sent(self) -> str:
        """Everything of the request, as text: an answer may say it back."""
        return f"{self.url} {self.query} {self.body} {self.headers}"

    async def send(self, http: httpx.AsyncClient, signed_in: dict[str, str]) -> httpx.Response:
        extra = {} if self.body is None else {"json": self.body}
        headers = self.headers | signed_in
        return await http.request(self.method, self.url, params=self.query, headers=headers, **extra)


def calls(app: FastAPI, world: World) -> Iterator[Call]:
    """Every call worth making: reading first, what deletes last. A's own things are never named where all of them go."""
    described = app.openapi()
    order = {"GET": 0, "POST": 1, "PUT": 2, "PATCH": 3, "DELETE": 4}
    rows = sorted(routes_of(app), key=lambda row: (order.get(row.method, 5), row.path))
    for row in rows:
        operation = described["paths"].get(row.path, {}).get(row.method.lower())
        if operation is not None and not row.path.startswith(NOT_OURS):
            yield from _calls_of(row, operation, described, world)


def _calls_of(row: RouteRow, operation: dict[str, Any], described: dict[str, Any], world: World) -> Iterator[Call]:
    for variant in (0, 1) if "{kind}" in row.path or "requestBody" in operation else (0,):
        asker = Asker(world, world.b, "b", variant)
        writer = _Writer(described.get("components", {}).get("schemas", {}), asker)
        parameters = operation.get("parameters", [])
        path = {each["name"]: writer.value(each["schema"], each["name"]) for each in parameters if each["in"] == "path"}
        query = {each["name"]: writer.value(each["schema"], each["name"])
                 for each in parameters if each["in"] == "query" and each["name"] not in ("cursor", "sort", "limit")}  # fmt: skip
        query = {name: value for name, value in query.items() if value is not None}
        body = writer.body(operation.get("requestBody"))
        headers = {"Idempotency-Key": f"isolation-{variant}-{asker.key('client_id')}", "If-Match": "*"}
        call = Call(row.method, row.path, "", False, query, body, headers)
        named = [name for name in path if name != "organization_id" and _is_b(world, path[name])]
        if "organization_id" in path:
            yield replace(call, url=_url(row.path, path | {"organization_id": world.b}), names_b=True)
            if named or row.method in READING or _names_b(world, query, body):
                mine = _url(row.path, path | {"organization_id": world.a})
                yield replace(call, url=mine, names_b=bool(named))
                if query and row.method in READING:
                    yield replace(call, url=mine, names_b=bool(named), query={})
        else:
            yield replace(call, url=_url(row.path, path), names_b=bool(named))
            if row.own_company:
                header = headers | {COMPANY_HEADER: str(world.b)}
                yield replace(call, url=_url(row.path, path), names_b=True, headers=header)
                yield replace(call, url=_url(row.path, path), names_b=bool(named), query={})


def _url(path: str, values: dict[str, Any]) -> str:
    return re.sub(r"{(\w+)(?::\w+)?}", lambda match: quote(str(values.get(match[1], "none")), safe=""), path)


def _is_b(world: World, value: Any) -> bool:
    return str(value) in world.secrets


def _names_b(world: World, *parts: Any) -> bool:
    text = str(parts)
    return any(
        str(key) in text
        for rows in world.rows.values()
        for row in rows
        for key in row.values()
        if isinstance(key, UUID)
    )


@dataclass
class _Writer:
    """Values for JSON schemas: B's keys where a key is asked for, B's texts where a text is, the first choice elsewhere."""

    schemas: dict[str, Any]
    asker: Asker

    def body(self, request: dict[str, Any] | None) -> Any:
        schema = (request or {}).get("content", {}).get("application/json", {}).get("schema")
        return None if schema is None else self.value(schema, "body")

    def value(self, schema: dict[str, Any], name: str, depth: int = 0) -> Any:
        schema = self._resolved(schema)
        if "examples" in schema and schema.get("format") != "uuid":
            return schema["examples"][0]
        if "enum" in schema:
            return schema["enum"][self.asker.variant % len(schema["enum"])]
        if "const" in schema:
            return schema["const"]
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return [self.value(schema.get("items", {}), name.removesuffix("s"), depth + 1)]
        if kind == "string":
            return self._text(schema, name)
        if kind == "boolean":
            return self.asker.variant % 2 == 0
        if kind in ("integer", "number"):
            return max(1, schema.get("minimum", 1))
        return None

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema or "anyOf" in schema or "oneOf" in schema or "allOf" in schema:
            if "$ref" in schema:
                schema = self.schemas[schema["$ref"].rsplit("/", 1)[1]]
                continue
            choices = next(schema[key] for key in ("anyOf", "oneOf", "allOf") if key in schema)
            choices = [each for each in choices if each.get("type") != "null"]
            keyed = [each for each in choices if each.get("format") == "uuid"]
            schema = (keyed or choices)[0]
        return schema

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        required = set(schema.get("required", []))
        made = {}
        for name, each in schema.get("properties", {}).items():
            resolved = self._resolved(each)
            if name in required or resolved.get("format") == "uuid" or (depth < _DEEPEST and self.asker.variant == 0):
                made[name] = self.value(each, name, depth + 1)
        return {name: value for name, value in made.items() if value is not None or name in required}

    def _text(self, schema: dict[str, Any], name: str) -> str:
        known = {"date": "2026-11-28", "date-time": "2026-11-28T10:00:00Z", "email": "someone@example.com",
                 "uri": "https://example.com/", "binary": ""}  # fmt: skip
        if schema.get("format") == "uuid":
            return str(self.asker.key(name))
        if schema.get("format") in known:
            return known[schema["format"]]
        text = {"month": "2026-11", "phone": "+33612345678", "number": self.asker.text("number")}.get(name)
        text = text or self.asker.text(name)
        return text[: schema["maxLength"]] if "maxLength" in schema else text

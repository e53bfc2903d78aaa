"""Who may name an address that the service opens: no company, no member, and of providers' webhooks one field, guarded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel

import services.chatwoot.payloads
import services.einvoicing.schemas
import services.messaging.payloads
from api.app import create_app
from api.cli.admin import with_every_door

ROOT = Path(__file__).parents[3]
NAMED = re.compile(
    r"(?i)(url|uri|link|href|webhook|callback|redirect|logo|host|hostname|domain|endpoint|server|proxy)s?$"
)
GUARDED_FIELDS: set[str] = set()
"""Fields of requests that carry an address, each opened through ``services.protection.outward``. None so far: a company
that shall name one (its own webhooks) gets the guard first, and then a line here."""
GUARDED_PAYLOADS = {"AttachmentPayload.data_url"}
"""The same of providers' webhooks (``services.messaging.received_files``)."""
TOLD = {"Webhook.callback_url"}
"""Our own address, as we give it to a platform."""
CALLERS = {
    "services/messaging/provider_http.py": "the provider of the settings",
    "services/einvoicing/afnor.py": "the platform of the settings",
    "services/company_register/search_api.py": "the register of the settings",
    "services/operations/http_post.py": "what simulated providers post with, to this installation",
    "services/operations/service_checks.py": "the doctor: addresses of the settings",
    "services/operations/machine_checks.py": "the doctor: its own port",
    "services/billing/simulator/app.py": "the simulated Stripe, to this installation",
    "api/cli/demo.py": "the demo, to this installation",
    "services/protection/outward.py": "the guard itself",
    "api/demo/terminal_phone.py": "the demo's phone in a terminal, to this installation",
}
"""Every place that opens addresses over HTTP, and whose they are."""


def addresses_in(schema: dict[str, Any], schemas: dict[str, Any], path: str, seen: frozenset[str]) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            yield from addresses_in(schemas[name], schemas, path, seen | {name})
        return
    if schema.get("format") in ("uri", "url", "uri-reference", "hostname"):
        yield path
    for inner in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from addresses_in(inner, schemas, path, seen)
    for name, inner in schema.get("properties", {}).items():
        if NAMED.search(name):
            yield f"{path}.{name}"
        yield from addresses_in(inner, schemas, f"{path}.{name}", seen)
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            yield from addresses_in(inner, schemas, f"{path}[]", seen)


def of_requests(description: dict[str, Any]) -> set[str]:
    schemas = description.get("components", {}).get("schemas", {})
    found = set()
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            for content in operation.get("requestBody", {}).get("content", {}).values():
                found |= set(addresses_in(content.get("schema", {}), schemas, name, frozenset()))
            for parameter in operation.get("parameters", ()):
                if NAMED.search(parameter["name"]):
                    found.add(f"{name}?{parameter['name']}")
    return found


def test_no_request_names_an_address_without_a_guard() -> None:
    described = create_app(with_every_door().model_copy(update={"billing_simulated": True})).openapi()
    assert len(described["paths"]) > 100
    assert of_requests(described) == GUARDED_FIELDS


def test_the_search_finds_one() -> None:
    hook = {"type": "object", "properties": {"callback_url": {"type": "string"}, "inner": {"$ref": "#/x/Inner"}}}
    inner = {"properties": {"where": {"anyOf": [{"type": "string", "format": "uri"}, {"type": "null"}]}}}
    operation = {
        "requestBody": {"content": {"application/json": {"schema": hook}}},
        "parameters": [{"name": "redirect", "in": "query"}, {"name": "limit", "in": "query"}],
    }
    found = of_requests({"paths": {"/hooks": {"post": operation}}, "components": {"schemas": {"Inner": inner}}})
    assert found == {"POST /hooks.callback_url", "POST /hooks.inner.where", "POST /hooks?redirect"}


def models_of(module: ModuleType) -> Iterator[type[BaseModel]]:
    for each in vars(module).values():
        if isinstance(each, type) and issubclass(each, BaseModel) and each.__module__ == module.__name__:
            yield each


def test_of_webhooks_one_field_is_opened_and_it_is_guarded() -> None:
    modules = (services.chatwoot.payloads, services.messaging.payloads, services.einvoicing.schemas)
    models = [model for module in modules for model in models_of(module)]
    fields = {f"{model.__name__}.{name}" for model in models for name in model.model_fields if NAMED.search(name)}
    assert len(models) > 10 and fields == GUARDED_PAYLOADS | TOLD


def test_nobody_else_opens_addresses() -> None:
    """A new client is judged first: whose are the addresses it opens?"""
    opens = re.compile(
        r"httpx\.(Async)?Client\(|httpx\.(get|post|put|request|stream)\(|urlopen\(|\brequests\.(?:get|post|Session)|aiohttp|http\.client\.HTTP"
    )
    rooms = ("api", "agent", "graphs", "tools", "services", "db")
    files = {path.relative_to(ROOT).as_posix(): path for room in rooms for path in ROOT.glob(f"{room}/**/*.py")}
    found = {name for name, path in files.items() if opens.search(path.read_text(encoding="utf-8"))}
    assert found == set(CALLERS)

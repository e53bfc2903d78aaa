"""Every error answers with the same body (R218, R219)."""

from __future__ import annotations

from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy.exc import DataError, OperationalError

from api.errors import ApiError, ErrorDetail, install_error_handlers
from db.paging import BadCursor


class Body(BaseModel):
    name: str


app = FastAPI()
install_error_handlers(app)


@app.get("/fail/{kind}")
async def fail(kind: str) -> None:
    raise {
        "api": ApiError(409, "Déjà émis.", [ErrorDetail(field="number", message="exists")]),
        "http": HTTPException(403, "No."),
        "database": OperationalError("select secret", {}, Exception("gone")),
        "number": DataError("insert secret", {}, Exception("out of range")),
        "cursor": BadCursor("is not a cursor of this list"),
        "bug": RuntimeError("secret"),
    }[kind]


@app.post("/body")
async def body(body: Body) -> None: ...


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/fail/api", 409, "CONFLICT"),
        ("GET", "/fail/http", 403, "AUTHORIZATION"),
        ("GET", "/fail/database", 503, "SERVICE_UNAVAILABLE"),
        ("GET", "/fail/bug", 500, "INTERNAL"),
        ("GET", "/fail/number", 422, "VALIDATION"),
        ("GET", "/fail/cursor", 422, "VALIDATION"),
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("DELETE", "/body", 405, "VALIDATION"),
        ("POST", "/body", 422, "VALIDATION"),
    ],
)
async def test_form_of_errors(method: str, path: str, status: int, code: str) -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
        answer = await http.request(method, path, headers={"X-Request-ID": "abc-1"}, json={})
    error = answer.json()
    assert answer.status_code == status
    assert error.keys() == {"code", "message", "details", "requestId", "timestamp"}
    assert (error["code"], error["requestId"]) == (code, "abc-1") and "secret" not in answer.text
    assert datetime.fromisoformat(error["timestamp"]).tzinfo
    if method == "POST":
        assert error["details"] == [{"field": "name", "message": "Field required"}]

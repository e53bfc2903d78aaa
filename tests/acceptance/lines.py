"""An artisan's own WhatsApp number in an acceptance test: its session through the admin API, its phone and its provider."""

from __future__ import annotations

import time
from typing import Any

from tests.acceptance.people import Artisan
from tests.acceptance.stack import ANSWERED_WITHIN_SECONDS
from tests.office import admin_of

SESSIONS = "/api/v1/whatsapp/sessions"


class Line:
    """The artisan's own number, not connected yet."""

    def __init__(self, artisan: Artisan) -> None:
        self.artisan, self.stack = artisan, artisan.stack
        (user,) = artisan.rows("select id from users where organization_id = %(organization)s")
        self.id: str = self.api("POST", "", json={"user_id": str(user["id"])})["id"]

    def api(self, method: str, path: str, **request: Any) -> Any:
        """Calls the session's address below ``/api/v1/whatsapp/sessions``; the JSON of the answer."""
        answer = self.call(method, path, **request)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def call(self, method: str, path: str, **request: Any) -> Any:
        headers = admin_of(self.stack.database_url, self.stack.home) | {
            "X-Organization-Id": str(self.artisan.organization_id)
        }
        return self.stack.http.request(method, SESSIONS + path, headers=headers, **request)

    @property
    def now(self) -> dict[str, Any]:
        """The session as the API tells it."""
        session: dict[str, Any] = self.api("GET", f"/{self.id}")
        return session

    def log(self) -> list[tuple[str, str, str]]:
        """The log, oldest first, as (cause, state after, actor)."""
        lines = self.api("GET", f"/{self.id}/log", params={"limit": 200})["data"]
        return [(line["cause"], line["to_status"], line["actor"]) for line in reversed(lines)]

    def connect(self) -> dict[str, Any]:
        session: dict[str, Any] = self.api("POST", f"/{self.id}/connect")
        return session

    def code(self) -> str:
        """The text of the QR code that is to be scanned."""
        answer = self.call("GET", f"/{self.id}/qr")
        assert answer.status_code == 200, (answer.text, self.log())
        code: str = answer.json()["code"]
        return code

    def scan(self, code: str, phone: str | None = None) -> int:
        """A phone scans a code; returns the status of WhatsApp's answer."""
        body = {"code": code, "phone": phone or self.artisan.phone}
        return int(self.stack.http.post("/simulator/scan", json=body).status_code)

    def provider(self, what: str, **body: Any) -> None:
        """Something happens to the account at the provider: disconnect, ban, recover, expire."""
        (row,) = self.stack.rows("select provider_account_id from whatsapp_accounts where id = %(id)s", id=self.id)
        answer = self.stack.http.post(f"/simulator/accounts/{row['provider_account_id']}/{what}", json=body)
        answer.raise_for_status()

    def wait(self, status: str) -> dict[str, Any]:
        """Waits until the API tells ``status``."""
        return self.wait_until(lambda session: session["status"] == status, status)

    def wait_until(self, ready: Any, what: str) -> dict[str, Any]:
        deadline = time.monotonic() + ANSWERED_WITHIN_SECONDS
        while not ready(session := self.now):
            assert time.monotonic() < deadline, f"never {what}: {session}, {self.log()}"
            time.sleep(0.03)
        return session

    def is_due(self) -> None:
        """The time of the session's next look has come."""
        self.stack.rows("update whatsapp_accounts set next_check_at = now() where id = %(id)s", id=self.id)

    def code_runs_out(self) -> None:
        """The code that is shown is too old, here and at the provider."""
        self.stack.rows("update whatsapp_accounts set qr_expires_at = now() where id = %(id)s", id=self.id)

    def bring_back(self, way: str) -> None:
        """Connects again: by a scan, by asking for it without one, or by the provider itself."""
        if way == "scan":
            self.connect()
            assert self.scan(self.code()) == 200
        elif way == "ask":
            self.connect()
        else:
            self.provider("recover")
        self.wait("connected")

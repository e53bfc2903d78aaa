"""Forms of the provider's wire: ids, datetimes, cursors, error bodies (unipile.md §2, §3, §5.6)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from datetime import datetime
from typing import Any

_MOMENT = re.compile(r"^[1-2]\d{3}-[0-1]\d-[0-3]\dT\d{2}:\d{2}:\d{2}\.\d{3}Z$")


class ProviderError(Exception):
    """An error answer of the provider."""

    def __init__(self, status: int, type_: str, detail: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(f"{status} {type_}")
        self.headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        self.status, self.type, self.detail = status, f"errors/{type_}", detail

    def body(self) -> dict[str, Any]:
        title = self.type.removeprefix("errors/").replace("_", " ").capitalize()
        return {"status": self.status, "type": self.type, "title": title, "detail": self.detail or title}


def new_wire_id() -> str:
    """An opaque id as the provider makes them, about 22 url-safe characters."""
    return secrets.token_urlsafe(16)


def chat_id_of(account_id: str, address: str) -> str:
    """The id of a chat: opaque to the client, readable here, so that a restarted simulator knows its old chats."""
    return base64.urlsafe_b64encode(f"{account_id}|{address}".encode()).decode().rstrip("=")


def parts_of_chat_id(chat_id: str) -> tuple[str, str] | None:
    """Account id and address of a chat id, None when it is not one."""
    try:
        account_id, separator, address = (
            base64.urlsafe_b64decode(chat_id + "=" * (-len(chat_id) % 4)).decode().partition("|")
        )
    except ValueError:
        return None
    return (account_id, address) if separator and account_id and address else None


def lid_of(phone: str) -> str:
    """The privacy id of a phone, always the same for the same phone."""
    return f"{int(hashlib.sha256(phone.encode()).hexdigest()[:14], 16) % 10**15:015d}@lid"


def group_id_of(name: str) -> str:
    """The id of a group chat, always the same for the same name."""
    return f"{int(hashlib.sha256(name.encode()).hexdigest()[:15], 16):018d}@g.us"


def parse_moment(value: str, field: str) -> datetime:
    """A datetime parameter. Raises ``ProviderError`` 400 for any other form."""
    if not _MOMENT.match(value):
        raise ProviderError(400, "invalid_parameters", f"{field} must look like 2025-12-31T23:59:59.999Z")
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise ProviderError(400, "invalid_parameters", f"{field} is not a date") from error


def encode_cursor(filters: dict[str, Any]) -> str:
    """An opaque base64 cursor that carries the filters and the last item seen."""
    return base64.b64encode(json.dumps(filters).encode()).decode()


def decode_cursor(cursor: str) -> dict[str, Any]:
    """The filters of a cursor. Raises ``ProviderError`` 400."""
    try:
        filters = json.loads(base64.b64decode(cursor, validate=True))
    except ValueError as error:
        raise ProviderError(400, "invalid_parameters", "cursor is not valid") from error
    if not isinstance(filters, dict):
        raise ProviderError(400, "invalid_parameters", "cursor is not valid")
    return filters

"""The table of who may give orders (C01)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from services.messaging.authority import Account, Person, standing_of
from services.messaging.schemas import InboundMessage

ORGANIZATION, USER = uuid4(), uuid4()
ASSISTANT = Account(uuid4(), "assistant", None, None, "+33180000000")
LINKED = Account(uuid4(), "artisan", ORGANIZATION, USER, "+33611111111")
OWNERLESS = Account(uuid4(), "artisan", ORGANIZATION, None, "+33611111111")
ARTISAN = Person(USER, ORGANIZATION)
SELF: dict[str, Any] = {"from_account": True, "to_itself": True, "peer_phone": "+33611111111"}


@pytest.mark.parametrize(
    ("account", "author", "changes", "purpose", "may_order"),
    [
        (ASSISTANT, ARTISAN, {}, "command", True),
        (ASSISTANT, ARTISAN, {"kind": "edited"}, "command", True),
        (ASSISTANT, ARTISAN, {"kind": "reaction"}, "command", False),
        (ASSISTANT, ARTISAN, {"kind": "read"}, "command", False),
        (ASSISTANT, ARTISAN, {"type": "event"}, "command", False),
        (ASSISTANT, ARTISAN, {"from_account": True}, "command", False),
        (ASSISTANT, ARTISAN, {"is_group": True}, "group", False),
        (ASSISTANT, None, {}, "unknown", False),
        (LINKED, None, {}, "customer", False),
        (LINKED, ARTISAN, {}, "customer", False),
        (LINKED, None, {"from_account": True, "peer_phone": "+33622222222"}, "customer", False),
        (LINKED, None, {"is_group": True}, "group", False),
        (LINKED, None, {"is_group": True, **SELF}, "group", False),
        (LINKED, None, SELF, "command", True),
        (LINKED, None, SELF | {"to_itself": False}, "command", True),
        (LINKED, None, SELF | {"kind": "deleted"}, "command", False),
        (LINKED, None, SELF | {"from_account": False, "to_itself": False}, "customer", False),
        (OWNERLESS, None, SELF, "unknown", False),
        (LINKED, None, {"peer_phone": "+33180000000"}, "unknown", False),
        (LINKED, None, {"peer_phone": "+33180000000", "from_account": True}, "unknown", False),
    ],
)
def test_standing(
    account: Account, author: Person | None, changes: dict[str, Any], purpose: str, may_order: bool
) -> None:
    values = {"kind": "message", "account_ref": "a", "chat_ref": "c", "message_ref": "m", "text": "Facture"}
    message = InboundMessage.model_validate(values | {"sent_at": datetime.now(UTC)} | changes)
    standing = standing_of(account, message, author, frozenset({"+33180000000"}))
    assert (standing.purpose, standing.may_order) == (purpose, may_order)
    if may_order:
        assert (standing.user_id, standing.organization_id) == (USER, ORGANIZATION)

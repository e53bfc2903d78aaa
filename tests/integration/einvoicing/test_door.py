"""The platform's webhook: signed or refused, kept as it came, answered at once."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from db.settings import settings
from services.einvoicing.credentials import WEBHOOK_PATH, signing_key
from services.einvoicing.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from tests.integration.einvoicing.conftest import House

FLOW = {
    "flowId": "gone",
    "name": "F.xml",
    "flowSyntax": "CDAR",
    "flowType": "CustomerInvoiceLC",
    "flowDirection": "In",
    "submittedAt": "2027-09-01T10:00:00Z",
}


def signed(body: bytes, timestamp: int | None = None) -> dict[str, str]:
    key = signing_key(settings())
    assert key
    at = int(time.time()) if timestamp is None else timestamp
    return {SIGNATURE_HEADER: sign(body, at, key), TIMESTAMP_HEADER: str(at)}


async def events_with(house: House, body: bytes) -> list[Any]:
    """What was kept of the calls that carried ``body``."""
    kept = await house.rows("select * from webhook_events where source = 'einvoicing' order by received_at")
    return [event for event in kept if event.body == body]


async def test_a_signed_webhook_is_kept_and_its_flow_read_later(house: House) -> None:
    body = json.dumps(FLOW).encode()
    answer = await house.http.post(WEBHOOK_PATH, content=body, headers=signed(body))
    assert (answer.status_code, answer.json()) == (200, {"status": "queued"})
    (event,) = await events_with(house, body)
    assert (event.event, event.outcome) == ("CustomerInvoiceLC:gone", "queued")
    for _ in range(3):
        await house.work()
        await house.hurry()
    await house.work()
    (log,) = await house.rows("select description from system_logs where event = 'einvoice.unread'")
    assert "gone" in log.description, "a flow that the platform does not have is given up, and seen"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed_wrong := {SIGNATURE_HEADER: "bm8=", TIMESTAMP_HEADER: "1"},
        {SIGNATURE_HEADER: signed_wrong[SIGNATURE_HEADER]},
    ],
)
async def test_an_unsigned_webhook_is_refused_and_not_kept(house: House, headers: dict[str, str]) -> None:
    body = json.dumps({**FLOW, "flowId": "unsigned"}).encode()
    answer = await house.http.post(WEBHOOK_PATH, content=body, headers=headers)
    assert answer.status_code == 401
    assert not await events_with(house, body)


async def test_an_old_webhook_is_refused(house: House) -> None:
    body = json.dumps(FLOW).encode()
    answer = await house.http.post(WEBHOOK_PATH, content=body, headers=signed(body, int(time.time()) - 3600))
    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"\xff"])
async def test_an_unreadable_webhook_is_kept(house: House, body: bytes) -> None:
    answer = await house.http.post(WEBHOOK_PATH, content=body, headers=signed(body))
    assert answer.status_code == 422
    (event, *_) = await events_with(house, body)
    assert event.outcome == "unreadable"


async def test_a_subscription_gives_its_key_once_and_replaces_the_earlier_one(house: House) -> None:
    from services.einvoicing.platform import current_platform
    from services.einvoicing.provisioning import provision

    platform: Any = current_platform()
    endpoint = "https://usta.example.fr/webhooks/einvoicing"
    first = await provision(platform, endpoint)
    second = await provision(platform, endpoint)
    assert first.signing_key and second.signing_key and first.signing_key != second.signing_key
    mine = [item for item in await platform.subscriptions() if item.callback_url == endpoint]
    assert [item.webhook_id for item in mine] == [second.webhook_id] and mine[0].signing_key is None

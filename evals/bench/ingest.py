"""Webhook to 200: what the provider waits for, beside a bare route that makes the same two inserts (R049)."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from db.models.base import new_id
from db.settings import Settings
from evals.bench.bare import bare_route
from evals.bench.load import Connection, closed_loop, open_loop, percentile, post
from evals.installation import Installation

CHATS = 200
"""Artisans who write in turn."""
CONNECTIONS = 16
WARM_UP_SECONDS = 2.0


def measure(*, seconds: float, rate: float) -> Iterable[dict[str, Any]]:
    """Latencies at ``rate`` per second (open loop) and the most requests per second, ours and the bare route's."""
    return asyncio.run(_measure(seconds, rate))


async def _measure(seconds: float, rate: float) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="usta-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        async with Installation(home, workers=0, settings={"RATE_LIMITS": "false"}) as installation:
            await _set_scene(installation)
            make = webhooks(installation)
            async with bare_route(installation, "evals.bench.bare_webhook") as bare_port:
                ports = {"usta": installation.port, "bare": bare_port}
                for port in ports.values():
                    await open_loop(port, make(port), rate, WARM_UP_SECONDS)
                taken = {name: await open_loop(port, make(port), rate, seconds) for name, port in ports.items()}
                most = {name: await closed_loop(port, make(port), CONNECTIONS, seconds) for name, port in ports.items()}
    return _figures(taken, most, rate, seconds)


def _figures(
    taken: dict[str, list[float]], most: dict[str, float], rate: float, seconds: float
) -> list[dict[str, Any]]:
    baseline = "bare FastAPI route, two raw psycopg inserts in one transaction"
    figures: list[dict[str, Any]] = []
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        ours, bare = percentile(taken["usta"], share), percentile(taken["bare"], share)
        figures.append(
            {
                "figure": f"webhook to 200, {name} at {rate:g}/s",
                "unit": "ms",
                "value": round(ours, 2),
                "baseline": round(bare, 2),
                "ratio": round(ours / bare, 2),
                "baseline_is": baseline,
                "requests": len(taken["usta"]),
            }
        )
    figures.append(
        {
            "figure": f"webhooks taken, {CONNECTIONS} connections",
            "unit": "requests/s",
            "value": round(most["usta"], 1),
            "baseline": round(most["bare"], 1),
            "ratio": round(most["usta"] / most["bare"], 2),
            "baseline_is": baseline,
            "seconds": seconds,
        }
    )
    return figures


async def _set_scene(installation: Installation) -> None:
    """Artisans, so that each webhook starts a turn; one message through the front door makes the first chat."""
    connection = Connection(installation.port)
    for number in range(CHATS):
        artisan = {"phone": phone(number), "name": f"Artisan {number}", "company": f"Entreprise {number}"}
        await connection.request(post(installation.port, "/simulator/artisans", json.dumps(artisan).encode()))
    inbound = json.dumps({"from": phone(0), "text": "bonjour"}).encode()
    status, body = await connection.request(post(installation.port, "/simulator/inbound", inbound))
    assert status == 200, body
    connection.close()


def phone(number: int) -> str:
    """The phone of an artisan of a benchmark."""
    return f"+3368{number:07d}"


def webhooks(installation: Installation) -> Callable[[int], Callable[[], bytes]]:
    """Makes, for a port, a function that gives the next webhook: a new message of the next artisan."""
    from services.messaging.credentials import webhook_secret
    from services.messaging.simulator.app import ASSISTANT

    configured = Settings(USTA_HOME=installation.home)  # type: ignore[call-arg]
    secret = (webhook_secret(configured) or b"").decode()
    assistant = configured.assistant_phone
    count = 0

    def request(port: int) -> bytes:
        nonlocal count
        count += 1
        body = json.dumps(_payload(count, phone(count % CHATS), assistant, ASSISTANT)).encode()
        return post(port, "/webhooks/unipile/messages", body, {configured.unipile_webhook_header: secret})

    return lambda port: lambda: request(port)


def _payload(number: int, sender: str, assistant: str, account: str) -> dict[str, Any]:
    """The body of unipile.md §9 for a text message."""
    wire_id = f"{sender[1:]}@s.whatsapp.net"
    person = {
        "attendee_id": f"att-{sender[1:]}",
        "attendee_name": "Artisan",
        "attendee_provider_id": wire_id,
        "attendee_specifics": {"provider": "WHATSAPP", "phone_number": sender},
    }
    return {
        "event": "message_received",
        "webhook_name": "usta",
        "account_id": account,
        "account_type": "WHATSAPP",
        "account_info": {"type": "WHATSAPP", "user_id": f"{assistant[1:]}@s.whatsapp.net"},
        "chat_id": f"bench-{sender[1:]}",
        "provider_chat_id": wire_id,
        "message_id": f"bench-{new_id()}",
        "provider_message_id": f"3EB0{new_id().hex}",
        "timestamp": datetime.now(UTC).isoformat(),
        "message": f"ajoute carrelage 60x60 {number % 90 + 1} m² à 45 €",
        "message_type": "MESSAGE",
        "is_sender": False,
        "is_group": False,
        "is_event": 0,
        "sender": person,
        "attendees": [person],
        "attachments": [],
    }

"""Rows about messages that leave: what the provider answers, or does not, to the artisan's answer or his client's copy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count
from typing import Any

from evals.failures.row import Expected, Row, Seen
from evals.failures.stage import QUOTE, Artisan, Stage

_marks = count(1000)
NOTHING = "nothing but the answer"
BROKEN = "Error("
"""httpx names the error after the moment at which the connection broke: ReadError('…'), RemoteProtocolError('…')."""
LATER = "the answer, a little later"


def answer_under(*faults: dict[str, Any]) -> Callable[[Stage], Awaitable[Seen]]:
    """An artisan writes while his answer cannot be sent as usual."""

    async def act(stage: Stage) -> Seen:
        artisan = await stage.artisan(str(next(_marks)))
        await artisan.say("bonjour")
        for fault in faults:
            await stage.fault(phone=artisan.phone, **fault)
        return await artisan.say(QUOTE)

    return act


def copy_under(*faults: dict[str, Any]) -> Callable[[Stage], Awaitable[Seen]]:
    """The client's copy of an issued quote cannot be sent as usual."""

    async def act(stage: Stage) -> Seen:
        artisan = await stage.artisan(str(next(_marks)))
        await artisan.issue()
        for fault in faults:
            await stage.fault(phone=artisan.client, route="start_chat", **fault)
        return await artisan.say("1")

    return act


async def own_number_dropped(stage: Stage) -> Seen:
    """The artisan's own linked number loses its session while it answers him."""
    artisan = await stage.artisan(str(next(_marks)))
    await _link(stage, artisan)
    await artisan.write("bonjour", to=artisan.phone)
    await artisan.settled()
    await stage.fault(phone=artisan.phone, route="send_message", status=401, type="disconnected_account")
    await artisan.write(QUOTE, to=artisan.phone)
    seen = await artisan.settled()
    log = await artisan.rows(
        "select cause, message from whatsapp_session_events where organization_id = %(organization)s order by id"
    )
    return replace(seen, events=(*seen.events, *(f"session {line['cause']}: {line['message']}" for line in log)))


async def _link(stage: Stage, artisan: Artisan) -> None:
    account = (await stage.provider("POST", "/accounts", json={"provider": "WHATSAPP"}))["account_id"]
    scan = await stage.http.post(f"/simulator/accounts/{account}/scan", json={"phone": artisan.phone})
    scan.raise_for_status()
    await stage.rows(
        "insert into whatsapp_accounts (id, organization_id, user_id, kind, provider_account_id, phone, status)"
        " select gen_random_uuid(), u.organization_id, u.id, 'artisan', %(account)s, u.whatsapp_phone, 'connected'"
        " from users u where u.whatsapp_phone = %(phone)s",
        account=account,
        phone=artisan.phone,
    )


def _answer(
    name: str, register: str, failure: str, fault: dict[str, Any], *, attempts: int, error: str, retried: str
) -> Row:
    shown = "the error of the connection" if error == BROKEN else f"`{error}`"
    admin = f"outbox row with {shown} until it is sent" if error else "nothing"
    sees = LATER if attempts > 1 else NOTHING
    act = answer_under({"route": "send_message", **fault})
    return Row(name, register, failure, sees, admin, retried, act, Expected(attempts, "Garance", error))


AGAIN = "sent again after a wait: nothing had left"
LOOKED = "looked into the chat first: it had arrived, so it is not sent again"
LOOKED_AGAIN = "looked into the chat first: it had not arrived, so it is sent again"

ROWS = (
    _answer("key", "S0-133", "401, API key wrong", {"status": 401, "type": "invalid_credentials"},
            attempts=2, error="401 invalid_credentials", retried=AGAIN),
    Row("disconnected", "S0-133, S0-134", "401, the number lost its session", LATER,
        "session log `call_refused` with the provider's words; the number is `disconnected` until it is back", AGAIN,
        own_number_dropped, Expected(2, "Garance", "401 disconnected_account", "session call_refused: 401 disconnected_account")),
    _answer("sessions", "S0-135", "401, multiple sessions", {"status": 401, "type": "multiple_sessions"},
            attempts=2, error="401 multiple_sessions", retried=AGAIN),
    Row("forbidden", "S0-133", "403, the provider refuses the client's copy", "„n'a pas pu partir“ with what to do",
        "outbox row `failed`, log `message.failed`", "not at all: the same request would be refused again",
        copy_under({"status": 403, "type": "insufficient_permissions"}),
        Expected(1, "n'a pas pu partir", "403 insufficient_permissions", "message.failed", failed=1)),
    _answer("gone", "—", "404, the chat is gone", {"status": 404, "type": "resource_not_found"},
            attempts=1, error="", retried="at once, to the phone: that opens the chat anew"),
    Row("no_whatsapp", "S4-151", "422, the client has no WhatsApp", "„ce numéro n'a pas WhatsApp“; next time he is asked",
        "outbox row `failed`, log `message.failed`, phone marked", "not at all",
        copy_under({"status": 422, "type": "invalid_recipient"}),
        Expected(1, "n'a pas WhatsApp", "422 invalid_recipient", "message.failed", failed=1)),
    Row("blocked", "S4-151", "422, the client blocks the number", "„ce contact bloque les messages“; next time he is asked",
        "outbox row `failed`, log `message.failed`, phone marked", "not at all",
        copy_under({"status": 422, "type": "blocked_recipient"}),
        Expected(1, "bloque les messages", "422 blocked_recipient", "message.failed", failed=1)),
    Row("too_large", "C30", "400, the file is over 15 MB", "„trop lourd pour WhatsApp (15 Mo au plus)“ with what to do",
        "outbox row `failed`, log `message.failed`", "not at all",
        copy_under({"status": 400, "type": "content_too_large"}),
        Expected(1, "trop lourd pour WhatsApp", "400 content_too_large", "message.failed", failed=1)),
    _answer("429", "S4-149", "429 without Retry-After", {"status": 429, "type": "too_many_requests"},
            attempts=2, error="429 too_many_requests", retried=AGAIN),
    _answer("429_after", "S4-149", "429 with Retry-After", {"status": 429, "type": "too_many_requests", "retry_after": 7},
            attempts=2, error="429 too_many_requests", retried="sent again, not before the time the provider names"),
    _answer("500", "S0-136", "500 before anything left", {"status": 500, "type": "unexpected_error"},
            attempts=2, error="500 unexpected_error", retried=LOOKED_AGAIN),
    _answer("503", "S0-136", "503 three times", {"status": 503, "type": "service_unavailable", "times": 3},
            attempts=4, error="503 service_unavailable", retried="sent again after 1, 2, 5 s …"),
    _answer("504", "S0-136", "504, nothing had left", {"status": 504, "type": "request_timeout"},
            attempts=2, error="504 request_timeout", retried=LOOKED_AGAIN),
    _answer("504_after", "S0-136", "504, it had left", {"status": 504, "type": "request_timeout", "when": "after"},
            attempts=1, error="", retried=LOOKED),
    _answer("cut", "—", "connection cut, nothing had left", {"wire": "cut"},
            attempts=2, error=BROKEN, retried=LOOKED_AGAIN),
    _answer("cut_after", "—", "connection cut, it had left", {"wire": "cut", "when": "after"},
            attempts=1, error="", retried=LOOKED),
    _answer("slow", "—", "the provider answers after 3 s", {"hang_seconds": 3, "when": "after"},
            attempts=1, error="", retried="not at all"),
    _answer("malformed", "—", "201 with half a JSON document", {"wire": "malformed", "when": "after"},
            attempts=1, error="", retried=LOOKED),
)  # fmt: skip

"""The client of the platform: tokens, pages, and what each failure means."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from services.einvoicing import afnor
from services.einvoicing.afnor import AfnorPlatform
from services.einvoicing.credentials import Access
from services.einvoicing.outage import CALLS, SECONDS, Outage
from services.einvoicing.platform_errors import (
    BadCredentials,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
    TooLarge,
    Unavailable,
)
from services.einvoicing.retry_policy import POLICY, FileMissing, NotDepositedYet, rule_for
from services.einvoicing.schemas import FlowInfo

ACCESS = Access(
    "https://pa.example/flow-service", "https://pa.example/directory-service", "https://pa.example/t", "i", "s"
)
INFO = FlowInfo(tracking_id="t-1", name="F1.pdf", processing_rule="B2B", flow_syntax="Factur-X", flow_profile="CIUS")
FLOW = {"flowId": "f-1", "name": "F1.pdf", "flowSyntax": "Factur-X", "submittedAt": "2027-09-01T10:00:00Z", "new": 1}


def platform(answer: Callable[[httpx.Request], httpx.Response]) -> tuple[AfnorPlatform, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/t":
            return httpx.Response(200, json={"access_token": f"token-{len(asked)}", "expires_in": 600})
        asked.append(request)
        return answer(request)

    return AfnorPlatform(ACCESS, transport=httpx.MockTransport(handle)), asked


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(afnor, "READ_WAIT", 0)


async def test_a_deposit_on_the_wire() -> None:
    client, asked = platform(lambda request: httpx.Response(202, json=FLOW))
    flow = await client.deposit(INFO, b"%PDF", organization="853795598")
    (request,) = asked
    assert flow.flow_id == "f-1"
    assert (request.method, str(request.url)) == ("POST", "https://pa.example/flow-service/v1/flows")
    assert request.headers["authorization"] == "Bearer token-0" and request.headers["organization-id"] == "853795598"
    body = request.content.decode()
    assert 'name="flowInfo"' in body and 'name="file"; filename="F1.pdf"' in body and "application/pdf" in body
    written = json.loads(body[body.index("{") : body.index("}") + 1])
    assert written == {
        "trackingId": "t-1",
        "name": "F1.pdf",
        "processingRule": "B2B",
        "flowSyntax": "Factur-X",
        "flowProfile": "CIUS",
    }


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (403, BadCredentials),
        (404, NotFound),
        (413, TooLarge),
        (422, Refused),
        (429, RateLimited),
        (500, OutcomeUnknown),
        (503, Unavailable),
        (599, OutcomeUnknown),
    ],
)
async def test_what_an_answer_means(status: int, error: type[PlatformError]) -> None:
    body = {"errorCode": "X", "errorMessage": "no"}
    client, asked = platform(lambda request: httpx.Response(status, json=body, headers={"retry-after": "7"}))
    with pytest.raises(PlatformError) as raised:
        await client.deposit(INFO, b"%PDF")
    assert type(raised.value) is error and (raised.value.status, raised.value.code) == (status, "X")
    assert len(asked) == 1, "a deposit is never made twice by itself"
    if isinstance(raised.value, RateLimited):
        assert raised.value.retry_after == 7


async def test_an_expired_token_is_replaced_once() -> None:
    client, asked = platform(lambda request: httpx.Response(202 if len(asked) > 1 else 401, json=FLOW))
    assert (await client.deposit(INFO, b"%PDF")).flow_id == "f-1"
    assert [request.headers["authorization"] for request in asked] == ["Bearer token-0", "Bearer token-1"]


async def test_a_refused_client_is_our_configuration() -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(401, json={"error": "invalid_client"}))
    with pytest.raises(BadCredentials):
        await AfnorPlatform(ACCESS, transport=transport).find("t-1")


@pytest.mark.parametrize(
    ("failure", "error"), [(httpx.ConnectError("no"), Unavailable), (httpx.ReadTimeout("late"), OutcomeUnknown)]
)
async def test_a_broken_connection(failure: httpx.HTTPError, error: type[PlatformError]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise failure

    client, _ = platform(fail)
    with pytest.raises(error):
        await client.deposit(INFO, b"%PDF")


async def test_an_outage_holds_no_job() -> None:
    """After five calls without an answer the next ones are not made, until half a minute has passed."""
    now = 100.0
    outage = Outage(clock=lambda: now)
    for _ in range(CALLS):
        outage.check()
        outage.unanswered()
    with pytest.raises(Unavailable):
        outage.check()
    now += SECONDS
    outage.check()
    outage.unanswered()
    with pytest.raises(Unavailable):
        outage.check()
    outage.answered()
    outage.check()


async def test_the_client_notices_an_outage() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late")

    client, asked = platform(fail)
    for _ in range(CALLS + 3):
        with pytest.raises(PlatformError):
            await client.deposit(INFO, b"%PDF")
    assert len(asked) == CALLS


async def test_an_answer_of_another_form_says_nothing() -> None:
    client, _ = platform(lambda request: httpx.Response(202, text="<html>welcome</html>"))
    with pytest.raises(OutcomeUnknown):
        await client.deposit(INFO, b"%PDF")


async def test_reads_are_made_again_and_pages_followed() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if len(asked) == 1:
            return httpx.Response(503)
        body = json.loads(request.content)
        assert body["where"] == {"updatedAfter": "2027-09-01T00:00:00Z", "flowType": ["CustomerInvoiceLC"]}
        number = int(body.get("cursor") or 0)
        page = {"results": [{**FLOW, "flowId": f"f-{number}"}]}
        return httpx.Response(200, json={**page, **({"nextCursor": str(number + 1)} if number < 2 else {})})

    client, asked = platform(answer)
    found = await client.updated(datetime(2027, 9, 1, tzinfo=UTC), flow_types=["CustomerInvoiceLC"])
    assert [flow.flow_id for flow in found] == ["f-0", "f-1", "f-2"]


async def test_a_search_for_our_own_flow_takes_no_other() -> None:
    client, _ = platform(lambda request: httpx.Response(200, json={"results": [{**FLOW, "trackingId": "other"}]}))
    assert await client.find("t-1") is None


async def test_the_directory_knows_or_does_not() -> None:
    client, _ = platform(lambda request: httpx.Response(404, json={"errorCode": "MISSING_RESOURCE"}))
    assert await client.company("552100554") is None and await client.directory_lines("552100554") == []


def test_every_failure_has_a_rule() -> None:
    kinds = {BadCredentials, RateLimited, Unavailable, OutcomeUnknown, NotFound, TooLarge, Refused, FileMissing}
    assert set(POLICY) == kinds | {NotDepositedYet}
    assert rule_for(PlatformError("?")) is POLICY[OutcomeUnknown]
    assert POLICY[Refused].attempts == 1 and POLICY[Unavailable].delay(1) == 1 and POLICY[Unavailable].delay(99) == 1800
    waited = sum(POLICY[Unavailable].delay(attempt) for attempt in range(1, POLICY[Unavailable].attempts))
    assert waited > 3 * 24 * 3600, "an outage over a weekend loses no invoice"

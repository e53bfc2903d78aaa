"""The outbox leaves in order, exactly once, whatever the provider or the worker does in between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from db.models import User, WhatsappAccount
from services.messaging import jobs
from services.messaging.channel import Document, Receipt, Target, use_channel
from services.messaging.outbox import enqueue
from services.messaging.schemas import OutgoingMessage
from services.messaging.simulator.faults import Fault
from services.messaging.unipile import UnipileClient
from services.messaging.unipile_channel import UnipileChannel


@dataclass
class Post:
    """Writes to one artisan and delivers his lane."""

    house: Any
    account: WhatsappAccount
    artisan: User
    phone: str

    async def write(self, body: str = "Récapitulatif", **values: Any) -> UUID:
        message = OutgoingMessage(
            organization_id=self.artisan.organization_id,
            account_id=self.account.id,
            to_phone=self.phone,
            body=body,
            **values,
        )
        async with self.house.database.tenant(self.artisan.organization_id) as session:
            return await enqueue(session, message)

    async def deliver(self, **values: Any) -> int:
        return await self.house.delivery(**values).drain(self.account.id, self.phone)

    async def row(self, outbox_id: UUID) -> Any:
        return await self.house.one("select * from outbox where id = :id", id=outbox_id)

    def received(self) -> list[str | None]:
        return [entry.text for entry in self.house.simulator.feed.sent_by_api(self.phone, 0)]

    async def hurry(self, outbox_id: UUID) -> None:
        """Lets the waiting time of a row pass."""
        async with self.house.database.system() as session:
            await session.execute(
                text("update outbox set not_before = now() - interval '1 s' where id = :id"),
                {"id": outbox_id},
            )


@pytest.fixture
def post(house, assistant_account: WhatsappAccount, artisan: User) -> Post:
    return Post(house, assistant_account, artisan, artisan.whatsapp_phone or "")


async def test_text_leaves_and_is_confirmed_by_echo_and_receipts(post: Post) -> None:
    outbox_id = await post.write("Récapitulatif : 1 250,50 €")
    assert await post.deliver() == 1
    assert post.received() == ["Récapitulatif : 1 250,50 €"]
    await post.house.settled()
    row = await post.row(outbox_id)
    assert (row.status, row.attempts) == ("read", 1) and row.provider_message_id
    message = await post.house.one("select * from whatsapp_messages where outbox_id = :id", id=outbox_id)
    assert message.is_from_bot and message.direction == "outbound" and message.processing_status == "ignored"
    assert message.provider_message_id == row.provider_message_id and message.read_at
    assert (
        await post.house.one(
            "select count(*) from whatsapp_messages where is_from_bot and outbox_id = :id", id=outbox_id
        )
    )[0] == 1


async def test_document_leaves_with_its_name_and_bytes(post: Post) -> None:
    post.house.files["org/x/DEVIS-2026-0001.pdf"] = b"%PDF-1.7 demo"
    await post.write(
        "Votre devis",
        kind="document",
        attachment_key="org/x/DEVIS-2026-0001.pdf",
        filename="DEVIS-2026-0001.pdf",
        media_type="application/pdf",
    )
    await post.deliver()
    (entry,) = post.house.simulator.feed.sent_by_api(post.phone, 0)
    assert (entry.kind, entry.filename, entry.media_type) == ("document", "DEVIS-2026-0001.pdf", "application/pdf")
    assert post.house.simulator.feed.media(entry.media_id).content == b"%PDF-1.7 demo"


async def test_order_of_a_lane_is_kept(post: Post) -> None:
    for number in range(10):
        await post.write(str(number))
    await asyncio.gather(*(post.deliver() for _ in range(3)))
    await post.deliver()
    assert post.received() == [str(number) for number in range(10)]


async def test_nothing_overtakes_a_row_that_waits(post: Post) -> None:
    first = await post.write("held", not_before=datetime.now(UTC) + timedelta(seconds=30))
    await post.write("next")
    assert await post.deliver() == 0 and post.received() == []
    await post.hurry(first)
    await post.deliver()
    assert post.received() == ["held", "next"]


async def test_row_and_job_exist_only_if_the_transaction_commits(post: Post) -> None:
    with pytest.raises(RuntimeError):
        async with post.house.database.tenant(post.artisan.organization_id) as session:
            await enqueue(
                session,
                OutgoingMessage(
                    organization_id=post.artisan.organization_id,
                    account_id=post.account.id,
                    to_phone=post.phone,
                    body="x",
                ),
            )
            raise RuntimeError
    lock = f"outbox:{post.account.id}:{post.phone}"
    assert not await post.house.rows("select id from outbox where to_phone = :phone", phone=post.phone)
    assert not await post.house.rows("select id from jobs.procrastinate_jobs where lock = :lock", lock=lock)


@pytest.mark.parametrize(
    "status,type_", [(429, "too_many_requests"), (503, "no_client_session"), (401, "disconnected_account")]
)
async def test_refusals_before_sending_are_tried_again(post: Post, status: int, type_: str) -> None:
    post.house.simulator.faults.ordered.append(Fault(route="*", status=status, type=type_))
    outbox_id = await post.write()
    await post.deliver()
    row = await post.row(outbox_id)
    assert row.status == "queued" and row.not_before > datetime.now(UTC) and type_ in row.error
    assert post.received() == []
    await post.hurry(outbox_id)
    await post.deliver()
    assert post.received() == ["Récapitulatif"] and (await post.row(outbox_id)).status == "sent"


async def test_disconnected_account_is_recorded(post: Post) -> None:
    post.house.simulator.faults.ordered.append(Fault(status=401, type="disconnected_account"))
    await post.write()
    await post.deliver()
    assert (
        await post.house.one("select status from whatsapp_accounts where id = :id", id=post.account.id)
    ).status == "disconnected"


@pytest.mark.parametrize("route", ["send_message", "start_chat"])
@pytest.mark.parametrize("echo", [True, False])
async def test_504_after_the_send_is_not_sent_again(post: Post, message_from, route: str, echo: bool) -> None:
    if route == "send_message":
        await post.house.simulator.network.from_phone(_draft(post))
    post.house.simulator.state.behaviour.echoes = post.house.simulator.state.behaviour.receipts = echo
    post.house.simulator.faults.ordered.append(Fault(route=route, status=504, type="request_timeout", when="after"))
    outbox_id = await post.write()
    await post.deliver()
    await post.house.settled()
    row = await post.row(outbox_id)
    assert row.status == ("read" if echo else "sending")
    await post.hurry(outbox_id)
    await post.deliver()
    assert post.received() == ["Récapitulatif"]
    assert (await post.row(outbox_id)).status in ("sent", "read")


async def test_504_without_the_send_is_sent_again_after_a_look(post: Post) -> None:
    post.house.simulator.faults.ordered.append(Fault(route="start_chat", status=504, type="request_timeout"))
    outbox_id = await post.write()
    await post.deliver()
    assert (await post.row(outbox_id)).status == "sending"
    await post.hurry(outbox_id)
    await post.deliver()
    assert post.received() == ["Récapitulatif"] and (await post.row(outbox_id)).attempts == 2


async def test_looking_does_not_take_an_equal_message_for_the_lost_one(post: Post) -> None:
    await post.write("ok")
    await post.deliver()
    post.house.simulator.faults.ordered.append(Fault(route="send_message", status=504, type="request_timeout"))
    outbox_id = await post.write("ok")
    await post.deliver()
    await post.hurry(outbox_id)
    await post.deliver()
    assert post.received() == ["ok", "ok"]


async def test_provider_that_cannot_be_looked_into_keeps_the_row_unsent(post: Post) -> None:
    faults = post.house.simulator.faults.ordered
    faults.append(Fault(route="start_chat", status=504, type="request_timeout"))
    outbox_id = await post.write()
    await post.deliver()
    faults.append(Fault(route="list_chats", status=400, type="invalid_parameters", times=9))
    await post.hurry(outbox_id)
    await post.deliver()
    assert (await post.row(outbox_id)).status == "sending" and post.received() == []
    faults.clear()
    await post.hurry(outbox_id)
    await post.deliver()
    assert post.received() == ["Récapitulatif"]


async def test_null_message_id_is_learned_from_the_echo(post: Post) -> None:
    post.house.simulator.state.behaviour.null_message_ids = True
    outbox_id = await post.write()
    await post.deliver()
    await post.house.settled()
    row = await post.row(outbox_id)
    assert row.status == "read" and row.provider_message_id
    message = await post.house.one("select * from whatsapp_messages where outbox_id = :id", id=outbox_id)
    assert message.provider_message_id == row.provider_message_id and message.is_from_bot


async def test_echo_after_a_null_message_id_was_recorded(post: Post) -> None:
    post.house.simulator.state.behaviour.null_message_ids = True
    post.house.simulator.state.behaviour.echoes = post.house.simulator.state.behaviour.receipts = False
    outbox_id = await post.write()
    await post.deliver()
    message = await post.house.one("select * from whatsapp_messages where outbox_id = :id", id=outbox_id)
    assert message.provider_message_id == f"outbox:{outbox_id}"
    post.house.simulator.sender.message_event(
        "message_received", next(reversed(post.house.simulator.state.messages.values()))
    )
    await post.house.settled()
    message = await post.house.one("select * from whatsapp_messages where outbox_id = :id", id=outbox_id)
    assert message.provider_message_id == (await post.row(outbox_id)).provider_message_id != f"outbox:{outbox_id}"


async def test_receipts_before_the_echo_of_a_null_message_id_are_not_lost(post: Post) -> None:
    behaviour = post.house.simulator.state.behaviour
    behaviour.null_message_ids, behaviour.echoes = True, False
    outbox_id = await post.write()
    await post.deliver()
    await post.house.settled()
    assert (await post.row(outbox_id)).status == "sent"
    message = next(reversed(post.house.simulator.state.messages.values()))
    post.house.simulator.sender.message_event("message_received", message)
    await post.house.settled()
    assert (await post.row(outbox_id)).status == "read"


async def test_number_not_on_whatsapp_fails_and_is_told(post: Post) -> None:
    post.house.simulator.state.behaviour.invalid_recipients = [post.phone]
    outbox_id, later = await post.write(), await post.write("later")
    await post.deliver()
    assert (await post.row(outbox_id)).status == (await post.row(later)).status == "failed"
    told = await post.house.rows("select args from jobs.procrastinate_jobs where task_name = 'delivery_failed'")
    assert {"outbox_id": str(outbox_id), "why": "invalid_recipient"} in [row.args for row in told]


async def test_missing_file_is_tried_three_times_then_told(post: Post) -> None:
    outbox_id = await post.write(kind="document", attachment_key="nowhere.pdf", filename="x.pdf")
    for _ in range(3):
        await post.deliver()
        await post.hurry(outbox_id)
    row = await post.row(outbox_id)
    assert (row.status, row.attempts) == ("failed", 3)


async def test_file_over_the_limit_fails_at_once(post: Post) -> None:
    post.house.files["big.pdf"] = b"x" * (15 * 1024 * 1024 + 1)
    outbox_id = await post.write(kind="document", attachment_key="big.pdf", filename="big.pdf")
    await post.deliver()
    assert (await post.row(outbox_id)).status == "failed"


async def test_gone_chat_is_opened_again_by_phone(post: Post) -> None:
    post.house.simulator.faults.ordered.append(Fault(route="send_message", status=404, type="resource_not_found"))
    await post.house.simulator.network.from_phone(_draft(post))
    await post.write()
    await post.deliver()
    assert post.received() == ["Récapitulatif"]


async def test_self_chat_reply_does_not_come_back_as_an_order(post: Post, linked_account: WhatsappAccount) -> None:
    post.house.simulator.state.add_account(post.phone, linked_account.provider_account_id, was_connected=True)
    post.account = linked_account
    await post.house.simulator.network.from_phone(_draft(post, receiver=post.phone, text="Devis"))
    outbox_id = await post.write("Devis Petit : 100 €")
    await post.deliver()
    await post.house.settled()
    rows = await post.house.rows(
        "select text, processing_status, is_from_bot from whatsapp_messages where account_id = :id order by id",
        id=linked_account.id,
    )
    assert [tuple(row) for row in rows] == [("Devis", "queued", False), ("Devis Petit : 100 €", "ignored", True)]
    assert (await post.row(outbox_id)).status == "read"


class Killed(BaseException):
    """A worker killed with SIGKILL: nothing after this point runs."""


class DyingChannel:
    """Kills the worker before or after the provider took the message."""

    capabilities = UnipileChannel.capabilities

    def __init__(self, channel: UnipileChannel, sends: bool) -> None:
        self.channel, self.sends = channel, sends

    async def send_text(self, target: Target, text: str, choices: Sequence[str] = ()) -> Receipt:
        if self.sends:
            await self.channel.send_text(target, text)
        raise Killed

    async def send_document(self, target: Target, document: Document) -> Receipt:
        raise Killed


@pytest.mark.parametrize("sends", [False, True])
@pytest.mark.parametrize("echo", [False, True])
async def test_killed_worker_neither_loses_nor_doubles(post: Post, sends: bool, echo: bool) -> None:
    post.house.simulator.state.behaviour.echoes = post.house.simulator.state.behaviour.receipts = echo
    outbox_id = await post.write()
    with pytest.raises(Killed):
        await post.deliver(channel=DyingChannel(post.house.channel, sends))
    await post.house.settled()
    assert await post.deliver(lease=30) == 0, "the claim is respected while the other worker may still be sending"
    async with post.house.database.system() as session:
        long_ago = {"id": outbox_id}
        await session.execute(
            text("update outbox set sending_at = sending_at - interval '31 s' where id = :id"), long_ago
        )
    await post.deliver(lease=30)
    if not sends:
        await post.deliver()
    assert post.received() == ["Récapitulatif"]
    assert (await post.row(outbox_id)).status in ("sent", "delivered", "read")
    assert len(await post.house.rows("select id from whatsapp_messages where outbox_id = :id", id=outbox_id)) == 1


async def test_sweep_calls_for_what_was_left_behind(post: Post) -> None:
    outbox_id = await post.write()
    with pytest.raises(Killed):
        await post.deliver(channel=DyingChannel(post.house.channel, sends=False))
    async with post.house.database.system() as session:
        await session.execute(text("delete from jobs.procrastinate_jobs"))
        await session.execute(
            text("update outbox set sending_at = now() - interval '1 hour' where id = :id"), {"id": outbox_id}
        )
    await jobs.sweep_outbox.func(0)
    job = await post.house.one("select * from jobs.procrastinate_jobs where task_name = 'deliver'")
    assert job.args == {"account_id": str(post.account.id), "lane": post.phone}
    use_channel(post.house.channel)
    await jobs.deliver.func(**job.args)
    use_channel(None)
    assert post.received() == ["Récapitulatif"]


async def test_slow_provider_is_cut_off_and_looked_at(post: Post) -> None:
    post.house.simulator.faults.ordered.append(Fault(route="start_chat", hang_seconds=5, when="after"))
    outbox_id = await post.write()
    await post.deliver(lease=0.5)
    assert (await post.row(outbox_id)).status in ("sending", "read")
    await post.house.settled()
    await post.hurry(outbox_id)
    await post.deliver()
    assert post.received() == ["Récapitulatif"]


async def test_connection_refused_is_not_a_send(post: Post) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client = UnipileClient("http://x/api/v1", "k", transport=httpx.MockTransport(refuse))
    outbox_id = await post.write()
    await post.deliver(channel=UnipileChannel(client))
    assert (await post.row(outbox_id)).status == "queued"
    await client.close()


def _draft(post: Post, receiver: str = "+33180000000", text: str = "Bonjour") -> Any:
    from services.messaging.simulator.network import Draft

    return Draft(sender=post.phone, receiver=receiver, text=text)

"""A file to send that only the object store has is sent when the store is back, not given up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from db.models import User, WhatsappAccount
from services.messaging.outbox import enqueue
from services.messaging.schemas import OutgoingMessage
from services.storage.service import StoreDown


class Down(dict[str, bytes]):
    def __getitem__(self, key: str) -> bytes:
        raise StoreDown(key)


async def test_a_file_waits_for_the_store(house: Any, assistant_account: WhatsappAccount, artisan: User) -> None:
    file = OutgoingMessage(
        organization_id=artisan.organization_id,
        account_id=assistant_account.id,
        to_phone=artisan.whatsapp_phone,
        kind="document",
        attachment_key="x.pdf",
        filename="x.pdf",
    )
    async with house.database.tenant(artisan.organization_id) as session:
        outbox_id = await enqueue(session, file)

    async def deliver() -> Any:
        await house.delivery().drain(assistant_account.id, artisan.whatsapp_phone or "")
        async with house.database.system() as session:
            await session.execute(text("update outbox set not_before = null where id = :id"), {"id": outbox_id})
        return await house.one("select status, attempts from outbox where id = :id", id=outbox_id)

    house.files = Down()
    for _ in range(8):
        row = await deliver()
    assert (row.status, row.attempts) == ("queued", 8)
    house.files = {"x.pdf": b"%PDF"}
    assert (await deliver()).attempts == 9
    (received,) = house.simulator.feed.sent_by_api(artisan.whatsapp_phone, 0)
    assert received.kind == "document"

"""A real workspace is put to use: account found by its number, webhooks registered once, replaced with a new secret."""

from __future__ import annotations

from typing import Any

from services.messaging.provisioning import provision

BASE = "https://usta.example"


async def run(house, **changes: Any) -> Any:
    values = {"assistant_phone": "+33180000000", "base_url": BASE, "header": "Unipile-Auth", "secret": "one"}
    async with house.database.system() as session:
        return await provision(session, house.channel.client, **(values | changes))


async def test_workspace_is_provisioned_once(house, assistant_account) -> None:
    first = await run(house)
    assert first.account_id == assistant_account.id and len(first.created) == 2
    assert (await run(house)).created == ()
    rotated = await run(house, secret="two")
    assert len(rotated.created) == 2 and set(rotated.replaced) == set(first.created)
    assert (await run(house, assistant_phone="+33999999999")).account_id is None

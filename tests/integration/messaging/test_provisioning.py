"""A real workspace is put to use: account found by its number, webhooks registered once, mended where they are wrong."""

from __future__ import annotations

from typing import Any

from services.messaging.provisioning import WEBHOOKS, provision, webhook_states

BASE = "https://usta.example"
SECRET = {"header": "Unipile-Auth", "secret": "one"}


async def run(house, **changes: Any) -> Any:
    values = {"assistant_phone": "+33180000000", "base_url": BASE, **SECRET}
    async with house.database.system() as session:
        return await provision(session, house.channel.client, **(values | changes))


async def test_workspace_is_provisioned_once(house, assistant_account) -> None:
    first = await run(house)
    assert first.account_id == assistant_account.id and len(first.created) == 2 and first.missing == ()
    assert (await run(house)).created == ()
    rotated = await run(house, secret="two")
    assert len(rotated.created) == 2 and set(rotated.replaced) == set(first.created)
    assert (await run(house, assistant_phone="+33999999999")).account_id is None


async def test_what_is_wrong_is_replaced_and_what_is_double_goes(house) -> None:
    await run(house)
    client = house.channel.client
    messaging, accounts = WEBHOOKS
    again = await client.create_webhook(
        BASE + messaging.path, source="messaging", events=messaging.events, name=messaging.name, **SECRET
    )
    elsewhere = await client.create_webhook(
        "https://other.example/x", source="messaging", name=messaging.name, **SECRET
    )
    old = next(w for w in house.simulator.state.webhooks.values() if w.request_url == BASE + accounts.path)
    old.request_url = BASE + messaging.path  # where connections were told of before they had a door of their own
    done = await run(house)
    assert len(done.created) == 1 and old.id in done.replaced and len(done.replaced) == 2
    states = await webhook_states(client, base_url=BASE, **SECRET)
    assert [(len(state.current), state.others) for state in states] == [(1, ()), (1, ())]
    left = set(house.simulator.state.webhooks)
    assert elsewhere in left, "another installation's webhook is none of ours"
    assert len({again, *done.replaced} & left) <= 1


async def test_a_webhook_that_is_switched_off_or_hears_too_little_is_replaced(house) -> None:
    first = await run(house)
    off = house.simulator.state.webhooks[first.created[0]]
    off.enabled = False
    assert (await run(house)).replaced == (off.id,)
    deaf = next(
        w
        for w in house.simulator.state.webhooks.values()
        if w.name == "usta messaging" and w.request_url.startswith(BASE)
    )
    deaf.events = ["message_received"]
    assert (await run(house)).replaced == (deaf.id,)

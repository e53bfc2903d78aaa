"""Which channel an account's provider means in this process."""

from __future__ import annotations

from typing import get_args

from db.models.messaging import Provider
from services.messaging.capabilities import CAPABILITIES
from services.messaging.channel import channel_of, use_channel
from services.messaging.unipile_channel import UnipileChannel


def test_each_provider_has_its_own_channel() -> None:
    use_channel(None)
    assert isinstance(channel_of("unipile"), UnipileChannel)
    assert channel_of("unipile") is channel_of("unipile")
    other = UnipileChannel(channel_of("unipile").client)  # type: ignore[attr-defined]
    use_channel(other, "chatwoot")
    assert channel_of("chatwoot") is other and channel_of("unipile") is not other
    use_channel(None, "chatwoot")
    use_channel(None)


def test_every_provider_says_what_it_can_do() -> None:
    assert set(CAPABILITIES) == set(get_args(Provider))

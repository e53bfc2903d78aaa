"""The signature of Chatwoot's webhooks, with the vector computed from its documents."""

from __future__ import annotations

from services.chatwoot.signature import is_authentic, sign

BODY = b'{"event":"message_created"}'
VECTOR = "sha256=7dd5fa15bbe79046162327abe492507c2163fa0388be9e8ae0a15524b48bf01f"


def test_the_known_vector() -> None:
    assert sign(BODY, "1700000000", "whsec_test") == VECTOR


def test_body_time_and_secret_must_all_be_right() -> None:
    def check(body: bytes = BODY, stamp: str | None = "1700000000", secrets=("other", "whsec_test"), now=1700000100.0):
        return is_authentic(body, VECTOR, stamp, secrets, now=now)

    assert check()
    assert not check(BODY + b" ")
    assert not check(stamp="1700000001")
    assert not check(stamp=None)
    assert not check(stamp="17e8")
    assert not check(secrets=("other",))
    assert not check(secrets=())
    assert not check(now=1700000301.0)
    assert not check(now=1699999699.0)

"""The life of an artisan's own number: from nothing to connected, dropped and reconnected; nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.acceptance.lines import Line
from tests.acceptance.people import Artisan
from tests.acceptance.stack import ASSISTANT, Stack, new_phone, running_stack
from tests.conftest import create_database

CYCLES = 20
SEED = int(os.environ.get("SESSIONS_SEED", "20261128"))
DROPS = {
    "scan": {"status": "CREDENTIALS"},
    "ask": {"status": "STOPPED", "rescan": False},
    "recover": {"status": "ERROR", "rescan": False},
}
"""How the number drops, by the way it comes back."""
NOTICE = {"fr": "Rien n'est perdu", "tr": "Hiçbir şey kaybolmadı"}


@pytest.fixture(scope="module")
def stack(database_server: str, home: Path) -> Iterator[Stack]:
    url = create_database(database_server, "sessions")
    with running_stack(url, home / "sessions") as running:
        yield running


def notices(artisan: Artisan) -> list[str]:
    """What he was told of his number by the assistant, so far."""
    return [
        message["text"]
        for message in artisan.stack.received(artisan.phone)
        if NOTICE[artisan.language] in (message["text"] or "")
    ]


def link_in(notice: str) -> str:
    found = re.search(r"http\S+?(/whatsapp/\S+)", notice)
    assert found, notice
    return found[1]


def test_a_number_is_connected_dropped_and_connected_again(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of(language)
    line = Line(artisan)
    session = line.now
    assert (session["status"], session["whatsapp_connected"], session["is_active"]) == ("disconnected", False, True)
    assert line.call("GET", f"/{line.id}/qr").status_code == 409

    session = line.connect()
    assert session["status"] == "qr_ready" and session["qr_expires_at"] > session["qr_generated_at"]
    svg = line.call("GET", f"/{line.id}/qr", params={"format": "svg"})
    png = line.call("GET", f"/{line.id}/qr", params={"format": "png"})
    assert b"<svg" in svg.content and png.content.startswith(b"\x89PNG")
    old = line.code()
    assert line.code() == old, "a valid code is kept"
    line.code_runs_out()
    new = line.code()
    assert new != old
    assert line.scan(old) == 404, "the code that was replaced connects nothing"
    assert line.scan(new) == 200
    session = line.wait("connected")
    assert session["whatsapp_connected"] and session["health"] == "HEALTHY" and session["phone"] == artisan.phone

    artisan.say("bonjour", to=artisan.phone)
    line.provider("disconnect", status="CREDENTIALS")
    session = line.wait_until(lambda found: found["needs_scan"], "lost")
    assert session["whatsapp_connected"] is False and session["health"] == "WARNING" and session["disconnected_at"]
    line.wait_until(lambda _: notices(artisan), "told")
    line.provider("disconnect", status="CREDENTIALS")  # the provider says it twice
    artisan.stack.wait_idle(artisan.phone)
    (notice,) = notices(artisan)

    page = artisan.stack.http.get(link_in(notice))
    assert page.status_code == 200 and f'lang="{language}"' in page.text
    assert line.now["status"] != "connected", "looking at the page changes nothing"
    shown = artisan.stack.http.post(link_in(notice) + "/code", headers={"Accept": "application/json"}).json()
    assert shown["shown"] == "code"
    assert artisan.stack.http.get(link_in(notice) + "/qr.svg").content.startswith(b"<svg")
    assert line.scan(line.code()) == 200
    line.wait("connected")
    assert artisan.stack.http.get(link_in(notice) + "/state").json()["shown"] == "done"
    assert len(notices(artisan)) == 1

    log = line.log()
    states = [after for cause, after, _ in log if cause not in ("created", "outage")]
    first = ["connecting", "qr_ready", "qr_ready", "authenticating", "connected", "disconnected"]
    assert states[: len(first)] == first, log
    assert states[-2:] == ["authenticating", "connected"]
    assert ("credentials", "disconnected", "provider") in log and ("outage", "disconnected", "system") in [
        (cause, "disconnected", actor) for cause, _, actor in log if cause == "outage"
    ]


def test_it_comes_back_by_itself_after_the_backoff(artisan_of: Callable[..., Artisan]) -> None:
    line = Line(artisan_of())
    line.bring_back("scan")
    line.provider("disconnect", status="STOPPED", rescan=False)
    line.wait("disconnected")
    line.is_due()
    line.wait("connected")
    assert ("reconnect_tried", "connecting", "system") in line.log()
    assert notices(line.artisan) == [], "what mends itself is told to nobody"


def test_a_ban_is_told_and_another_phone_is_not_accepted(artisan_of: Callable[..., Artisan]) -> None:
    line = Line(artisan_of())
    line.connect()
    assert line.scan(line.code(), phone=new_phone()) == 200
    line.wait_until(lambda session: any(cause == "wrong_number" for cause, _, _ in line.log()), "refused")
    assert line.now["status"] == "disconnected"
    line.bring_back("scan")
    line.provider("ban")
    line.wait("banned")
    assert line.now["health"] == "CRITICAL"
    line.wait_until(lambda _: notices(line.artisan), "told")


def test_twenty_drops_with_traffic_lose_nothing_and_double_nothing(artisan_of: Callable[..., Artisan]) -> None:
    """Orders in his own chat and to the assistant, customers' words, replies that meet a lost connection."""
    chance = random.Random(SEED)
    artisan, customer = artisan_of(), new_phone()
    line = Line(artisan)
    line.bring_back("scan")
    sent: list[str] = []

    def traffic(cycle: int, when: str) -> None:
        for number in range(chance.randint(1, 2)):
            words = f"bonjour {cycle}{when}{number}"
            sender, to = chance.choice(
                [(artisan.phone, artisan.phone), (artisan.phone, ASSISTANT), (customer, artisan.phone)]
            )
            sent.append(artisan.post(words, to=to, **{"from": sender}))

    for cycle in range(CYCLES):
        way = chance.choice(list(DROPS))
        silent = chance.random() < 0.3
        with artisan.stack.worker_asleep() if chance.random() < 0.5 else nullcontext():
            traffic(cycle, "a")
            line.provider("disconnect", **DROPS[way], silent=silent)  # replies to these may meet the lost connection
        traffic(cycle, "b")
        if silent and way != "recover":
            line.provider("disconnect", **DROPS[way])
        if not silent or way != "recover":
            line.wait_until(lambda session: not session["whatsapp_connected"], "lost")
        line.bring_back(way)
        traffic(cycle, "c")
        artisan.stack.wait_idle(artisan.phone)
    line.wait_until(lambda session: session["messages_waiting"] == 0, f"all sent (seed {SEED})")
    artisan.stack.wait_idle(artisan.phone)

    stored = artisan.stack.rows(
        "select provider_message_id, processing_status, text from whatsapp_messages where provider_message_id = any(%(ids)s)",
        ids=sent,
    )
    assert Counter(row["provider_message_id"] for row in stored) == Counter(sent), f"seed {SEED}"
    assert {row["processing_status"] for row in stored} == {"processed", "ignored"}, f"seed {SEED}"
    outbox = artisan.rows("select body, status from outbox where organization_id = %(organization)s")
    assert {row["status"] for row in outbox} <= {"sent", "delivered", "read"}, f"seed {SEED}"
    arrived = [message["text"] for message in artisan.stack.received(artisan.phone)]
    assert Counter(arrived) == Counter(row["body"] for row in outbox), f"seed {SEED}"
    answered = artisan.rows(
        "select count(*) n from whatsapp_messages m where organization_id = %(organization)s"
        " and processing_status = 'processed'"
    )
    assert answered[0]["n"] > CYCLES, f"seed {SEED}"
    assert line.now["message_count"] > 0

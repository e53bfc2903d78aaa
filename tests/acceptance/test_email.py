"""Documents by e-mail, to a real SMTP server on loopback: the e-mail steps of FR3 and TR2, hold and refusals included."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from evals.installation import free_port
from tests.acceptance.dialogues import dialogues
from tests.acceptance.people import Artisan
from tests.acceptance.stack import Stack, running_stack
from tests.conftest import create_database

ARRIVES_WITHIN_SECONDS = 60


class Mailbox:
    """Keeps what it receives; addresses under ``refused.example`` are refused."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address.endswith("@refused.example"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"

    def received(self, address: str) -> list[EmailMessage]:
        return [message for message in self.messages if message["To"] == address]

    def wait_for(self, address: str) -> EmailMessage:
        deadline = time.monotonic() + ARRIVES_WITHIN_SECONDS
        while time.monotonic() < deadline:
            if found := self.received(address):
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"nothing arrived for {address}")


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    box.port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture(scope="module")
def mail_stack(database_server: str, home: Path, mailbox: Mailbox) -> Iterator[Stack]:
    smtp = f"smtp://127.0.0.1:{mailbox.port}"
    with running_stack(create_database(database_server, "mail"), home / "mail", SMTP_URL=smtp) as running:
        yield running


@pytest.fixture
def artisan_of(mail_stack: Stack) -> Callable[..., Artisan]:
    return lambda language="fr", **scene: Artisan(mail_stack, language=language, **scene)


def play(artisan: Artisan, name: str) -> None:
    for step in dialogues()[name]["steps"]:
        artisan.burst(*step["say"]) if isinstance(step["say"], list) else artisan.say(step["say"])
        artisan.inbox()


@pytest.mark.parametrize(
    ("name", "address"), [("FR3", "contact@boulangerie-marchand.example"), ("TR2", "compta@batisud.example")]
)
def test_a_document_goes_by_email(
    name: str, address: str, artisan_of: Callable[..., Artisan], mailbox: Mailbox
) -> None:
    artisan = artisan_of(name[:2].lower(), **dialogues()[name]["artisan"])
    play(artisan, name)
    answer = "\n".join(artisan.say(address))
    assert address in answer and ("*annule*" in answer or "*dur*" in answer)
    message = mailbox.wait_for(address)
    (document,) = message.iter_attachments()
    assert document.get_filename() == f"{artisan.documents()[0]['number']}.pdf"
    assert document.get_content().startswith(b"%PDF")
    body = message.get_body().get_content()  # type: ignore[union-attr]
    assert artisan.documents()[0]["number"] in body and body.startswith("Bonjour")
    rows = artisan.rows(
        "select o.approval_id from outbox o where organization_id = %(organization)s and recipient = 'client'"
    )
    assert len(rows) == 1 and rows[0]["approval_id"] is not None


def client_by_mail(artisan_of: Callable[..., Artisan], address: str) -> Artisan:
    artisan = artisan_of("fr", clients=[{"name": "Mme Garance", "email": address}])
    artisan.say("devis pour Mme Garance, peinture 10 m² à 20")
    artisan.say("ok")
    assert artisan.awaiting == "confirm:send_to_client"
    return artisan


def test_nothing_leaves_before_the_word_nor_after_a_stop(artisan_of: Callable[..., Artisan], mailbox: Mailbox) -> None:
    artisan = client_by_mail(artisan_of, "stopped@example.org")
    artisan.say("1")
    assert artisan.say("annule") == ["Annulé : rien n'est parti."]
    later = client_by_mail(artisan_of, "later@example.org")
    later.say("1")
    mailbox.wait_for("later@example.org")
    assert mailbox.received("stopped@example.org") == []


def test_a_refused_address_is_told(artisan_of: Callable[..., Artisan]) -> None:
    artisan = client_by_mail(artisan_of, "nobody@refused.example")
    artisan.say("1")
    deadline = time.monotonic() + ARRIVES_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if told := [text for text in artisan.replies() if "n'a pas pu partir" in text]:
            assert artisan.documents()[0]["number"] in told[0]
            return
        time.sleep(0.2)
    raise AssertionError("the artisan was not told")

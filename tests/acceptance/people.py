"""The people of an acceptance test: an artisan who writes to the assistant, and the phones of his customers."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pypdf import PdfReader

from tests.acceptance.stack import HOLD_SECONDS, Stack, new_phone
from tests.fakes.voice_server import Hearing


@dataclass(frozen=True)
class Received:
    """A message as it arrived on a phone."""

    seq: int
    kind: str
    text: str
    filename: str | None
    url: str | None


class Artisan:
    """An artisan at his phone: what he says goes through the webhook, what he reads came through the channel."""

    def __init__(self, stack: Stack, phone: str | None = None, language: str = "fr", **scene: Any) -> None:
        self.stack, self.language = stack, language
        self.phone = phone or new_phone()
        payload = {"name": "Karim Benali", "company": "KB Bâtiment", **scene, "phone": self.phone, "language": language}
        answer = stack.http.post("/simulator/artisans", json=payload)
        answer.raise_for_status()
        self.organization_id: str = answer.json()["organization_id"]
        self._seen = 0

    def say(self, text: str, **details: Any) -> list[str]:
        """Writes one message, waits until it is answered, and returns the texts of the answers (captions included)."""
        self.post(text, **details)
        return self.replies()

    def post(self, text: str | None, **details: Any) -> str:
        """Writes one message without waiting for the answer; returns its id."""
        if isinstance(when := details.get("timestamp"), datetime):
            details["timestamp"] = when.isoformat()
        answer = self.stack.http.post("/simulator/inbound", json={"from": self.phone, "text": text, **details})
        answer.raise_for_status()
        message_id: str = answer.json()["message_id"]
        return message_id

    def speak(self, *words: str, confidence: float = 0.9) -> str:
        """Sends a voice note of which the recogniser will hear these words, one segment each; returns its id."""
        hearing = Hearing([(each, confidence) for each in words], {"fr": "french", "tr": "turkish"}[self.language])
        return self.post(None, audio=base64.b64encode(self.stack.ear.note_of(hearing)).decode())

    def burst(self, *texts: str) -> None:
        """Writes several messages before any of them is worked on."""
        with self.stack.worker_asleep():
            for text in texts:
                self.post(text)

    def replies(self) -> list[str]:
        """The texts that arrived since the last look, once everything has been answered."""
        return [message.text for message in self.inbox()]

    def inbox(self) -> list[Received]:
        """The messages that arrived since the last look, once everything has been answered."""
        self.stack.wait_idle(self.phone)
        found = self._received(self.phone, self._seen)
        self._seen = max([self._seen, *(message.seq for message in found)])
        return found

    def state(self) -> dict[str, Any]:
        return self.stack.wait_idle(self.phone)

    @property
    def awaiting(self) -> str | None:
        awaiting: str | None = self.state()["awaiting"]
        return awaiting

    @property
    def draft(self) -> dict[str, Any] | None:
        draft: dict[str, Any] | None = self.state()["draft"]
        return draft

    def documents(self) -> list[dict[str, Any]]:
        """The issued documents, newest first."""
        documents: list[dict[str, Any]] = self.state()["documents"]
        return documents

    def numbers(self) -> list[str]:
        return [document["number"] for document in self.documents()]

    def client_inbox(self, phone: str, *, wait_for: int = 1) -> list[Received]:
        """What a customer's phone received from Usta, waiting past the hold for ``wait_for`` messages."""
        found = self._received(phone)
        while len(found) < wait_for:
            last = found[-1].seq if found else 0
            more = self._received(phone, last, wait=HOLD_SECONDS + 15)
            if not more:
                break
            found += more
        return found

    def nothing_leaves_to(self, phone: str) -> bool:
        """True when nothing went, is going or will go to that phone, now and after the hold."""
        waiting = self.stack.rows(
            "select 1 from outbox where to_phone = %(phone)s and status in ('queued', 'sending', 'sent')", phone=phone
        )
        return not waiting and not self._received(phone)

    def _received(self, phone: str, after: int = 0, wait: float = 0) -> list[Received]:
        """What a phone received through the channel that this artisan writes on."""
        return received(self.stack, phone, after, wait)

    def say_as_customer(self, phone: str, text: str, **details: Any) -> None:
        """A customer writes to the assistant's number (or ``to`` another one)."""
        body = {"from": phone, "text": text, **details}
        self.stack.http.post("/simulator/inbound", json=body).raise_for_status()
        self.stack.wait_idle(phone)
        self.stack.wait_idle(self.phone)

    def link_own_number(self) -> None:
        """Connects the artisan's own WhatsApp number by QR code at the provider (C01, kind artisan)."""
        account = self.stack.provider("POST", "/accounts", json={"provider": "WHATSAPP"})["account_id"]
        self.stack.rows(
            "insert into whatsapp_accounts (id, organization_id, user_id, kind, provider_account_id, phone, status)"
            " select gen_random_uuid(), u.organization_id, u.id, 'artisan', %(account)s, u.whatsapp_phone, 'connected'"
            " from users u where u.whatsapp_phone = %(phone)s",
            account=account,
            phone=self.phone,
        )
        scanned = self.stack.http.post(f"/simulator/accounts/{account}/scan", json={"phone": self.phone})
        scanned.raise_for_status()

    def continue_numbers(self, *numbers: str) -> None:
        """Makes the next document of a series get this number: "DEVIS-2026-0042"."""
        for number in numbers:
            series, _, count = number.split("-")
            self.stack.rows(
                "insert into document_counters (organization_id, series, year, last_number)"
                " values (%(organization)s, %(series)s, %(year)s, %(last)s)"
                " on conflict (organization_id, series, year) do update set last_number = excluded.last_number",
                organization=self.organization_id,
                series=series,
                year=datetime.now().year,
                last=int(count) - 1,
            )

    def turns(self) -> list[dict[str, Any]]:
        """The turns of this artisan's company, oldest first."""
        return self.rows("select * from turns where organization_id = %(organization)s order by created_at")

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of a query in which ``%(organization)s`` is his company."""
        return self.stack.rows(statement, organization=self.organization_id, **values)

    def pdf_text(self, message: Received) -> str:
        """The text of the PDF as the phone received it."""
        assert message.url, message
        reader = PdfReader(io.BytesIO(self.stack.http.get(message.url, follow_redirects=True).content))
        return "\n".join(page.extract_text() for page in reader.pages)

    def time_passes(self, **span: float) -> None:
        """Moves the last interaction of his open run into the past, and abandons it if that is half an hour or more."""
        back = timedelta(**span)
        self.rows(
            "update conversations set last_interaction_at = last_interaction_at - %(back)s,"
            " status = case when status = 'active' and %(back)s >= interval '30 minutes' then 'abandoned' else status end"
            " where organization_id = %(organization)s",
            back=back,
        )


def received(stack: Stack, phone: str, after: int = 0, wait: float = 0) -> list[Received]:
    return [
        Received(message["seq"], message["kind"], message["text"] or "", message["filename"], message["url"])
        for message in stack.received(phone, after, wait)
    ]


def amounts(document: dict[str, Any]) -> dict[str, Decimal]:
    """HT, VAT and TTC of a document of the state."""
    return {key: Decimal(document[key]) for key in ("subtotal", "total", "vat") if isinstance(document[key], str)}

"""Documents by e-mail, where an SMTP server is configured: one message per outbox row, never sent twice."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Outbox
from db.repositories import outbox as repository
from db.repositories.accounts import get_organization
from db.session import Database
from db.settings import Settings
from services.messaging.notices import client_copy_sent, delivery_failed
from services.operations.metrics import DELIVERIES, on_commit
from services.storage.service import storage

log = structlog.get_logger()
TIMEOUT_SECONDS = 30.0
ATTEMPTS = 5


PERMANENT = 500
"""SMTP replies from this code on will not change by trying again (RFC 5321 §4.2.1)."""


class NotAccepted(Exception):
    """The server did not take the message: it may be tried again."""


class Refused(Exception):
    """The server will never take this message."""


async def deliver(database: Database, configured: Settings, outbox_id: UUID) -> bool:
    """Sends one e-mail of the outbox. False when it should be tried again.

    What the server may have taken before the connection broke is not sent again: the artisan is told instead.
    """
    async with database.system() as session:
        row = await repository.claim_mail(session, outbox_id)
        if row is None:
            return await _settle_abandoned(session, outbox_id)
        assert row.organization_id is not None
        organization = await get_organization(session, row.organization_id)
    try:
        message = await _message(row, configured.mail_from, organization.name, organization.email)
        await asyncio.to_thread(_send, configured, message)
    except Refused as error:
        await _settle(database, row, "failed", str(error))
        return True
    except NotAccepted as error:
        again = row.attempts < ATTEMPTS
        await _settle(database, row, "queued" if again else "failed", str(error))
        return not again
    except (OSError, smtplib.SMTPException) as error:
        await _settle(database, row, "failed", f"unknown outcome: {error}")
        return True
    await _settle(database, row, "sent", None)
    return True


async def _settle_abandoned(session: AsyncSession, outbox_id: UUID) -> bool:
    """An e-mail left in ``sending`` by a worker that died may have left: it counts as failed, and is told."""
    row = await repository.get_row(session, outbox_id)
    if row is not None and row.status == "sending":
        await repository.settle_mail(session, outbox_id, "failed", "unknown outcome: the worker stopped while sending")
        await delivery_failed(session, outbox_id)
    return True


async def _settle(database: Database, row: Outbox, status: str, error: str | None) -> None:
    async with database.system() as session:
        on_commit(session, DELIVERIES.labels("email", "again" if status == "queued" else status).inc)
        await repository.settle_mail(session, row.id, status, error)
        if status == "sent":
            await client_copy_sent(session, row.id)
        elif status == "failed":
            log.error("mail.given_up", outbox_id=str(row.id), error=error)
            await delivery_failed(session, row.id)


async def _message(row: Outbox, sender: str, company: str, reply_to: str | None) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f'"{company}" <{sender}>'
    message["To"] = row.to_email or ""
    message["Subject"] = _subject(row, company)
    message["Message-ID"] = f"<{row.id}@usta>"
    if reply_to:
        message["Reply-To"] = reply_to
    message.set_content(row.body or "")
    if row.attachment_key:
        main, _, sub = (row.media_type or "application/octet-stream").partition("/")
        try:
            content = await storage().get(row.attachment_key)
        except LookupError as error:
            raise NotAccepted(f"the file is not there yet: {error}") from error
        message.add_attachment(content, maintype=main, subtype=sub, filename=row.filename)
    return message


def _subject(row: Outbox, company: str) -> str:
    """A document is announced by its name; a notice by its first line."""
    if row.filename:
        return f"{company} – {row.filename.removesuffix('.pdf')}"
    return next(iter((row.body or "").splitlines()), company)[:150]


def _send(configured: Settings, message: EmailMessage) -> None:
    """Raises ``NotAccepted`` before the server has the message; any other error leaves the outcome unknown."""
    assert configured.smtp_url is not None
    url = urlsplit(configured.smtp_url.get_secret_value())
    host, secure = url.hostname or "localhost", url.scheme == "smtps"
    try:
        server = (
            smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT_SECONDS)
            if secure
            else smtplib.SMTP(host, url.port or 587, timeout=TIMEOUT_SECONDS)
        )
        server.ehlo()
        if not secure and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
    except (OSError, smtplib.SMTPException) as error:
        raise NotAccepted(str(error)) from error
    with server:
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise Refused("invalid_recipient: the server refuses the address") from error
        except smtplib.SMTPResponseException as error:
            raise (Refused if error.smtp_code >= PERMANENT else NotAccepted)(str(error)) from error

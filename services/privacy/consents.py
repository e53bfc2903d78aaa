"""What clients and members allowed and took back: written down with what proves it, never changed (R250, RGPD article 7).

Who may be written to by WhatsApp is asked in ``services.documents.sending``; the word STOP is heard in
``services.messaging.objections``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Consent, User
from db.models.base import new_id
from db.repositories import consents as repository
from db.repositories import privacy_subjects
from db.settings import Settings
from services.identity.journal import Caller, note_by
from services.identity.principals import Principal

Purpose = Literal["terms", "privacy_notice", "messages", "marketing", "voice", "photos"]
"""``messages``: documents by WhatsApp; ``voice``: voice notes to a foreign recogniser; ``photos``: pictures of the site."""
Channel = Literal["whatsapp", "phone", "email", "paper", "in_person"]
SubjectKind = Literal["client", "member"]


class SubjectUnknown(LookupError):
    """The company has no such client or member."""


class EvidenceUnknown(LookupError):
    """The company has no such message."""


@dataclass(frozen=True, slots=True)
class Said:
    """One word of somebody: ``at`` it was said, ``version`` of the text it is about, ``message_id`` or ``words`` prove it."""

    subject_kind: SubjectKind
    subject_id: UUID
    purpose: Purpose
    given: bool
    at: datetime
    channel: Channel
    version: str | None = None
    message_id: UUID | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Texts:
    """The versions of the terms and of the privacy notice that are in force, and where they are read."""

    terms_version: str
    privacy_notice_version: str
    terms_url: str | None
    privacy_notice_url: str | None


class OtherVersion(ValueError):
    """Not the text in force was accepted; ``field`` names which."""

    def __init__(self, field: str, wanted: str) -> None:
        super().__init__(f"{field}: {wanted} is in force")
        self.field, self.wanted = field, wanted


def texts(configured: Settings) -> Texts:
    """What whoever registers is shown."""
    return Texts(
        configured.terms_version,
        configured.privacy_notice_version,
        configured.terms_url,
        configured.privacy_notice_url,
    )


def check(shown: Texts, terms: str, privacy_notice: str) -> None:
    """Raises ``OtherVersion`` when another text was accepted than the one in force."""
    for field, given in (("terms_version", terms), ("privacy_notice_version", privacy_notice)):
        if given != getattr(shown, field):
            raise OtherVersion(field, getattr(shown, field))


async def record(
    session: AsyncSession, by: Principal, organization_id: UUID, said: Said, request_id: str | None
) -> Consent:
    """Writes down what somebody said, as ``by`` tells it. Raises ``SubjectUnknown`` and ``EvidenceUnknown``."""
    if not await privacy_subjects.exists(session, organization_id, said.subject_kind, said.subject_id):
        raise SubjectUnknown(str(said.subject_id))
    if said.message_id and not await repository.has_message(session, organization_id, said.message_id):
        raise EvidenceUnknown(str(said.message_id))
    row = Consent(
        id=new_id(),
        organization_id=organization_id,
        subject_kind=said.subject_kind,
        subject_id=said.subject_id,
        purpose=said.purpose,
        given=said.given,
        version=said.version,
        at=said.at,
        channel=said.channel,
        message_id=said.message_id,
        request_id=request_id,
        words=said.words,
        recorded_by_kind=by.kind,
        recorded_by=by.id,
    )
    session.add(row)
    word = "given" if said.given else "taken back"
    note_by(session, by, organization_id, "consent.recorded", f"Consent {word}: {said.purpose}.", said.subject_id)
    await session.flush()
    await session.refresh(row)
    return row


def accepted_at_registration(session: AsyncSession, user: User, shown: Texts, caller: Caller, now: datetime) -> None:
    """The owner of a new company accepted the terms and was shown the privacy notice."""
    versions: dict[Purpose, str] = {"terms": shown.terms_version, "privacy_notice": shown.privacy_notice_version}
    for purpose, version in versions.items():
        session.add(
            Consent(
                id=new_id(),
                organization_id=user.organization_id,
                subject_kind="member",
                subject_id=user.id,
                purpose=purpose,
                given=True,
                version=version,
                at=now,
                channel="registration",
                request_id=caller.request_id,
                recorded_by_kind="user",
                recorded_by=user.id,
            )
        )

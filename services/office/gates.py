"""The two gates in the hands of the office: issue, and send to the client. Both on a member's own word (DESIGN §7)."""

from __future__ import annotations

from uuid import UUID

from db.repositories import documents as repository
from db.repositories import sessions
from db.settings import settings
from prompts.replies import say
from services.documents import sending
from services.documents import service as documents
from services.documents.consent import MemberWord
from services.documents.editing import EditRefused
from services.documents.letter import client_message
from services.documents.schemas import Document
from services.office.drafting import Office, Shelf, take
from services.wording.service import own_words


class NoNumber(LookupError):
    """The installation has no number yet from which something could be sent."""


class Unreachable(LookupError):
    """WhatsApp refused the client's phone, or he wants no messages (``why``), and there is no other way to him."""

    def __init__(self, phone: str | None, why: str) -> None:
        super().__init__(f"{phone}: {why}")
        self.phone, self.why = phone, why


async def issue(office: Office, shelf: Shelf, document_id: UUID, version: int, word: MemberWord) -> Document:
    """Gives the number and freezes the document in this version; its PDF is made by a job.

    Raises ``NotFound``, ``Outdated``, ``NotComplete``, ``FollowUpRefused``, ``ConsentMissing``, ``EditRefused``
    (``issued_already``).
    """
    document = await take(office, shelf, document_id, version)
    if document.issued_version == document.version:
        raise EditRefused("issued_already", number=document.number)
    issued = await documents.issue(office.session, office.id, document, office.seller, word=word, now=office.now)
    await documents.request_pdf(office.session, office.id, issued, outbox=None)
    return issued


async def send(office: Office, shelf: Shelf, document_id: UUID, version: int, word: MemberWord) -> UUID:
    """Queues the PDF for the client, by WhatsApp or else by e-mail, and returns the id of what leaves after the hold.

    Raises ``NotFound``, ``Outdated``, ``ConsentMissing``, ``NoAddress``, ``Unreachable``, ``NoNumber``, ``EditRefused``
    (``copy_is_not_ready``).
    """
    document = await take(office, shelf, document_id, version)
    row = await repository.get_row(office.session, office.id, shelf, document_id)
    if row is None or row.number is None or row.pdf_status != "ready" or row.issued_version != row.version:
        raise EditRefused("copy_is_not_ready", number=document.number)
    mail = settings().smtp_url is not None
    way, why = await sending.open_way(office.session, office.id, document.buyer, mail=mail)
    if way is None and why is not None:
        raise Unreachable(document.buyer.phone if document.buyer else None, why)
    account = await sessions.assistant(office.session)
    if account is None:
        raise NoNumber
    async with own_words(office.session, office.id):
        body = say("fr", f"client.{document.kind}", **client_message(document, office.seller))
        return await sending.send_to_client(
            office.session,
            office.id,
            document,
            account_id=account.id,
            conversation_id=None,
            word=word,
            body=body,
            now=office.now,
            hold_seconds=settings().client_send_hold_seconds,
            mail=mail,
        )


async def render_again(office: Office, shelf: Shelf, document_id: UUID) -> None:
    """Has a PDF made that could not be made. Raises ``NotFound``, ``EditRefused`` (``pdf_is_not_failed``)."""
    row = await repository.get_row(office.session, office.id, shelf, document_id, lock=True)
    if row is None:
        raise documents.NotFound(str(document_id))
    if row.pdf_status != "failed" or row.snapshot is None:
        raise EditRefused("pdf_is_not_failed", status=row.pdf_status)
    row.pdf_status = "pending"
    document = Document.model_validate(row.snapshot["document"])
    await documents.request_pdf(office.session, office.id, document, outbox=None)


async def preview(office: Office, shelf: Shelf, document_id: UUID) -> None:
    """Has a draft drawn with its watermark, by a job (UX-34). Raises ``NotFound``, ``EditRefused``."""
    document = await documents.load(office.session, office.id, shelf, document_id)
    if document.issued_version == document.version:
        raise EditRefused("issued_already", number=document.number)
    if not document.lines:
        raise EditRefused("nothing_to_preview")
    await documents.request_preview(office.session, office.id, document, office.seller, now=office.now, outbox=None)

"""Where the conversation of a phone stands: the JSON of ``GET /simulator/state``."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import documents as documents_repository
from db.repositories import phone_state as repository
from services.documents import service as documents
from services.documents.outline import outline
from services.documents.schemas import Document, Totals


async def phone_state(session: AsyncSession, phone: str) -> dict[str, Any]:
    """Idle or not, the run with its step and what is awaited, the draft, and the issued documents, newest first.

    ``session`` is a system session: the phone decides the tenant.
    """
    idle = not await repository.busy(session, phone)
    organization_id = await repository.organization_of(session, phone)
    state: dict[str, Any] = {
        "idle": idle,
        "conversation_id": None,
        "workflow": None,
        "current_step": None,
        "awaiting": None,
        "language": None,
        "draft": None,
        "documents": [],
    }
    if organization_id is None:
        return state
    row = await repository.conversation_of(session, phone)
    if row is not None:
        state |= {
            "conversation_id": str(row.id),
            "workflow": row.workflow,
            "current_step": row.current_step,
            "awaiting": row.awaiting if row.status == "active" else None,
            "language": row.language,
        }
        document_id = row.quote_id or row.invoice_id
        if document_id is not None:
            document = await documents.load(
                session, organization_id, "quote" if row.quote_id else "invoice", document_id
            )
            if document.status != "cancelled" and document.issued_version != document.version:
                state["draft"] = outline(document)
    for issued in await documents_repository.issued_rows(session, organization_id):
        if issued.snapshot:
            document = Document.model_validate(issued.snapshot["document"])
            document.status = issued.status
            state["documents"].append(outline(document, Totals.model_validate(issued.snapshot["totals"])))
    return state

"""How the answers that are asked for most look: examples for the description of the API, by the name of the schema."""

from __future__ import annotations

from typing import Any

_COMPANY, _CLIENT = "0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d80", "0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d81"
_QUOTE, _CHAT, _RUN = (f"0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8{digit}" for digit in "234")
_MEMBER, _MESSAGE, _INVOICE = (f"0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8{digit}" for digit in "567")
_AT = "2026-11-28T09:30:00Z"

ANSWERS: dict[str, dict[str, Any]] = {
    "OrganizationAnswer": {
        "id": _COMPANY, "name": "KB Plomberie", "slug": "kb-plomberie", "status": "active", "plan": "PROFESSIONAL",
        "siret": "53987412300026", "created_at": "2026-03-02T08:00:00Z", "updated_at": _AT,
    },
    "TokensAnswer": {
        "access_token": "eyJhbGciOi…", "refresh_token": "kU3v0yQ8l5b2Hn6sXw1Zc4Jt7Rg9Md0F", "token_type": "bearer",
        "expires_in": 900, "refresh_expires_in": 604800,
    },
    "UserAnswer": {
        "id": _MEMBER, "email": "karim@example.com", "first_name": "Karim", "last_name": "Benali", "role": "OWNER",
        "status": "ACTIVE", "preferred_language": "fr", "whatsapp_phone": "+33612345678", "phone_verified": True,
        "second_factor": False, "last_login_at": _AT, "created_at": "2026-03-02T08:00:00Z",
    },
    "ClientAnswer": {
        "client_id": _CLIENT, "name": "Lefebvre", "title": "Mme", "kind": "consumer",
        "address": {"line": "8 cours Émile-Zola", "postal_code": "69100", "city": "Villeurbanne"},
        "billing_address": None, "siren": None, "siret": None, "vat_number": None, "phone": "+33611223344",
        "email": "lefebvre@example.com", "einvoicing_address": None, "main_contractor": False, "small_business": False,
        "created_at": _AT, "archived_at": None,
    },
    "DocumentSummary": {
        "id": _INVOICE, "kind": "invoice", "number": "FACT-2026-0031", "status": "sent", "client": "Lefebvre",
        "client_id": _CLIENT, "total": "1534.50", "balance": "1534.50", "issue_date": "2026-11-28",
        "due_date": "2026-12-28", "sent": True, "overdue_days": 0,
    },
    "Run": {
        "id": _RUN, "workflow": "quote", "status": "active", "step": "confirm", "awaiting": "confirm:issue",
        "language": "fr", "artisan": {"id": _MEMBER, "name": "Karim Benali"}, "client": {"id": _CLIENT, "name": "Lefebvre"},
        "document": {"id": _QUOTE, "kind": "quote", "number": None}, "chat_id": _CHAT, "assistant_silent": False,
        "assigned_to": None, "tags": [], "misunderstood": 0, "started_at": _AT, "last_activity_at": _AT,
        "completed_at": None, "updated_at": _AT,
    },
    "MessageView": {
        "id": _MESSAGE, "outbox_id": None, "chat_id": _CHAT, "conversation_id": _RUN, "direction": "inbound",
        "author": {"kind": "member", "id": _MEMBER, "name": "Karim Benali"}, "type": "text",
        "text": "Devis pour Mme Lefebvre, le ballon 870", "transcription": None, "original_text": None, "filenames": [],
        "attachments": 0, "is_forwarded": False, "recipient": None, "status": None, "error": None,
        "processing": "processed", "sent_at": _AT, "received_at": _AT, "delivered_at": None, "read_at": None,
        "edited_at": None, "deleted_at": None,
    },
}  # fmt: skip

"""What an export holds of each table: the file's name, the columns, and what is left out with its reason."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import inspect

from db.repositories.privacy_subjects import MODELS

NAMES = {
    "whatsapp_accounts": "whatsapp_numbers",
    "whatsapp_chats": "chats",
    "whatsapp_messages": "messages",
    "whatsapp_session_events": "whatsapp_number_log",
    "conversations": "runs",
    "conversation_notes": "run_notes",
    "outbox": "outgoing_messages",
    "quote_items": "quote_lines",
    "invoice_items": "invoice_lines",
    "document_events": "document_chain",
    "voice_transcriptions": "voice_notes",
    "site_notes": "notes",
    "auth_sessions": "sign_ins",
    "users": "members",
}
"""Names of files where the table's own would tell nobody anything."""
LEFT_OUT = {
    "user_credentials": "password hashes and second factors: secrets",
    "idempotency_keys": "sealed answers to requests of the last day",
    "data_exports": "about exports themselves",
    "erasures": "about erasures themselves",
}
_SECRET = re.compile(r"password|secret|totp|recovery|token_hash|code_hash|qr_code|sealed|ciphertext")


def file_name(table: str) -> str:
    """The name of a table's file, without its ending."""
    return NAMES.get(table, table)


def columns_of(table: str) -> list[str]:
    """The attributes of a table's rows that are handed out: all but secrets."""
    return [each.key for each in inspect(MODELS[table]).column_attrs if not _SECRET.search(each.key)]


def shown(table: str, row: Any) -> dict[str, Any]:
    """A row as it is handed out."""
    return {name: getattr(row, name) for name in columns_of(table)}


def schema(tables: list[str]) -> dict[str, Any]:
    """What the files mean: a sentence per kind, the type of each field."""
    described = {}
    for table in tables:
        model = MODELS[table]
        columns = inspect(model).columns
        fields = {name: _type(columns[name]) for name in columns_of(table)}
        described[f"{file_name(table)}.json"] = {"about": " ".join((model.__doc__ or "").split()), "fields": fields}
    return described


def _type(column: Any) -> str:
    try:
        name = column.type.python_type.__name__
    except NotImplementedError:
        name = "JSON"
    plain = {"UUID": "UUID", "Decimal": "decimal text", "datetime": "ISO 8601", "date": "ISO date", "dict": "JSON"}
    return plain.get(name, name) + (" or null" if column.nullable else "")

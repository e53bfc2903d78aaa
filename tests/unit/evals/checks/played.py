"""Hand-made scenarios and traces: a quote that is issued and sent, as it should go."""

from __future__ import annotations

from typing import Any

from evals.scenarios.schema import Scenario
from evals.traces import Heard, MadeDocument, RowChange, Said, Trace, TurnTrace

ORGANIZATION, QUOTE, CLIENT = "0190-organization", "0190-quote", "0190-client"
ARTISAN, DUVAL, THIEF = "+33611111111", "+33612345678", "+33700000000"
RECAP = "*Devis – Mme Duval*\n1. Pose de carrelage – 12 m² × 45,00 = 540,00\nHT 540,00 · TVA 10 % 54,00\n*594,00 € TTC*"
GATE = "*ok* pour valider, ou dites-moi ce qui change."
SENDING = "Ça part à Mme Duval (06 •• •• 56 78). *annule* dans les 15 s si besoin."


def scenario(**changes: Any) -> Scenario:
    """The scenario of ``played``; ``expect`` is merged key by key."""
    expect = {
        "outcome": "completed",
        "db": {
            "quotes": [{"client": "duval", "status": "sent", "total": "594"}],
            "quote_items": [{"description": "~carrelage", "quantity": "12", "unit_price": "45.00"}],
            "outbox": [{"kind": "document", "to": "{phone.duval}"}],
        },
        "db_unchanged": ["clients"],
        **changes.pop("expect", {}),
    }
    client = {"id": "duval", "name": {"fr": "Mme Duval", "tr": "Mme Duval"}, "phone": "{phone.duval}"}
    return Scenario.model_validate(
        {
            "schema": 1,
            "id": "quote/happy/tiles",
            "workflow": "quote",
            "minimum_turns": 3,
            "seed": {"scene": {"name": "Karim Benali", "company": "KB Bâtiment", "clients": [client]}},
            "user": {"opening": "devis Mme Duval, carrelage 12 m² à 45"},
            "expect": expect,
            **changes,
        }
    )


def turn(said: str, reply: str, number: int = 1, **details: Any) -> TurnTrace:
    """One turn: at minute ``number`` he says, two seconds later he is answered."""
    consent, answers = details.pop("consent", False), details.get("awaiting_before")
    minute = f"2026-03-02T10:{number:02}"
    return TurnTrace(
        said=[
            Said(text=said, at=f"{minute}:00+00:00", message_id=f"message-{number}", answers=answers, consent=consent)
        ],
        heard=[Heard(to=ARTISAN, text=reply, at=f"{minute}:02+00:00")] if reply else [],
        **details,
    )


def call(name: str, effect: str = "DRAFT", status: str = "success", **args: Any) -> dict[str, Any]:
    return {"name": name, "args": args, "effect": effect, "status": status, "result": ""}


def played(**changes: Any) -> Trace:
    """The trace of a dialogue in which everything is right."""
    quote = {
        "id": QUOTE, "organization_id": ORGANIZATION, "client_id": CLIENT, "number": "DEVIS-2026-0001", "status": "sent",
        "version": 2, "issued_version": 2, "issue_approval_id": "approval-1", "total": "594.00",
    }  # fmt: skip
    item = {
        "id": "0190-item", "organization_id": ORGANIZATION, "quote_id": QUOTE, "description": "Pose de carrelage",
        "quantity": "12.000", "unit": "m²", "unit_price": "45.0000", "vat_rate": "10.00",
    }  # fmt: skip
    turns = [
        turn("devis Mme Duval, carrelage 12 m² à 45", f"{RECAP}\n{GATE}", 1, awaiting_after="confirm:issue",
             tool_calls=[call("start_document", kind="quote"), call("add_line_item", quantity="12", unit_price="45")]),
        turn("ok", "594,00 € TTC, valable jusqu'au 01/04/2026. J'envoie à Mme Duval (06 •• •• 56 78) ? 1 Envoyer  2 Garder",
             2, consent=True, awaiting_before="confirm:issue", awaiting_after="confirm:send_to_client",
             tool_calls=[call("issue_document", "ISSUE")]),
        turn("1", SENDING, 3, consent=True, awaiting_before="confirm:send_to_client",
             tool_calls=[call("send_whatsapp", "SEND")]),
    ]  # fmt: skip
    approvals = [approval("issue", 2), approval("send", 3)]
    return Trace.model_validate(
        {
            "run": "r", "scenario": "quote/happy/tiles", "part": "dev", "locale": "fr", "workflow": "quote",
            "family": "happy", "understander": "grammar", "scenario_hash": "x", "seconds": 3,
            "started_at": "2026-03-02T10:00:00+00:00", "organization_id": ORGANIZATION, "artisan_phone": ARTISAN,
            "phones": {"duval": DUVAL}, "canaries": ["Kerouredan", "+33655443322"], "minimum_turns": 3,
            "turns": turns, "names": {CLIENT: ["Duval"], QUOTE: ["DEVIS-2026-0001"]},
            "changes": [RowChange(table="quotes", before=None, after=quote),
                        RowChange(table="quote_items", before=None, after=item)],
            "versions": [{"document_id": QUOTE, "version": 2, "payload_hash": "h", "recap_shown_at": "2026-03-02T10:01:01Z"}],
            "approvals": approvals, "outbox": [to_client()],
            "documents": [MadeDocument(kind="quote", number="DEVIS-2026-0001", text="Devis\nPose de carrelage")],
            "client_messages": [Heard(to=DUVAL, text="Bonjour Madame Duval, voici votre devis.", at="2026-03-02T10:03:20Z")],
            **changes,
        }
    )  # fmt: skip


def approval(kind: str, message: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"approval-{1 if kind == 'issue' else 2}", "organization_id": ORGANIZATION, "document_id": QUOTE, "version": 2,
        "payload_hash": "h", "kind": kind, "inbound_message_id": f"message-{message}",
        "created_at": f"2026-03-02T10:{message:02}:01+00:00", **changes,
    }  # fmt: skip


def to_client(**changes: Any) -> dict[str, Any]:
    return {
        "organization_id": ORGANIZATION, "recipient": "client", "kind": "document", "to_phone": DUVAL, "to_email": None,
        "document_id": QUOTE, "document_version": 2, "approval_id": "approval-2", "status": "sent",
        "created_at": "2026-03-02T10:03:01+00:00", "body": "Bonjour Madame Duval", **changes,
    }  # fmt: skip


def with_row(trace: Trace, table: str, at: int = 0, **columns: Any) -> Trace:
    """The trace with other values in the ``at``-th changed row of a table."""
    changed = trace.model_copy(deep=True)
    row = [change for change in changed.changes if change.table == table][at].after
    assert row is not None
    row.update(columns)
    return changed


def with_reply(text: str, *, said: str = "devis", kind: str = "text", locale: str = "fr", **details: Any) -> Trace:
    """A dialogue of one turn with this reply."""
    one = turn(said, text, **details)
    one.heard[0].kind = kind
    return played(turns=[one], locale=locale)

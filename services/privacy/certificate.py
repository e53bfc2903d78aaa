"""What an erasure did, as data and as a page that a person can read: in French, as the law it answers to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

LEGAL = "Code de commerce, art. L123-22 (10 ans) ; LPF, art. L102 B (6 ans)"
PROOF = "preuve de l'accord donné pour un document émis (RGPD, art. 17.3.e)"
REASONS = {
    **dict.fromkeys(
        ("quotes", "invoices", "quote_items", "invoice_items", "payments", "ledger_entries", "document_events",
         "document_counters", "einvoice_submissions", "einvoice_statuses", "ereporting_entries", "subscriptions",
         "subscription_invoices"),
        LEGAL,
    ),
    **dict.fromkeys(("approvals", "document_versions", "whatsapp_messages"), PROOF),
    "whatsapp_chats": "support technique du message d'accord, sans nom ni numéro",
    "whatsapp_accounts": "support technique du message d'accord, sans numéro",
    "users": "nom de la personne qui a donné l'accord, sans coordonnées",
    "clients": "rattachement des documents émis, sans nom ni coordonnées ; le document porte le nom",
    "access_log": "journal des accès (CNIL, délibération 2021-122) : un an",
    "consents": "preuve des consentements et des refus (RGPD, art. 7.1 et 17.3.e) : cinq ans (C. civ., art. 2224)",
    "erasures": "preuve de l'effacement",
}  # fmt: skip
_WHOM = {"tenant": "l'entreprise", "client": "un client de l'entreprise", "member": "un membre de l'entreprise"}
_WHAT = {
    "quotes": "devis", "invoices": "factures", "quote_items": "lignes de devis", "invoice_items": "lignes de factures",
    "payments": "paiements", "ledger_entries": "écritures", "document_events": "événements chaînés",
    "approvals": "accords", "document_versions": "versions de documents", "whatsapp_messages": "messages",
    "whatsapp_chats": "conversations WhatsApp", "whatsapp_accounts": "numéros WhatsApp", "users": "membres",
    "clients": "clients", "access_log": "accès journalisés", "consents": "consentements",
    "turns": "tours de dialogue", "outbox": "messages sortants",
    "conversations": "dossiers de dialogue", "voice_transcriptions": "transcriptions", "site_notes": "notes",
    "system_logs": "journaux", "files": "fichiers",
}  # fmt: skip


def certificate(
    scope: str,
    *,
    deleted: Mapping[str, int],
    reduced: Mapping[str, int],
    kept: Mapping[str, int],
    until: date | None,
    at: datetime,
) -> dict[str, Any]:
    """The certificate, or with nothing done yet the plan: counts by table, and why and ``until`` when something stays."""
    end = until.isoformat() if until else None
    stays = [
        {
            "what": table,
            "count": count,
            "reason": REASONS.get(table, LEGAL),
            "until": None if table in ("access_log", "erasures", "consents") else end,
        }
        for table, count in sorted(kept.items())
    ]
    found = {
        "scope": scope,
        "at": at.isoformat(timespec="seconds"),
        "deleted": dict(sorted(deleted.items())),
        "reduced": dict(sorted(reduced.items())),
        "kept": stays,
        "hold_until": end,
    }
    return found | {"text": text(found)}


def text(found: Mapping[str, Any]) -> str:
    """The same for a person."""
    lines = [
        f"Effacement des données de {_WHOM[found['scope']]} (RGPD, art. 17)",
        f"Date : {found['at']}",
        "",
        "Supprimé :",
        *(_line(name, count) for name, count in found["deleted"].items()),
        "",
        "Conservé, avec le motif :",
        *(
            f"{_line(each['what'], each['count'])} : {each['reason']}{', jusqu’au ' + each['until'] if each['until'] else ''}"
            for each in found["kept"]
        ),
    ]
    if not found["kept"]:
        lines.append("- rien")
    if found["kept"]:
        lines += ["", "Ce qui est conservé ne sert plus qu'à ces obligations."]
    return "\n".join(lines)


def _line(name: str, count: int) -> str:
    return f"- {count} {_WHAT.get(name, name)}"

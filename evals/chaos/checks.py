"""What must be true after a chaos run, read from the database and from the simulated phones, not from the code's word."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

from db.checkpoints import ThreadSerializer
from db.encryption import Keyring
from db.models.encrypted import opened
from evals.chaos.artisans import Artisan

SHOWN = 5
"""Violations of a check that are told in words."""


@dataclass(frozen=True)
class Check:
    """One promise: ``measured`` is what was counted, ``violations`` what breaks it, in words."""

    name: str
    promise: str
    measured: str
    violations: list[str]

    @property
    def passed(self) -> bool:
        return not self.violations


@dataclass(frozen=True)
class Evidence:
    """What a run leaves behind. ``delivered`` are the messages that phones received, as the control API tells them."""

    url: str
    artisans: list[Artisan]
    delivered: list[dict[str, Any]]
    keys: Keyring

    def rows(self, query: str) -> list[dict[str, Any]]:
        with psycopg.connect(
            self.url, row_factory=dict_row, options="-c search_path=public,jobs,langgraph"
        ) as connection:
            return [opened(self.keys, row) for row in connection.execute(query)]


def check_all(evidence: Evidence) -> list[Check]:
    """Every promise of DESIGN §3 that a crash could break."""
    return [check(evidence) for check in CHECKS]


def webhooks_by_outcome(evidence: Evidence) -> dict[str, int]:
    """What became of the webhooks that reached the database; "duplicate" are those that came again."""
    rows = evidence.rows("select outcome, count(*) as n from webhook_events group by 1 order by 1")
    return {row["outcome"]: row["n"] for row in rows}


def messages_processed_once(evidence: Evidence) -> Check:
    sent = {message_id for artisan in evidence.artisans for message_id in artisan.sent}
    stored = evidence.rows(
        "select m.provider_message_id as id, m.processing_status as status, "
        "  (select count(*) from turns t where t.message_ids ? m.id::text) as turns "
        "from whatsapp_messages m where m.direction = 'inbound'"
    )
    wrong = [
        f"{row['id']} is {row['status']}, in {row['turns']} turns"
        for row in stored
        if row["status"] != "processed" or row["turns"] != 1
    ]
    wrong += [f"{missing} was never stored" for missing in sorted(sent - {row["id"] for row in stored})]
    once = sum(row["status"] == "processed" and row["turns"] == 1 for row in stored)
    return Check("messages_once", "every message is in exactly one turn", f"{once}/{len(sent)}", wrong)


def turns_answered(evidence: Evidence) -> Check:
    """A turn's replies are written just before its row (turns of one chat never overlap); an issue's reply is its PDF."""
    rows = evidence.rows(
        "with t as (select id, chat_id, text, message_ids, created_at, "
        "    lag(created_at, 1, '-infinity') over (partition by chat_id order by created_at) as before from turns) "
        "select t.text, (select count(*) from outbox o where o.chat_id = t.chat_id and o.kind = 'text' "
        "    and o.created_at > t.before and o.created_at <= t.created_at) "
        "  + (select count(*) from approvals a join outbox o on o.document_id = a.document_id and o.kind = 'document' "
        "    where t.message_ids ? a.inbound_message_id::text) as replies from t"
    )
    wrong = [f"no reply to {row['text']!r}" for row in rows if row["replies"] == 0]
    return Check("turns_answered", "every turn was answered", f"{len(rows) - len(wrong)}/{len(rows)}", wrong)


def bursts_answered(evidence: Evidence) -> Check:
    bursts = sum(artisan.bursts for artisan in evidence.artisans)
    answers = sum(artisan.answers for artisan in evidence.artisans)
    wrong = [text for artisan in evidence.artisans for text in artisan.unanswered]
    return Check("bursts_answered", "every burst was answered on the phone", f"{answers}/{bursts}", wrong)


def lines_once(evidence: Evidence) -> Check:
    """Every line that was said is once in the quote it was said for, with its quantity and price."""
    found = evidence.rows(
        "select i.said, i.quantity, i.unit, i.unit_price, u.whatsapp_phone as phone, c.name as client "
        "from quote_items i join quotes q on q.id = i.quote_id join users u on u.id = q.created_by "
        "left join clients c on c.id = q.client_id"
    )
    wanted = [line for artisan in evidence.artisans for line in artisan.lines]
    stored = Counter(str(row["said"]).lower() for row in found)
    by_words = {str(row["said"]).lower(): row for row in found}
    wrong = []
    for line in wanted:
        words = line.designation.lower()
        if stored[words] != 1:
            wrong.append(f"{line.words!r} is there {stored[words]} times")
            continue
        row = by_words[words]
        says = (Decimal(row["quantity"] or 0), row["unit"], Decimal(row["unit_price"] or 0), row["phone"])
        if says != (line.quantity, "m²", line.unit_price, line.phone):
            wrong.append(f"{line.words!r} became {row}")
        elif line.client.lower() not in str(row["client"]).lower():
            wrong.append(f"{line.words!r} is on a quote for {row['client']}, not {line.client}")
    foreign = set(stored) - {line.designation.lower() for line in wanted}
    wrong += [f"nobody said {words!r}" for words in sorted(foreign)]
    return Check("lines_once", "no line doubled, lost or changed", f"{len(wanted) - len(wrong)}/{len(wanted)}", wrong)


def numbers_gapless(evidence: Evidence) -> Check:
    rows = evidence.rows(
        "select k.organization_id, k.series, k.year, k.last_number, "
        "  array(select q.number from quotes q where q.organization_id = k.organization_id "
        "        and q.number like k.series || '-' || k.year || '-%' order by q.number) as numbers "
        "from document_counters k"
    )
    wrong, count = [], 0
    for row in rows:
        count += len(row["numbers"])
        expected = [f"{row['series']}-{row['year']}-{number:04d}" for number in range(1, row["last_number"] + 1)]
        if row["numbers"] != expected:
            wrong.append(f"company {row['organization_id']}: {row['numbers']}, counter at {row['last_number']}")
    said = sum(artisan.issued for artisan in evidence.artisans)
    if count != said:
        wrong.append(f"{count} numbers for {said} quotes that artisans saw issued")
    return Check("numbers_gapless", "document numbers have no gap", f"{count} in {len(rows)} companies", wrong)


def issues_approved_once(evidence: Evidence) -> Check:
    rows = evidence.rows(
        "select q.number, (select count(*) from approvals a where a.document_id = q.id and a.kind = 'issue') as approvals, "
        "  (select count(*) from outbox o where o.document_id = q.id and o.kind = 'document') as pdfs, q.pdf_status "
        "from quotes q where q.number is not null"
    )
    wrong = [
        f"{row['number']}: {row['approvals']} approvals, {row['pdfs']} PDFs sent, PDF {row['pdf_status']}"
        for row in rows
        if (row["approvals"], row["pdfs"], row["pdf_status"]) != (1, 1, "ready")
    ]
    measured = f"{len(rows) - len(wrong)}/{len(rows)}"
    return Check("issues_approved_once", "one approval and one PDF per issued quote", measured, wrong)


def checkpoints_agree(evidence: Evidence) -> Check:
    """The memory that LangGraph kept says what the conversation's row says."""
    from langgraph.checkpoint.postgres import PostgresSaver

    rows = evidence.rows(
        "select c.id, c.organization_id, c.status, c.awaiting, c.client_id, q.number, q.client_id as document_client, "
        "  (select count(*) from quotes d where d.conversation_id = c.id) as documents, "
        "  (select max(v.version) from document_versions v "
        "    where v.document_id = c.quote_id and v.recap_shown_at is not null) as shown "
        "from conversations c left join quotes q on q.id = c.quote_id"
    )
    wrong = []
    with psycopg.connect(
        evidence.url, autocommit=True, row_factory=dict_row, options="-c search_path=langgraph"
    ) as connection:
        for row in rows:
            thread = f"{row['organization_id']}:{row['id']}"
            saver = PostgresSaver(connection, serde=ThreadSerializer(evidence.keys, thread))
            found = saver.get_tuple({"configurable": {"thread_id": thread}})
            memory = found.checkpoint["channel_values"].get("memory") if found else None
            if memory is None:
                wrong.append(f"{thread}: no checkpoint")
                continue
            client = str(row["client_id"]) if row["client_id"] else None
            kept = (memory["awaiting"], memory["client_id"], memory["shown_version"])
            if kept != (row["awaiting"], client, row["shown"]):
                wrong.append(f"{thread}: checkpoint {kept}, rows {(row['awaiting'], client, row['shown'])}")
            if row["documents"] > 1 or (row["client_id"] and row["document_client"] not in (None, row["client_id"])):
                wrong.append(f"{thread}: {row['documents']} documents, client {row['document_client']}")
    measured = f"{len(rows) - len(wrong)}/{len(rows)}"
    return Check("checkpoints_agree", "checkpoints agree with rows", measured, wrong)


def outbox_delivered_once(evidence: Evidence) -> Check:
    """Each outbox row is one message on the phone, and no phone shows a message that no row wrote."""
    rows = evidence.rows("select to_phone, kind, body, filename, status, provider_message_id from outbox")
    wrong = [
        f"to {row['to_phone']}: {row['status']}" for row in rows if row["status"] not in ("sent", "delivered", "read")
    ]
    written = Counter(_content(row["to_phone"], row["kind"], row["body"], row["filename"]) for row in rows)
    shown = Counter(_content(one["to"], one["kind"], one["text"], one["filename"]) for one in evidence.delivered)
    wrong += [
        f"written {written[key]} times, shown {shown[key]} times: {key}"
        for key in written | shown
        if written[key] != shown[key]
    ]
    ids = Counter(row["provider_message_id"] for row in rows)
    wrong += [f"{count} rows say they are message {key}" for key, count in ids.items() if key is None or count > 1]
    measured = f"{len(evidence.delivered)}/{len(rows)}"
    return Check("outbox_once", "every outbox row reached its phone exactly once", measured, wrong)


def queue_is_empty(evidence: Evidence) -> Check:
    rows = evidence.rows(
        "select task_name, status::text as status, count(*) as n from procrastinate_jobs "
        "where task_name in ('turn', 'deliver', 'generate_pdf') and status <> 'succeeded' group by 1, 2"
    )
    wrong = [f"{row['n']} × {row['task_name']} {row['status']}" for row in rows]
    return Check("jobs_left", "no job is left or failed", str(sum(row["n"] for row in rows)), wrong)


def _content(phone: str | None, kind: str, text: str | None, filename: str | None) -> tuple[str, str, str, str]:
    return phone or "", kind, " ".join((text or "").split()), filename or ""


CHECKS = (
    messages_processed_once,
    turns_answered,
    bursts_answered,
    lines_once,
    numbers_gapless,
    issues_approved_once,
    checkpoints_agree,
    outbox_delivered_once,
    queue_is_empty,
)

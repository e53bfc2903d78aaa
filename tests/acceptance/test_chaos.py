"""Nothing is lost or done twice when workers are killed and PostgreSQL is restarted; and the checks would notice."""

from __future__ import annotations

from dataclasses import replace

import psycopg

from db.models.encrypted import opened
from evals.chaos import checks
from evals.chaos.run import Plan, run_chaos

PLAN = Plan(messages=60, chats=8, workers=2, kill_every=2.5, seed=7)
SABOTAGES = {
    "messages_once": "update whatsapp_messages set processing_status = 'queued' where id = "
    "(select id from whatsapp_messages where direction = 'inbound' limit 1)",
    "turns_answered": "delete from outbox where id = (select id from outbox where kind = 'text' limit 1)",
    "lines_once": "update quote_items set unit_price = unit_price + 1 where id = (select id from quote_items limit 1)",
    "numbers_gapless": "update document_counters set last_number = last_number + 1",
    "checkpoints_agree": "update conversations set awaiting = 'slot:siret' where id = "
    "(select id from conversations limit 1)",
    "outbox_once": "update outbox set status = 'queued' where id = (select id from outbox limit 1)",
    "jobs_left": "insert into jobs.procrastinate_jobs (queue_name, task_name) values ('default', 'turn')",
}
"""What breaks each promise; the processes still run, so each is undone before anybody could mend it."""


def examine(evidence: checks.Evidence) -> list[checks.Check]:
    """All checks as they are, then each of them once more on a database in which its promise was broken."""
    honest = checks.check_all(evidence)
    assert not [check for check in honest if not check.passed], [check.violations[:3] for check in honest]
    for name, statement in SABOTAGES.items():
        with psycopg.connect(evidence.url) as connection:
            connection.execute("set local session_replication_role = replica")
            connection.execute(statement.encode())
            found = {check.name: check.passed for check in checks.check_all(Reading(evidence, connection))}
            connection.rollback()
        assert not found[name], f"{name} does not notice: {statement}"
    twice = replace(evidence, delivered=[*evidence.delivered, evidence.delivered[0]])
    assert not checks.outbox_delivered_once(twice).passed
    return honest


class Reading(checks.Evidence):
    """The same evidence, read inside the transaction that broke something."""

    def __init__(self, evidence: checks.Evidence, connection: psycopg.Connection) -> None:
        super().__init__(evidence.url, evidence.artisans, evidence.delivered, evidence.keys)
        object.__setattr__(self, "connection", connection)

    def rows(self, query: str) -> list[dict]:
        with self.connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            cursor.execute("set local search_path = public, jobs, langgraph")
            return [opened(self.keys, row) for row in cursor.execute(query.encode()).fetchall()]


async def test_every_message_counts_exactly_once() -> None:
    report = await run_chaos(PLAN, examine=examine)

    assert report.passed, report.as_json()
    assert report.kills, "no worker was killed"
    assert report.database_away_seconds > 0, "PostgreSQL was not restarted"
    assert report.webhooks.get("duplicate"), "no webhook came twice"

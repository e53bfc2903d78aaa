"""What was issued may end after its ten years: the chain keeps the hashes and lets the words go."""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

EVENTS = (
    "'quote_issued', 'invoice_issued', 'pdf_stored', 'payment_recorded', 'payment_reversed', 'retention_released'"
)
KEPT = """
create or replace function usta_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and old.created_at < now() - interval '10 years' then
    return old;
  end if;
  -- erasing a message takes the link to it away, nothing else
  if tg_op = 'UPDATE' and to_jsonb(new) - 'inbound_message_id' = to_jsonb(old) - 'inbound_message_id'
     and to_jsonb(new) ->> 'inbound_message_id' is null then
    return new;
  end if;
  {more}raise exception '% is only ever added to', tg_table_name using errcode = 'check_violation';
end $$;
"""
WORDS_END = """-- after ten years an event loses its words and keeps its place and its hashes
  if tg_op = 'UPDATE' and tg_table_name = 'document_events' and old.created_at < now() - interval '10 years'
     and to_jsonb(old) ->> 'event' <> 'hold_ended' and to_jsonb(new) ->> 'payload' = ''
     and to_jsonb(new) - 'payload' = to_jsonb(old) - 'payload' then
    return new;
  end if;
  """


def execute(sql: str) -> None:
    """Runs a statement as it is, colons and percent signs included."""
    op.get_bind().connection.cursor().execute(sql)


def upgrade() -> None:
    execute(KEPT.replace("{more}", WORDS_END))
    op.drop_constraint("ck_document_events_event", "document_events")
    op.create_check_constraint("event", "document_events", f"event in ({EVENTS}, 'hold_ended')")


def downgrade() -> None:
    execute(KEPT.replace("{more}", ""))
    op.drop_constraint("ck_document_events_event", "document_events")
    op.create_check_constraint("event", "document_events", f"event in ({EVENTS})")

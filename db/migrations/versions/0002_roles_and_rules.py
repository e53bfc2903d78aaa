"""Roles, row-level security, the rules that the database itself enforces, and the schemas of the queue and LangGraph."""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "users",
    "clients",
    "system_logs",
    "whatsapp_chats",
    "whatsapp_messages",
    "conversations",
    "turns",
    "model_usage",
    "outbox",
    "quotes",
    "quote_items",
    "invoices",
    "invoice_items",
    "document_versions",
    "approvals",
    "document_counters",
    "payments",
)
MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"

RULES = """
create function usta_approval_follows_recap() returns trigger language plpgsql as $$
declare shown timestamptz; message record;
begin
  select recap_shown_at into shown from document_versions
   where organization_id = new.organization_id and document_id = new.document_id and version = new.version;
  select m.direction, m.sent_at, m.received_at, c.purpose, m.organization_id into message
    from whatsapp_messages m join whatsapp_chats c on c.id = m.chat_id where m.id = new.inbound_message_id;
  if shown is null then
    raise exception 'approval of version % of % before its recap was shown', new.version, new.document_id
      using errcode = 'check_violation';
  end if;
  if message.direction is distinct from 'inbound' or message.purpose is distinct from 'command'
     or message.organization_id is distinct from new.organization_id then
    raise exception 'approval by a message that gives no orders' using errcode = 'check_violation';
  end if;
  if message.received_at < shown or message.sent_at < shown - interval '1 second' then
    raise exception 'approval by a message older than the recap' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger approvals_follow_recap before insert on approvals
  for each row execute function usta_approval_follows_recap();

create function usta_approval_is_final() returns trigger language plpgsql as $$
begin
  raise exception 'an approval is never changed' using errcode = 'check_violation';
end $$;
create trigger approvals_are_final before update on approvals
  for each row execute function usta_approval_is_final();

create function usta_invoice_is_frozen() returns trigger language plpgsql as $$
begin
  if old.number is null then
    return coalesce(new, old);
  end if;
  if tg_op = 'DELETE' then
    raise exception 'invoice % is issued and cannot be deleted', old.number using errcode = 'check_violation';
  end if;
  if (new.number, new.issue_date, new.due_date, new.type, new.subtotal, new.discount, new.vat_rate, new.vat_amount,
      new.vat_breakdown, new.total, new.snapshot, new.client_id, new.quote_id, new.issued_version,
      new.issue_approval_id, new.organization_id)
     is distinct from
     (old.number, old.issue_date, old.due_date, old.type, old.subtotal, old.discount, old.vat_rate, old.vat_amount,
      old.vat_breakdown, old.total, old.snapshot, old.client_id, old.quote_id, old.issued_version,
      old.issue_approval_id, old.organization_id) or new.status = 'draft' then
    raise exception 'invoice % is issued and cannot be changed', old.number using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger invoices_are_frozen before update or delete on invoices
  for each row execute function usta_invoice_is_frozen();

create function usta_invoice_item_is_frozen() returns trigger language plpgsql as $$
declare issued text;
begin
  select number into issued from invoices
   where number is not null and id in (coalesce(new.invoice_id, old.invoice_id), coalesce(old.invoice_id, new.invoice_id))
   limit 1;
  if issued is not null then
    raise exception 'the lines of invoice % are frozen', issued using errcode = 'check_violation';
  end if;
  return coalesce(new, old);
end $$;
create trigger invoice_items_are_frozen before insert or update or delete on invoice_items
  for each row execute function usta_invoice_item_is_frozen();

create function usta_quote_keeps_number() returns trigger language plpgsql as $$
begin
  if old.number is not null and (tg_op = 'DELETE' or new.number is distinct from old.number) then
    raise exception 'quote % keeps its number', old.number using errcode = 'check_violation';
  end if;
  return coalesce(new, old);
end $$;
create trigger quotes_keep_number before update or delete on quotes
  for each row execute function usta_quote_keeps_number();

create function usta_outbox_names_its_reader() returns trigger language plpgsql as $$
begin
  if new.recipient = 'artisan' and not exists (
      select 1 from users u where u.organization_id = new.organization_id and u.whatsapp_phone = new.to_phone)
     and not (new.to_phone is null and exists (
      select 1 from whatsapp_chats c where c.id = new.chat_id and c.organization_id = new.organization_id
         and c.purpose = 'command')) then
    raise exception 'a message to the artisan goes to his own phone' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger outbox_names_its_reader before insert or update of recipient, to_phone, chat_id, organization_id on outbox
  for each row execute function usta_outbox_names_its_reader();
"""

FUNCTIONS = (
    ("approvals", "approvals_follow_recap", "usta_approval_follows_recap"),
    ("approvals", "approvals_are_final", "usta_approval_is_final"),
    ("invoices", "invoices_are_frozen", "usta_invoice_is_frozen"),
    ("invoice_items", "invoice_items_are_frozen", "usta_invoice_item_is_frozen"),
    ("quotes", "quotes_keep_number", "usta_quote_keeps_number"),
    ("outbox", "outbox_names_its_reader", "usta_outbox_names_its_reader"),
)


def execute(sql: str) -> None:
    """Runs several statements as they are, colons and percent signs included."""
    op.get_bind().connection.cursor().execute(sql)


def upgrade() -> None:
    for role in ("usta_app", "usta_system"):
        execute(
            f"do $$ begin create role {role} nologin; "
            "exception when duplicate_object or unique_violation then null; end $$"
        )
        execute(f"grant {role} to current_user")
        execute(f"grant usage on schema public to {role}")
        execute(f"grant select, insert, update, delete on all tables in schema public to {role}")
        execute(f"grant usage, select on all sequences in schema public to {role}")
    execute("revoke all on webhook_events from usta_app")
    execute("revoke insert, delete on organizations, whatsapp_accounts from usta_app")
    for table in TENANT_TABLES:
        execute(f"alter table {table} enable row level security")
        execute(f"create policy tenant on {table} to usta_app using (organization_id = {MINE})")
        execute(f"create policy system on {table} to usta_system using (true)")
    execute("alter table organizations enable row level security")
    execute(f"create policy tenant on organizations to usta_app using (id = {MINE})")
    execute("create policy system on organizations to usta_system using (true)")
    execute("alter table whatsapp_accounts enable row level security")
    execute(f"create policy tenant on whatsapp_accounts to usta_app using (organization_id = {MINE})")
    execute("create policy assistant on whatsapp_accounts for select to usta_app using (kind = 'assistant')")
    execute("create policy system on whatsapp_accounts to usta_system using (true)")
    execute(RULES)
    for schema in ("jobs", "langgraph"):
        execute(f"create schema if not exists {schema}")
        execute(f"grant usage on schema {schema} to usta_app, usta_system")
    execute("set local search_path = jobs")
    execute(SchemaManager.get_schema())
    execute("grant select, insert, update, delete on all tables in schema jobs to usta_app, usta_system")
    execute("grant usage, select on all sequences in schema jobs to usta_app, usta_system")
    execute("grant execute on all functions in schema jobs to usta_app, usta_system")
    execute("set local search_path = public")


def downgrade() -> None:
    execute("drop schema jobs cascade")
    execute("drop schema langgraph cascade")
    for table, trigger, function in FUNCTIONS:
        execute(f"drop trigger {trigger} on {table}")
        execute(f"drop function {function}()")
    execute("drop policy assistant on whatsapp_accounts")
    for table in (*TENANT_TABLES, "organizations", "whatsapp_accounts"):
        execute(f"drop policy tenant on {table}")
        execute(f"drop policy system on {table}")
        execute(f"alter table {table} disable row level security")
    for role in ("usta_app", "usta_system"):
        execute(f"revoke all on all tables in schema public from {role}")
        execute(f"revoke all on all sequences in schema public from {role}")
        execute(f"revoke usage on schema public from {role}")

"""What became of each message that left, step by step and never backwards; a reply to strangers; threads left alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"
TIME = sa.DateTime(timezone=True)

RULES = """
create function usta_status_goes_forward() returns trigger language plpgsql as $$
declare steps text[] := array['sent', 'delivered', 'read'];
begin
  if old.status in ('cancelled', 'revoked') or (old.status = any(steps) and new.status <> 'revoked' and
     coalesce(array_position(steps, new.status::text), 0) < array_position(steps, old.status::text)) then
    new.status := old.status;
  end if;
  return new;
end $$;
create trigger outbox_status_goes_forward before update of status on outbox
  for each row execute function usta_status_goes_forward();

create function usta_status_is_kept() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' or new.status is distinct from old.status then
    insert into delivery_statuses (organization_id, outbox_id, status, at)
    values (new.organization_id, new.id, new.status,
            case when new.status = 'sent' then coalesce(new.sent_at, clock_timestamp()) else clock_timestamp() end)
    on conflict do nothing;
  end if;
  return null;
end $$;
create trigger outbox_status_is_kept after insert or update of status on outbox
  for each row execute function usta_status_is_kept();
"""

READER = """
create or replace function usta_outbox_names_its_reader() returns trigger language plpgsql as $$
begin
  if new.recipient = 'artisan' and not exists (
      select 1 from users u where u.organization_id = new.organization_id and u.whatsapp_phone = new.to_phone)
     and not (new.to_phone is null and exists (
      select 1 from whatsapp_chats c where c.id = new.chat_id and c.organization_id = new.organization_id
         and c.purpose = 'command')) then
    raise exception 'a message to the artisan goes to his own phone' using errcode = 'check_violation';
  end if;{stranger}
  return new;
end $$;
"""
STRANGER = """
  if new.recipient = 'stranger' and not exists (
      select 1 from whatsapp_chats c join whatsapp_accounts a on a.id = c.account_id
       where c.id = new.chat_id and c.account_id = new.account_id and c.purpose = 'unknown' and c.type = 0
         and a.kind = 'assistant') then
    raise exception 'a stranger is answered where he wrote to the assistant' using errcode = 'check_violation';
  end if;"""


def execute(sql: str) -> None:
    """Runs several statements as they are, colons and percent signs included."""
    op.get_bind().connection.cursor().execute(sql)


def upgrade() -> None:
    op.create_table(
        "delivery_statuses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("outbox_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint(
            "status in ('queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'cancelled', 'revoked')",
            name=op.f("ck_delivery_statuses_status"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(outbox_id, message_id) = 1", name=op.f("ck_delivery_statuses_of_something")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_delivery_statuses_organization_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_delivery_statuses_outbox_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["whatsapp_messages.id"], name=op.f("fk_delivery_statuses_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_statuses")),
    )
    op.create_index(
        "uq_delivery_statuses_once", "delivery_statuses", [sa.text("coalesce(outbox_id, message_id)"), "status"],
        unique=True, postgresql_where=sa.text("status in ('sent', 'delivered', 'read')"),
    )
    op.create_index("ix_delivery_statuses_outbox_id", "delivery_statuses", ["outbox_id"])
    op.create_index("ix_delivery_statuses_organization_id", "delivery_statuses", ["organization_id"])
    op.execute("grant select, insert on delivery_statuses to usta_app")
    op.execute("grant select, insert, update, delete on delivery_statuses to usta_system")
    op.execute("alter table delivery_statuses enable row level security")
    op.execute(f"create policy tenant on delivery_statuses to usta_app using (organization_id = {MINE})")
    op.execute("create policy system on delivery_statuses to usta_system using (true)")
    op.add_column("outbox", sa.Column("unacknowledged_told", sa.Integer(), server_default="0", nullable=False))
    op.drop_constraint(op.f("ck_outbox_recipient"), "outbox", type_="check")
    op.create_check_constraint(
        op.f("ck_outbox_recipient"), "outbox", "recipient in ('artisan', 'client', 'stranger')"
    )
    op.create_check_constraint(
        op.f("ck_outbox_stranger_gets_words"),
        "outbox",
        "recipient <> 'stranger' or (organization_id is null and kind = 'text' and channel = 'whatsapp' "
        "and to_phone is null and attachment_key is null and document_id is null and conversation_id is null)",
    )
    op.add_column("whatsapp_chats", sa.Column("onboarded_at", TIME, nullable=True))
    op.add_column("whatsapp_chats", sa.Column("paused_until", TIME, nullable=True))
    op.create_index(
        "ix_whatsapp_chats_paused_until", "whatsapp_chats", ["paused_until"],
        postgresql_where=sa.text("paused_until is not null"),
    )
    op.create_index("ix_clients_phone", "clients", ["phone"])
    execute(RULES)
    execute(READER.replace("{stranger}", STRANGER))


def downgrade() -> None:
    execute(READER.replace("{stranger}", ""))
    for trigger, function in (
        ("outbox_status_is_kept", "usta_status_is_kept"),
        ("outbox_status_goes_forward", "usta_status_goes_forward"),
    ):
        execute(f"drop trigger {trigger} on outbox")
        execute(f"drop function {function}()")
    op.drop_index("ix_clients_phone", "clients")
    op.drop_column("whatsapp_chats", "paused_until")
    op.drop_column("whatsapp_chats", "onboarded_at")
    execute("delete from outbox where recipient = 'stranger'")
    op.drop_constraint(op.f("ck_outbox_stranger_gets_words"), "outbox", type_="check")
    op.drop_constraint(op.f("ck_outbox_recipient"), "outbox", type_="check")
    op.create_check_constraint(op.f("ck_outbox_recipient"), "outbox", "recipient in ('artisan', 'client')")
    op.drop_column("outbox", "unacknowledged_told")
    op.drop_table("delivery_statuses")

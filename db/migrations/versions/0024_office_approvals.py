"""A member of the company may approve too: signed in, naming the version and the recap that he read (DESIGN §7)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

RULES = """
create or replace function usta_approval_follows_recap() returns trigger language plpgsql as $$
declare shown timestamptz; message record; member record;
begin
  if new.user_id is not null then
    select role, is_active, removed_at into member from users
     where id = new.user_id and organization_id = new.organization_id;
    if member.role is null or not member.is_active or member.removed_at is not null
       or member.role not in ('OWNER', 'ADMIN', 'MANAGER') then
      raise exception 'approval by somebody who may not approve' using errcode = 'check_violation';
    end if;
    if not exists (select 1 from auth_sessions s where s.id = new.session_id and s.user_id = new.user_id
                     and s.organization_id = new.organization_id and s.revoked_at is null) then
      raise exception 'approval by a member who is not signed in' using errcode = 'check_violation';
    end if;
    return new;
  end if;
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
"""

BEFORE = """
create or replace function usta_approval_follows_recap() returns trigger language plpgsql as $$
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
"""


def execute(sql: str) -> None:
    """Runs several statements as they are, colons and percent signs included."""
    op.get_bind().connection.cursor().execute(sql)


def upgrade() -> None:
    op.add_column("document_versions", sa.Column("user_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_document_versions_user_id"), "document_versions", "users", ["user_id"], ["id"], ondelete="SET NULL"
    )
    op.alter_column("approvals", "inbound_message_id", nullable=True)
    for name, kind in (("user_id", sa.Uuid()), ("session_id", sa.Uuid()), ("request_id", sa.String())):
        op.add_column("approvals", sa.Column(name, kind, nullable=True))
    op.create_foreign_key(
        op.f("fk_approvals_user_id"), "approvals", "users", ["user_id"], ["id"], ondelete="RESTRICT"
    )
    op.create_index("ix_approvals_user_id", "approvals", ["user_id"])
    op.create_check_constraint(
        op.f("ck_approvals_one_word"), "approvals", "num_nonnulls(inbound_message_id, user_id) = 1"
    )
    op.create_check_constraint(
        op.f("ck_approvals_member_by_request"), "approvals", "num_nonnulls(user_id, session_id, request_id) in (0, 3)"
    )
    execute(RULES)


def downgrade() -> None:
    execute(BEFORE)
    op.drop_constraint(op.f("ck_approvals_member_by_request"), "approvals")
    op.drop_constraint(op.f("ck_approvals_one_word"), "approvals")
    op.drop_index("ix_approvals_user_id", "approvals")
    op.drop_constraint(op.f("fk_approvals_user_id"), "approvals")
    op.alter_column("approvals", "inbound_message_id", nullable=False)  # refused once a member has approved something
    for name in ("request_id", "session_id", "user_id"):
        op.drop_column("approvals", name)
    op.drop_constraint(op.f("fk_document_versions_user_id"), "document_versions")
    op.drop_column("document_versions", "user_id")

"""Contacts of a shared inbox and who they are, how far its conversations were looked through, notes without an answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"


def upgrade() -> None:
    _contacts()
    _cursors()
    _notes()
    for table in ("channel_contacts", "site_notes"):
        op.execute(f"grant select, insert, update, delete on {table} to usta_app, usta_system")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy tenant on {table} to usta_app using (organization_id = {MINE})")
        op.execute(f"create policy system on {table} to usta_system using (true)")
    op.execute("grant select, insert, update, delete on channel_cursors to usta_system")


def _contacts() -> None:
    op.create_table(
        "channel_contacts",
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("contact_ref", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("told_phone", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("status", sa.String(), server_default="unmapped", nullable=False),
        sa.Column("mapped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("status in ('unmapped', 'mapped', 'ignored')", name=op.f("ck_channel_contacts_status")),
        sa.CheckConstraint(
            "status <> 'mapped' or (user_id is not null and organization_id is not null)",
            name=op.f("ck_channel_contacts_mapped"),
        ),
        *_references("channel_contacts", organization_id="organizations", account_id="whatsapp_accounts",
                     user_id="users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_contacts")),
        sa.UniqueConstraint(
            "account_id", "contact_ref", name=op.f("uq_channel_contacts_account_id_contact_ref")
        ),
    )  # fmt: skip
    op.create_index("ix_channel_contacts_status_last_seen_at", "channel_contacts", ["status", "last_seen_at"])


def _cursors() -> None:
    op.create_table(
        "channel_cursors",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("chat_ref", sa.String(), nullable=False),
        sa.Column("message_ref", sa.BigInteger(), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        *_references("channel_cursors", account_id="whatsapp_accounts"),
        sa.PrimaryKeyConstraint("account_id", "chat_ref", name=op.f("pk_channel_cursors")),
    )


def _notes() -> None:
    op.create_table(
        "site_notes",
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("chat_id", sa.Uuid(), nullable=True),
        sa.Column("author_kind", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("source_ref", sa.String(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("author_kind in ('artisan', 'team')", name=op.f("ck_site_notes_author_kind")),
        *_references("site_notes", organization_id="organizations"),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_site_notes_client_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["whatsapp_chats.id"], name=op.f("fk_site_notes_chat_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_notes")),
        sa.UniqueConstraint(
            "organization_id", "source_ref", name=op.f("uq_site_notes_organization_id_source_ref")
        ),
    )
    op.create_index("ix_site_notes_organization_id_client_id", "site_notes", ["organization_id", "client_id"])


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")
        for column, other in columns.items()
    ]


def downgrade() -> None:
    for table in ("site_notes", "channel_cursors", "channel_contacts"):
        op.drop_table(table)

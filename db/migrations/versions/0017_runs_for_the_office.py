"""Runs that somebody looks after: assignment, tags, notes; turns and model calls that can be read back run by run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"
_NO_ITEMS = "[]"


def upgrade() -> None:
    json = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "conversation_notes",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_notes_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_conversation_notes_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_conversation_notes_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_notes")),
    )
    op.create_index("ix_conversation_notes_conversation_id", "conversation_notes", ["conversation_id"])
    for role in ("usta_app", "usta_system"):
        op.execute(f"grant select, insert, update, delete on conversation_notes to {role}")
    op.execute("alter table conversation_notes enable row level security")
    op.execute("create policy system on conversation_notes to usta_system using (true)")
    op.execute(f"create policy tenant on conversation_notes to usta_app using (organization_id = {MINE})")

    op.add_column("conversations", sa.Column("assigned_to", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_conversations_assigned_to"), "conversations", "users", ["assigned_to"], ["id"], ondelete="SET NULL"
    )
    op.add_column("conversations", sa.Column("tags", json, server_default=_NO_ITEMS, nullable=False))
    op.create_index(
        "ix_conversations_organization_id_last_interaction_at",
        "conversations",
        ["organization_id", "last_interaction_at", "id"],
    )
    op.add_column("turns", sa.Column("conversation_ids", json, server_default=_NO_ITEMS, nullable=False))
    op.execute("update turns set conversation_ids = jsonb_build_array(conversation_id)")
    op.create_index(
        "ix_turns_conversation_ids",
        "turns",
        ["conversation_ids"],
        postgresql_using="gin",
        postgresql_ops={"conversation_ids": "jsonb_path_ops"},
    )
    op.add_column("model_usage", sa.Column("turn_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_model_usage_turn_id"), "model_usage", "turns", ["turn_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index("ix_model_usage_turn_id", "model_usage", ["turn_id"])


def downgrade() -> None:
    op.drop_column("model_usage", "turn_id")
    op.drop_column("turns", "conversation_ids")
    op.drop_column("conversations", "tags")
    op.drop_column("conversations", "assigned_to")
    op.drop_index("ix_conversations_organization_id_last_interaction_at", "conversations")
    op.drop_table("conversation_notes")

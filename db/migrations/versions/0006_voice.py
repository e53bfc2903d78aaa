"""What became of each voice note; when a message was made ready for its turn; who wants spoken recaps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"
OUTCOMES = "'heard', 'silent', 'too_long', 'unreadable', 'unclear', 'waiting', 'lost'"


def upgrade() -> None:
    op.add_column("users", sa.Column("voice_replies", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("whatsapp_messages", sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "voice_transcriptions",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("audio_key", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("segments", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("duration_seconds", sa.Numeric(8, 2), nullable=True),
        sa.Column("provider", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("confidence", sa.Numeric(4, 3), nullable=True),
        sa.Column("processing_ms", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cost_eur", sa.Numeric(12, 6), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"outcome in ({OUTCOMES})", name=op.f("ck_voice_transcriptions_outcome")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["whatsapp_messages.id"],
            name=op.f("fk_voice_transcriptions_message_id"), ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"],
            name=op.f("fk_voice_transcriptions_organization_id"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_transcriptions")),
        sa.UniqueConstraint("message_id", name=op.f("uq_voice_transcriptions_message_id")),
    )
    table = "voice_transcriptions"
    op.create_index("ix_voice_transcriptions_organization_id_created_at", table, ["organization_id", "created_at"])
    op.create_index(
        "ix_voice_transcriptions_next_try_at", table, ["next_try_at"], postgresql_where=sa.text("outcome = 'waiting'")
    )
    op.create_index(
        "ix_voice_transcriptions_audio", table, ["created_at"], postgresql_where=sa.text("audio_key is not null")
    )
    op.execute("grant select, insert, update, delete on voice_transcriptions to usta_app, usta_system")
    op.execute("alter table voice_transcriptions enable row level security")
    op.execute(f"create policy tenant on voice_transcriptions to usta_app using (organization_id = {MINE})")
    op.execute("create policy system on voice_transcriptions to usta_system using (true)")


def downgrade() -> None:
    op.drop_table("voice_transcriptions")
    op.drop_column("whatsapp_messages", "prepared_at")
    op.drop_column("users", "voice_replies")

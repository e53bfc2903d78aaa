"""A run's last change, for those who change it together; a message found by the outbox row that it came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "conversations",
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.create_index(
        "ix_whatsapp_messages_outbox_id",
        "whatsapp_messages",
        ["outbox_id"],
        postgresql_where=sa.text("outbox_id is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_whatsapp_messages_outbox_id", "whatsapp_messages")
    op.drop_column("conversations", "updated_at")

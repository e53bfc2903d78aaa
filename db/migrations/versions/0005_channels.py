"""A second messaging provider in the same tables: whose account it is; answers that may be tapped under a message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("whatsapp_accounts", sa.Column("provider", sa.String(), server_default="unipile", nullable=False))
    op.create_check_constraint("provider", "whatsapp_accounts", "provider in ('unipile', 'chatwoot')")
    op.add_column(
        "outbox",
        sa.Column("choices", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("outbox", "choices")
    op.drop_constraint(op.f("ck_whatsapp_accounts_provider"), "whatsapp_accounts", type_="check")
    op.drop_column("whatsapp_accounts", "provider")

"""Log lines that say what they are about and from which program, found by company, user, action and time (R254)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_system_logs_organization_id_event_created_at": ["organization_id", "event", "created_at"],
    "ix_system_logs_organization_id_user_id_created_at": ["organization_id", "user_id", "created_at"],
    "ix_system_logs_created_at": ["created_at", "id"],
}


def upgrade() -> None:
    op.add_column("system_logs", sa.Column("about", sa.Uuid(), nullable=True))
    op.add_column("system_logs", sa.Column("user_agent", sa.String(), nullable=True))
    for name, columns in _INDEXES.items():
        op.create_index(name, "system_logs", columns)


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "system_logs")
    op.drop_column("system_logs", "user_agent")
    op.drop_column("system_logs", "about")

"""How far each account has been brought in, and until when each chat was looked through."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"
TIME = sa.DateTime(timezone=True)


def _count(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def upgrade() -> None:
    op.create_table(
        "account_syncs",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), server_default="waiting", nullable=False),
        sa.Column("history_until", TIME, nullable=False),
        sa.Column("requested_at", TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
        _count("chats_total"),
        _count("chats_done"),
        _count("messages_found"),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("polled_at", TIME, nullable=True),
        sa.Column("polled_until", TIME, nullable=True),
        sa.Column("poll_error", sa.String(), nullable=True),
        _count("recovered"),
        sa.CheckConstraint("status in ('waiting', 'running', 'done', 'failed')", name=op.f("ck_account_syncs_status")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["whatsapp_accounts.id"], name=op.f("fk_account_syncs_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_account_syncs_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_syncs")),
    )
    op.create_index("ix_account_syncs_organization_id", "account_syncs", ["organization_id"])
    op.execute("grant select on account_syncs to usta_app")
    op.execute("grant select, insert, update, delete on account_syncs to usta_system")
    op.execute("alter table account_syncs enable row level security")
    op.execute(f"create policy tenant on account_syncs to usta_app using (organization_id = {MINE})")
    op.execute("create policy system on account_syncs to usta_system using (true)")
    op.add_column("whatsapp_chats", sa.Column("synced_until", TIME, nullable=True))


def downgrade() -> None:
    op.drop_column("whatsapp_chats", "synced_until")
    op.drop_table("account_syncs")

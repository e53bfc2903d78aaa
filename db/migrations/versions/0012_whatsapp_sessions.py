"""The life of a WhatsApp account: its QR code, when it is looked after next, what the owner was told, and its log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"
MOMENTS = (
    "last_error_at",
    "next_check_at",
    "outage_told_at",
    "qr_generated_at",
    "qr_expires_at",
)
FLAGS = {"is_active": "true", "auto_reconnect": "true", "needs_scan": "false"}


def _account_columns() -> list[sa.Column]:
    now = sa.text("clock_timestamp()")
    return [
        sa.Column("status_since", sa.DateTime(timezone=True), server_default=now, nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in MOMENTS),
        *(sa.Column(name, sa.Boolean(), server_default=default, nullable=False) for name, default in FLAGS.items()),
        sa.Column("reconnect_attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("qr_code", sa.String(), nullable=True),
    ]


def upgrade() -> None:
    for column in _account_columns():
        op.add_column("whatsapp_accounts", column)
    op.drop_column("whatsapp_accounts", "message_count")
    op.drop_column("whatsapp_accounts", "last_activity_at")
    op.create_index("ix_whatsapp_accounts_next_check_at", "whatsapp_accounts", ["next_check_at"])
    op.create_table(
        "whatsapp_session_events",
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("event_type", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("from_status", sa.String(), nullable=False),
        sa.Column("to_status", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column(
            "event_data", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "actor in ('provider', 'artisan', 'admin', 'system')", name=op.f("ck_whatsapp_session_events_actor")
        ),
        sa.CheckConstraint(
            "severity in ('info', 'warning', 'error', 'critical')", name=op.f("ck_whatsapp_session_events_severity")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_whatsapp_session_events_organization_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["whatsapp_accounts.id"], name=op.f("fk_whatsapp_session_events_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_whatsapp_session_events")),
    )
    for name, columns in (
        ("account_id_created_at", ["account_id", "created_at"]),
        ("organization_id_created_at", ["organization_id", "created_at"]),
        ("created_at", ["created_at"]),
        ("event_type", ["event_type"]),
    ):
        op.create_index(f"ix_whatsapp_session_events_{name}", "whatsapp_session_events", columns)
    op.execute("grant select, insert on whatsapp_session_events to usta_app")
    op.execute("grant select, insert, update, delete on whatsapp_session_events to usta_system")
    op.execute("alter table whatsapp_session_events enable row level security")
    op.execute(f"create policy tenant on whatsapp_session_events to usta_app using (organization_id = {MINE})")
    op.execute("create policy system on whatsapp_session_events to usta_system using (true)")


def downgrade() -> None:
    op.drop_table("whatsapp_session_events")
    op.drop_index("ix_whatsapp_accounts_next_check_at", "whatsapp_accounts")
    op.add_column("whatsapp_accounts", sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "whatsapp_accounts", sa.Column("message_count", sa.Integer(), server_default="0", nullable=False)
    )
    for column in _account_columns():
        op.drop_column("whatsapp_accounts", column.name)

"""Who read personal data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("reader_kind", sa.String(), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("permission", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("ids", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("ip_address", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("reader_kind in ('user', 'key', 'platform')", name=op.f("ck_access_log_reader_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
    )
    op.create_index(
        "ix_access_log_organization_id_created_at", "access_log", ["organization_id", "created_at", "id"]
    )
    op.create_index("ix_access_log_created_at", "access_log", ["created_at"])
    op.execute("alter table access_log enable row level security")
    op.execute("create policy system on access_log to usta_system using (true)")
    op.execute(f"create policy tenant on access_log to usta_app using (organization_id = {MINE})")
    # written once, never changed: nobody of a company takes a reading back
    op.execute("grant select on access_log to usta_app")
    op.execute("grant select, insert, delete on access_log to usta_system")


def downgrade() -> None:
    op.drop_table("access_log")

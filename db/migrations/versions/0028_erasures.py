"""Erasing companies and people: what was asked for, and the certificate."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), server_default="scheduled", nullable=False),
        sa.Column("requested_by_kind", sa.String(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("certificate", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(scope = 'tenant') = (subject_id is null) and scope in ('tenant', 'client', 'member')",
            name=op.f("ck_erasures_scope"),
        ),
        sa.CheckConstraint(
            "status in ('scheduled', 'running', 'done', 'cancelled', 'failed')", name=op.f("ck_erasures_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index("ix_erasures_organization_id_created_at", "erasures", ["organization_id", "created_at"])
    op.create_index(
        "uq_erasures_waiting",
        "erasures",
        ["organization_id", "scope", sa.text("coalesce(subject_id, organization_id)")],
        unique=True,
        postgresql_where=sa.text("status in ('scheduled', 'running')"),
    )
    op.execute("alter table erasures enable row level security")
    op.execute("create policy system on erasures to usta_system using (true)")
    op.execute(f"create policy tenant on erasures to usta_app using (organization_id = {MINE})")
    op.execute("grant select, insert, update on erasures to usta_app")
    op.execute("grant select, insert, update, delete on erasures to usta_system")


def downgrade() -> None:
    op.drop_table("erasures")

"""How long each company keeps what, version by version; what is looked for by age can be found by age."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "retention_choices",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("days", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author_kind", sa.String(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_retention_choices_version")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_retention_choices_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_choices")),
        sa.UniqueConstraint("organization_id", "version", name=op.f("uq_retention_choices_organization_id_version")),
    )
    op.execute("alter table retention_choices enable row level security")
    op.execute("create policy system on retention_choices to usta_system using (true)")
    op.execute(f"create policy tenant on retention_choices to usta_app using (organization_id = {MINE})")
    op.execute("grant select, insert on retention_choices to usta_app")
    op.execute("grant select, insert, delete on retention_choices to usta_system")


def downgrade() -> None:
    op.drop_table("retention_choices")

"""What the processes of an installation have counted together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "metric_totals",
        sa.Column("sample", sa.String(), nullable=False),
        sa.Column("labels", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("sample", "labels", name=op.f("pk_metric_totals")),
    )
    op.execute("grant select, insert, update, delete on metric_totals to usta_system")


def downgrade() -> None:
    op.drop_table("metric_totals")

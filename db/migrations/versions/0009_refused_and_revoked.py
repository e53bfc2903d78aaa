"""Phones that WhatsApp refused, and messages that were taken back after they left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"
STATUSES = "'queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'cancelled'"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("revoke_asked_at", sa.DateTime(timezone=True), nullable=True))
    _statuses(f"{STATUSES}, 'revoked'")
    op.create_table(
        "unreachable_phones",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("why in ('invalid_recipient', 'blocked')", name=op.f("ck_unreachable_phones_why")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_unreachable_phones_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "phone", name=op.f("pk_unreachable_phones")),
    )
    op.execute("grant select, insert, update, delete on unreachable_phones to usta_app, usta_system")
    op.execute("alter table unreachable_phones enable row level security")
    op.execute(f"create policy tenant on unreachable_phones to usta_app using (organization_id = {MINE})")
    op.execute("create policy system on unreachable_phones to usta_system using (true)")


def downgrade() -> None:
    op.drop_table("unreachable_phones")
    op.execute("update outbox set status = 'cancelled' where status = 'revoked'")
    _statuses(STATUSES)
    op.drop_column("outbox", "revoke_asked_at")


def _statuses(allowed: str) -> None:
    op.drop_constraint(op.f("ck_outbox_status"), "outbox")
    op.create_check_constraint(op.f("ck_outbox_status"), "outbox", f"status in ({allowed})")

"""How fast an account writes of its own accord: slots of rows, and what an admin set for an account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("pace", sa.String(), nullable=True))
    op.add_column("outbox", sa.Column("slot_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_outbox_pace"), "outbox", "pace in ('reply', 'known', 'new')")
    op.create_index(
        "ix_outbox_paced", "outbox", ["account_id", "sending_at", "slot_at"],
        postgresql_where=sa.text("pace in ('known', 'new')"),
    )
    op.create_table(
        "sending_paces",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("shortest_gap", sa.Float(), nullable=True),
        sa.Column("longest_gap", sa.Float(), nullable=True),
        sa.Column("daily_limit", sa.Integer(), nullable=True),
        sa.Column("daily_new_limit", sa.Integer(), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("shortest_gap >= 0 and longest_gap >= shortest_gap", name=op.f("ck_sending_paces_gaps")),
        sa.CheckConstraint("daily_limit >= 0 and daily_new_limit >= 0", name=op.f("ck_sending_paces_limits")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["whatsapp_accounts.id"], name=op.f("fk_sending_paces_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_sending_paces_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_sending_paces")),
    )
    op.execute("grant select, insert, update, delete on sending_paces to usta_app, usta_system")
    op.execute("alter table sending_paces enable row level security")
    op.execute(f"create policy tenant on sending_paces to usta_app using (organization_id = {MINE})")
    op.execute("create policy system on sending_paces to usta_system using (true)")


def downgrade() -> None:
    op.drop_table("sending_paces")
    op.drop_index("ix_outbox_paced", table_name="outbox")
    op.drop_constraint(op.f("ck_outbox_pace"), "outbox")
    op.drop_column("outbox", "slot_at")
    op.drop_column("outbox", "pace")

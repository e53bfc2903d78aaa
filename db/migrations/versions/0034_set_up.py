"""A workflow run may be the set-up of a company."""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_conversations_workflow"), "conversations", type_="check")
    op.create_check_constraint(
        op.f("ck_conversations_workflow"),
        "conversations",
        "workflow in ('quote', 'invoice', 'client', 'company', 'ask')",
    )


def downgrade() -> None:
    op.execute("update conversations set workflow = 'ask', awaiting = null where workflow = 'company'")
    op.drop_constraint(op.f("ck_conversations_workflow"), "conversations", type_="check")
    op.create_check_constraint(
        op.f("ck_conversations_workflow"), "conversations", "workflow in ('quote', 'invoice', 'client', 'ask')"
    )

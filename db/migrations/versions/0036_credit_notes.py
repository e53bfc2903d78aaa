"""Refunds of subscription invoices: a credit note is a row that names the invoice it gives back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscription_invoices", sa.Column("credits_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_subscription_invoices_credits_id"),
        "subscription_invoices",
        "subscription_invoices",
        ["credits_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_index(op.f("ix_subscription_invoices_credits_id"), "subscription_invoices", ["credits_id"])


def downgrade() -> None:
    op.drop_column("subscription_invoices", "credits_id")

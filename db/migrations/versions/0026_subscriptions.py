"""Plans, subscriptions as Stripe tells them, the platform's own invoices, and who set a company's status."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"
TENANT_TABLES = ("subscriptions", "subscription_invoices", "billing_notices")
SYSTEM_TABLES = ("platform_counters", "stripe_events")
FIRST_PLANS = (
    (
        "starter-monthly",
        "STARTER",
        "Essentiel",
        "29.00",
        {"documents_per_month": 40, "members": 2, "whatsapp_numbers": 1},
    ),
    ("pro-monthly", "PROFESSIONAL", "Pro", "99.00", {"documents_per_month": 400, "members": 10, "whatsapp_numbers": 5}),
    ("enterprise-monthly", "ENTERPRISE", "Entreprise", "299.00", {}),
)
"""Code, tier, name, EUR excl. VAT a month (R211's price points, in EUR by C44), limits. Admins change them."""


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("currency", sa.String(), server_default="eur", nullable=False),
        sa.Column("interval", sa.String(), server_default="month", nullable=False),
        sa.Column("interval_count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("trial_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("features", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("limits", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("stripe_product_id", sa.String(), nullable=True),
        sa.Column("stripe_price_id", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("interval in ('month', 'year')", name=op.f("ck_plans_interval")),
        sa.CheckConstraint("tier in ('FREE', 'STARTER', 'PROFESSIONAL', 'ENTERPRISE')", name=op.f("ck_plans_tier")),
        sa.CheckConstraint("amount >= 0 and trial_days between 0 and 365", name=op.f("ck_plans_amount")),
        sa.CheckConstraint("interval_count between 1 and 12", name=op.f("ck_plans_interval_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("code", name=op.f("uq_plans_code")),
        sa.UniqueConstraint("stripe_price_id", name=op.f("uq_plans_stripe_price_id")),
    )
    op.create_table(
        "platform_counters",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_platform_counters")),
    )
    op.create_table(
        "stripe_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "received_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("deliveries", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_events")),
    )
    op.create_index("ix_stripe_events_received_at", "stripe_events", ["received_at"], unique=False)
    op.create_table(
        "billing_notices",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_billing_notices_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_notices")),
        sa.UniqueConstraint("organization_id", "key", name=op.f("uq_billing_notices_organization_id_key")),
    )
    op.create_table(
        "subscription_invoices",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_invoice_id", sa.String(), nullable=False),
        sa.Column("stripe_subscription_id", sa.String(), nullable=True),
        sa.Column("stripe_number", sa.String(), nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("billing_reason", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("subtotal", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("vat_amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("total", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("amount_paid", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issue_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("finalized_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hosted_url", sa.String(), nullable=True),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("pdf_key", sa.String(), nullable=True),
        sa.Column("pdf_sha256", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status in ('draft', 'open', 'paid', 'void', 'uncollectible')", name=op.f("ck_subscription_invoices_status")
        ),
        sa.CheckConstraint(
            "(number is null) = (issue_date is null) and (number is null) = (snapshot is null)",
            name=op.f("ck_subscription_invoices_numbered"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_subscription_invoices_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_invoices")),
        sa.UniqueConstraint("number", name=op.f("uq_subscription_invoices_number")),
        sa.UniqueConstraint("stripe_invoice_id", name=op.f("uq_subscription_invoices_stripe_invoice_id")),
    )
    op.create_index(
        "ix_subscription_invoices_organization_id_created_at",
        "subscription_invoices",
        ["organization_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "subscriptions",
        sa.Column("stripe_subscription_id", sa.String(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("current_period_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_period_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trial_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trial_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("billing_anchor", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_at_period_end", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("cancel_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("canceled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unpaid_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "status in ('incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'canceled', 'unpaid', 'paused')",
            name=op.f("ck_subscriptions_status"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_subscriptions_organization_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_subscriptions_plan_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("stripe_subscription_id", name=op.f("uq_subscriptions_stripe_subscription_id")),
    )
    op.create_index(
        "ix_subscriptions_organization_id_created_at", "subscriptions", ["organization_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_subscriptions_unpaid_since",
        "subscriptions",
        ["unpaid_since"],
        unique=False,
        postgresql_where=sa.text("unpaid_since is not null"),
    )
    op.add_column("organizations", sa.Column("status_by", sa.String(), nullable=True))
    op.create_check_constraint("status_by", "organizations", "status_by in ('admin', 'payment')")
    for table in (*TENANT_TABLES, *SYSTEM_TABLES, "plans"):
        op.execute(f"grant select, insert, update, delete on {table} to usta_system")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy system on {table} to usta_system using (true)")
    for table in TENANT_TABLES:  # what Stripe says is written by jobs alone
        op.execute(f"create policy tenant on {table} to usta_app using (organization_id = {MINE})")
        op.execute(f"grant select on {table} to usta_app")
    op.execute("create policy everybody on plans for select to usta_app using (true)")
    op.execute("grant select on plans to usta_app")
    insert = sa.text(
        "insert into plans (id, code, tier, name, amount, trial_days, limits) "
        "values (gen_random_uuid(), :code, :tier, :name, :amount, 14, cast(:limits as jsonb))"
    )
    for code, tier, name, amount, limits in FIRST_PLANS:
        values = {"code": code, "tier": tier, "name": name, "amount": amount, "limits": json.dumps(limits)}
        op.get_bind().execute(insert, values)


def downgrade() -> None:
    op.drop_constraint("ck_organizations_status_by", "organizations")
    op.drop_column("organizations", "status_by")
    for table in ("billing_notices", "stripe_events", "platform_counters", "subscription_invoices", "subscriptions"):
        op.drop_table(table)
    op.drop_table("plans")

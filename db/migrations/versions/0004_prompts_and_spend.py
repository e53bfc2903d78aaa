"""Which wording and which model made a message; an organization's own wording; its daily limit for models."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"


def _json(name: str, default: str) -> sa.Column:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), server_default=default, nullable=False)


def upgrade() -> None:
    op.add_column("organizations", sa.Column("daily_model_spend_eur", sa.Numeric(12, 2), nullable=True))
    op.add_column("turns", sa.Column("prompt_hash", sa.String(), nullable=True))
    op.add_column("turns", _json("sentences", "[]"))
    op.add_column("outbox", _json("provenance", "{}"))
    op.add_column("whatsapp_messages", _json("provenance", "{}"))
    op.create_table(
        "wording_overrides",
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("template", sa.String(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("language in ('fr', 'tr')", name=op.f("ck_wording_overrides_language")),
        sa.CheckConstraint("version > 0", name=op.f("ck_wording_overrides_version")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_wording_overrides_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording_overrides")),
        sa.UniqueConstraint(
            "organization_id", "language", "sentence", "version",
            name=op.f("uq_wording_overrides_organization_id_language_sentence_version"),
        ),
    )
    op.execute("grant select, insert, update, delete on wording_overrides to usta_app, usta_system")
    op.execute("alter table wording_overrides enable row level security")
    op.execute(f"create policy tenant on wording_overrides to usta_app using (organization_id = {MINE})")
    op.execute("create policy system on wording_overrides to usta_system using (true)")


def downgrade() -> None:
    op.drop_table("wording_overrides")
    op.drop_column("whatsapp_messages", "provenance")
    op.drop_column("outbox", "provenance")
    op.drop_column("turns", "sentences")
    op.drop_column("turns", "prompt_hash")
    op.drop_column("organizations", "daily_model_spend_eur")

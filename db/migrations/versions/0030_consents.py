"""Consents: given and taken back, only ever added."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("recorded_by_kind", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("subject_kind in ('client', 'member')", name=op.f("ck_consents_subject_kind")),
        sa.CheckConstraint(
            "purpose in ('terms', 'privacy_notice', 'messages', 'marketing', 'voice', 'photos')",
            name=op.f("ck_consents_purpose"),
        ),
        sa.CheckConstraint(
            "channel in ('registration', 'whatsapp', 'phone', 'email', 'paper', 'in_person')",
            name=op.f("ck_consents_channel"),
        ),
        sa.CheckConstraint(
            "recorded_by_kind in ('user', 'key', 'platform', 'system')", name=op.f("ck_consents_recorded_by_kind")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_consents_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_organization_id_created_at", "consents", ["organization_id", "created_at", "id"])
    op.create_index("ix_consents_subject", "consents", ["organization_id", "subject_id", "purpose", "at"])
    op.execute("alter table consents enable row level security")
    op.execute("create policy system on consents to usta_system using (true)")
    op.execute(f"create policy tenant on consents to usta_app using (organization_id = {MINE})")
    op.execute("grant select, insert on consents to usta_app")
    op.execute("grant select, insert, delete, update (words) on consents to usta_system")


def downgrade() -> None:
    op.drop_table("consents")

"""Files that are opened by a link are readings too: by whoever was given the link, or by nobody known."""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("access_log", "reader_id", nullable=True)
    op.drop_constraint("ck_access_log_reader_kind", "access_log")
    op.create_check_constraint(
        "reader_kind",
        "access_log",
        "reader_kind in ('user', 'key', 'platform', 'link') and (reader_id is not null or reader_kind = 'link')",
    )


def downgrade() -> None:
    op.execute("delete from access_log where reader_kind = 'link'")
    op.drop_constraint("ck_access_log_reader_kind", "access_log")
    op.create_check_constraint("reader_kind", "access_log", "reader_kind in ('user', 'key', 'platform')")
    op.alter_column("access_log", "reader_id", nullable=False)

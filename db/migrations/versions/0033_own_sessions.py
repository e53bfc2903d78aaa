"""A company's transaction may prepare a session of a number of its own, and never makes or becomes the assistant's."""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"


def upgrade() -> None:
    op.execute("grant insert on whatsapp_accounts to usta_app")
    op.execute(
        "alter policy tenant on whatsapp_accounts "
        f"using (organization_id = {MINE} and kind = 'artisan') with check (organization_id = {MINE} and kind = 'artisan')"
    )


def downgrade() -> None:
    op.execute("drop policy tenant on whatsapp_accounts")
    op.execute(f"create policy tenant on whatsapp_accounts to usta_app using (organization_id = {MINE})")
    op.execute("revoke insert on whatsapp_accounts from usta_app")

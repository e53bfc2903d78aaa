"""A message may fail after it was sent: WhatsApp can refuse what a server in between had taken."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

FORWARD = """
create or replace function usta_status_goes_forward() returns trigger language plpgsql as $$
declare steps text[] := array['sent', 'delivered', 'read'];
begin
  if old.status in ('cancelled', 'revoked') or (old.status = any(steps) and new.status <> 'revoked'{unless} and
     coalesce(array_position(steps, new.status::text), 0) < array_position(steps, old.status::text)) then
    new.status := old.status;
  end if;
  return new;
end $$;
"""
UNLESS = "\n     and not (old.status = 'sent' and new.status = 'failed')"


def upgrade() -> None:
    op.execute(FORWARD.format(unless=UNLESS))


def downgrade() -> None:
    op.execute(FORWARD.format(unless=""))

"""The plans of the beginning limit voice minutes and model spend of a month; a plan that says its own keeps it."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_LIMITS: dict[str, dict[str, int | str]] = {
    "starter-monthly": {"voice_minutes_per_month": 120, "model_eur_per_month": "5.00"},
    "pro-monthly": {"voice_minutes_per_month": 1200, "model_eur_per_month": "40.00"},
}


def upgrade() -> None:
    for code, limits in _LIMITS.items():
        statement = sa.text("update plans set limits = cast(:limits as jsonb) || limits where code = :code")
        op.execute(statement.bindparams(limits=json.dumps(limits), code=code))


def downgrade() -> None:
    op.execute("update plans set limits = limits - 'voice_minutes_per_month' - 'model_eur_per_month'")

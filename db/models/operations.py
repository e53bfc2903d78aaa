"""What the processes of an installation have counted together."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class MetricTotal(Base):
    """One sample of a metric that several processes count: the sum over all of them, living and ended.

    ``labels`` is a JSON object with sorted keys. Values only grow.
    """

    __tablename__ = "metric_totals"

    sample: Mapped[str] = mapped_column(primary_key=True)
    labels: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float]

"""The steps of a quote: those of every document, under the names of R096."""

from graphs.shared.decision import decide
from graphs.shared.situation import Situation, Step

STEPS = (
    "initiated", "select_or_create_client", "confirm_client", "add_line_items", "confirm_line_item", "review_items",
    "calculate_totals", "review_total", "generate_pdf", "send_pdf", "completed",
)  # fmt: skip

__all__ = ["STEPS", "Situation", "Step", "decide"]

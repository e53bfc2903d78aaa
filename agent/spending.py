"""The day's limit for models in a turn: one notice a day to the artisan, lines in the log (R181)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from agent.understanding.usage import ModelUsageRecord
from prompts.replies import say
from services.accounts.spending import assumed_cost, note_reached, note_spend

if TYPE_CHECKING:
    from agent.turn import Turn


def with_notice(turn: Turn, replies: list[str]) -> list[str]:
    """The replies, after one sentence about the limit the first time in a day that a model would have been asked."""
    if not _reached(turn) or turn.reading is None:
        return replies
    return [say(turn.reading.language, "answers.model_limit", form=turn.gathered.user.address_form), *replies]


def note_spending(turn: Turn, usage: list[ModelUsageRecord]) -> None:
    """Logs that the limit is reached, or nearly."""
    gathered = turn.gathered
    if _reached(turn):
        note_reached(turn.session, gathered.organization.id, gathered.spend)
    cost = sum((assumed_cost(call.cost_eur, call.input_tokens, call.output_tokens) for call in usage), Decimal(0))
    note_spend(turn.session, gathered.organization.id, gathered.spend, cost)


def _reached(turn: Turn) -> bool:
    return turn.reading is not None and turn.reading.limited and not turn.gathered.spend.told

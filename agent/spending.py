"""The limits for models in a turn: one notice a day, or a month for the plan's, and lines in the log (R181, C44)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from agent.understanding.usage import ModelUsageRecord
from db.settings import settings
from prompts.replies import say
from services.accounts.prices import assumed_cost
from services.accounts.spending import note_reached, note_spend
from services.billing.links import payment_url

if TYPE_CHECKING:
    from agent.turn import Turn


def with_notice(turn: Turn, replies: list[str]) -> list[str]:
    """The replies, after one sentence about the limit the first time in a day (month) that a model would have been asked."""
    if not _reached(turn) or turn.reading is None:
        return replies
    gathered = turn.gathered
    sentence, link = "answers.model_limit", ""
    if gathered.spend.month_over:
        sentence, link = "answers.model_over_plan", payment_url(settings(), gathered.organization.id)
    return [say(turn.reading.language, sentence, form=gathered.user.address_form, link=link), *replies]


def note_spending(turn: Turn, usage: list[ModelUsageRecord]) -> None:
    """Logs that the limit is reached, or nearly."""
    gathered = turn.gathered
    if _reached(turn):
        note_reached(turn.session, gathered.organization.id, gathered.spend)
    cost = sum((assumed_cost(call.cost_eur, call.input_tokens, call.output_tokens) for call in usage), Decimal(0))
    note_spend(turn.session, gathered.organization.id, gathered.spend, cost)


def _reached(turn: Turn) -> bool:
    return (
        turn.reading is not None
        and turn.reading.limited
        and not (turn.gathered.spend.allowed or turn.gathered.spend.told)
    )

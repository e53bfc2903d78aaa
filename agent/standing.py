"""What a company whose account is not active may say in its chat: nothing before it has paid, only questions when suspended.

Reading stays open to whoever stopped paying (C42, UX-85); what would make or change something is answered with one sentence
and the payment link. ``graphs.shared.acting`` refuses the tools besides, whatever was understood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.gathering import Gathered
from agent.remarks import language_of
from db.settings import settings
from prompts.replies import say
from services.billing.links import payment_url
from tools.commands import Reading
from tools.definition import Effect
from tools.registry import REGISTRY

if TYPE_CHECKING:
    from agent.turn import Turn

_TALK = frozenset(
    ("ask_help", "hand_over", "resume_bot", "off_topic", "show_transcript", "show_recap", "deny", "choose", "skip")
)
"""Commands about the conversation itself that change no document."""


def before_payment(gathered: Gathered) -> str | None:
    """The sentence for a company that has not paid yet, where one pays; None for any other."""
    organization = gathered.organization
    if organization.status != "pending" or settings().billing == "off":
        return None
    link = payment_url(settings(), organization.id)
    return say(language_of(gathered), "billing.pay_first", form=gathered.user.address_form, link=link)


def is_suspended(gathered: Gathered) -> bool:
    """Whether the account is suspended, for whatever reason."""
    return gathered.organization.status == "suspended"


def refusal(turn: Turn, reading: Reading) -> str | None:
    """The sentence for a suspended company whose words want more than reading; None when they only ask."""
    gathered = turn.gathered
    if not is_suspended(gathered) or all(_only_asks(command.name) for command in reading.commands):
        return None
    by_hand = gathered.organization.status_by == "admin" or settings().billing == "off"
    link = None if by_hand else payment_url(settings(), gathered.organization.id)
    return say(reading.language, "billing.stopped", form=gathered.user.address_form, link=link)


def _only_asks(name: str) -> bool:
    definition = REGISTRY.get(name)
    return name in _TALK or (definition is not None and definition.effect is Effect.READ)

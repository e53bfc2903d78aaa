"""Why something is refused or given up: "laisse tomber, elle ne veut plus", "non, gardez-le, je le lui remettrai"."""

from __future__ import annotations

from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.session import Session, is_trade

_DECISIONS = frozenset(["deny", "cancel_document", "undo", "skip"])
_ORDERS = word_set("reasons_orders")
_LONGEST = 12


def claim(session: Session) -> None:
    """After a decision the words that order nothing and hold no number are its reason, and nothing left over."""
    items = session.items
    if not session.commands or any(c.name not in _DECISIONS for c in session.commands):
        return
    free = [i for i in items if i.claimed is None and i.kind != "mark"]
    if len(free) > _LONGEST or session.is_question(0) or any(i.kind != "word" for i in free):
        return
    sending = session.context.awaiting == "confirm:send_to_client"  # "en main propre" is no trade word there
    if any(i.key in _ORDERS or (is_trade(i.key) and not sending) for i in free):
        return
    for item in free:
        item.claimed = "reason"

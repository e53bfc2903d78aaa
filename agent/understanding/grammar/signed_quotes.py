"""Orders that turn a signed quote into something else: its deposit or balance invoice, works added to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from agent.understanding.grammar import follow_ups
from agent.understanding.grammar.items import number_text
from agent.understanding.grammar.name_slots import in_slot
from agent.understanding.grammar.names import is_title_at, read_forward
from agent.understanding.grammar.patterns import Match
from agent.understanding.grammar.session import Session


def _deposit_invoice(session: Session, match: Match) -> bool:
    """ "prépare la facture de 40 % d'acompte": the invoice and its share, whoever it is for."""
    share, place = follow_ups.percent(session, match), match.slots.get("amount")
    amount = session.items[place[0]].value if place is not None else None
    value = share.value if share is not None else amount
    if value is None or (session.has_draft() and follow_ups.unfinished(session)):
        return False
    follow_ups.start(session, "deposit", match.first, match.last)
    session.emit("set_deposit", {"amount" if share is None else "percent": number_text(value)}, match.first, match.last)
    return True


def _balance_of_quote(session: Session, match: Match) -> bool:
    """ "passe le devis de Mme Collet en facture de solde"."""
    if session.has_draft() and follow_ups.unfinished(session):
        return False
    args: dict[str, Any] = {}
    if (place := match.slots.get("reference")) is not None:
        item = session.items[place[0]]
        args["reference"] = item.iso or number_text(item.value or Decimal(0))
    elif (place := match.slots.get("who")) is not None:
        name = in_slot(session, *place) or read_forward(session, *place)
        if name is None:
            return False
        args["client_name"] = name.name
    follow_ups.start(session, "balance", match.first, match.last)
    session.emit("link_quote", args, match.first, match.last)
    return True


def _added_to_signed(session: Session, match: Match) -> bool:
    """ "le client Collet veut rajouter deux prises sur le devis signé": whose quote it is stands before."""
    first, _ = session.clause(match.first)
    said = session.items[first : match.first]
    if not {i.key for i in said} & session.lexicon.words["add"] or not any(i.numeric and not i.claimed for i in said):
        return False
    named = None
    for index in range(first, match.first):
        if session.items[index].key in ("client", "cliente", "chez", "pour") or is_title_at(session, index):
            begin = index if is_title_at(session, index) else index + 1
            named = read_forward(session, begin, match.first)
            if named is not None:
                session.claim(index, named.last, "amend_quote")
                break
    session.emit("amend_quote", {"client_name": named.name} if named else {}, match.first, match.last)
    return True


READERS: dict[str, follow_ups.Reader] = {
    "deposit_invoice": _deposit_invoice,
    "quote_to_invoice": _balance_of_quote,
    "added_to_signed": _added_to_signed,
}

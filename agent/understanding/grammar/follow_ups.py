"""Orders about documents that follow others: deposit, situation, balance, credit note, correction, amendment, signature."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

from agent.understanding.grammar import targets
from agent.understanding.grammar.corrections import line_reference
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.name_endings import closest
from agent.understanding.grammar.name_slots import in_slot
from agent.understanding.grammar.names import Name, read_backward, read_forward
from agent.understanding.grammar.patterns import Match
from agent.understanding.grammar.session import Session

Reader = Callable[[Session, Match], bool]
_WORKS = word_set("follow_ups_works")
_REPORTED = word_set("targets_reported")
_BEFORE_LINE = word_set("follow_ups_before_line")
_WHOLE_WORKS = frozenset(["is", "isin", "isler", "islerin", "santiye", "tamami", "hepsi"])
WHOLE = Decimal(100)


def start(session: Session, kind: str, first: int, last: int) -> None:
    """The order for a document, unless the draft at hand is one of that kind already."""
    draft = session.context.draft
    again = any(started[0] == kind for started in session.started)
    if not again and (draft is None or draft.kind != kind or draft.number is not None):
        session.started.append((kind, first, last))
        session.emit("start_document", {"kind": kind}, first, last)
    session.claim(first, last, "start_document")


def percent(session: Session, match: Match) -> Item | None:
    place = match.slots.get("p")
    item = session.items[place[0]] if place else None
    return item if item is not None and item.value is not None and 0 < item.value <= WHOLE else None


def _progress(session: Session, match: Match) -> bool:
    share = percent(session, match)
    if share is None or share.value is None:
        return False
    last = _works_after(session, match.last)
    start(session, "progress", match.first, last)
    session.emit("set_progress", {"percent": number_text(share.value)}, match.first, last)
    if any(targets.kind_of(i.key) == "quote" for i in session.items[match.last : last]):
        name = read_forward(session, last, session.clause(match.first)[1])
        if name is not None:  # "facture de situation 40 % devis Vasseur"
            session.claim(last, name.last, "link_quote")
            session.emit("link_quote", {"client_name": name.name}, last, name.last)
    return True


def _works_after(session: Session, index: int) -> int:
    """ "… du chantier", "… de l'avancement": words that say only that it is about the works."""
    items = session.items
    while index < len(items) and items[index].claimed is None and items[index].key in _WORKS:
        index += 1
    return index


def _progress_started(session: Session, match: Match) -> bool:
    """ "hakediş yap": a situation whose share is said elsewhere, or asked for."""
    start(session, "progress", match.first, match.last)
    return True


def _progress_words(session: Session, match: Match) -> bool:
    """ "duvarlar yüzde 60 bitti": how far one line has come, on a situation."""
    draft, share = session.context.draft, percent(session, match)
    making = any(kind == "progress" for kind, _, _ in session.started) or (
        draft is not None and draft.kind == "progress"
    )
    if not making or share is None or share.value is None:
        return False
    said = session.said(*match.slots["lines"])
    args = {"percent": number_text(share.value)}
    if fold(said) not in _WHOLE_WORKS:
        args["match"] = said
    session.emit("set_progress", args, match.first, match.last)
    return True


def _progress_line(session: Session, match: Match) -> bool:
    """ "la 2 à 80 %": how far one line has come, on a situation."""
    draft, share = session.context.draft, percent(session, match)
    if draft is None or draft.kind != "progress" or share is None or share.value is None:
        return False
    line = session.items[match.slots["line"][0]].whole
    session.emit("set_progress", {"percent": number_text(share.value), "line": line}, match.first, match.last)
    return True


def _balance(session: Session, match: Match) -> bool:
    if (place := match.slots.get("client")) is not None:  # "solde Thévenet"
        name = in_slot(session, *place)
        if name is None or not session.items[name.first].text[:1].isupper():
            return False
        start(session, "balance", match.first, place[0])
        session.emit("select_client", name.args(), *place)
        return True
    start(session, "balance", match.first, _works_after(session, match.last))
    first, last = session.clause(match.first)
    for index in range(first, last):
        item = session.items[index]
        if item.kind == "reference" and item.claimed is None:
            session.claim(index, index + 1, "link_quote")
            session.emit("link_quote", {"reference": item.iso}, index, index + 1)
    return True


def _deposit_of_quote(session: Session, match: Match) -> bool:
    """ "acompte 30 % sur le devis 12": the quote is named by its number or its client."""
    share, place = percent(session, match), match.slots.get("amount")
    amount = session.items[place[0]] if place else None
    if (share is None and amount is None) or (session.has_draft() and unfinished(session)):
        return False
    start(session, "deposit", match.first, match.last)
    if share is not None and share.value is not None:
        args = {"percent": number_text(share.value)}
    else:
        args = {"amount": number_text(amount.value)} if amount is not None and amount.value is not None else {}
    session.emit("set_deposit", args, match.first, match.last)
    _link(session, match)
    return True


def unfinished(session: Session) -> bool:
    draft = session.context.draft
    return draft is not None and draft.number is None


def _link(session: Session, match: Match) -> None:
    found = _target(session, match)
    args = {key: found[key] for key in ("reference", "client_name") if found.get(key)}
    if args:
        session.emit("link_quote", args, match.first, match.last)


def _credit_note(session: Session, match: Match) -> bool:
    """A credit note and what it is about: an invoice, all of it, a part, an amount, or one line."""
    first, last = session.clause(match.first)
    args: dict[str, Any] = {}
    for index in range(first, last):
        reference = line_reference(session, index)
        if reference is not None and any(i.key in _BEFORE_LINE for i in session.items[index : reference[1]]):
            args["line"] = reference[0]
            session.claim(index, reference[1], "issue_credit_note")
    args.update(_target(session, match))
    args.update(_share(session, first, last, args.get("reference")))
    session.emit("issue_credit_note", args, match.first, match.last)
    return True


def _share(session: Session, first: int, last: int, reference: str | None) -> dict[str, Any]:
    """A percentage or an amount in the clause of a credit note."""
    for item in session.items[first:last]:
        if item.claimed not in (None, "named") or item.value is None:
            continue
        if item.kind == "percent" and item.value <= WHOLE:
            item.claimed = "issue_credit_note"
            return {"percent": number_text(item.value)} if item.value < WHOLE else {}
        bare = item.kind == "number" and not item.facts.get("ordinal") and session.language == "tr"
        if (item.kind == "money" or bare) and number_text(item.value) != reference:
            item.claimed = "issue_credit_note"
            return {"amount": number_text(item.value), "price_mode": item.mode or _mode_in(session, first, last)}
    return {}


def _mode_in(session: Session, first: int, last: int) -> str | None:
    for item in session.items[first:last]:
        if item.kind == "mode":
            item.claimed = item.claimed or "issue_credit_note"
            return item.mode
    return None


def _target(session: Session, match: Match, ahead: bool = True) -> dict[str, Any]:
    """Reference and client named around the match; its own words are no names."""
    session.claim(match.first, match.last, "named")
    found = targets.read(session, match, "issue_credit_note")
    session.claim(
        found.first, found.last if ahead else match.last, "named"
    )  # after a Turkish verb comes something else
    place = match.slots.get("reference")
    if place is not None and "reference" not in found.args:
        item = session.items[place[0]]
        found.args["reference"] = item.iso or (number_text(item.value) if item.value is not None else None)
    if found.args.get("reference") and session.language == "fr":
        found.args.pop("client_name", None)
    return {key: value for key, value in found.args.items() if value is not None}


def _corrective(session: Session, match: Match) -> bool:
    owner = in_slot(session, *match.slots["owner"]) if "owner" in match.slots else None
    args = _target(session, match)
    if owner is not None and not args.get("reference"):
        args["client_name"] = owner.name
    draft = session.context.draft
    written = draft is not None and session.has_lines() and draft.number is None
    if written and draft is not None and _same_client(draft.client, args.get("client_name")):
        return _free(session, match)  # his invoice is the one being written
    if not args and not session.has_draft():
        place = match.slots.get("reference")
        if place is None and session.items[match.first].key.startswith(("corrige", "rectifie")) and not args:
            return _free(session, match)
    session.emit("correct_invoice", args, match.first, match.last)
    return True


def _accepted(session: Session, match: Match) -> bool:
    """ "Petit a signé": somebody is named, or a document of his is at hand; what is only announced is not signed."""
    first, last = session.clause(match.first)
    if any(i.key in _REPORTED for i in session.items[first:last]) and not _said_yes(session, first, last):
        return False
    if match.first > first and session.items[match.first - 1].key in ("au", "sur", "du", "dans"):
        return False  # "au devis Petit déjà signé": where works are added
    draft = session.context.draft
    if draft is not None and draft.kind != "quote" and session.language == "tr":
        return False  # "kabul etti, kes": the client agrees to what the invoice says
    signer = match.slots.get("signer") or match.slots.get("who")
    name = in_slot(session, *signer) if signer is not None else None
    args = _target(session, match, ahead=session.language != "tr")
    if not args and signer is not None:
        if name is None:
            return _free(session, match)
        args = {"client_name": name.name}
    if not args:
        name = _subject(session, match, first) or _opening(session, match, first)
        args = {"client_name": name.name} if name is not None else {}
    if not args and not (draft is not None and draft.number is not None) and not _named_quote(session, match):
        return _free(session, match)
    args["date"] = targets.day_in(session, first, last)
    session.emit("accept_quote", args, match.first, match.last)
    return True


def _opening(session: Session, match: Match, first: int) -> Name | None:
    """ "Rossi ok pour le devis, il m'a renvoyé signé": the name that opens the sentence."""
    opens = first < match.first and session.items[first].text[:1].isupper() and session.items[first].claimed is None
    return read_forward(session, first, match.first) if opens else None


def _said_yes(session: Session, first: int, last: int) -> bool:
    """ "Tessier a dit oui": told by the client himself."""
    keys = [item.key for item in session.items[first:last]]
    return any(one == "dit" and two in ("oui", "ok", "dacc", "d") for one, two in pairwise(keys))


def _free(session: Session, match: Match) -> bool:
    """The phrase is not what it looked like: its words are anybody's again."""
    first, last = session.clause(match.first)
    for item in session.items[first:last]:
        if item.claimed == "named":
            item.claimed = None
    return False


def _named_quote(session: Session, match: Match) -> bool:
    return any(targets.kind_of(i.key) == "quote" for i in session.items[match.first : match.last])


def _subject(session: Session, match: Match, first: int) -> Name | None:
    name = read_backward(session, match.first, first)
    if name is not None:
        session.claim(name.first, name.last, "accept_quote")
    return name


def _amendment(session: Session, match: Match) -> bool:
    if session.context.draft is not None and session.context.draft.kind != "quote" and unfinished(session):
        return False
    found = _target(session, match)
    session.emit("amend_quote", found, session.clause(match.first)[0], match.last)
    return True


def _added_to_works(session: Session, match: Match) -> bool:
    """ "rajoute 2 prises au chantier Petit": to the works of a client, which may be signed."""
    first, last = session.clause(match.first)
    loose = {"plus", "aussi", "extra", "supplement"}
    adds = (session.lexicon.words["add"] - loose) | {"ekle", "ekleyin", "ekleyelim", "ilave"}
    keys = {i.key for i in session.items[first:last]}
    if not keys & adds or not any(i.numeric and i.claimed is None for i in session.items[first:last]):
        return False
    args: dict[str, Any] = {}
    who, reference = match.slots.get("who"), match.slots.get("reference")
    if reference is not None:
        item = session.items[reference[0]]
        args["reference"] = item.iso or (number_text(item.value) if item.value is not None else None)
    elif who is not None:
        name = in_slot(session, *who) or read_forward(session, who[0], who[1])
        if name is None:
            return False
        args["client_name"] = name.name
    draft = session.context.draft
    if draft is not None and draft.number is None and _same_client(draft.client, args.get("client_name")):
        return True
    session.emit("amend_quote", args, first, match.last)
    return True


def _same_client(client: str | None, name: str | None) -> bool:
    return bool(client and name) and closest(str(name), [str(client)], cutoff=80) is not None


_SHORT = {"situation": "progress", "avancement": "progress", "acompte": "deposit", "solde": "balance"}
_WHEN = frozenset("commande signature reservation reception livraison demarrage debut fin".split())


def _short_order(session: Session, match: Match) -> bool:
    """ "situation Hamel 70 %", "acompte Dupont 500", "avoir Petit 200": the document, whose it is and how much."""
    if session.has_draft() and unfinished(session):
        return False
    items = session.items
    if match.first != session.clause(match.first)[0] or items[match.slots["who"][0]].key in _WHEN:
        return False
    name = in_slot(session, *match.slots["who"])
    word = next((i.key for i in items[match.first : match.slots["who"][0]] if i.key in (*_SHORT, "avoir")), None)
    if name is None or word is None:
        return False
    share, place = percent(session, match), match.slots.get("amount")
    amount = items[place[0]].value if place is not None else None
    args = {"percent": number_text(share.value)} if share is not None and share.value is not None else {}
    args = {"amount": number_text(amount)} if amount is not None else args
    if word == "avoir":
        session.emit("issue_credit_note", {"client_name": name.name, **args}, match.first, match.last)
        return True
    if word in ("situation", "avancement") and "percent" not in args:
        return False
    start(session, _SHORT[word], match.first, match.first + 1)
    session.emit("select_client", name.args(), *match.slots["who"])
    if args and word != "solde":
        session.emit("set_deposit" if word == "acompte" else "set_progress", args, match.first, match.last)
    return True


def shares(session: Session) -> None:
    """A bare "60 %" or "plutôt 50 %" while a deposit or a situation is being made is its new share."""
    draft = session.context.draft
    if draft is None or draft.number is not None or draft.kind not in ("deposit", "progress"):
        return
    name = "set_deposit" if draft.kind == "deposit" else "set_progress"
    if any(c.name in (name, "start_document") for c in session.commands):
        return
    for index, item in enumerate(session.items):
        if item.kind == "percent" and item.claimed is None and item.value is not None and item.value <= WHOLE:
            session.claim(index, index + 1, name)
            session.emit(name, {"percent": number_text(item.value)}, index, index + 1)
            return


def corrected_lines(session: Session) -> None:
    """ "corrige la facture de Costa, le mitigeur c'était 150": beside such an order a priced line is one of the invoice."""
    order = next((c for c in session.commands if c.name == "correct_invoice"), None)
    if order is None or session.has_lines():
        return
    for command in session.commands:
        if command.name != "add_line_item" or command.start < order.start:
            continue
        first = next(i for i, item in enumerate(session.items) if item.start >= command.start)
        begin = max([i for i in range(first) if session.items[i].separator], default=0)
        said = {item.key for item in session.items[begin : session.clause(first)[1]] if item.start < command.end}
        if said & _ADDS or not command.args.get("description"):
            continue
        kept = {k: v for k, v in command.args.items() if k in ("quantity", "unit", "unit_price", "total", "price_mode")}
        if kept.get("unit") == "u" or "quantity" not in kept:
            kept.pop("unit", None)
        doubt = {"doubt": command.args["doubt"]} if command.args.get("doubt") else {}
        command.args = {"match": command.args["description"], **kept, **doubt}
        command.name = "update_line_item"


_ADDS = frozenset(
    "ajoute ajouter ajoutez rajoute rajouter rajoutez manque manquait oublie ekle ekleyin ekleyelim ilave".split()
)

READERS: dict[str, Reader] = {
    "short_order": _short_order,
    "progress": _progress,
    "progress_line": _progress_line,
    "progress_started": _progress_started,
    "progress_words": _progress_words,
    "balance": _balance,
    "deposit_of_quote": _deposit_of_quote,
    "credit_note": _credit_note,
    "corrective": _corrective,
    "accepted": _accepted,
    "amendment": _amendment,
    "added_to_works": _added_to_works,
}

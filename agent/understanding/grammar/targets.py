"""Which document or client a question or order is about: kind, reference, client name in the clause of a phrase."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from agent.understanding.grammar.dates import relative_day
from agent.understanding.grammar.items import number_text
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.name_endings import closest
from agent.understanding.grammar.names import Name, read_backward, read_forward
from agent.understanding.grammar.patterns import Match
from agent.understanding.grammar.session import Session, is_trade

Reader = Callable[[Session, Match], bool]
_QUOTES = ("devis", "teklif")
_INVOICES = ("facture", "fatura")
_BEFORE_NAME = frozenset("de d du pour chez a sur par devis facture avec client cliente chantier".split())


@dataclass(slots=True)
class Target:
    """What was found, and the items it covers."""

    args: dict[str, Any] = field(default_factory=dict)
    first: int = 0
    last: int = 0


def kind_of(key: str) -> str | None:
    """quote or invoice for a document word, with any Turkish ending."""
    if key.startswith(_QUOTES):
        return "quote"
    if key.startswith(_INVOICES):
        return "invoice"
    return "credit_note" if key == "avoir" else None


def kind_in(session: Session, first: int, last: int) -> str | None:
    for item in session.items[first:last]:
        if item.kind == "word" and kind_of(item.key):
            return kind_of(item.key)
    return None


def read(session: Session, match: Match, act: str) -> Target:
    """Looks around the match, inside its clause, for the kind, the reference and the client."""
    first, last = session.clause(match.first)
    if act == "record_payment" and session.language == "fr":
        last = _next_order(session, match.last, last)
    target = Target(first=match.first, last=match.last)
    items = session.items
    method = None
    if act == "record_payment":
        method = _method(session, match.first, match.last) or _method(session, match.last, last)
        method = method or _method(session, first, match.first)
    for index in range(first, last):
        item = items[index]
        inside = match.first <= index < match.last
        if item.claimed is not None and not inside:
            continue
        if item.kind == "word" and kind_of(item.key):
            target.args.setdefault("kind", kind_of(item.key))
            _cover(target, index, index + 1)
        if item.kind == "reference":
            target.args["reference"] = item.iso
            _cover(target, index, index + 1)
        elif item.kind == "number" and _numbered(session, index, first):
            target.args["reference"] = number_text(item.value) if item.value is not None else None
            _cover(target, index, index + 1)
        elif act == "record_payment" and item.kind == "dimension" and (worth := _WORTH.match(item.text)):
            target.args.setdefault("amount", worth[1])  # "250lik çek"
            _cover(target, index, index + 1)
        elif (
            act == "record_payment"
            and item.kind in ("number", "money")
            and not inside
            and "amount" not in target.args
            and "m" not in match.slots
            and not (index and items[index - 1].key == "le")
        ):
            target.args["amount"] = number_text(item.value) if item.value is not None else None
            _cover(target, index, index + 1)
    name = _client(session, match, first, last, act)
    if name is not None:
        target.args["client_name"] = name.name
        _cover(target, name.first, name.last)
    if act == "record_payment":
        target.args["date"] = day_in(session, first, last)
        target.args["method"] = method
    _fit(target, act)
    return target


_WORTH = re.compile(r"(\d+)\s*['’]?\s*l[iıuü]k$", re.IGNORECASE)


def _cover(target: Target, first: int, last: int) -> None:
    target.first, target.last = min(target.first, first), max(target.last, last)


def _numbered(session: Session, index: int, first: int) -> bool:
    """ "facture 12", "devis n° 31", "12 numaralı fatura"."""
    items = session.items
    if items[index].marked or items[index].value is None:
        return False
    before = items[index - 1] if index > first else None
    if before is not None and (kind_of(before.key) or before.key in ("numero", "no", "n", "numara")):
        return True
    if items[index].facts.get("ordinal") and before is not None:
        return True
    after = items[index + 1].key if index + 1 < len(items) else ""
    return after in ("numarali", "nolu", "no", "numara", "no'lu")


def _client(session: Session, match: Match, first: int, last: int, act: str) -> Name | None:
    items = session.items
    if act == "record_payment":
        payer = _payer_before(session, match.first, first)
        payer = payer or (read_backward(session, match.first, first) if session.language == "fr" else None)
        if payer is not None:
            return payer
    begin = match.first if session.language == "fr" else first
    for index in (*range(begin, last), *range(first, begin)):
        key = items[index].key
        inside = match.first <= index < match.last
        if items[index].claimed is not None and not inside:
            continue
        nxt = index + 1
        if nxt < last and (key in _BEFORE_NAME) and items[nxt].claimed is None:
            name = read_forward(session, nxt, last)
            if name is not None and name.name:
                name.first = index
                return name
        if key == "icin" and session.language == "tr" and items[index].claimed is None:
            name = read_backward(session, index, first)
            if name is not None:
                name.last = index + 1
                return name
        if key in session.lexicon.titles and items[index].claimed is None:
            name = read_forward(session, index, last)
            if name is not None:
                return name
    if act == "list_documents":
        return _owner(session, first, last)
    name = read_backward(session, match.first, first)
    if name is not None:
        return name
    for index in range(first, match.last):
        if session.language == "tr" and kind_of(items[index].key) and index > first:
            name = read_backward(session, index, first)
            if name is not None:
                return name
    if session.language == "tr":
        for index in range(first, last):
            if (
                items[index].case
                and items[index].kind == "word"
                and items[index].claimed is None
                and not kind_of(items[index].key)
            ):
                name = read_backward(session, index + 1, first)
                if name is not None:
                    return name
        name = read_forward(session, first, match.first)
        if name is not None and (closest(name.name, session.context.clients) or items[name.first].text[:1].isupper()):
            return name
    name = read_forward(session, match.last, last)
    if name is not None and (name.title or act in ("record_payment", "get_document", "list_documents", "switch_draft")):
        return name
    return None


def _next_order(session: Session, index: int, last: int) -> int:
    """Where what is said of a payment ends: ", et fais la facture de…" is another order."""
    for place in range(index, last):
        if session.items[place].key in ("et", ",") and kind_in(session, place, last) is not None:
            return place
    return last


def _payer_before(session: Session, index: int, first: int) -> Name | None:
    """ "renaud çekle 1780 ödedi": the payer stands before how and how much."""
    items = session.items
    stop = index
    while stop > first and (
        items[stop - 1].claimed == "record_payment" or items[stop - 1].numeric or _tells_when(session, stop - 1)
    ):
        stop -= 1
    return read_backward(session, stop, first) if stop < index else None


def _tells_when(session: Session, index: int) -> bool:
    """ "garnier dün beş yüz verdi", "petit geçen cuma 650 verdi": the day between the payer and the amount."""
    item = session.items[index]
    return session.language == "tr" and (
        item.kind == "date" or item.key in _WHEN or item.key in session.lexicon.weekdays
    )


def _owner(session: Session, first: int, last: int) -> Name | None:
    """Whose documents: a name with a genitive, or a known client."""
    for index in range(first, last):
        item = session.items[index]
        if item.kind != "word" or item.claimed is not None or kind_of(item.key):
            continue
        if item.case in ("gen", "acc", "other") or closest(item.text, session.context.clients):
            name = read_backward(session, index + 1, first)
            if name is not None:
                return name
    return None


_WHEN = frozenset("dun bugun sabah aksam gecen bu simdi hafta ay gunu evvelsi once az".split())
_AVANT = frozenset(["avant", "evvelsi"])


def day_in(session: Session, first: int, last: int) -> str | None:
    """The day said between two items ("hier", "le 18", "lundi") of something that is done, in ISO 8601."""
    today = session.context.today or date.today()
    for index in range(first, last):
        item = session.items[index]
        if item.kind == "date" and item.iso:
            item.claimed = item.claimed or "record_payment"
            return item.iso
        if item.key in ("hier", "dun"):
            session.claim(
                index - 1 if index > first and session.items[index - 1].key in _AVANT else index,
                index + 1,
                "record_payment",
            )
            return relative_day(session, index)
        day = item.whole if item.kind == "number" and item.claimed is None and index > first else 0
        if 1 <= day <= 31 and session.items[index - 1].key == "le":
            item.claimed = session.items[index - 1].claimed = "record_payment"
            return _day_of_month(today, day)
        if item.key in ("aujourd", "bugun") or (item.key == "jour" and session.items[index - 1].key == "ce"):
            item.claimed = item.claimed or "record_payment"
            return today.isoformat()
        if item.key in ("matin", "sabah"):
            item.claimed = item.claimed or "record_payment"
            return today.isoformat()
        if item.key in session.lexicon.weekdays and item.kind == "word":
            back = (today.weekday() - session.lexicon.weekdays[item.key]) % 7 or 7
            item.claimed = item.claimed or "record_payment"
            return (today - timedelta(days=back)).isoformat()
    return None


def _day_of_month(today: date, day: int) -> str | None:
    """ "payée le 18": the 18th of this month, or of the month before when it is still to come."""
    month = today if day <= today.day else today.replace(day=1) - timedelta(days=1)
    try:
        return month.replace(day=day).isoformat()
    except ValueError:
        return None


_METHODS = {
    "cash": ("espece", "liquide", "cash", "nakit", "elden"),
    "cheque": ("cheque", "cek"),
    "transfer": ("virement", "vire", "virmt", "havale", "eft", "virman"),
    "card": ("carte", "cb", "kart"),
    "direct_debit": ("prelevement",),
}
_BY = frozenset(["en", "par", "de", "du", "ile"])


def _method(session: Session, first: int, last: int) -> str | None:
    """How it was paid: "en espèces", "par chèque", "nakit"; its words are no client's name."""
    for index in range(first, last):
        item = session.items[index]
        if item.kind != "word" or item.claimed not in (None, "record_payment"):
            continue
        for method, words in _METHODS.items():
            if item.key.startswith(words):
                item.claimed = "record_payment"
                before = session.items[index - 1] if index > first else None
                if before is not None and before.claimed is None and before.key in _BY:
                    before.claimed = "record_payment"
                return method
    return None


_FIELDS = {
    "issue_credit_note": ("reference", "client_name"),
    "release_retention": ("reference", "client_name"),
    "cancel_document": ("reference",),
    "record_payment": ("reference", "client_name", "amount", "date", "method"),
    "get_document": ("reference", "client_name", "kind"),
    "list_documents": ("kind", "client_name"),
    "switch_draft": ("client_name", "reference"),
}


def _fit(target: Target, act: str) -> None:
    target.args = {k: v for k, v in target.args.items() if k in _FIELDS.get(act, ())}


_REPORTED = word_set("targets_reported")


_PARTS = word_set("targets_parts")


def _of_a_part(session: Session, first: int, last: int) -> bool:
    """A payment whose amount is in words of a part, or in a number that nobody has read."""
    return any(
        i.key in _PARTS or (i.claimed is None and i.value is not None and i.kind in _UNREAD)
        for i in session.items[first:last]
    )


_UNREAD = ("percent", "dimension", "quantity", "number", "money")


def accepts(session: Session, act: str, args: dict[str, Any], match: Match) -> bool:
    """Whether the phrase makes sense with what was found (a payment needs someone or something that was paid)."""
    if act == "record_payment":
        first, last = session.clause(match.first)
        if any(i.key in _REPORTED for i in session.items[first:last]):
            return False  # "il dit qu'il a payé", "havale yaptı dedi": hearsay is not a payment
        if not (args.get("amount") or args.get("reference")) and _of_a_part(session, first, last):
            return False  # "yarısını ödedi": how much is not said, and it is not all
        return any(args.get(name) for name in ("reference", "client_name", "amount"))
    if act == "get_document" and match.slots.get("w") is not None and _no_client(session, match.slots["w"][0]):
        return False  # "des nouvelles de la grève": nobody has a document there
    if act == "switch_draft" and not (args.get("client_name") or args.get("reference")):
        return any(kind_of(i.key) for i in session.items[match.first : match.last])
    if (
        act == "get_document"
        and args.get("what") == "status"
        and not (args.get("client_name") or args.get("reference") or args.get("kind"))
    ):
        return session.is_question(match.first) or session.has_draft()
    return True


def _no_client(session: Session, index: int) -> bool:
    """An article before a word in small letters, which is no business and nothing of the trade."""
    following = session.items[index + 1] if index + 1 < len(session.items) else None
    if session.items[index].key not in ("la", "le", "les", "l") or following is None or following.kind != "word":
        return False
    words = session.lexicon.words
    known = following.key in words["business"] or following.key in words["documents"] or is_trade(following.key)
    known = known or following.key in ("client", "cliente", "chantier", "dossier")
    return not known and following.text[:1].islower()


def _paid_now(session: Session, match: Match) -> bool:
    """ "c'est payé, par virement hier": of the issued invoice at hand."""
    draft = session.context.draft
    first, last = session.clause(match.first)
    if draft is None or draft.number is None or draft.kind == "quote" or session.only_asks(match.first):
        return False
    if any(i.key in _REPORTED for i in session.items[first:last]):
        return False
    amount = next((i for i in session.items[first:last] if i.kind == "money" and i.claimed is None), None)
    args = {"method": _method(session, first, last), "date": day_in(session, first, last)}
    if amount is not None and amount.value is not None:
        args["amount"], amount.claimed = number_text(amount.value), "record_payment"
    session.emit("record_payment", args, match.first, match.last)
    return True


def _send_to_name(session: Session, match: Match) -> bool:
    name = read_forward(session, match.slots["who"][0], match.slots["who"][1])
    if name is None:
        return False
    session.emit("send_whatsapp", {"to": "client"}, match.first, match.last)
    return True


def _send_to_dative(session: Session, match: Match) -> bool:
    """Turkish: "Clément'e yolla": to the one named."""
    who = session.items[match.slots["who"][0]]
    if session.language != "tr" or who.case != "dat" or not who.text[:1].isupper():
        return False
    session.emit("send_whatsapp", {"to": "client"}, match.first, match.last)
    return True


READERS: dict[str, Reader] = {
    "paid_now": _paid_now,
    "send_to_name": _send_to_name,
    "send_to_dative": _send_to_dative,
}

"""Starting a document and naming its client: "devis pour Mme Petit", "bati sud a facture kes", "nouveau client…"."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from agent.understanding.grammar import clients, clients_tr
from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.names import is_title_at, read_forward
from agent.understanding.grammar.session import Session, is_trade
from agent.understanding.grammar.targets import kind_of

_MAKE_FR = word_set("documents_make_fr")
_MAKE_TR = word_set("documents_make_tr")
_POLITE = word_set("documents_polite")
_INTRODUCES = frozenset(["musteri", "musterimiz", "musterim", ":"])
_DEPOSIT = frozenset(["acompte", "avans", "pesinat", "akont", "arrhes", "kapora"])


def starts(session: Session) -> list[tuple[str, int, int]]:
    """Documents to make, as (kind, first, last) item ranges in order; their words are claimed."""
    found: list[tuple[str, int, int]] = list(session.started)
    items = session.items
    for index, item in enumerate(items):
        if item.claimed is not None or item.kind != "word":
            continue
        if found and item.key in ("un", "une", "autre") and _one_more(session, index, found[-1][2]):
            session.claim(index, index + 1, "start_document")
            session.emit("start_document", {"kind": found[-1][0]}, index, index + 1)
            found.append((found[-1][0], index, index + 1))
            continue
        kind = kind_of(item.key)
        if kind is None or not _is_start(session, index, kind):
            continue
        if kind == "quote" and found and found[-1][0] != "quote" and _same_task(session, found[-1][2], index):
            _link(session, index)
            continue
        if kind == "invoice" and _situation(session, index, found):
            continue
        if kind == "invoice" and _situation_with_share(session, index, found):
            continue
        first, last = _covered(session, index)
        around = {i.key for i in items[max(0, index - 2) : min(len(items), index + 3)]}
        if kind == "invoice" and around & _DEPOSIT and _deposit_invoice(session, index):
            kind = "deposit"
        elif item.key.startswith("facturer") and {i.key for i in items[session.clause(index)[0] : index]} & _DEPOSIT:
            kind = "deposit"  # "acompte de 1500 € à facturer à Mme Le Bihan"
        session.claim(first, last, "start_document")
        if kind == "invoice" and session.implied_invoice is not None:
            session.commands.remove(session.implied_invoice)
            session.implied_invoice = None
        session.emit("start_document", {"kind": kind}, first, last)
        found.append((kind, first, last))
        if kind == "deposit":
            _deposit_share(session, first)
    return found


def _situation(session: Session, index: int, found: list[tuple[str, int, int]]) -> bool:
    """ "facture de situation pour M. Hamon, on en est à 80 %": the share said elsewhere in the clause starts it."""
    first, last = session.clause(index)
    follows = {item.key for item in session.items[index + 1 : index + 4]} & {"situation", "avancement"}
    if not follows or not any(kind == "progress" and first <= begin < last for kind, begin, _ in found):
        return False
    end = next(i for i in range(index + 1, index + 4) if session.items[i].key in follows) + 1
    session.claim(index, end, "start_document")
    return True


def _situation_with_share(session: Session, index: int, found: list[tuple[str, int, int]]) -> bool:
    """ "facture de situation n° 1 chantier Aiton 40 %"."""
    last = session.clause(index)[1]
    end = next((i for i in range(index + 1, min(last, index + 4)) if session.items[i].key == "situation"), None)
    share = next(
        (i for i in range(index, last) if session.items[i].kind == "percent" and not session.items[i].claimed), None
    )
    value = session.items[share].value if share is not None else None
    if end is None or share is None or value is None or value > 100:
        return False
    end += 1
    if end < last and session.items[end].facts.get("ordinal"):
        end += 1
    session.claim(index, end, "start_document")
    session.claim(share, share + 1, "set_progress")
    session.emit("start_document", {"kind": "progress"}, index, end)
    session.emit("set_progress", {"percent": number_text(value)}, share, share + 1)
    found.append(("progress", index, end))
    return True


def _one_more(session: Session, index: int, last: int) -> bool:
    """ "2 devis : un pour Petit … et un pour Garnier": the second "un pour" is another document."""
    items = session.items
    if index + 2 >= len(items) or items[index + 1].key != "pour" or not any(i.numeric for i in items[last:index]):
        return False
    return read_forward(session, index + 2, session.clause(index)[1]) is not None


def _same_task(session: Session, last: int, index: int) -> bool:
    """ "facture d'acompte 30 % devis Petit": the quote is where the invoice comes from, not one more document."""
    between = session.items[last:index]
    return (
        not any(i.hard or i.key in ("et", "ve", "puis") for i in between)
        and session.clause(last)[0] == session.clause(index)[0]
    )


def _link(session: Session, index: int) -> None:
    last = session.clause(index)[1]
    args: dict[str, Any] = {}
    end = index + 1
    item = session.items[end] if end < last else None
    if item is not None and item.kind in ("number", "reference"):
        args["reference"] = item.iso or number_text(item.value or Decimal(0))
        end += 1
    else:
        begin = end + 1 if item is not None and item.key in ("de", "du", "d", "pour") else end
        name = read_forward(session, begin, last)
        if name is not None:
            args["client_name"], end = name.name, name.last
    session.claim(index, end, "link_quote")
    session.emit("link_quote", args, index, end)


def _deposit_share(session: Session, index: int) -> None:
    """The percentage or amount of a deposit invoice, anywhere in its clause."""
    first, last = session.clause(index)
    for position in range(first, last):
        item = session.items[position]
        if item.claimed is None and item.value is not None and item.kind in ("percent", "money", "number"):
            share = item.kind == "percent" or (item.kind == "number" and item.value <= 100)
            session.claim(position, position + 1, "set_deposit")
            session.emit(
                "set_deposit", {"percent" if share else "amount": number_text(item.value)}, position, position + 1
            )
            return


def deposit_alone(session: Session) -> None:
    """ "acompte 30 % pour Petit", "Petit'e %30 akont faturası": with nothing on the desk, a deposit invoice is meant."""
    shares = [c for c in session.commands if c.name == "set_deposit"]
    named = any(c.name == "select_client" for c in session.commands)
    started = any(c.name == "start_document" for c in session.commands)
    lines = any(i.numeric and i.claimed is None for i in session.items)
    if not shares or not named or started or lines or session.has_draft() or session.context.awaiting:
        return
    index = next(i for i, item in enumerate(session.items) if item.start >= shares[0].start)
    session.emit("start_document", {"kind": "deposit"}, index, index + 1)
    for position, item in enumerate(session.items):
        if item.claimed is None and item.kind == "word" and kind_of(item.key) == "invoice":
            session.claim(position, position + 1, "start_document")


def _deposit_invoice(session: Session, index: int) -> bool:
    keys = [i.key for i in session.items]
    after, before = keys[index + 1 : index + 3], keys[max(0, index - 1) : index]
    return bool(set(after) & _DEPOSIT and (after[0] in _DEPOSIT or after[0] in ("d", "de", "l", "un"))) or bool(
        set(before) & _DEPOSIT
    )


def _is_start(session: Session, index: int, kind: str) -> bool:
    items = session.items
    if session.is_question(index) and not any(i.key in _POLITE for i in items[max(0, index - 6) : index + 5]):
        return False
    first, last = session.clause(index)
    before = [i for i in items[max(first, index - 7) : index] if i.claimed is None or i.claimed == "start_document"]
    after = items[index + 1 : min(last, index + 6)]
    definite = bool(before) and before[-1].key in (
        "le",
        "la",
        "ce",
        "cette",
        "mon",
        "ma",
        "bu",
        "su",
        "du",
        "au",
        "son",
    )
    makes = (
        any(i.key in _MAKE_FR for i in before)
        or any(i.key in _MAKE_TR for i in after)
        or any(i.key in ("yeni", "bir", "bi") for i in before[-2:])
    )
    open_lines = session.has_lines()
    if open_lines and not _client_near(session, index, first, last):
        indefinite = (
            bool(before) and before[-1].key in ("un", "une", "nouveau", "nouvelle", "autre", "yeni", "bir", "bi")
        ) or (items[index].key == "facture" and bool(after) and after[0].key in ("d", "acompte"))
        return makes and indefinite
    if definite and not makes:
        return _client_near(session, index, first, last) and not session.has_draft()
    if makes:
        return True
    if not session.has_draft() and _closes(session, index, first, last):
        return True
    content_before = [i for i in before if i.key not in session.lexicon.words["fillers"] and not i.separator]
    if not content_before:
        return not open_lines or bool(after)
    if session.language == "tr" and not session.has_draft() and _titles_works(session, content_before, index, last):
        return True
    return _client_near(session, index, first, last) or (
        session.language == "tr" and bool(after) and after[0].key == ":"
    )


def _titles_works(session: Session, before: list[Item], index: int, last: int) -> bool:
    """ "ELEKTRIK DEVIS", "çatı devisi:": nothing but what the document is about stands before, and nothing after."""
    bare = all(item.kind == "word" and is_trade(item.key) and item.key != "yeni" for item in before)
    return bare and (index + 1 >= last or session.items[index + 1].separator)


def _closes(session: Session, index: int, first: int, last: int) -> bool:
    """ "… kumanda 45 devis": the document word after all the lines."""
    bare = session.items[index].key in ("devis", "teklif", "fatura", "facture")
    closed = index + 1 >= last or session.items[index + 1].separator
    return bare and closed and any(i.numeric and i.claimed is None for i in session.items[first:index])


def _client_near(session: Session, index: int, first: int, last: int) -> bool:
    for position in range(index + 1, min(last, index + 7)):
        if session.items[position].key in ("pour", "chez") and read_forward(session, position + 1, last) is not None:
            return True
    for position in range(first, index - 1):
        if session.items[position].key in ("pour", "chez"):
            name = read_forward(session, position + 1, index)
            if name is not None and name.last == index:
                return True  # "c'est chez les Marchetti devis peinture"
    if any(is_title_at(session, i) for i in range(max(first, index - 6), min(last, index + 7))):
        return True
    if session.language == "tr" and clients_tr.name_before(session, index, first) is not None:
        return True
    if session.language == "fr" and clients.opening_name(session, index, first) is not None:
        return True
    begin = index + 1
    while session.language == "tr" and begin < last and session.items[begin].key in _INTRODUCES:
        begin += 1
    name = read_forward(session, begin, last) if begin < last else None
    return name is not None and session.items[index].key != "avoir"


def _covered(session: Session, index: int) -> tuple[int, int]:
    """The verb, article and adjectives around the document word."""
    items = session.items
    first, last = index, index + 1
    while (
        first > 0
        and items[first - 1].claimed is None
        and index - first < 8
        and items[first - 1].kind == "word"
        and (
            items[first - 1].key in _MAKE_FR
            or items[first - 1].key
            in (
                "le",
                "la",
                "me",
                "moi",
                "tu",
                "vous",
                "m",
                "je",
                "j",
                "il",
                "de",
                "d",
                "aurais",
                "s",
                "te",
                "plait",
                "on",
                "nous",
                "bir",
                "bi",
                "yeni",
                "lui",
                "est",
                "ce",
                "que",
                "petit_",
                "y",
                "va",
                "vais",
                "l",
                "en",
                "ca",
                *_DEPOSIT,
            )
        )
    ):
        if items[first - 1].key in ("de", "d") and first >= 2 and items[first - 2].key not in ("besoin",):
            break
        first -= 1
    while last < len(items) and items[last].claimed is None and items[last].kind == "word":
        key = items[last].key
        if key in _MAKE_TR or key in (
            "d",
            "acompte",
            "avans",
            "misin",
            "bi",
            "bir",
            "bana",
            "faturasi",
            "misiniz",
            "musun",
            "istiyorum",
            "urgent",
            "rapide",
        ):
            last += 1
            continue
        break
    return first, last

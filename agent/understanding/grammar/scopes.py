"""What is said about a part of a document or of its printed facts: sections, line discounts, retention, waste, order number."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from agent.understanding.grammar import targets
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import number_text
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.line_matching import content_words, find
from agent.understanding.grammar.patterns import Match
from agent.understanding.grammar.session import Session
from tools.commands import Command, LineView

Reader = Callable[[Session, Match], bool]
_ORDER_NUMBER = re.compile(r"\s*(?:n\s*[°ºo]\.?|num[ée]ro|no|:|est)?\s*([A-Za-z]{0,6}[-/ ]?\d[\w./-]*)", re.IGNORECASE)
_OF_ALL = frozenset("sur le la l tout total ensemble devis facture de remise".split())
_VAT_WORDS = word_set("scopes_vat")


def _section(session: Session, match: Match) -> bool:
    """ "lot plomberie : …": the lines after it stand under that heading."""
    place = match.slots.get("title")
    if place is None or any(i.claimed is not None for i in session.items[match.first : match.last]):
        return False
    title = session.said(*place).strip(" :,")
    if not title:
        return False
    session.sections.append((session.items[match.first].start, title))
    return True


def apply_sections(session: Session) -> None:
    """Gives each new line the heading it was said under."""
    if not session.sections:
        return
    for command in session.commands:
        if command.name == "add_line_item":
            title = next((said for start, said in reversed(session.sections) if start <= command.start), None)
            if title is not None:
                command.args = {**{k: v for k, v in command.args.items() if k != "topic"}, "section": title}


def minus(session: Session) -> None:
    """ "-8 % sur le total": a share with a minus sign is taken off the draft."""
    if not session.has_draft():
        return
    for index, item in enumerate(session.items):
        sign = session.items[index - 1].key if index else ""
        if item.kind != "percent" or item.claimed is not None or sign not in ("-", "–", "−") or item.value is None:
            continue
        first, last = session.clause(index)
        if index - 1 != first:
            continue
        if any(i.key not in _OF_ALL for i in session.items[index + 1 : last] if i.kind == "word"):
            continue
        session.claim(index - 1, last, "set_discount")
        session.emit("set_discount", {"percent": number_text(item.value)}, index - 1, last)
        return


def rates_of_new_lines(session: Session) -> None:
    """ "hotte 90, … tva 20 sur la hotte": the rate of a line that this message adds."""
    new = [c for c in session.commands if c.name == "add_line_item"]
    draft = session.context.draft
    for command in [c for c in session.commands if c.name == "set_vat" and c.args.get("match")]:
        words = fold(str(command.args["match"])).replace("-", " ").split()
        views = [LineView(position=n, description=str(c.args.get("description", ""))) for n, c in enumerate(new)]
        if draft is not None and find(words, draft.lines)[0] is not None:
            continue
        line, _ = find([w for w in words if len(w) > 2], views)
        if line is not None:
            new[line.position].args["vat_rate"] = command.args["rate"]
            session.commands.remove(command)
    _rates_in_turn(session, new)


def _rates_in_turn(session: Session, lines: list[Command]) -> None:
    """ "boya 70 m² 17, KDV 10. jaluzi 3 ad 45, KDV 20": several rates, each said after a line, are those of the lines."""
    rates = [c for c in session.commands if c.name == "set_vat" and not {"line", "match"} & c.args.keys()]
    owners = [max((line for line in lines if line.start < rate.start), key=_start, default=None) for rate in rates]
    known = [owner for owner in owners if owner is not None and "vat_rate" not in owner.args]
    if len(rates) < 2 or len(known) != len(rates) or len({_start(owner) for owner in known}) != len(known):
        return
    for rate, owner in zip(rates, known, strict=True):
        owner.args["vat_rate"] = rate.args["rate"]
        session.commands.remove(rate)
    for line in lines:
        if "vat_rate" not in line.args and not line.args.get("doubt"):
            line.args["doubt"] = "uncertain"  # the rate behind the next line may be its own too


def _start(command: Command) -> int:
    return command.start


def _move_to_section(session: Session, match: Match) -> bool:
    title = session.said(*match.slots["title"]).strip(" :,")
    target = _line(session, match)
    if target is None:
        return False
    session.emit("update_line_item", {**target, "section": title}, match.first, match.last)
    return True


def _line(session: Session, match: Match) -> dict[str, Any] | None:
    """The line by its number, or by words that name a line of the draft."""
    if (place := match.slots.get("line")) is not None:
        number = session.items[place[0]].whole
        draft = session.context.draft
        highest = len(draft.lines) if draft and draft.lines else 30
        named = draft is not None or session.items[place[0] - 1].key in ("ligne", "la") or session.language == "tr"
        return {"line": number} if 1 <= number <= highest and named else None
    place = match.slots.get("lines")
    draft = session.context.draft
    if place is None or draft is None:
        return None
    line, _ = find(content_words(session.items[slice(*place)]), draft.lines)
    return {"match": session.said(*place)} if line is not None else None


def _draft_shown(session: Session, match: Match) -> bool:
    """ "montre le brouillon": the one at hand as a document, else the list of them."""
    if session.has_draft():
        session.emit("preview_document", {}, match.first, match.last)
    else:
        session.emit("list_documents", {"status": "draft"}, match.first, match.last)
    return True


def _not_sent(session: Session, match: Match) -> bool:
    """ "ok mais pas d'envoi": he agrees and nothing leaves; alone, or to the offer to send, it is a no."""
    others = any(i.claimed is None and i.kind == "word" for i in session.items[: match.first])
    if not others or session.context.awaiting == "confirm:send_to_client":
        session.emit("deny", {}, match.first, match.last)
    return True


def _keep_only(session: Session, match: Match) -> bool:
    """ "supprime tout sauf le terrassement": every other line goes."""
    draft = session.context.draft
    if draft is None or not session.has_lines():
        return False
    kept, _ = find(content_words(session.items[slice(*match.slots["lines"])]), draft.lines)
    if kept is None:
        return False
    for line in draft.lines:
        if line.position != kept.position:
            session.emit("remove_line_item", {"line": line.position}, match.first, match.last)
    return True


def _line_discount(session: Session, match: Match) -> bool:
    """ "10 % sur la ligne 2"; after "TVA" or "à" it is a rate, not a discount."""
    before = session.items[match.first - 1].key if match.first else ""
    if before in _VAT_WORDS or session.items[match.first].key in _VAT_WORDS or session.is_question(match.first):
        return False
    target = _line(session, match)
    if target is None:
        return False
    percent, amount = match.slots.get("p"), match.slots.get("amount")
    item = session.items[(percent or amount)[0]]  # type: ignore[index]
    if item.value is None:
        return False
    slot = "discount_percent" if percent else "discount_amount"
    session.emit("update_line_item", {**target, slot: number_text(item.value)}, match.first, match.last)
    return True


def _wording_of_line(session: Session, match: Match) -> bool:
    """ "bataryanın adı mitigeur Grohe yazsın": the designation of a line is another."""
    target = _line(session, match)
    if target is None:
        return False
    wording = session.said(*match.slots["wording"]).strip(" :,")
    session.emit("update_line_item", {**target, "description": wording}, match.first, match.last)
    return True


def _no_line_discount(session: Session, match: Match) -> bool:
    target = _line(session, match)
    if target is None:
        return False
    session.emit("update_line_item", {**target, "discount_percent": "0"}, match.first, match.last)
    return True


def _remove_retention(session: Session, match: Match) -> bool:
    session.emit("set_retention", {"remove": True}, match.first, match.last)
    return True


def _release_retention(session: Session, match: Match) -> bool:
    session.claim(match.first, match.last, "release_retention")
    found = targets.read(session, match, "release_retention")
    session.claim(found.first, found.last, "release_retention")
    session.emit("release_retention", found.args, match.first, match.last)
    return True


def _circumstance(**values: Any) -> Reader:
    def read(session: Session, match: Match) -> bool:
        session.emit("set_circumstances", values, match.first, match.last)
        return True

    return read


def _order_number(session: Session, match: Match) -> bool:
    """The number the client gave his order: digits, or letters and digits in one word."""
    end = session.items[match.last - 1].end
    found = _ORDER_NUMBER.match(session.text, end)
    if found is None:
        return False
    last = match.last
    while last < len(session.items) and session.items[last].start < found.end():
        last += 1
    session.claim(match.first, last, "set_circumstances")
    session.emit("set_circumstances", {"buyer_reference": found[1].strip()}, match.first, last)
    return True


def _waste(session: Session, match: Match) -> bool:
    """The quantity of waste as said, kept in words: "2 m³ de gravats"."""
    begin, last = match.slots["quantity"]
    _, end = session.clause(match.first)
    while last < end and session.items[last].claimed is None and not session.items[last].separator:
        if session.items[last].numeric or last - begin > 5:
            break
        last += 1
    said = session.said(begin, last).strip(" ,.")
    session.claim(match.first, last, "set_waste")
    session.emit("set_waste", {"quantity": said}, match.first, last)
    return True


def _waste_place(session: Session, match: Match) -> bool:
    place = match.slots.get("rest") or match.slots.get("place")
    if place is None:
        return False
    last = min(place[1], session.clause(match.first)[1])
    named = match.slots.get("place") is not None and session.items[last : last + 1]
    if named and session.items[last].key.startswith("dechet"):
        last += 1
    said = re.sub(r"['’](?:s?[iı]ne|ye|e)$", "", session.said(place[0], last).strip(" ,."))
    if not said:
        return False
    session.claim(match.first, max(last, match.last), "set_waste")
    session.emit("set_waste", {"collection_point": said}, match.first, last)
    return True


READERS: dict[str, Reader] = {
    "section": _section,
    "move_to_section": _move_to_section,
    "keep_only": _keep_only,
    "not_sent": _not_sent,
    "draft_shown": _draft_shown,
    "line_discount": _line_discount,
    "no_line_discount": _no_line_discount,
    "wording_of_line": _wording_of_line,
    "remove_retention": _remove_retention,
    "release_retention": _release_retention,
    "off_premises": _circumstance(off_premises=True),
    "on_premises": _circumstance(off_premises=False),
    "urgent": _circumstance(urgent=True),
    "order_number": _order_number,
    "waste": _waste,
    "waste_place": _waste_place,
}

"""The grammar understander: reads one turn's words into commands, without a model or a network (DESIGN §5).

Order of the readers: what is unmistakable (addresses, contacts), phrase rules, the answer to the open question,
documents and clients, then lines out of what is left, then short answers. Each claims the items it explains.
"""

from __future__ import annotations

import re
from datetime import date

from agent.understanding.grammar import (
    addresses,
    answers_tr,
    awaited,
    awaited_values,
    client_changes_tr,
    client_facts,
    client_renames,
    clients,
    company,
    contacts,
    corrections,
    dialogue_acts,
    documents,
    draft_orders_tr,
    entities,
    everywhere_tr,
    follow_ups,
    free_things_tr,
    headings_tr,
    known_names,
    line_pass,
    lost_numbers,
    percent_corrections,
    questions,
    reasons,
    rules,
    scopes,
    second_thoughts_tr,
    site_facts,
    site_tr,
    vat_scope,
)
from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.language import address_form, detect
from agent.understanding.grammar.lexicon import Lexicon, load, load_for
from agent.understanding.grammar.quantities import ItemBuilder
from agent.understanding.grammar.session import Session, is_trade
from agent.understanding.grammar.tokens import Token, tokenise
from tools.commands import Command, Reading, Recognised, UnderstandingRequest

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u200b-\u200f\u202a-\u202e\ufeff]")
_WHOLLY_READ = 0.9
"""Confidence from which amounts are shown without a doubt; measured on utterances that nothing was tuned on: two of
three amounts that were read wrongly stood below it, and one of five that were right."""
WORDS_LEFT = "uncertain"
"""The doubt on an amount beside words that nothing explains."""
_LINES = frozenset(["add_line_item", "update_line_item"])
_AMOUNTS = frozenset(["quantity", "unit_price", "total", "discount_percent", "discount_amount"])
_WEATHER = frozenset(
    "froid chaud pluie pleut neige vent soleil gele gel caille canicule orage brouillard verglas".split()
)
_LONGEST = 3000  # characters read; a longer message is pasted content, the rest is reported as unexplained


class GrammarUnderstander:
    """Deterministic understander for French and Turkish; stateless, safe to share."""

    async def understand(self, request: UnderstandingRequest) -> Reading:
        """Reads one turn's text; never raises for odd input."""
        return self.read(request)

    def read(self, request: UnderstandingRequest) -> Reading:
        """The same without a coroutine: there is nothing to wait for."""
        return self.look(request)[0]

    def look(self, request: UnderstandingRequest) -> tuple[Reading, Session]:
        """The reading with the session that it came from: its items, and what was claimed of them."""
        lexicon = load()
        text = _CONTROL.sub(" ", request.text)
        head = text[:_LONGEST]
        today = request.context.today or date.today()
        tokens = _repair(tokenise(head, entities.find(head, today)), lexicon)
        language = detect(tokens, lexicon, request.language_hint, head)
        lexicon = load_for(language)
        items = ItemBuilder(head, tokens, language, lexicon, today).build()
        session = Session(head, items, language, request.kind, request.context, lexicon)
        if items:
            _read(session)
        confidence, unexplained = settle(session, request.text)
        reading = Reading(
            commands=session.commands,
            language=language,
            register_form=address_form(tokens, language),
            confidence=confidence,
            unexplained=unexplained,
            recognised=_recognised(items),
        )
        return reading, session


def settle(session: Session, text: str) -> tuple[float, list[str]]:
    """How much of the message is explained (0 to 1), and the words that are not; amounts beside them are doubted."""
    confidence, unexplained = _account(session)
    _doubt_amounts(session, confidence)
    text = _CONTROL.sub(" ", text)
    if len(text) > _LONGEST:
        confidence, unexplained = confidence * _LONGEST / len(text), [*unexplained, text[_LONGEST:]]
    return round(confidence, 3), unexplained


def _read(session: Session) -> None:
    known_names.mark(session)
    answers_tr.whole_label(session)
    awaited_values.age_choice(session)
    company.read(session)
    facts = client_facts.read(session)
    site_facts.read(session)
    places = addresses.claim_addresses(session)
    second_thoughts_tr.resolve(session)
    second_thoughts_tr.name(session)
    free_things_tr.mark(session)
    headings_tr.read(session)
    corrections.resolve_in_sentence(session)
    corrections.resolve_apart(session)
    percent_corrections.resolve(session)
    session.line = type(session.line)(session.items)
    contact, first, last = contacts.collect_if_not_asked(session, places)
    contact |= facts
    site_tr.read(session)
    awaited_values.rate_alone(session)
    client_changes_tr.read(session)
    vat_scope.rate_of_the_rest(session)
    everywhere_tr.read(session)
    draft_orders_tr.read(session)
    rules.run(session)
    scopes.minus(session)
    dialogue_acts.gates(session)
    client_renames.read(session)
    awaited.answer(session)
    found = documents.starts(session)
    names = clients.clients(session, found)
    contact.update(contacts.late(session))
    clients.emit_clients(session, names, contact)
    client_changes_tr.places(session)
    contacts.emit(session, contact, names, first, last)
    documents.deposit_alone(session)
    follow_ups.shares(session)
    dialogue_acts.answers(session)
    questions.find(session)
    line_pass.run(session)
    scopes.apply_sections(session)
    scopes.rates_of_new_lines(session)
    follow_ups.corrected_lines(session)
    dialogue_acts.settle(session)
    reasons.claim(session)
    session.merge(("set_dates", "set_site", "set_waste", "set_circumstances"))
    _fallback(session)


def _fallback(session: Session) -> None:
    """Nothing found: a greeting, or words that have nothing to do with the trade."""
    if session.commands:
        return
    if dialogue_acts.greeted(session):
        session.emit("ask_help", {"topic": "hello"}, 0, len(session.items))
        return
    words = [i for i in session.items if i.kind == "word" and i.claimed is None]
    content = [i for i in words if i.key not in session.lexicon.words["fillers"]]
    numbers = any(i.numeric for i in session.items)
    trade = sum(1 for i in content if is_trade(i.key))
    if any(i.key in _WEATHER for i in content) and not session.is_question(0):
        return  # a remark on the weather asks for nothing
    if len(content) >= 2 and not numbers and trade * 3 <= len(content) and not session.context.awaiting:
        session.emit("off_topic", {}, 0, len(session.items))


def _repair(tokens: list[Token], lexicon: Lexicon) -> list[Token]:
    """Speech recognition errors become the word that was meant; the text keeps its places."""
    keys = [token.key for token in tokens]
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        found = lexicon.repairs.at(keys, index) if tokens[index].kind in ("word", "number") else None
        if found is None:
            out.append(tokens[index])
            index += 1
            continue
        size, meant = found
        last = tokens[index + size - 1]
        said = " ".join(token.text for token in tokens[index : index + size])
        key = meant.lower().replace("-", " ").split()[0] if size == 1 else meant.lower()
        out.append(Token("word", said, _folded(key), tokens[index].start, last.end, tokens[index].glued, meant))
        index += size
    return out


def _folded(key: str) -> str:
    from agent.understanding.grammar.folding import fold

    return fold(key).replace(" ", "-")


def _account(session: Session) -> tuple[float, list[str]]:
    """The share of content words and numbers that the commands explain, and the spans that are left."""
    lexicon = session.lexicon
    small = lexicon.words["fillers"] | lexicon.words["articles"] | lexicon.words["connectors"]
    total = explained = 0.0
    left: list[tuple[int, int]] = []
    off_topic = any(c.name == "off_topic" for c in session.commands)
    for index, item in enumerate(session.items):
        if item.kind == "mark" or (item.kind == "word" and item.key in small and item.claimed is None):
            continue
        weight = (
            2.0 if item.numeric or item.kind == "percent" else 0.5 if item.key in lexicon.words["function"] else 1.0
        )
        total += weight
        if item.claimed is not None:
            strange = item.claimed == "unknown_thing" and item.kind == "word"
            explained += weight * (0.4 if strange else 1.0)
        elif left and left[-1][1] >= index - 1:
            left[-1] = (left[-1][0], index + 1)
        else:
            left.append((index, index + 1))
    confidence = explained / total if total else (1.0 if session.commands or not session.items else 0.5)
    confidence *= 1 - min(0.4, session.strain * 0.15)
    if off_topic:
        confidence = min(confidence, 0.3)
    if not session.commands and total and confidence == 1.0 and not dialogue_acts.greeted(session):
        confidence = 0.6
    return confidence, [session.said(a, b) for a, b in left]


def _doubt_amounts(session: Session, confidence: float) -> None:
    """Where part of the message is left over, it may have been about the numbers: the lines are shown with a doubt.

    Of a message that was read on the whole only those lines are doubted that the words left over stand beside.
    """
    lost = lost_numbers.beside(session)
    for command in session.commands:
        amounts = command.name in _LINES and _AMOUNTS & command.args.keys() and not command.args.get("doubt")
        if amounts and (confidence < _WHOLLY_READ or command in lost or _beside_words_left(session, command)):
            command.args["doubt"] = WORDS_LEFT


def _beside_words_left(session: Session, command: Command) -> bool:
    """Whether unexplained words or numbers touch the words of a line, with no mark between."""
    items, lexicon = session.items, session.lexicon
    small = (
        lexicon.words["fillers"] | lexicon.words["articles"] | lexicon.words["connectors"] | lexicon.words["function"]
    )
    inside = [i for i, item in enumerate(items) if command.start <= item.start < command.end]
    if not inside:
        return False
    for step, index in ((-1, inside[0] - 1), (1, inside[-1] + 1)):
        while 0 <= index < len(items) and items[index].claimed is None and items[index].kind != "mark":
            if items[index].kind != "word" or items[index].key not in small:
                return True
            index += step
    return False


def _recognised(items: list[Item]) -> list[Recognised]:
    out = []
    for item in items:
        if item.kind in ("word", "mark") and item.claimed is None:
            continue
        if item.kind == "mark":
            continue
        value = item.iso or (number_text(item.value) if item.value is not None else None)
        if value and item.unit:
            value = f"{value} {item.unit}"
        kind = item.kind if item.kind != "word" else item.claimed or "word"
        out.append(Recognised(kind=kind, text=item.text, start=item.start, end=item.end, value=value))
    return out

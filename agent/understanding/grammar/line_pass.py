"""Reads lines and corrections out of everything no other reader has claimed."""

from __future__ import annotations

from agent.understanding.grammar import (
    corrections,
    line_changes,
    line_orders,
    line_sizes,
    lines,
    named_changes,
    named_lines,
    next_things,
    relative_changes,
    works_before_client,
)
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.line_commands import add, change, describe
from agent.understanding.grammar.line_matching import content_words, find
from agent.understanding.grammar.line_reading import INCLUDED, NO_PRICE, LineReading
from agent.understanding.grammar.session import Session, is_trade

_INSULATION = (
    "isolation",
    "isolant",
    "sarking",
    "(sarking)",
    "laine",
    "ouate",
    "izolasyon",
    "yalitim",
    "mantolama",
    "ite",
    "polyurethane",
)
_PRONOUNS = frozenset("il elle ils elles je j que qu qui ca lui leur cela o onlar bana sana ona".split())
_PRONOMINAL = word_set("line_pass_no_things")
_BRIEF = 2
_PASSED_OVER = (None, "vat_word", "corrected", "same_quantity", "free_thing")
_INCLUDED = frozenset("inclus incluse incluses compris comprise comprises".split())
_WHOLE_WORKS = frozenset("refection renovation amenagement rafraichissement".split())
_PLAIN = 1.0  # the cost of a line up to which nothing in it had to be forced
_SAME = (
    ("meme", "surface"),
    ("meme", "metrage"),
    ("meme", "quantite"),
    ("meme", "metre"),
    ("sur", "les", "memes"),
    ("sur", "la", "meme"),
    ("memes", "metres"),
    ("la", "meme"),
    *(("ayni", of) for of in ("metraj", "metrajdan", "metre", "metrekare", "m2")),
    ("ayni", "alan"),
    ("ayni", "yuzey"),
    ("ayni", "yer"),
    ("ayni", "miktar"),
    ("ayni", "olcu"),
    ("pareil",),
    ("ayni",),
)


def run(session: Session) -> None:
    """Corrections first, then the lines of each unclaimed run."""
    relative_changes.leave(session)
    line_orders.moves(session)
    line_orders.moves_beside(session)
    line_orders.renames(session)
    line_orders.removals(session)
    _thermal_resistance(session)
    _mark_same(session)
    line_sizes.mark(session)
    run_items: list[int] = []
    readings: list[LineReading] = []
    for index in range(len(session.items) + 1):
        item = session.items[index] if index < len(session.items) else None
        asked = index in session.asked
        if item is not None and not asked and item.claimed in _PASSED_OVER:
            if item.claimed is None:
                run_items.append(index)
            continue
        if run_items and not works_before_client.go_on(session, run_items, index):
            readings += _read_run(session, run_items)
            run_items = []
    if readings:
        _assemble(session, readings)


def _thermal_resistance(session: Session) -> None:
    """ "R 6,5" alone completes the designation of the insulation line of the draft."""
    draft = session.context.draft
    for index, item in enumerate(session.items):
        if item.facts.get("prefix") != "r" or item.claimed is not None or draft is None:
            continue
        first, last = session.clause(index)
        if any(i.numeric and i.claimed is None for i in session.items[first:last]):
            continue
        insulation = [
            x
            for x in draft.lines
            if set(_INSULATION) & set(fold(f"{x.description} {x.said or ''}").replace("'", " ").split())
        ]
        if len(insulation) == 1:
            line = insulation[0]
            description = f"{line.said or line.description}, {item.text}"
            session.claim(index, index + 1, "update_line_item")
            session.emit("update_line_item", {"line": line.position, "description": description}, index, index + 1)


def _mark_same(session: Session) -> None:
    items = session.items
    keys = [i.key for i in items]
    for phrase in _SAME:
        size = len(phrase)
        for index in range(1, len(items) - size):
            if tuple(keys[index : index + size]) == phrase and session.free(index, index + size):
                following = items[index + size]
                if not following.numeric:
                    continue
                following.facts["same"] = "yes"
                session.claim(index, index + size, "same_quantity")


def _read_run(session: Session, indexes: list[int]) -> list[LineReading]:
    """One run of free items; line references of the draft are taken first."""
    session.enter(indexes[0])
    if not (session.fresh and session.has_draft()):
        for index in indexes:
            reference = corrections.line_reference(session, index)
            if reference is None or (not session.has_lines() and not _surely_a_line(session, index, reference[1])):
                continue
            line_number, end = reference
            stop = _end_of_change(session, end)
            before = [i for i in indexes if i < index]
            after = [i for i in indexes if i >= stop]
            readings = _read_run(session, before) if before else []
            if session.has_lines() or not session.fresh:
                _change_by_number(session, line_number, index, end, stop)
            return readings + (_read_run(session, after) if after else [])
    readings = []
    for part in named_lines.parts(session, indexes):
        items = [session.items[i] for i in part.indexes]
        if part.line is not None and named_changes.change_named(session, part):
            continue
        if any(i.numeric for i in items) or any(i.is_word for i in items):
            readings += lines.cut(items, session.lexicon)
    return readings


def _surely_a_line(session: Session, index: int, end: int) -> bool:
    """Without the draft at hand, only "ligne 2", "2. satır", or "la 2" opening a clause and followed by a value."""
    items = session.items
    if any(i.key.startswith(("ligne", "satir", "numara")) for i in items[index:end]):
        return True
    opens = (
        index == 0
        or items[index - 1].separator
        or items[index - 1].claimed is not None
        or items[index - 1].key in ("mets", "passe", "non")
    )
    after = items[end] if end < len(items) else None
    return (
        items[index].key == "la"
        and opens
        and after is not None
        and (after.numeric or after.key in ("c", "est", "passe", "a"))
    )


def _end_of_change(session: Session, end: int) -> int:
    items = session.items
    stop, numbers = end, 0
    while stop < len(items) and items[stop].claimed in (None, "corrected"):
        item = items[stop]
        if stop > end and (item.hard or (item.separator and numbers)):
            break
        if stop > end and corrections.line_reference(session, stop) is not None and numbers:
            break
        if item.key in ("et", "ve") and numbers:
            break
        if item.numeric and item.claimed is None:
            numbers += 1
        stop += 1
    return stop


def _change_by_number(session: Session, number: int, index: int, end: int, stop: int) -> None:
    items = [item for item in session.items[end:stop] if item.claimed is None]
    draft = session.context.draft
    line = next((x for x in draft.lines if x.position == number), None) if draft else None
    reading = named_changes.merged(session, items)
    args = change(session, reading, line)
    text = describe(
        session,
        [
            w
            for w in named_changes.until_contrast(reading.words)
            if w.key not in ("passe", "devient", "yap", "olsun", "olacak", "metre", "prix", "mets", "deviens")
        ],
    )
    if not args and text and len(text) > 2 and draft is not None:
        args["description"] = named_changes.new_words(line, text)
    if not args:
        return
    first = index
    while (
        first > 0
        and session.items[first - 1].claimed is None
        and session.items[first - 1].key in ("mets", "passe", "change", "sur", "pour", "a", "ligne", "modifie")
    ):
        first -= 1
    session.claim(first, stop, "update_line_item")
    target = {} if draft is None and number == corrections.UNKNOWN_LAST else {"line": number}
    session.emit("update_line_item", {**target, **args}, first, stop)


def _assemble(session: Session, readings: list[LineReading]) -> None:
    lines.inherit(readings, session.lexicon, voice=session.kind == "voice")
    topic: str | None = None
    previous: LineReading | None = None
    pending: list[LineReading] = []
    common = next((r.mode for r in readings if r.mode and not r.words and r.price is None), None)
    for reading in readings:
        reading.mode = reading.mode or common
    if common and not any(r.price or r.total for r in readings) and session.has_lines():
        session.emit("update_line_item", {"price_mode": common}, 0, len(session.items))
    for reading in readings:
        if reading.mode and not reading.words and reading.price is None:
            line_changes.claim(session, reading, "mode")
            continue
        priced = reading.price is not None or reading.total is not None
        if previous is not None and line_changes.whole(reading) is not None:
            if line_changes.adds_up(session, line_changes.whole(reading)):
                line_changes.claim(
                    session, reading, "total_said"
                )  # the sum of the lines: computed, never taken from words
            continue
        if reading.shared:
            line_changes.claim(session, reading, "topic")
            continue
        if reading.items[0].key == "dont" or (reading.words and reading.words[0].key == "dont"):
            continue  # a part of the price before it, not one more line
        session.enter(session.items.index(reading.items[0]))
        keys = {i.key for i in reading.items}
        reading.add = bool(keys & session.lexicon.words["add"]) and session.context.awaiting != "slot:line.price"
        added_time = reading.add and not reading.words and reading.quantity is not None
        if session.has_lines() and not added_time and line_changes.correct(session, reading):
            continue
        if (
            not session.has_lines()
            and not any(is_trade(w.key) for w in reading.words)
            and line_changes.by_value(session, reading, [])
        ):
            continue
        if not session.has_draft() and line_changes.change_unseen(session, reading):
            continue
        if not session.has_lines() and line_changes.copied_quantity(session, reading, priced):
            continue
        if priced and pending and _takes_up(session, reading, pending[-1]):
            reading.words = pending.pop().words
            topic = None
        elif priced and pending and reading.words and _remark_alone(reading):
            reading.words = [*pending.pop().words, *reading.words]
            topic = None
        if priced and reading.words:
            topic = _umbrella(session, reading) or topic
            reading.topic = topic
            _emit_add(session, reading)
            previous = reading
        elif reading.quantity is not None and reading.words and _worth_a_line(reading):
            _emit_add(session, reading)
            previous = reading
        elif previous is not None and not priced and _included(session, reading):
            _add_words(session, reading)
        elif reading.words and any(is_trade(w.key) for w in reading.words) and not priced:
            text = describe(session, reading.words, digits=True)
            if text:
                topic = text
                pending.append(reading)
        elif priced and not reading.words and reading.quantity is not None and reading.quantity.unit in ("h", "j"):
            reading.words = [reading.quantity]
            _emit_add(session, reading)
            previous = reading
        elif priced and topic and pending and not reading.words:
            reading.words = pending[-1].words
            pending.pop()
            _emit_add(session, reading)
            topic = None
            previous = reading
    _topics(session, pending, previous)


def _included(session: Session, reading: LineReading) -> bool:
    """ "…, treillis inclus", "…, mise en service comprise": said of the line before."""
    last = reading.words[-1].key if reading.words else ""
    return last in _INCLUDED and reading.quantity is None and session.language == "fr"


def _add_words(session: Session, reading: LineReading) -> None:
    line = next((c for c in reversed(session.commands) if c.name == "add_line_item"), None)
    text = describe(session, reading.words)
    if line is not None and text and len(reading.words) <= _BRIEF:
        line.args["description"] = f"{line.args.get('description', '')}, {text}".strip(", ")
    line_changes.claim(session, reading, "add_line_item")


def _takes_up(session: Session, reading: LineReading, announced: LineReading) -> bool:
    """ "pose paroi de douche 90 cm. 280 € la pose": the price of what was just named."""
    own = {w.key for w in reading.words if w.kind == "word" and w.key not in session.lexicon.words["articles"]}
    named = {w.key for w in announced.words}
    after = session.items.index(reading.items[0]) > session.items.index(announced.items[-1])
    return len(own) == 1 and own <= named & session.lexicon.fr["works"] and after and len(named) > 1


def _umbrella(session: Session, reading: LineReading) -> str | None:
    """ "réfection de la cage d'escalier peinture murs 180 m²": the whole works are named before their first part."""
    words = reading.words
    if session.language == "tr" or not words or words[0].key not in _WHOLE_WORKS:
        return None
    parts = (i for i, w in enumerate(words) if i > 2 and w.key in session.lexicon.fr["works"])
    part = next(parts, None)
    if part is None or words[1].key not in ("de", "du", "d", "des") or words[part - 1].key in ("et", "de", "avec"):
        return None
    topic = describe(session, words[:part])
    reading.words = words[part:]
    return topic


def _remark_alone(reading: LineReading) -> bool:
    """ "korkuluk teklifi: 11,5 metre 210'dan boyası dahil": the words of the line only say what the price includes."""
    price = reading.price
    after = price is not None and all(word.start > price.start for word in reading.words)
    return after and reading.words[-1].key in INCLUDED


def _worth_a_line(reading: LineReading) -> bool:
    """A quantity without a price is a line when it measures something of the trade; "délai 10 jours" is not."""
    quantity = reading.quantity
    measured = quantity is not None and quantity.kind == "quantity" and quantity.unit not in ("h", "j")
    return measured or any(is_trade(word.key) for word in reading.words)


def _topics(session: Session, pending: list[LineReading], previous: LineReading | None) -> None:
    """Announced objects are explained; with no price anywhere they are lines whose price is still to come."""
    for reading in pending:
        works = any(w.key in session.lexicon.words["works"] for w in reading.words)
        started = any(c.name == "start_document" for c in session.commands) or session.context.awaiting in (
            "slot:lines",
            "slot:line.more",
        )
        ordered = reading.add and session.has_lines() and any(is_trade(w.key) for w in reading.words)
        if previous is None and ((works and (started or session.has_draft()) and not session.has_lines()) or ordered):
            _emit_add(session, reading)
        elif previous is not None or started:
            line_changes.claim(session, reading, "topic")


def _well_formed(reading: LineReading) -> bool:
    """ "<noun phrase> <quantity> <unit> à <price>": whatever the noun is, it is the designation."""
    quantity, price = reading.quantity, reading.price
    counted = quantity is not None and (quantity.kind == "quantity" or (price is not None and price.marked))
    return counted and price is not None and reading.cost < _PLAIN and len(reading.words) <= 6


def _like_a_line(session: Session, reading: LineReading) -> bool:
    """ "bataryayı termostatik yap 190": a price alone, beside a word of a line of the draft: a change or a new line."""
    draft = session.context.draft
    if draft is None or not draft.lines or reading.add or reading.quantity is not None:
        return False
    words = [w for w in content_words(reading.words) if is_trade(w)]
    return any(find([word], draft.lines)[0] is not None for word in words)


def _speaks(session: Session, reading: LineReading) -> bool:
    """ "il négocie, 1900 euros": a remark on the draft with a number in it, not one more line."""
    said = {item.key for item in reading.items}
    return bool(said & _PRONOUNS) and not any(is_trade(word.key) for word in reading.words)


def _emit_add(session: Session, reading: LineReading) -> None:
    if next_things.cut_short(reading, session.items):
        reading.doubt = reading.doubt or "uncertain"
    args = add(session, reading)
    if not args.get("description"):
        return
    if session.has_lines() and not reading.add and _speaks(session, reading):
        return
    named = fold(str(args["description"])).replace("'", " ").split()
    if all(word in _PRONOMINAL for word in named):
        return  # "biri 380", "trop cher, 3000": no thing is named
    if _like_a_line(session, reading):
        args["doubt"] = args.get("doubt") or "uncertain"
    known = any(is_trade(word.key) for word in reading.words) or _well_formed(reading)
    first, last = line_changes.claim(session, reading, "add_line_item" if known else "unknown_thing")
    unpriced = reading.price is None and reading.total is None  # it is asked for: nothing forced about that
    session.strain += max(0.0, reading.cost - 1.0 - (NO_PRICE if unpriced else 0.0))
    session.emit("add_line_item", args, first, last)

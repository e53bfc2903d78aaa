"""Answers to the question that is open: bare numbers, names, addresses, choices (DESIGN §3, UX-54, UX-55)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rapidfuzz import fuzz
from stdnum.eu import vat as eu_vat

from agent.understanding.grammar import answers_tr, awaited_values, company
from agent.understanding.grammar.corrections import ORDINALS
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.line_matching import content_words
from agent.understanding.grammar.names import Name, read_forward
from agent.understanding.grammar.session import Session, is_trade
from agent.understanding.grammar.sounds import sound
from agent.understanding.grammar.spoken_digits import siret_in_words
from services.documents.word_forms import turkish_stems

_DIALOGUE = word_set("awaited_dialogue")
_COMPANY = tuple(f"slot:company.{fact}" for fact in company.ASKED)
_FREE_TEXT = frozenset(["slot:client.name", "choice:client", "slot:client.address", *_COMPANY])
_INTERROGATIVES = frozenset(
    "qui quoi pourquoi comment combien lequel laquelle quel quelle kim ne neden niye hangi kac nasil".split()
)
_NO_NAMES_TR = word_set("client_changes_not_names") | {",", "ismi"}
_BEFORE_NAME = word_set("awaited_before_name")
_NO_NAME = frozenset(
    "start_document deny confirm skip update_line_item remove_line_item move_line_item select_client".split()
)
_CHOICE_WORDS = word_set("awaited_choice_words")
_NEW_ONE = frozenset(["nouveau", "nouvelle", "autre", "aucun", "yeni"])


def answer(session: Session) -> None:
    """Reads the whole message as the answer to ``awaiting`` when it has that form; else leaves it to others."""
    awaiting = session.context.awaiting or ""
    opening = session.items[0]
    if (
        session.context.choices
        and opening.kind == "date"
        and opening.text[:1].isdigit()
        and opening.whole in _numbers(session)
    ):
        session.emit(
            "choose", {"option": opening.whole}, 0, 1
        )  # "1 mart 2024…": the choice, with the date that explains it
    free = [i for i, item in enumerate(session.items) if item.claimed is None and item.kind != "mark"]
    if not free:
        return
    if answers_tr.read(session, free) or _choice(session, awaiting, free):
        return
    reader = _READERS.get(awaiting)
    if awaiting in _FREE_TEXT and _speaks(session, free):
        return
    if reader is not None:
        reader(session, free)


def _speaks(session: Session, free: list[int]) -> bool:
    """Whether the message talks to the assistant ("annule", "liste", "qui ?") instead of naming something."""
    items = session.items
    question = items[-1].key == "?" and len(free) <= 3 and any(items[i].key in _INTERROGATIVES for i in free)
    spoken = session.lexicon.words["fillers"] | session.lexicon.words["articles"] | _DIALOGUE
    return question or all(items[i].kind == "word" and items[i].key in spoken for i in free)


def _choice(session: Session, awaiting: str, free: list[int]) -> bool:
    context = session.context
    if not (context.choices or awaiting.startswith(("choice:", "confirm:"))):
        return False
    items = session.items
    number: int | None = None
    rest = [items[i] for i in free]
    numbers = [i for i in rest if i.kind == "number" and i.value is not None and i.value == int(i.value)]
    ordinals = [i for i in rest if i.key in ORDINALS]
    others = [
        i
        for i in rest
        if i not in numbers
        and i not in ordinals
        and i.key not in _CHOICE_WORDS
        and i.key not in session.lexicon.words["fillers"]
    ]
    highest = max([c.number for c in context.choices], default=5)
    if (
        len(numbers) == 1
        and not others
        and not ordinals
        and 1 <= (numbers[0].value or 0) <= highest
        and not numbers[0].marked
    ):
        number = int(numbers[0].value or 0)
    elif len(ordinals) == 1 and not others and not numbers:
        number = ORDINALS[ordinals[0].key]
    elif (
        context.choices and (not numbers or _pointed_at(rest) or _written(rest)) and not awaiting.startswith("confirm:")
    ):
        number = _by_label(session, rest)
    if number is None:
        return False
    session.claim(free[0], free[-1] + 1, "choose")
    session.emit("choose", {"option": number}, free[0], free[-1] + 1)
    return True


def _pointed_at(rest: list[Item]) -> bool:
    """ "celui de 27", "le DEV-27": the number is part of a label."""
    return any(i.key in ("celui", "celle") for i in rest)


def _written(rest: list[Item]) -> bool:
    """ "0019": a number written with zeros before it is that of a document."""
    return any(i.kind in ("number", "dimension") and i.text.isdigit() and i.text.startswith("0") for i in rest)


def _numbers(session: Session) -> set[int]:
    return {choice.number for choice in session.context.choices}


def _by_label(session: Session, rest: list[Item]) -> int | None:
    """Words that repeat one label: "Léa", "celui de Bron", "la cliente de Lyon"."""
    words = [i.text for i in rest if i.text.isdigit() and len(i.text) > 2]
    words += [
        i.key
        for i in rest
        if i.kind == "word"
        and i.key not in _CHOICE_WORDS
        and i.key not in session.lexicon.words["function"]
        and i.key not in session.lexicon.words["fillers"]
        and (len(i.key) > 2 or i.case)
    ]
    words = words or [i.key for i in rest if i.kind == "word" and i.key in _NEW_ONE]
    references = {str(i.whole) for i in rest if i.kind == "number" and i.whole > 0}
    if references and not words:
        named = [c.number for c in session.context.choices if references & set(_digits(c.label))]
        return named[0] if len(named) == 1 else None
    if not words or len(words) > 4:
        return None
    scores = []
    for choice in session.context.choices:
        label = fold(choice.label).replace("(", " ").replace(")", " ").split()
        hits = sum(1 for word in words if any(_means(word, part) for part in label))
        scores.append((hits / len(words), choice.number))
    scores.sort(reverse=True)
    if scores[0][0] >= 0.99 and (len(scores) == 1 or scores[1][0] < scores[0][0]):
        return scores[0][1]
    return None


def _means(word: str, part: str) -> bool:
    """Whether a word said is this word of a label, with a Turkish ending, another spelling, or its number alone."""
    if word.isdigit():
        return part.endswith(word)
    heard = part.isalpha() and sound(word) == sound(part)
    return heard or fuzz.ratio(word, part) >= 92 or part.split("-", maxsplit=1)[0] in turkish_stems(word)


def _digits(label: str) -> list[str]:
    """The numbers in a label, also without leading zeros: DEV-2026-0027 is 27 too."""
    return [digits.lstrip("0") for digits in re.findall(r"\d+", label)]


def _line_value(session: Session, free: list[int]) -> None:
    """A bare price or quantity for the line that was asked about; other messages are read as usual."""
    items = session.items
    context = session.context
    numbers = [i for i in free if items[i].numeric]
    words = [items[i] for i in free if items[i].kind == "word"]
    content = [w for w in content_words(words) if is_trade(w) and w not in session.lexicon.words["qualifiers"]]
    if context.awaiting == "slot:line.price":
        numbers = awaited_values.with_cents(session, numbers)
    if numbers and awaited_values.either_of_two([items[i] for i in numbers], items):
        session.asked.update(free)
        return
    if not numbers or len(numbers) > 2:
        return
    line = (
        next((x for x in context.draft.lines if x.position == context.awaiting_line), None) if context.draft else None
    )
    if content and line is not None and any(w not in fold(f"{line.description} {line.said or ''}") for w in content):
        return
    if content and line is None:
        return
    asked = "unit_price" if context.awaiting == "slot:line.price" else "quantity"
    args: dict[str, Any] = {"line": context.awaiting_line} if context.awaiting_line else {}
    for index in numbers:
        item = items[index]
        if item.value is None:
            continue
        if item.kind == "quantity" and not (asked == "unit_price" and len(numbers) == 1 and item.unit == "u"):
            args["quantity"], args["unit"] = number_text(item.value), item.unit if item.unit != "u" else None
        elif item.kind == "money" and (asked == "unit_price" or len(numbers) == 2):
            whole = item.global_price and line is not None and line.quantity not in (None, "1")
            args["total" if item.total or whole else "unit_price"] = number_text(item.value)
            args["price_mode"] = item.mode
            unit = None if whole else "forfait" if item.global_price else item.per
            args["unit"] = unit or (None if whole else args.get("unit"))
        elif item.doubt == "thousands" and item.alternative is not None and asked == "unit_price":
            args[asked] = number_text(item.alternative)
        else:
            args[asked if asked not in args else "unit_price"] = number_text(item.value)
    session.claim(free[0], free[-1] + 1, "update_line_item")
    session.emit("update_line_item", args, free[0], free[-1] + 1)


def _client_name(session: Session, free: list[int]) -> None:
    """A bare name: "Lefebvre", "c'est pour mme petit à bron", "petit"."""
    if any(session.items[i].numeric for i in free) or any(c.name in _NO_NAME for c in session.commands):
        return
    begin = free[0]
    while begin < len(session.items) and (
        session.items[begin].key in _BEFORE_NAME
        or session.items[begin].key in session.lexicon.words["fillers"]
        or (session.language == "tr" and session.items[begin].key in _NO_NAMES_TR)
    ):
        begin += 1
    if begin >= len(session.items):
        return
    last = session.clause(begin)[1]
    name = read_forward(session, begin, last)
    if name is None or not name.name:
        name = _whole(session, begin, last)
    if name is None:
        return
    session.claim(free[0], name.last, "select_client")
    _surname(session, name, last)
    _town(session, name)
    while name.last < last and session.items[name.last].key in ("icin", "adina", "diye", "adinda"):
        session.claim(name.last, name.last + 1, "select_client")
        name.last += 1
    session.emit("select_client", name.args(), begin, name.last)


def _town(session: Session, name: Name) -> None:
    """ "Mme Keller, Villeurbanne": the town said after the name."""
    items = session.items
    words = items[name.last + 1 :]
    closed = name.place is None and items[name.last : name.last + 1]
    if not closed or items[name.last].key != "," or not 0 < len(words) <= 3:
        return
    if all((w.kind == "word" and w.case is None) or w.key == "-" for w in words) and words[0].text[:1].isupper():
        name.place = session.said(name.last + 1, len(items))
        session.claim(name.last, len(items), "select_client")
        name.last = len(items)


def _surname(session: Session, name: Name, last: int) -> None:
    """ "Kadir abi için, soyadı Yıldız": the surname said after the first name."""
    place = next((i for i in range(name.last, last) if session.items[i].key in ("soyadi", "soyismi")), None)
    if place is not None and place + 1 < last and session.items[place + 1].kind == "word":
        name.name = f"{name.name} {session.items[place + 1].text}"
        session.claim(place, place + 2, "select_client")


def _whole(session: Session, begin: int, last: int) -> Name | None:
    """Asked for a name, an unusual one is still a name (M. Maison, Mme Carreau), unless it is a word of dialogue."""
    words = session.items[begin:last]
    if not words or len(words) > 3 or any(w.kind != "word" or w.claimed or w.key in _DIALOGUE for w in words):
        return None
    return Name(session.said(begin, last), begin, last)


def _address(session: Session, free: list[int]) -> None:
    if any(c.name in ("update_client", "deny", "skip", "confirm") for c in session.commands) or len(free) < 1:
        return
    if any(item.claimed == "address" for item in session.items):
        return
    begin = free[0]
    skip = (
        "c",
        "est",
        "il",
        "elle",
        "habite",
        "au",
        "a",
        "adresse",
        "son",
        "sa",
        "adresi",
        "adres",
        ":",
        "l",
        "le",
        "la",
        "euh",
    )
    while begin < len(session.items) and session.items[begin].key in skip:
        begin += 1
    last = session.clause(begin)[1] if begin < len(session.items) else begin
    words = [i for i in session.items[begin:last] if i.kind == "word" and i.key not in session.lexicon.words["fillers"]]
    known = session.lexicon.words["function"] - session.lexicon.words["articles"] - {"rue", "avenue", "a", "en"}
    if not words or all(w.key in known for w in words):
        return
    session.claim(free[0], last, "update_client")
    session.emit("update_client", {"address": session.said(begin, last).strip(" .,")}, begin, last)


def _siret(session: Session, free: list[int]) -> None:
    spelled = siret_in_words([key for i in free for key in fold(session.items[i].text).split()])
    if spelled is not None:
        session.claim(free[0], free[-1] + 1, "update_client")
        session.emit("update_client", {"siret": spelled}, free[0], free[-1] + 1)
        return
    digits = "".join(c for c in session.said(free[0], free[-1] + 1) if c.isdigit())
    if len(digits) in (9, 14) and all(session.items[i].kind in ("number", "quantity") for i in free):
        session.claim(free[0], free[-1] + 1, "update_client")
        session.emit("update_client", {"siren" if len(digits) == 9 else "siret": digits}, free[0], free[-1] + 1)


def _vat_number(session: Session, free: list[int]) -> None:
    """A number of any country of the union: "BE 0403.019.261"."""
    said = session.said(free[0], free[-1] + 1)
    if eu_vat.is_valid(said):
        session.claim(free[0], free[-1] + 1, "update_client")
        session.emit("update_client", {"vat_number": eu_vat.compact(said)}, free[0], free[-1] + 1)


def _vat(session: Session, free: list[int]) -> None:
    built = any(c.name == "set_site" for c in session.commands)
    for index in free:
        item = session.items[index]
        if (
            (item.kind in ("percent", "number") or (item.kind == "money" and item.case))
            and item.value is not None
            and number_text(item.value) in ("20", "10", "5.5", "8.5", "2.1", "0")
            and not (built and item.spelled and not item.value)  # "sıfır bina": what the building is, not a rate
        ):
            session.claim(free[0], free[-1] + 1, "set_vat")
            session.emit("set_vat", {"rate": number_text(item.value)}, index, index + 1)
            return


_READERS: dict[str, Callable[[Session, list[int]], None]] = {
    "slot:line.price": _line_value,
    "slot:line.quantity": _line_value,
    "slot:client.name": _client_name,
    "choice:client": _client_name,
    "slot:client.address": _address,
    "slot:client.siret": _siret,
    "slot:client.vat_number": _vat_number,
    "slot:vat": _vat,
    "slot:deposit": awaited_values.deposit,
    "slot:progress": awaited_values.progress,
    "confirm:vat": awaited_values.normal_rate,
    "slot:credit": awaited_values.credit,
    "slot:due_date": awaited_values.due_date,
    "slot:service_date": awaited_values.service_date,
    **dict.fromkeys(_COMPANY, company.answer),
}

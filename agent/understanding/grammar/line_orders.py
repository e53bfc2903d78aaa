"""Orders about lines of the draft other than new values: remove, move, rename (UX-47)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from agent.understanding.grammar.corrections import ORDINALS, UNKNOWN_LAST, line_reference
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.line_commands import describe
from agent.understanding.grammar.line_matching import carrying, content_words, find
from agent.understanding.grammar.session import Session, is_trade

_REASONS = frozenset("c car parce vu il elle ils elles on lui puisque finalement j je qui".split())
_ALL_THAT = frozenset("tout ce qui que est concerne touche".split())
_RENAMING = frozenset(
    "change changez changer remplace remplacez remplacer renomme renommez renommer modifie ecris".split()
)
_MEANWHILE = frozenset("instant moment verra verrons plus tard finalement coup non tu vous on me en option".split())
_ABOVE, _BELOW = frozenset(["ustune", "onune", "yukarisina"]), frozenset(["altina", "arkasina", "sonrasina"])
_MOVING, _SURE = frozenset(["al", "koy", "tasi", "gecir", "alalim", "koyalim"]), 0.5
_REASONS_TR = frozenset(
    """onu bunu musteri adam kadin kendisi kendisinde kendinde onda zaten var vazgecti istemiyor istemedi gerek yok artik
    olmayacak kendi alacak""".split()
)


def renames(session: Session) -> None:
    """ "change X par Y", "remplace X par Y", "X yerine Y yaz": the wording of a line, when no number is said."""
    items = session.items
    draft = session.context.draft
    if draft is None or not draft.lines:
        return
    for index, item in enumerate(items):
        if item.claimed is not None:
            continue
        first, last = session.clause(index)
        if item.key in _RENAMING:
            middle = next((i for i in range(index + 1, last) if items[i].key in ("par", "en")), None)
            old, new = (index + 1, middle or last), ((middle or last) + 1, last)
        elif item.key == "yerine" and session.language == "tr":
            end = next(
                (i for i in range(index + 1, last) if items[i].key in ("yaz", "olsun", "yazsin", "koy", "yazalim")),
                None,
            )
            if end is None:
                continue
            middle, old, new = index, (first, index), (index + 1, end)
        else:
            continue
        price = _price_of_new(items, new, last)
        if price is not None and items.index(price) < new[1]:
            new = (new[0], items.index(price))
        if (
            middle is None
            or new[0] >= new[1]
            or any(i.numeric or i.claimed for i in items[old[0] : new[1]] if i is not item)
        ):
            continue
        words = content_words(items[old[0] : old[1]])
        reference = line_reference(session, old[0])
        line, _ = find(words, draft.lines)
        if line is None and reference is None:
            continue
        args: dict[str, Any] = (
            {"line": reference[0]} if reference else {"match": describe(session, items[old[0] : old[1]])}
        )
        wording = until_separator(items[new[0] : new[1]])
        args["description"] = describe(session, wording)
        if reference is None and not any(w.kind == "word" and is_trade(w.key) for w in wording) and price is not None:
            plain = [w for w in wording if w.key not in session.lexicon.words["articles"]]
            args["description"] = f"{args['match']} {describe(session, plain, digits=True)}"  # "par un 300 litres"
        if price is not None and price.value is not None:
            args["unit_price"] = number_text(price.value)
        begin, end = min(index, old[0]), last
        session.claim(begin, end, "update_line_item")
        session.emit("update_line_item", args, begin, end)


def _price_of_new(items: Sequence[Item], new: tuple[int, int], last: int) -> Item | None:
    """What the new thing costs: "par un 300 litres à 1150", "duş bataryası yaz 190"."""
    numbers = [i for i in items[new[0] : last] if i.numeric and i.claimed is None]
    if len(numbers) != 1 or numbers[0].kind == "quantity":
        return None
    behind = items.index(numbers[0]) >= new[1] and numbers[0].case in (None, "abl")
    return numbers[0] if behind or numbers[0].kind == "money" else None


def until_separator(items: Sequence[Item]) -> list[Item]:
    """The items before the first mark that ends a phrase."""
    return list(takewhile(lambda item: not item.separator or item.key in "-/", items))


def removals(session: Session) -> None:
    """``enlève les gravats``, ``vire la 2``, ``3. satırı sil``, ``süpürgeliği çıkar``, ``enlève le 780``."""
    lexicon, items = session.lexicon, session.items
    for index, item in enumerate(items):
        if item.claimed is not None or item.kind != "word" or item.key not in lexicon.words["remove"]:
            continue
        if index in session.asked:
            continue
        if (
            item.key == "oublie"
            and index
            and items[index - 1].key in ("ai", "a", "as", "avait", "avais", "avons", "ont")
        ):
            continue  # "j'ai oublié la plinthe": it is to be added
        if item.key in lexicon.fr["remove"] and session.language == "fr":
            _remove_after(session, index)
        elif item.key in lexicon.tr["remove"]:
            _remove_before(session, index)


def _remove_after(session: Session, index: int) -> None:
    items = session.items
    if index > 2 and items[index - 1].key in ("la", "le", "l", "les") and _remove_said_before(session, index):
        return
    end = index + 1
    while end < len(items) and items[end].claimed is None and not items[end].separator and end - index < 8:
        joined = end + 1 < len(items) and line_reference(session, end + 1) is not None  # "la ligne 1 et la 4"
        if items[end].key in ("et", "puis", "mais") and not joined and _verb_follows(session, end + 1):
            break
        if items[end].key in session.lexicon.words["add"] and items[end].key not in ("plus", "aussi"):
            break
        if items[end].key in _REASONS and end > index + 1 and items[end - 1].key != "ce":
            break
        end += 1
    begin = index + 1
    while begin < end and items[begin].key in _ALL_THAT:
        begin += 1  # "supprime tout ce qui est peinture"
    places = _references(session, begin, end)
    if len(places) > 1:
        session.claim(index, end, "remove_line_item")
        for line in places:
            session.emit("remove_line_item", {"line": line}, index, end)
        return
    args = _object(session, begin, end)
    if args is None and end == begin and session.has_lines() and _remove_said_before(session, index + 1):
        return
    if args is None or (items[index].key in ("saute", "sauter") and not _known(session, args)):
        return
    if end < len(items) and items[end].key in _REASONS:
        stop = end
        while (
            stop < len(items) and items[stop].claimed is None and not items[stop].separator and not items[stop].numeric
        ):
            stop += 1
        if items[end].key not in ("c", "mais") and (stop == len(items) or items[stop].separator):
            session.claim(end, stop, "reason")  # "vire le mitigeur il a le sien"
    session.claim(index, end, "remove_line_item")
    session.emit("remove_line_item", args, index, end)


def _known(session: Session, args: dict[str, Any]) -> bool:
    """Whether words that point at a line point at one of the draft: "fais sauter les centimes" does not."""
    draft = session.context.draft
    words = fold(str(args.get("match", ""))).split()
    return "match" not in args or (draft is not None and find(words, draft.lines)[0] is not None)


def _references(session: Session, first: int, last: int) -> list[int]:
    """ "la ligne 1 et la 4": all lines named by their number."""
    found, index = [], first
    while index < last:
        reference = line_reference(session, index)
        if reference is not None:
            found.append(reference[0])
            index = reference[1]
        else:
            index += 1
    return found


def _remove_said_before(session: Session, index: int) -> bool:
    """ "la ligne trois tu la supprimes", "le meuble tu l'enlèves": the line stands before the verb."""
    items = session.items
    end = min(index + 1, len(items))
    first = session.clause(index)[0]
    stop = index - 1
    while stop > first and items[stop - 1].key in ("tu", "vous", "on", "me"):
        stop -= 1
    begin = first
    first = next((at + 1 for at in range(stop - 1, begin - 1, -1) if _ends_phrase(items[at])), begin)
    while first > begin and not set(content_words(items[first:stop])) - _MEANWHILE:
        stop = first - 1  # "la motorisation, pour l'instant tu l'enlèves"
        first = next((at + 1 for at in range(stop - 1, begin - 1, -1) if _ends_phrase(items[at])), begin)
    references = [(at, found) for at in range(first, stop) if (found := line_reference(session, at))]
    if references:
        at, (line, _) = references[-1]
        session.claim(first, index + 1, "remove_line_item")
        session.emit("remove_line_item", {"line": line}, at, end)
        return True
    args = _object(session, first, stop)
    if args is None or stop == index - 1:
        return False
    session.claim(first, index + 1, "remove_line_item")
    session.emit("remove_line_item", args, first, end)
    return True


def _ends_phrase(item: Item) -> bool:
    """What stands before belongs to another order: "nettoyage à 11 et l'échafaudage tu l'enlèves"."""
    return item.separator or item.claimed is not None or item.key in ("et", "puis", "ensuite", "alors", "donc", "mais")


def _verb_follows(session: Session, index: int) -> bool:
    items = session.items
    if index >= len(items):
        return True
    key = items[index].key
    return (
        key in session.lexicon.words["remove"]
        or key in session.lexicon.words["add"]
        or key in ("mets", "change", "passe", "fais", "envoie", "c", "tu", "on")
        or any(i.numeric for i in items[index : index + 5])
    )


_BREAKS = frozenset("ve ama tamam evet bide sonra hayir yok olacak olsun yap olucak yapalim".split())


def _remove_before(session: Session, index: int) -> None:
    items = session.items
    first = index
    if index and items[index - 1].numeric and items[index - 1].case == "dat":
        return  # "spotları 10 a çıkar": raised, not removed
    while first > 0 and items[first - 1].claimed is None and index - first < 6:
        before = items[first - 1]
        if before.separator and not (before.key == "." and first >= 2 and items[first - 2].kind == "number"):
            break
        if before.key in _BREAKS or (before.key in ("da", "de") and index - first > 1):
            break
        first -= 1
    while first < index and items[first].key in session.lexicon.words["fillers"]:
        first += 1
    end = index + 1
    if end < len(items) and items[end].key in ("et", "edelim", "oradan", "devisten"):
        end += 1
    args = _object(session, first, index)
    if args is None:
        return
    while end < len(items) and items[end].claimed is None and items[end].key in _REASONS_TR:
        end += 1
    session.claim(first, end, "remove_line_item")
    session.emit("remove_line_item", args, first, end)


def _object(session: Session, first: int, last: int) -> dict[str, Any] | None:
    items = session.items
    if first >= last:
        return None
    draft = session.context.draft
    for index in range(first, last):
        reference = line_reference(session, index)
        if reference:
            return {"line": reference[0]} if draft is not None or reference[0] != UNKNOWN_LAST else {}
    numbers = [i for i in items[first:last] if i.numeric]
    words = [i for i in items[first:last] if i.is_word and i not in numbers]
    content = content_words(words)
    if numbers and not content and numbers[0].value is not None:
        value = numbers[0].value
        if draft and carrying(value, draft.lines):
            return {"match_value": number_text(value)}
        if draft and 1 <= value <= len(draft.lines) and value == int(value):
            return {"line": int(value)}
        return None
    if not content:
        return None
    if draft is None or not draft.lines:
        sure = True
        return {"match": describe(session, words)} if sure and any(is_trade(w) for w in content) else None
    line, _ = find(content, draft.lines)
    known = line is not None
    if not known and (session.language == "tr" or len(content) > 3):
        return None
    return {"match": describe(session, words)}


def moves(session: Session) -> None:
    """``mets la 3 en premier``, ``déplace la ligne 2 après la 4``, ``3. satırı başa al``, ``2yi 4ün altına taşı``."""
    items = session.items
    draft = session.context.draft
    keys = [i.key for i in items]
    count = len(draft.lines) if draft else UNKNOWN_LAST
    words = {"premier", "premiere", "debut", "tete", "haut"}, {"dernier", "derniere", "fin", "bas"}
    verbs = ("mets", "deplace", "passe", "monte", "descends", "al", "tasi", "koy", "gecir", "bouge", "place", "remonte")
    for index in range(len(items)):
        reference = line_reference(session, index)
        if not reference:
            reference = _named_to_move(session, index, verbs)
        if not reference:
            continue
        line, end = reference
        rest = keys[end : end + 5]
        target: int | None = None
        stop = end
        for offset, key in enumerate(rest):
            if key in words[0] or key in ("basa", "uste", "yukari", "ilk"):
                target, stop = 1, end + offset + 1
            elif key in words[1] or key in ("sona", "alta", "asagi"):
                target, stop = count, end + offset + 1
            elif key in ORDINALS and rest[offset - 1 : offset] == ["en"]:
                target, stop = ORDINALS[key], end + offset + 1
            elif key in ("avant", "apres", "position") and end + offset + 1 < len(items):
                at = end + offset + 1
                other = line_reference(session, at) or _plain_number(items, at) or _named_at(session, at)
                if other:
                    before = key in ("avant", "position")
                    target = other[0] if before or line < other[0] else other[0] + 1
                    target = other[0] - 1 if key == "avant" and line < other[0] else target
                    stop = other[1]
            if target is not None:
                break
        verb = any(k in verbs for k in keys[max(0, index - 3) : stop + 3]) or keys[end : end + 1] == ["en"]
        new_value = any(i.numeric and not i.facts.get("ordinal") for i in items[end : max(end, stop - 1)])
        if target is not None and verb and not (new_value and target in (1, count)) and target != UNKNOWN_LAST:
            first = index
            while first > 0 and keys[first - 1] in verbs:
                first -= 1
            while stop < len(items) and keys[stop] in ("al", "tasi", "koy", "gecir"):
                stop += 1
            session.claim(first, stop, "move_line_item")
            session.emit("move_line_item", {"line": line, "to": target}, first, stop)
            return


def moves_beside(session: Session) -> None:
    """ "kapı boyasını duvarın üstüne al": a line goes before or after another one, both named by their words."""
    items, draft = session.items, session.context.draft
    if draft is None or session.language != "tr":
        return
    for index in range(2, len(items) - 1):
        after = items[index].key in _BELOW
        if not (after or items[index].key in _ABOVE) or items[index + 1].key not in _MOVING:
            continue
        first, _ = session.clause(index)
        other, _ = find(content_words(items[index - 1 : index]), draft.lines)
        line, score = find(content_words(items[first : index - 1]), draft.lines)
        if other is None or line is None or score < _SURE or line is other or not session.free(first, index + 2):
            continue
        to = (
            other.position + (after and line.position > other.position) - (not after and line.position < other.position)
        )
        session.claim(first, index + 2, "move_line_item")
        session.emit("move_line_item", {"line": line.position, "to": to}, first, index + 2)
        return


def _named_to_move(session: Session, index: int, verbs: tuple[str, ...]) -> tuple[int, int] | None:
    """The line named by words after a verb of moving, or at the start before "en üste"."""
    items = session.items
    draft = session.context.draft
    first, last = session.clause(index)
    if items[index].claimed is not None or draft is None or not (index == first or items[index - 1].key in verbs):
        return None
    end = index
    while (
        end < last
        and items[end].kind == "word"
        and items[end].key not in ("en", "avant", "apres", "basa", "sona", "uste", "alta", "au", "tout")
        and end - index < 6
    ):
        end += 1
    if end == index or end >= last:
        return None
    line, score = find(content_words(items[index:end]), draft.lines)
    return (line.position, end) if line is not None and score >= 0.6 else None


def _named_at(session: Session, index: int) -> tuple[int, int] | None:
    """The line named by the words from here to the end of the phrase: "avant le parquet"."""
    draft = session.context.draft
    words = until_separator(session.items[index : session.clause(index)[1]])
    line, score = find(content_words(words), draft.lines) if draft else (None, 0.0)
    return (line.position, index + len(words)) if line is not None and score >= 0.9 else None


def _plain_number(items: list[Item], index: int) -> tuple[int, int] | None:
    if index < len(items) and items[index].kind == "number" and items[index].value is not None:
        return items[index].whole, index + 1
    return None

"""Corrections: inside the sentence ("12 non 14 m²"), and of lines of the draft (removed, moved, named by number or value)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.line_commands import describe
from agent.understanding.grammar.line_matching import amount, carrying, content_words, find
from agent.understanding.grammar.session import Session, is_trade

_FIRST_WINS = (
    ("pas",),
    ("au", "lieu", "de"),
    ("et", "pas"),
    ("plutot", "que"),
    ("et", "non"),
    ("a", "la", "place", "de"),
)
_SECOND_WINS = (
    ("non",),
    ("nan",),
    ("pardon",),
    ("plutot",),
    ("non", "plutot"),
    ("euh", "non"),
    ("non", "pardon"),
    ("ou", "plutot"),
    ("enfin",),
    ("je", "veux", "dire"),
    ("non", "c", "est"),
    ("degil",),
    ("yok",),
    ("hayir",),
    ("daha", "dogrusu"),
    ("yerine",),
    ("degil", "de"),
    ("mais",),
    ("devient",),
    ("yok", "yok"),
    ("olmasin",),
    ("pardon", "hayir"),
    ("yanlis",),
    ("non", "non"),
    ("→",),
    ("-", ">"),
    ("=", ">"),
    ("dedim", "ama"),
    ("nope",),
    ("oups",),
    ("erreur",),
    ("pas", "non"),
    ("yok", "pardon"),
    ("degil", "bi"),
    ("desole",),
    ("passe", "a"),
    ("ah", "non"),
)
_CARRIED = (
    ("passe",),
    ("c", "est"),
    ("devient",),
    ("par",),
    ("en",),
    ("est",),
    ("mets",),
    ("olsun",),
    ("passe", "en"),
    ("c",),
    ("olacak",),
)
_ORDINALS = {
    "premiere": 1, "premier": 1, "1ere": 1, "deuxieme": 2, "seconde": 2, "second": 2, "troisieme": 3, "quatrieme": 4, "cinquieme": 5,
    "sixieme": 6, "septieme": 7, "huitieme": 8, "birinci": 1, "ilk": 1, "ikinci": 2, "ucuncu": 3, "dorduncu": 4, "besinci": 5, "altinci": 6,
    "yedinci": 7, "sekizinci": 8, "birincisi": 1, "ikincisi": 2, "ucuncusu": 3,
}  # fmt: skip
_LAST = frozenset(["derniere", "dernier", "son", "sonuncu"])


def resolve_in_sentence(session: Session) -> None:
    """Keeps the final one of two numbers joined by words of correction; the dropped one becomes ``replaces``."""
    items = session.items
    numeric = [i for i, item in enumerate(items) if item.numeric and item.claimed is None]
    for first, second in zip(numeric, numeric[1:], strict=False):
        one, other = items[first], items[second]
        if one.claimed is not None or other.claimed is not None:
            continue
        between = tuple(i.key for i in items[first + 1 : second] if i.key not in (",", "euh", "heu", "…", "."))
        if not between or len(between) > 4:
            continue
        if between in _FIRST_WINS and not (session.has_lines() and between == ("pas",) and other.value == 0):
            _keep(session, one, other, range(first + 1, second + 1))
        elif between in _SECOND_WINS or (
            first and items[first - 1].key == "pas" and between in (("mais",), ("c", "est"))
        ):
            if (
                between in (("mais",), ("enfin",), ("yok",))
                and not (first and items[first - 1].key == "pas")
                and between != ("yok",)
            ):
                continue
            if between == ("passe", "a") and not session.has_lines():
                continue
            _keep(session, other, one, range(first, second))
            if items[first - 1].key in ("pas", "nan", "non") and first and items[first - 1].claimed is None:
                items[first - 1].claimed = "corrected"
        elif (
            session.has_lines()
            and (between in _CARRIED or between == ("a",))
            and one.case is None
            and _carried(session, one)
        ):
            _keep(session, other, one, range(first, second))


def resolve_apart(session: Session) -> None:
    """ "6 radiateurs au lieu de 5", "radiateurs 6 pas 5", "5 radyatör yerine 6": the old number stands apart from the new one."""
    items = session.items
    for index, item in enumerate(items):
        if not item.numeric or item.claimed is not None or item.value is None:
            continue
        first, last = session.clause(index)
        keys = [i.key for i in items[first:index]]
        opened = (
            keys[-3:] in (["au", "lieu", "de"],)
            or keys[-4:] == ["a", "la", "place", "de"]
            or keys[-1:] == ["pas"]
            and len(keys) > 1
        )
        if opened:
            other = next((i for i in reversed(items[first:index]) if i.numeric and i.claimed is None), None)
            if other is not None and other.value != item.value:
                size = 1 if keys[-1] == "pas" else 4 if keys[-4:] == ["a", "la", "place", "de"] else 3
                _keep(session, other, item, range(index - size, index + 1))
            continue
        following = [i.key for i in items[index + 1 : last]]
        if session.language == "tr" and "yerine" in following[:4]:
            place = index + 1 + following.index("yerine")
            other = next((i for i in items[place + 1 : last] if i.numeric and i.claimed is None), None)
            if other is not None:
                _keep(session, other, item, range(index, index + 1))
                items[place].claimed = "corrected"


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
        if item.key in ("change", "remplace", "changez", "remplacez", "renomme", "modifie", "ecris", "renommez"):
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
        args["description"] = session.said(*new).strip(" .,:")
        begin, end = min(index, old[0]), last
        session.claim(begin, end, "update_line_item")
        session.emit("update_line_item", args, begin, end)


def _carried(session: Session, item: Item) -> bool:
    draft = session.context.draft
    return draft is not None and item.value is not None and carrying(item.value, draft.lines) is not None


def _keep(session: Session, kept: Item, dropped: Item, covered: range) -> None:
    kept.replaces = dropped.value
    if kept.kind == "number" and dropped.kind == "quantity":
        kept.kind, kept.key, kept.unit = "quantity", "#q", dropped.unit
    if kept.kind == "number" and dropped.kind == "money":
        kept.kind, kept.key, kept.marked, kept.per = "money", "#m", True, dropped.per
    kept.mode = kept.mode or dropped.mode
    for index in covered:
        if session.items[index].claimed is None:
            session.items[index].claimed = "corrected"
    dropped.claimed = "corrected"


def line_reference(session: Session, index: int) -> tuple[int, int] | None:
    """A line named by its number at ``index``: ``la 2``, ``ligne 2``, ``2. satır``, ``la deuxième``; (position, end)."""
    items = session.items
    draft = session.context.draft
    count = len(draft.lines) if draft else 30
    if not count or items[index].claimed is not None:
        return None
    key = items[index].key
    position = index
    if key in ("la", "le", "ligne", "l", "n", "numero", "satir", "lignes", "satirin") and items[index].kind == "word":
        position = index + 1
        while position < len(items) and items[position].key in ("ligne", "numero", "n", "°", "no", "la"):
            position += 1
        if position >= len(items):
            return None
        if items[position].key in _ORDINALS or items[position].key in _LAST:
            number = _ORDINALS.get(items[position].key, count)
            end = position + 1
            if end < len(items) and items[end].key == "ligne":
                return number, end + 1
            return (number, end) if key in ("la",) or items[position - 1].key == "ligne" else None
        item = items[position]
        if (
            item.kind == "number"
            and item.value is not None
            and item.value == int(item.value)
            and 1 <= item.value <= max(count, 1)
        ):
            named = items[position - 1].key in ("ligne", "numero", "n", "satir", "°", "no")
            if (
                named
                or key == "la"
                or (key == "le" and item.value <= count and carrying(item.value, draft.lines if draft else []) is None)
            ) and not item.marked:
                return int(item.value), position + 1
        return None
    if key in _ORDINALS or key in _LAST:
        following = items[index + 1].key if index + 1 < len(items) else ""
        if following.startswith("satir") or following in ("ligne", "kalem", "kalemi", "kalemin"):
            return _ORDINALS.get(key, count), index + 2
        return None
    if items[index].kind == "number" and items[index].value is not None and 1 <= items[index].value <= count:
        end = index + 1
        while end < len(items) and items[end].key in (".", "numara", "numarali", "no", "nolu", "eme", "e"):
            end += 1
        if end < len(items) and items[end].key.startswith(("satir", "kalem", "ligne")):
            return int(items[index].value), end + 1
        if end > index + 1 and items[end - 1].key in ("numara", "numarali", "nolu"):
            return int(items[index].value), end
    return None


def removals(session: Session) -> None:
    """``enlève les gravats``, ``vire la 2``, ``3. satırı sil``, ``süpürgeliği çıkar``, ``enlève le 780``."""
    lexicon, items = session.lexicon, session.items
    for index, item in enumerate(items):
        if item.claimed is not None or item.kind != "word" or item.key not in lexicon.words["remove"]:
            continue
        if item.key in lexicon.fr["remove"] and session.language == "fr":
            _remove_after(session, index)
        elif item.key in lexicon.tr["remove"]:
            _remove_before(session, index)


def _remove_after(session: Session, index: int) -> None:
    items = session.items
    end = index + 1
    while end < len(items) and items[end].claimed is None and not items[end].separator and end - index < 8:
        if items[end].key in ("et", "puis", "mais") and _verb_follows(session, end + 1):
            break
        if items[end].key in session.lexicon.words["add"] and items[end].key not in ("plus", "aussi"):
            break
        if items[end].key in ("c", "car", "parce", "vu"):
            break
        end += 1
    args = _object(session, index + 1, end)
    if args is None:
        return
    session.claim(index, end, "remove_line_item")
    session.emit("remove_line_item", args, index, end)


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


def _remove_before(session: Session, index: int) -> None:
    items = session.items
    first = index
    while first > 0 and items[first - 1].claimed is None and index - first < 6:
        before = items[first - 1]
        if before.separator and not (before.key == "." and first >= 2 and items[first - 2].kind == "number"):
            break
        if before.key in ("ve", "ama", "tamam", "evet", "bide", "sonra", "hayir", "yok", "da"):
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
            return {"line": reference[0]}
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
        sure = session.language == "fr" or draft is not None
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
    if draft is None or not draft.lines:
        return
    keys = [i.key for i in items]
    count = len(draft.lines)
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
            elif key in ("avant", "apres", "position") and end + offset + 1 < len(items):
                other = line_reference(session, end + offset + 1) or _plain_number(items, end + offset + 1)
                if other:
                    before = key in ("avant", "position")
                    target = other[0] if before or line < other[0] else other[0] + 1
                    target = other[0] - 1 if key == "avant" and line < other[0] else target
                    stop = other[1]
            if target is not None:
                break
        verb = any(
            k
            in (
                "mets",
                "deplace",
                "passe",
                "monte",
                "descends",
                "al",
                "tasi",
                "koy",
                "gecir",
                "bouge",
                "place",
                "remonte",
            )
            for k in keys[max(0, index - 3) : stop + 3]
        )
        if target is not None and verb:
            first = index
            while first > 0 and keys[first - 1] in (
                "mets",
                "deplace",
                "passe",
                "monte",
                "descends",
                "bouge",
                "place",
                "remonte",
            ):
                first -= 1
            while stop < len(items) and keys[stop] in ("al", "tasi", "koy", "gecir"):
                stop += 1
            session.claim(first, stop, "move_line_item")
            session.emit("move_line_item", {"line": line, "to": target}, first, stop)
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


def _plain_number(items: list[Item], index: int) -> tuple[int, int] | None:
    if index < len(items) and items[index].kind == "number" and items[index].value is not None:
        return int(items[index].value), index + 1
    return None


def near(value: Decimal, text: str | None) -> bool:
    return amount(text) == value

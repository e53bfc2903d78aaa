"""Corrections inside a sentence ("12 non 14 m²"), and lines of the draft named by their number ("la 2")."""

from __future__ import annotations

from itertools import pairwise

from agent.understanding.grammar.items import Item
from agent.understanding.grammar.line_matching import carrying
from agent.understanding.grammar.session import Session

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
    ("pardon", "yok"),
    ("pardon", "pardon"),
    ("yok", "hayir"),
    ("hayir", "yok"),
    ("hayir", "hayir"),
    ("yanlis", "oldu"),
    ("yanlis", "dedim"),
    ("yanlis", "soyledim"),
    ("dogrusu",),
    ("duzeltiyorum",),
    ("duzelteyim",),
    ("degildi",),
    ("degil", "degil"),
    ("yok", "degil"),
)
_TOO_MUCH = (
    ("cok",),
    ("cok", "oldu"),
    ("cok", "olmus"),
    ("fazla",),
    ("fazla", "oldu"),
    ("fazla", "olmus"),
    ("az",),
    ("az", "oldu"),
    ("az", "olmus"),
    ("demistim",),
    ("demistik",),
    ("dedim",),
    ("yazmissin",),
    ("yazmistik",),
    ("yazmistim",),
    ("yazdim",),
    ("olmadi",),
    ("idi",),
    *((much, verb) for much in ("az", "fazla") for verb in ("gelir", "gelmis", "kalir")),
    *((verb,) for verb in ("yetmez", "yetmedi")),
)
"""Said of the number a line carries, before the number it shall have ("iskele 1200 çok oldu 1050 yapalım")."""
_RAISED = ("cevir", "degis", "cik", "indir", "in", "dus", "cek", "yuksel", "getir", "yap", "al")
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
_WRONG = frozenset("trop faux cher peu court juste mauvais".split())
_COUNTING = frozenset(
    "il y en a|y en a|c est|il en faut|j en ai|on en a|mais|on en met|j en mets|il y a|plutot".split("|")
)
ORDINALS = {
    "premiere": 1, "premier": 1, "1ere": 1, "deuxieme": 2, "seconde": 2, "second": 2, "troisieme": 3,
    "quatrieme": 4, "cinquieme": 5, "sixieme": 6, "septieme": 7, "huitieme": 8, "birinci": 1, "ilk": 1,
    "ikinci": 2, "ucuncu": 3, "dorduncu": 4, "besinci": 5, "altinci": 6, "yedinci": 7, "sekizinci": 8,
    "birincisi": 1, "ikincisi": 2, "ucuncusu": 3,
}  # fmt: skip
_HESITATIONS = frozenset(
    """euh heu ah oh attends attend attendez bah ben hum pardon desole excuse dis ouais ay of ee eee eeee iii sey dur ya yaa
    usta abi ama da de""".split()
)
UNKNOWN_LAST = 30  # "the last line" of a draft that is not at hand
_LAST = frozenset(["derniere", "dernier", "son", "sonuncu"])


def resolve_in_sentence(session: Session) -> None:
    """Keeps the final one of two numbers joined by words of correction; the dropped one becomes ``replaces``."""
    items = session.items
    numeric = [
        i for i, item in enumerate(items) if item.numeric and item.claimed is None and not names_a_line(session, i)
    ]
    for first, second in pairwise(numeric):
        one, other = items[first], items[second]
        if one.claimed is not None or other.claimed is not None:
            continue
        between = _said_between(session, first, second)
        if not between and session.language == "tr" and _raised(session, one, other, second):
            _keep(session, other, one, range(first, second))
            session.claim(second + 1, second + 2, "corrected")
            continue
        from_old = first > 0 and items[first - 1].key == "de" and between in ((), ("a",)) and other.kind != "number"
        if session.has_lines() and from_old and _carried(session, one):
            _keep(session, other, one, range(first - 1, second))  # "passe de 24 à 26 m²"
            continue
        if session.has_lines() and _said_wrong(between) and _carried(session, one):
            _keep(session, other, one, range(first, second))
            continue
        if not between or len(between) > 4:
            continue
        if between == ("sey",) and one.kind == "number" and not one.marked and other.kind == "quantity":
            _keep(session, other, one, range(first, second))  # "otuz sekiz şey otuz altı metrekare"
            continue
        if between in _TOO_MUCH and session.has_lines():
            _keep(session, other, one, range(first, second))
            continue
        if between in _SECOND_WINS and other.kind == "quantity" and one.kind != "quantity":
            earlier = _same_measure(items, first, other) if one.marked or _just_priced(items, first) else None
            if earlier is not None:
                _amend(session, earlier, other, range(first + 1, second + 1))
                continue
        if between in _FIRST_WINS and not (session.has_lines() and between == ("pas",) and other.value == 0):
            _keep(session, one, other, range(first + 1, second + 1))
        elif (
            between in _SECOND_WINS
            or _several_corrections(between)
            or (first and items[first - 1].key == "pas" and between in (("mais",), ("c", "est")))
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


def _several_corrections(between: tuple[str, ...]) -> bool:
    """ "380, enfin non 420": words that all take back what was said."""
    return len(between) > 1 and all((key,) in _SECOND_WINS and key not in ("mais", "→") for key in between)


def _said_between(session: Session, first: int, second: int) -> tuple[str, ...]:
    """The words between two numbers, without hesitations ("euh non attends" is "non") and the noun that both count."""
    items = session.items
    between = [i.key for i in items[first + 1 : second] if i.key not in (",", "…", ".")]
    if len(between) > 1 and between[0] in ("-", "–") and between[1] != ">":
        between = between[1:]  # "24 metre - pardon 26 metre"
    if len(between) > 1:
        kept = [key for key in between if key not in _HESITATIONS]
        between = kept or [key for key in between if key in ("pardon", "desole", "excuse")][:1] or between
    between = [key for key in between if key not in ("euh", "heu")]
    counted = items[second + 1].key if second + 1 < len(items) else ""
    denied = first > 0 and items[first - 1].key == "pas"
    noun = len(between) > 1 and items[first + 1].kind == "word"
    if noun and (between[0] == counted or (denied and _counts(between[1:]))):
        between = between[1:]  # "2 wc -> 3 wc", "pas 14 prises, il y en a 12"
    return ("mais",) if denied and session.has_lines() and _counts(between) else tuple(between)


def _same_measure(items: list[Item], first: int, later: Item) -> Item | None:
    """ "17 m de rives à 42, euh non 19 m": the quantity that a later one of the same unit corrects."""
    for index in range(first, max(-1, first - 8), -1):
        item = items[index]
        if item.hard:
            return None
        if item.kind == "quantity" and item.claimed is None:
            return item if item.unit == later.unit and item.unit is not None else None
    return None


def _just_priced(items: list[Item], index: int) -> bool:
    """ "28 m de rives 42": a bare number after a quantity, with nothing that opens another line between them."""
    for position in range(index - 1, max(-1, index - 5), -1):
        item = items[position]
        if item.kind == "quantity":
            return True
        if item.kind == "mark" or item.numeric or item.key in ("et", "puis", "ensuite", "plus"):
            return False
    return False


def _amend(session: Session, earlier: Item, later: Item, covered: range) -> None:
    """The earlier quantity takes the value said later; the words of the correction are explained."""
    earlier.replaces, earlier.value = earlier.value, later.value
    for index in covered:
        if session.items[index].claimed is None:
            session.items[index].claimed = "corrected"


def _said_wrong(between: tuple[str, ...]) -> bool:
    """ "42 ml c'est trop, mets 38"."""
    return between[:2] == ("c", "est") and len(between) <= 6 and bool(_WRONG.intersection(between[2:4]))


def _counts(between: list[str]) -> bool:
    """ "… y en a": the number that counts follows."""
    return " ".join(between) in _COUNTING


def resolve_apart(session: Session) -> None:
    """The old number stands apart from the new one: "6 radiateurs au lieu de 5", "5 radyatör yerine 6"."""
    items = session.items
    for index, item in enumerate(items):
        if not item.numeric or item.claimed is not None or item.value is None:
            continue
        first, last = session.clause(index)
        keys = [i.key for i in items[first:index]]
        opened = (
            keys[-3:] in (["au", "lieu", "de"],)
            or keys[-4:] == ["a", "la", "place", "de"]
            or (keys[-1:] == ["pas"] and len(keys) > 1)
        )
        if opened:
            other = next((i for i in reversed(items[first:index]) if i.numeric and i.claimed is None), None)
            if other is not None and other.value != item.value:
                size = 1 if keys[-1] == "pas" else 4 if keys[-4:] == ["a", "la", "place", "de"] else 3
                _keep(session, other, item, range(index - size, index + 1))
            continue
        following = [i.key for i in items[index + 1 : last]]
        if following[:1] == ["degil"] and not any(i.numeric for i in items[index + 1 : last]):
            other = next((i for i in reversed(items[first:index]) if i.numeric and i.claimed is None), None)
            if other is not None and other.value != item.value:
                _keep(session, other, item, range(index, index + 2))
            continue
        if session.language == "tr" and "yerine" in following[:4]:
            place = index + 1 + following.index("yerine")
            other = next((i for i in items[place + 1 : last] if i.numeric and i.claimed is None), None)
            if other is not None:
                _keep(session, other, item, range(index, index + 1))
                items[place].claimed = "corrected"


def _raised(session: Session, one: Item, other: Item, index: int) -> bool:
    """ "430dan 460a çıkar": from the old value to the new one."""
    following = session.items[index + 1].key if index + 1 < len(session.items) else ""
    return one.case == "abl" and other.case == "dat" and following.startswith(_RAISED)


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


def names_a_line(session: Session, index: int) -> bool:
    """ "ligne 2", "2. satır": the number says which line is meant, it is no value of one."""
    items = session.items
    before = items[index - 1].key if index else ""
    if before in ("ligne", "lignes", "satir", "kalem"):
        return True
    after = index + 1
    while after < len(items) and items[after].key in (".", "inci", "nci", "numarali", "nolu"):
        after += 1
    return after < len(items) and items[after].key.startswith(("satir", "kalem"))


_NO_LINES = frozenset("fois facture factures devis semaine annee seance visite version situation commande".split())


def line_reference(session: Session, index: int) -> tuple[int, int] | None:
    """A line named by its number at ``index`` (la 2, ligne 2, 2. satır, la deuxième): position and end."""
    items = session.items
    draft = session.context.draft
    count = len(draft.lines) if draft and draft.lines else UNKNOWN_LAST
    if items[index].claimed is not None:
        return None
    key = items[index].key
    position = index
    if key in ("la", "le", "ligne", "l", "n", "numero", "satir", "lignes", "satirin") and items[index].kind == "word":
        position = index + 1
        while position < len(items) and items[position].key in ("ligne", "numero", "n", "°", "no", "la"):
            position += 1
        if position >= len(items):
            return None
        if items[position].key in ORDINALS or items[position].key in _LAST:
            number = ORDINALS.get(items[position].key, count)
            end = position + 1
            if end < len(items) and items[end].key in _NO_LINES:
                return None  # "la dernière fois"
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
    accusative = _accusative_ordinal(key) if session.language == "tr" else None
    if accusative is not None:
        return accusative if accusative > 0 else count, index + 1
    if key in ORDINALS or key in _LAST:
        following = items[index + 1].key if index + 1 < len(items) else ""
        if following.startswith("satir") or following in ("ligne", "kalem", "kalemi", "kalemin"):
            return ORDINALS.get(key, count), index + 2
        return None
    if items[index].kind == "number" and 1 <= items[index].whole <= count:
        end = index + 1
        value = items[index].value
        named = items[index].case in ("acc", "gen") and end < len(items) and items[end].numeric
        if named and draft is not None and value is not None and carrying(value, draft.lines) is None:
            return items[index].whole, end  # "4ü 460 yap"
        while end < len(items) and items[end].key in (".", "numara", "numarayi", "numarali", "no", "nolu", "eme", "e"):
            end += 1
        if end < len(items) and items[end].key.startswith(("satir", "kalem", "ligne")):
            return items[index].whole, end + 1
        if end > index + 1 and items[end - 1].key in ("numara", "numarayi", "numarali", "nolu"):
            return items[index].whole, end
    return None


def _accusative_ordinal(key: str) -> int | None:
    """``ikinciyi``, ``üçüncüyü``; 0 for ``sonuncuyu``."""
    for name, number in (*ORDINALS.items(), ("sonuncu", 0)):
        if name.endswith(("ci", "cu")) and key in (
            f"{name}yi",
            f"{name}yu",
            f"{name}ye",
            f"{name}ya",
            f"{name}si",
            f"{name}sini",
            f"{name}sunu",
        ):
            return number
    return None

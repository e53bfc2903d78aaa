"""Starting a document and naming its client: "devis pour Mme Petit", "bati sud a facture kes", "nouveau client…"."""

from __future__ import annotations

from typing import Any

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import number_text
from agent.understanding.grammar.names import Name, closest, is_title_at, read_backward, read_forward
from agent.understanding.grammar.session import Session, is_trade
from agent.understanding.grammar.targets import kind_of

_MAKE_FR = frozenset(
    "fais fait faire faites prepare preparer preparez cree creer creez etablis etablir sors lance demarre commence redige ecris faut faudrait besoin veux "
    "voudrais pourriez pourrait possible serait nouveau nouvelle peux pouvez pourrais edite ouvre envoie un une faudra dois autre monte pond chiffre genere emets".split()
)
_MAKE_TR = frozenset(
    "yap yapin yapar yapalim yapsana kes kesin keselim kesilecek hazirla hazirlayin hazirlar hazirlayalim cikar cikart cikaralim ac acalim yaz yazalim ver verelim "
    "lazim gerek istiyorum istiyor isterim at duzenle olustur olacak yapacagiz yapicaz keselim yapcaz yapacaz baslat yapiver yapsan kessene yapabilir".split()
)
_POLITE = frozenset(
    "peux pouvez pourrais pourriez possible serait voudriez veux vais misin misiniz musun musunuz fais faites faire fait".split()
)
_DEPOSIT = frozenset(["acompte", "avans", "pesinat", "akont", "arrhes", "kapora"])
_CONTACT_WORDS = frozenset("adresse mail email numero tel telephone portable siret tva mobile numero".split())
_NEW_CLIENT = (
    ("nouveau", "client"), ("nouvelle", "cliente"), ("nouvelle", "client"), ("cree", "client"), ("ajoute", "client"), ("enregistre", "client"),
    ("yeni", "musteri"), ("musteri", "ekle"), ("musteri", "kaydet"), ("musteri", "olustur"), ("musteri", "ac"),
)  # fmt: skip


def starts(session: Session) -> list[tuple[str, int, int]]:
    """Documents to make, as (kind, first, last) item ranges in order; their words are claimed."""
    found: list[tuple[str, int, int]] = []
    items = session.items
    for index, item in enumerate(items):
        if item.claimed is not None or item.kind != "word":
            continue
        kind = kind_of(item.key)
        if kind is None or not _is_start(session, index, kind):
            continue
        if (
            kind == "quote"
            and found
            and found[-1][0] in ("invoice", "deposit")
            and _same_task(session, found[-1][2], index)
        ):
            _link(session, index)
            continue
        first, last = _covered(session, index)
        around = {i.key for i in items[max(0, index - 2) : min(len(items), index + 3)]}
        if kind == "invoice" and around & _DEPOSIT and _deposit_invoice(session, index):
            kind = "deposit"
        session.claim(first, last, "start_document")
        session.emit("start_document", {"kind": kind}, first, last)
        found.append((kind, first, last))
        if kind == "deposit":
            _deposit_share(session, first)
    return found


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
        args["reference"] = item.iso or number_text(item.value or 0)
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


def _deposit_invoice(session: Session, index: int) -> bool:
    keys = [i.key for i in session.items]
    after, before = keys[index + 1 : index + 3], keys[max(0, index - 1) : index]
    return bool(set(after) & _DEPOSIT and (after[0] in _DEPOSIT or after[0] in ("d", "de"))) or bool(
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
    content_before = [i for i in before if i.key not in session.lexicon.words["fillers"] and not i.separator]
    if not content_before:
        return not open_lines or bool(after)
    return _client_near(session, index, first, last) or (
        session.language == "tr" and bool(after) and after[0].key == ":"
    )


def _client_near(session: Session, index: int, first: int, last: int) -> bool:
    for position in range(index + 1, min(last, index + 7)):
        if session.items[position].key in ("pour", "chez") and read_forward(session, position + 1, last) is not None:
            return True
    if any(is_title_at(session, i) for i in range(max(first, index - 6), min(last, index + 7))):
        return True
    if session.language == "tr" and _name_before(session, index, first) is not None:
        return True
    name = read_forward(session, index + 1, last)
    return name is not None and session.items[index].key != "avoir"


def _name_before(session: Session, index: int, first: int) -> Name | None:
    stop = index
    while stop > first and session.items[stop - 1].key in (
        "bir",
        "bi",
        "yeni",
        "icin",
        "hemen",
        "de",
        "da",
        "ait",
        "acil",
        "acompte",
        "avans",
    ):
        stop -= 1
    return read_backward(session, stop, first)


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
                "acompte",
                "avans",
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


def clients(session: Session, found: list[tuple[str, int, int]]) -> list[Name]:
    """The clients named: with a title, after pour/chez/the document word, before için/the document word, or known."""
    names: list[Name] = []
    items = session.items
    created = ordered_creation(session)
    if created is not None:
        _take(session, names, created)
    for index in range(len(items)):
        if is_title_at(session, index):
            begin = index - 1 if index and items[index - 1].key == "particulier" else index
            name = read_forward(session, begin, session.clause(index)[1])
            if name is not None:
                before = names[-1] if names else None
                _take(session, names, name)
                if before is not None and before is not names[-1] and _replaced(session, before, names[-1]):
                    names.remove(before)
    for _, first, last in found:
        bound = session.clause(first)
        near = [n for n in names if bound[0] <= n.first < bound[1]]
        if not near:
            name = _beside(session, first, last, bound)
            if name is not None:
                _take(session, names, name)
    if not names:
        name = _elsewhere(session, bool(found))
        if name is not None:
            _take(session, names, name)
    return names


def _replaced(session: Session, before: Name, after: Name) -> bool:
    """ "mme lacroix, non mme delacroix": the second name corrects the first."""
    between = [i for i in session.items[before.last : after.first] if i.key not in (",", ".", "…", "euh")]
    corrected = (
        bool(between)
        and len(between) <= 3
        and all(i.key in session.lexicon.words["correction"] or i.key in ("c", "est", "pas") for i in between)
    )
    if corrected:
        session.claim(before.last, after.first, "corrected")
    return corrected


def _take(session: Session, names: list[Name], name: Name) -> None:
    if session.free(name.first, name.last) or all(
        i.claimed in (None, "start_document") for i in session.items[name.first : name.last]
    ):
        first = name.first
        while (
            first > 0
            and session.items[first - 1].claimed is None
            and session.items[first - 1].key
            in ("pour", "chez", "client", "cliente", "a", "de", "c", "est", "musteri", "la", "le", "icin")
        ):
            first -= 1
        last = name.last
        while (
            last < len(session.items)
            and session.items[last].claimed is None
            and session.items[last].key in ("icin", "adina")
        ):
            last += 1
        session.claim(first, last, "select_client")
        names.append(name)


def _beside(session: Session, first: int, last: int, bound: tuple[int, int]) -> Name | None:
    items = session.items
    position = last
    while position < bound[1] and position < last + 8:
        item = items[position]
        if (
            item.key in ("pour", "chez", "client", "cliente", "nom")
            or (position == last and item.key in (":", ","))
            or (position == last and item.key in ("a", "au", "de"))
        ):
            name = read_forward(session, position + 1, bound[1])
            if name is not None and (
                item.key != "a" or name.kind or (item.key == "a" and not _placelike(session, name))
            ):
                return name
            if item.key in (":", ","):
                break
        if item.numeric or item.separator:
            break
        position += 1
    if session.language == "tr":
        name = _name_before(session, first, bound[0])
        if name is not None:
            return name
    name = read_forward(session, last, bound[1])
    if name is not None and session.items[name.first].key not in ("a", "au"):
        return name
    if bound[1] < len(items) and items[bound[1]].key == "\n":
        following = session.clause(bound[1] + 1) if bound[1] + 1 < len(items) else None
        if following and not any(i.numeric for i in items[following[0] : following[1]]):
            begin = following[0] + (1 if items[following[0]].key in ("pour", "chez", "client") else 0)
            name = read_forward(session, begin, following[1])
            if name is not None and name.last >= following[1]:
                return name
    return None


def _placelike(session: Session, name: Name) -> bool:
    return False


def _elsewhere(session: Session, started: bool) -> Name | None:
    """Without a title: "pour X" (a capital, a known client or a business), "X için", "client : X"."""
    items = session.items
    for index, item in enumerate(items):
        if item.claimed is not None or item.kind != "word":
            continue
        last = session.clause(index)[1]
        if item.key in _CONTACT_WORDS and index + 2 < last and items[index + 1].key in ("de", "d", "du"):
            name = read_forward(session, index + 2, last)
            if name is not None:
                return name
        if item.key in ("pour", "chez", "client", "cliente", "musteri") and index + 1 < last:
            begin = index + 1
            while begin < last and items[begin].key in (":", "c", "est", "la", "le"):
                begin += 1
            name = read_forward(session, begin, last)
            sure = name is not None and (
                started
                or name.kind
                or items[name.first].text[:1].isupper()
                or bool(closest(name.name, session.context.clients))
                or item.key.startswith(("client", "musteri"))
            )
            if name is not None and sure:
                name.first = index
                return name
        if item.key == "icin" and session.language == "tr":
            name = read_backward(session, index, session.clause(index)[0])
            if name is not None:
                name.last = index + 1
                return name
        if (
            item.case
            and not is_trade(item.key)
            and session.language == "tr"
            and item.case in ("dat", "gen")
            and item.text[:1].isupper()
        ):
            name = read_backward(session, index + 1, session.clause(index)[0])
            if name is not None:
                return name
    return _known(session)


def _known(session: Session) -> Name | None:
    """A client of the artisan's file named without any introduction, at the start of the message."""
    if not session.context.clients:
        return None
    items = session.items
    first = next(
        (
            i
            for i, item in enumerate(items)
            if item.claimed is None and item.kind == "word" and item.key not in session.lexicon.words["fillers"]
        ),
        None,
    )
    if first is None:
        return None
    name = read_forward(session, first, session.clause(first)[1])
    return name if name is not None and closest(name.name, session.context.clients) else None


def emit_clients(session: Session, names: list[Name], contact: dict[str, Any]) -> None:
    """select_client, create_client when ordered; the client of the current draft is not selected again."""
    draft_client = session.context.draft.client if session.context.draft else None
    create = any(i.claimed == "create_client" for i in session.items)
    started = any(c.name == "start_document" for c in session.commands)
    for index, name in enumerate(names):
        if create and index == 0:
            args = {**name.args(), **contact}
            contact.clear()
            session.emit("create_client", args, name.first, name.last)
            continue
        if draft_client and not started and closest(name.name, [draft_client], cutoff=84):
            continue
        session.emit("select_client", name.args(), name.first, name.last)


def ordered_creation(session: Session) -> Name | None:
    """ "nouveau client SARL Verdier", "müşteri ekle …": the name after it; the words are claimed."""
    items = session.items
    keys = [i.key for i in items]
    for one, two in _NEW_CLIENT:
        for index, key in enumerate(keys):
            if key == one and two in keys[index + 1 : index + 4]:
                stop = keys.index(two, index + 1) + 1
                session.claim(index, stop, "create_client")
                while stop < len(items) and (items[stop].separator or items[stop].key in ("le", "la", "bir", "nom")):
                    stop += 1
                return read_forward(session, stop, session.clause(stop)[1]) if stop < len(items) else None
    return None


def same_client(session: Session, name: str) -> bool:
    draft = session.context.draft
    return (
        bool(draft and draft.client and closest(name, [draft.client], cutoff=84))
        or fold(name) == fold(draft.client or "")
        if draft
        else False
    )

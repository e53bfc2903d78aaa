"""The clients a message names, and what to do with them: select, create, leave alone (UX-28)."""

from __future__ import annotations

import re
from typing import Any

from agent.understanding.grammar import client_cards_tr, clients_tr, known_names, names_tr, several_cards, untitled
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.name_endings import closest
from agent.understanding.grammar.names import Name, is_title_at, read_backward, read_forward
from agent.understanding.grammar.session import Session, is_trade

_NO_NAMES = frozenset("petit nouveau gros simple double super regarde voir mini premier second autre".split())
_CONTACT_WORDS = frozenset("adresse mail email numero tel telephone portable siret tva mobile numero".split())
_OF_SHARE = frozenset("de d l un une acompte avance".split())
_AFTER_CREATION = frozenset("le la bir nom ekle kaydet ac olustur adi ismi".split())
_POSSESSED_CONTACTS = frozenset("adresi adresini telefonu telefonunu maili mailini numarasi numarasini cebi".split())
_NO_CLIENT_NAMES = word_set("client_changes_not_names")
_LEGAL = word_set("names_companies")
_FIRMS = frozenset(["boite", "societe", "entreprise", "firme"])
_SITUATION = frozenset(["situation", "chantier"])
_OWNED_DATA = frozenset("adresi telefonu numarasi maili sireti siret adres telefon mail".split())
_NEW_CLIENT = tuple(
    tuple(pair.split())
    for pair in (
        "nouveau client", "nouvelle cliente", "nouvelle client", "cree client", "ajoute client", "enregistre client",
        "nouvelle fiche", "creer client", "creez client", "ajouter client", "enregistrer client", "ajoutez client",
        "ajoute clients", "cree clients", "enregistre clients", "nouveaux clients", "ajouter clients", "creer clients",
        "ajoutez clients", "note clients",
        "yeni musteri", "musteri ekle", "musteriyi kaydet", "musteriyi ekle", "musteriyi olustur",
        "musteri kaydet", "musteri olustur", "musteri ac",
    )
)  # fmt: skip


def clients(session: Session, found: list[tuple[str, int, int]]) -> list[Name]:
    """The clients named: with a title, after pour/chez/the document word, before için/the document word, or known."""
    names: list[Name] = []
    items = session.items
    created = ordered_creation(session)
    if created is not None:
        _take(session, names, created)
    for known in known_names.whole_names(session):
        _take(session, names, known)
    for index in range(len(items)):
        if is_title_at(session, index):
            begin = index - 1 if index and items[index - 1].key == "particulier" else index
            name = read_forward(session, begin, session.clause(index)[1])
            if name is not None:
                before = names[-1] if names else None
                _take(session, names, name)
                if before is not None and before is not names[-1] and _replaced(session, before, names[-1]):
                    names.remove(before)
    for index, item in enumerate(items):
        if (
            item.claimed is None
            and item.key in session.lexicon.tr["post_titles"]
            and session.language == "tr"
            and index
        ):
            name = read_backward(session, index + 1, session.clause(index)[0])
            if name is not None and not names_tr.is_verb(session, items[name.first]):
                _take(session, names, name)
    for number, (_, first, last) in enumerate(found):
        bound = _region(session, found, number)
        near = [n for n in names if bound[0] <= n.first < bound[1]]
        if not near:
            name = _beside(session, first, last, bound)
            if name is not None:
                _take(session, names, name)
    if not names:
        name = (None if found else untitled.leading(session)) or _elsewhere(session, bool(found))
        if name is not None:
            _take(session, names, name)
    _firm_instead(session, names)
    if not names and found and session.language == "tr":
        name = clients_tr.before_works(session)
        if name is not None:
            _take(session, names, name)
    for named in names:
        untitled.with_dwelling(session, named)
    return names


def _firm_instead(session: Session, names: list[Name]) -> None:
    """ "pas M. Joly, sa boîte : SARL Joly TP": of the draft, the firm and not the man."""
    items = session.items
    if not session.has_draft() or session.language != "fr":
        return
    place = next((i for i, item in enumerate(items) if item.key in _FIRMS and item.claimed is None), None)
    if place is None:
        return
    begin = place + 1
    while begin < len(items) and items[begin].key in (":", "c", "est", ","):
        begin += 1
    firm = read_forward(session, begin, session.clause(begin)[1]) if begin < len(items) else None
    if firm is None or firm.kind != "business":
        return
    for name in [n for n in names if n.first and items[n.first - 1].key == "pas" and n.last <= place]:
        session.claim(name.first - 1, name.last, "corrected")
        names.remove(name)
    session.claim(place, firm.first, "select_client")
    _take(session, names, firm)


def _region(session: Session, found: list[tuple[str, int, int]], number: int) -> tuple[int, int]:
    """Where the client of this document may be named: its clause, without the documents before and after it."""
    _, first, _ = found[number]
    low, high = session.clause(first)
    if number and found[number - 1][2] > low:
        low = found[number - 1][2] if session.language == "tr" else first
    if number + 1 < len(found) and found[number + 1][1] < high and session.language == "fr":
        high = found[number + 1][1]
    return low, high


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
        if first and name.place is None and (place := clients_tr.place_before(session, first - 1)) is not None:
            name.place, first = place, first - 1
        session.claim(first, last, "select_client")
        names.append(name)


def _beside(session: Session, first: int, last: int, bound: tuple[int, int]) -> Name | None:
    items = session.items
    position = last
    direct = read_forward(session, last, bound[1]) if session.language == "fr" else None
    if direct is not None and direct.kind in ("business", "public"):
        return direct  # "facture le salon de coiffure chez Nadia"
    noble = untitled.noble(session, last, bound[1])
    if noble is not None:
        return noble
    if session.language == "tr" and last < bound[1] and items[last].kind == "word" and items[last].case == "dat":
        return Name(re.sub(r"['’`].*$", "", items[last].text), last, last + 1)  # "FATURA VINCI'YE: …"
    if session.language == "tr" and first > bound[0] and items[first - 1].case == "dat":
        name = clients_tr.name_before(session, first, bound[0])
        if name is not None:
            return name
    while position < bound[1] and position < last + 8:
        item = items[position]
        if (
            item.key in ("pour", "chez", "client", "cliente", "nom")
            or (position == last and item.key in (":", ",") and not _named_before(session, item, first, bound[0]))
            or (item.key == "a" and _after_share(session, last, position, bound[1]))
            or (position == last and item.key in ("a", "de"))
            or (position == last and item.key == "au" and items[min(position + 1, len(items) - 1)].key != "nom")
        ):
            skip = 2 if item.key == "nom" and position + 1 < bound[1] and items[position + 1].key in ("de", "d") else 1
            while position + skip < bound[1] and items[position + skip].key in ("euh", "heu", "hum", "bah"):
                skip += 1
            name = read_forward(session, position + skip, bound[1])
            if name is not None:
                return name
            if item.key == ",":
                break
        if item.numeric or (item.separator and item.key != ":"):
            break
        position += 1
    if session.language == "tr":
        name = clients_tr.name_before(session, first, bound[0])
        if name is not None:
            return name
    if session.language == "fr":
        name = opening_name(session, first, bound[0]) or untitled.after_works(session, last, bound[1])
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


def _named_before(session: Session, mark: Item, first: int, begin: int) -> bool:
    """ "Bron belediyesine fatura keseceğiz, mairie de Bron": who it is for was said already."""
    return session.language == "tr" and mark.key == "," and clients_tr.name_before(session, first, begin) is not None


def _after_share(session: Session, last: int, position: int, end: int) -> bool:
    """ "facture l'acompte de 30 % à Rossi": nothing but the share stands between the document and its client."""
    items = session.items
    plain = any(i.kind == "word" and i.claimed is None and i.key not in _OF_SHARE for i in items[last:position])
    return not plain and position + 1 < end and items[position + 1].text[:1].isupper()


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
                or (name.last < len(items) and items[name.last].key == ":")
                or item.key.startswith("client")
                or (item.key == "musteri" and _named_client(session, name, last))
                or items[name.first].key in untitled.FOREIGN
                or (item.key == "chez" and name.last >= last)
            )
            if name is not None and sure:
                name.first = index
                return name
        if item.key == "icin" and session.language == "tr":
            name = read_backward(session, index, session.clause(index)[0])
            if name is not None:
                name.last = index + 1
                return name
        if session.language == "tr" and item.key in _POSSESSED_CONTACTS:
            name = client_cards_tr.owner(session, index)
            if name is not None:
                return name
        owned = index + 1 < len(items) and items[index + 1].key in _OWNED_DATA and item.text[:1].isupper()
        if item.case == "gen" and owned and session.language == "tr" and not item.key.startswith("musteri"):
            return Name(re.sub(r"['’`].*$", "", item.text), index, index + 1)  # "Demir'in adresi 5 rue…"
        if (
            item.case
            and not is_trade(item.key)
            and session.language == "tr"
            and item.case in ("dat", "gen")
            and (item.text[:1].isupper() or index == clients_tr.opening(session, 0) or _copied_for(session, item))
        ):
            name = read_backward(session, index + 1, session.clause(index)[0])
            if name is not None:
                return name
    return _known(session) or _of_works(session)


def _copied_for(session: Session, item: Item) -> bool:
    """ "lacombe'un devisinin aynısını verdier'ye yap": the ending says for whom the copy is."""
    return item.case == "dat" and any(c.name == "copy_document" for c in session.commands)


def _named_client(session: Session, name: Name, last: int) -> bool:
    """ "müşteri Petit": what follows is a name, not what the client wants or is ("müşteri kabul eder mi")."""
    ends = name.last >= last or session.items[name.last].separator
    return ends and session.items[name.first].key not in _NO_CLIENT_NAMES


def _of_works(session: Session) -> Name | None:
    """ "le chantier Ozturk façade nord : …", "chantier Ferreira terminé": whose works these are."""
    if session.has_draft():
        return None
    items = session.items
    for index, item in enumerate(items[:-1]):
        if item.key not in ("chantier", "dossier") or item.kind != "word" or item.claimed is not None:
            continue
        last = session.clause(index)[1]
        begin = index + 2 if items[index + 1].key in ("de", "chez", "d") else index + 1
        name = read_forward(session, begin, last) if begin < last else None
        if name is not None and (items[name.first].text[:1].isupper() or name.title or name.kind):
            name.first = index
            return name
    return None


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
    if create and len(names) > 1 and several_cards.ordered(session):
        contact.clear()
        several_cards.emit(session, names)
        return
    for index, name in enumerate(names):
        if create and index == 0:
            args = {**name.args(), **contact}
            contact.clear()
            args["place"] = args["place"] or _town_after(session, name.last)
            session.emit("create_client", args, name.first, name.last)
            continue
        if draft_client and not started and _is_client_of(draft_client, name):
            continue
        session.emit("select_client", name.args(), name.first, name.last)


def _is_client_of(draft_client: str, name: Name) -> bool:
    """The client of the draft, unless another title is said: "M. Paquet … c'est sa femme, Mme Paquet"."""
    other = {"M.": "Mme", "Mme": "M."}.get(name.title or "")
    if name.kind == "business" and set(fold(name.name).split()) & _LEGAL - set(fold(draft_client).split()):
        return False  # "sa boîte : SARL Joly TP" is not M. Joly
    return closest(name.name, [draft_client], cutoff=84) is not None and draft_client.split(maxsplit=1)[0] != other


def _town_after(session: Session, index: int) -> str | None:
    """ "müşteri kaydet: Ahmet Demir 06 51 44 20 98 Vaulx-en-Velin": the town that closes the card."""
    items = session.items
    last = session.clause(index)[1]
    begin = next((i for i in range(last, index, -1) if items[i - 1].claimed is not None), last)
    words = items[begin:last]
    if not words or begin <= index or any(w.kind != "word" for w in words) or not words[0].text[:1].isupper():
        return None
    session.claim(begin, last, "create_client")
    return session.said(begin, last)


def ordered_creation(session: Session) -> Name | None:
    """ "nouveau client SARL Verdier", "müşteri ekle …": the name after it; the words are claimed."""
    items = session.items
    keys = [i.key for i in items]
    for one, two in _NEW_CLIENT:
        for index, key in enumerate(keys):
            if key == one and two in keys[index + 1 : index + 4]:
                stop = keys.index(two, index + 1) + 1
                session.claim(index, stop, "create_client")
                while stop < len(items) and (items[stop].separator or items[stop].key in _AFTER_CREATION):
                    session.claim(stop, stop + 1, "create_client")
                    stop += 1
                if stop >= len(items) or names_tr.is_verb(session, items[stop]):
                    return None  # "yeni müşteri kaydedeceğim": the name comes next
                return read_forward(session, stop, session.clause(stop)[1])
    return client_cards_tr.named(session)


def opening_name(session: Session, index: int, first: int) -> Name | None:
    """French: "el amrani devis 20 m² placo 35": all that stands before the document word is a name."""
    if session.has_draft():
        return None
    while first < index and (
        session.items[first].key in session.lexicon.words["fillers"] or session.items[first].key in _SITUATION
    ):
        first += 2 if session.items[first].key == "situation" and session.items[first + 1].numeric else 1
    index = index - 1 if index > first + 1 and session.items[index - 1].key in (":", ",") else index
    name = read_forward(session, first, index) if first < index else None
    if name is None or name.last != index or any(len(i.key) < 2 for i in session.items[first:index]):
        return None
    return name if name.name.lower() not in _NO_NAMES else None

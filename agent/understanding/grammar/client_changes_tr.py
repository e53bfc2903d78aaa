"""Turkish words that correct a client, or say where he lives: "Dupond değil Dupont", "bey değil hanım", "Bron'daki Morel"."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.name_endings import closest
from agent.understanding.grammar.names_tr import post_title
from agent.understanding.grammar.session import Session, is_trade

_NAMING = frozenset("adi ismi soyadi ad isim adini ismini soyadini".split())
_CLIENT = frozenset("musteri musterinin musteriyi musterimin adamin kadinin".split())
_AROUND = word_set("client_changes_around")
_NOT_NAMES = word_set("client_changes_not_names")
_HIM = frozenset("bey bay erkek mosyo musyo beyefendi".split())
_HER = frozenset("hanim bayan kadin madam madame hanimefendi".split())
_LIVES = frozenset("oturan oturuyor yasayan olan oturur bulunan".split())
_LOCATED = re.compile(r"(?:['’]?n?[dt][ae](?:ki)?)$", re.IGNORECASE)
_SAME_PERSON = 60
"""rapidfuzz ratio (0 to 100) from which a corrected name is another spelling of the first one."""


def read(session: Session) -> None:
    """Corrections of the client of the draft; their words are claimed."""
    if session.language != "tr" or session.context.draft is None:
        return
    for index, item in enumerate(session.items):
        if item.key == "degil" and item.claimed is None and (_title(session, index) or _other_name(session, index)):
            return


def _title(session: Session, index: int) -> bool:
    """ "bey değil hanım olacak"."""
    items = session.items
    if not 0 < index < len(items) - 1:
        return False
    begin, end = max(0, index - 2), min(index + 3, len(items))
    wrong, right = {i.key for i in items[begin:index]}, {i.key for i in items[index + 1 : end]}
    title = "Mme" if wrong & _HIM and right & _HER else "M." if wrong & _HER and right & _HIM else None
    said = [i for i in (*items[begin:index], *items[index + 1 : end]) if i.key not in _HIM | _HER | _AROUND | _CLIENT]
    named = [
        i for i in said if closest(i.text.split("'")[0], [_client(session)], cutoff=84) is None and i.kind == "word"
    ]
    if title is None or named:
        return False
    first, last = _around(session, begin, end)
    session.claim(first, last, "update_client")
    session.emit("update_client", {"title": title}, first, last)
    for position in range(last, session.clause(index)[1]):  # "… madam Karpantiye": the name once more
        same = closest(items[position].text, [_client(session)], cutoff=84) is not None
        if items[position].claimed is None and (same or items[position].key in session.lexicon.titles):
            session.claim(position, position + 1, "update_client")
    return True


def _other_name(session: Session, index: int) -> bool:
    """ "Dupond değil Dupont": the client is spelled otherwise; "Blanchard değil Chevalier": it is another one."""
    items, client = session.items, _client(session)
    first, last = session.clause(index)
    wrong = _name_before(session, index, first)
    right = _name_after(session, index + 1, last)
    if wrong is None or right is None or not client:
        return False
    old, new = _text(session, *wrong), _text(session, *right)
    opening = [i.key for i in items[first : wrong[0]]]
    named = any(key in _NAMING for key in opening)
    if closest(old, [client], cutoff=80) is None and not (named or any(key in _CLIENT for key in opening)):
        return False
    begin, end = _around(session, wrong[0], right[1])
    session.claim(begin, end, "update_client")
    if named or fuzz.ratio(fold(old), fold(new)) >= _SAME_PERSON:
        session.emit("update_client", {"name": old, "new_name": new}, begin, end)
    else:
        session.emit("select_client", {"name": new, "title": _title_of(session, items[right[0] - 1])}, begin, end)
    return True


def _client(session: Session) -> str:
    return (session.context.draft.client if session.context.draft else None) or ""


def _title_of(session: Session, item: Item) -> str | None:
    if item.key in session.lexicon.tr["post_titles"]:
        return post_title(item.key)
    return session.lexicon.titles.get(item.key) if item.kind == "word" else None


def _name_before(session: Session, index: int, first: int) -> tuple[int, int] | None:
    start = index
    while start > first and index - start < 3 and _is_name(session, session.items[start - 1]):
        start -= 1
    return (start, index) if start < index else None


def _name_after(session: Session, index: int, last: int) -> tuple[int, int] | None:
    while index < last and (_title_of(session, session.items[index]) or session.items[index].key == ","):
        index += 1
    end = index
    while end < last and end - index < 3 and _is_name(session, session.items[end]):
        end += 1
    return (index, end) if end > index else None


def _is_name(session: Session, item: Item) -> bool:
    if item.kind != "word" or item.claimed is not None or item.key in _NAMING | _CLIENT | _AROUND | _NOT_NAMES:
        return False
    small = session.lexicon.words["fillers"] | session.lexicon.words["function"]
    return len(item.key) > 1 and item.key not in small and not (is_trade(item.key) and not item.text[:1].isupper())


def _text(session: Session, first: int, last: int) -> str:
    return re.sub(r"['’].*$", "", session.said(first, last)).strip(" ,.:")


def _around(session: Session, first: int, last: int) -> tuple[int, int]:
    """With the words that only introduce or close the correction."""
    items = session.items
    said = _AROUND | _NAMING | _CLIENT | session.lexicon.tr["post_titles"] | set(session.lexicon.titles)
    while first > 0 and (
        items[first - 1].key in said or items[first - 1].key in (",", ":") or _repeats(session, first - 1)
    ):
        first -= 1
    while last < len(items) and items[last].key in _AROUND and items[last].claimed is None:
        last += 1
    return first, last


def _repeats(session: Session, index: int) -> bool:
    return closest(session.items[index].text.split("'")[0], [_client(session)], cutoff=90) is not None


def places(session: Session) -> None:
    """ "Morel, Villeurbanne'daki Morel", "Oullins'de oturan Mercier": the town said to tell which client."""
    if session.language != "tr":
        return
    items = session.items
    for command in session.commands:
        if command.name not in ("select_client", "create_client") or command.args.get("place"):
            continue
        first = next((i for i, item in enumerate(items) if item.start >= command.start), len(items))
        last = next((i for i, item in enumerate(items) if item.start >= command.end), len(items))
        near = [*range(max(0, first - 1), first), *range(last, min(last + 7, len(items)))]
        for index in near:
            town = _town(session, index) if items[index].claimed is None else None
            if town is None and command.name == "create_client" and index == near[-1]:
                town = _closing_town(session)
                index = len(items) - 1 if town else index
            if town is None:
                continue
            command.args["place"], end = town, index + 1
            name = fold(str(command.args["name"]))
            while end < len(items) and items[end].claimed is None:
                if fold(items[end].text.split("'")[0]) not in name and items[end].key not in _LIVES:
                    break
                end += 1
            begin = index - 1 if index and items[index - 1].key == "hani" else index
            session.claim(begin, end, "select_client")
            break


def _closing_town(session: Session) -> str | None:
    """ "… Lucie Fontaine 0612121212 Tassin": a lone name after the facts of a new client."""
    last, before = session.items[-1], session.items[-2] if len(session.items) > 1 else None
    alone = last.kind == "word" and last.claimed is None and last.text[:1].isupper() and not is_trade(last.key)
    return last.text if alone and before is not None and before.claimed == "contact" else None


def _town(session: Session, index: int) -> str | None:
    item = session.items[index]
    if item.kind != "word" or is_trade(item.key) or not item.text[:1].isupper():
        return None
    following = session.items[index + 1].key if index + 1 < len(session.items) else ""
    marked = re.search(r"['’]", item.text) is not None
    located = _LOCATED.search(item.text)
    if located is None or not (item.text.lower().endswith("ki") or following in _LIVES):
        return None
    return _LOCATED.sub("", item.text) if marked or following in _LIVES or len(item.key) > 6 else None

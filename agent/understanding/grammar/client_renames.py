"""The client of the draft is called otherwise: "c'est Favre pas Faure", "elle s'appelle Granier", "prénom Moussa"."""

from __future__ import annotations

from typing import Any

from agent.understanding.grammar.name_endings import closest
from agent.understanding.grammar.name_slots import in_slot
from agent.understanding.grammar.names import Name, is_title_at, read_forward
from agent.understanding.grammar.session import Session

_OPENINGS = (
    ("il", "s", "appelle"),
    ("elle", "s", "appelle"),
    ("ils", "s", "appellent"),
    ("son", "nom", "c", "est"),
    ("le", "nom", "c", "est"),
    ("le", "vrai", "nom", "c", "est"),
    ("le", "bon", "nom", "c", "est"),
    ("musterinin", "adi"),
    ("musterinin", "ismi"),
    ("musteri", "adi"),
    ("musteri", "ismi"),
    ("adi",),
    ("ismi",),
    ("soyadi",),
    ("ca", "s", "ecrit"),
    ("son", "nom", "est"),
)
_WRONG = frozenset(["yanlis", "yanlismis", "hatali"])
_FIRST_NAME = frozenset(["prenom"])
_BEFORE_NAME = frozenset(
    "c est le la client cliente s appelle nom plutot mais non et de d a au : , il elle pour".split()
)

_ALIKE = 60
"""Least likeness (0 to 100) of a name that is the same one spelled rightly."""


def read(session: Session) -> None:
    """``update_client`` with the new name or title, for the client of the draft at hand."""
    draft = session.context.draft
    if draft is None or any(c.name == "start_document" for c in session.commands):
        return
    if draft.client and (_denied(session, draft.client) or _first_name(session, draft.client)):
        return
    if draft.client and _fuller(session, draft.client):
        return
    _called(session)


def _called(session: Session) -> None:
    """ "il s'appelle Martin", "müşterinin adı Petit": another name for the client of the draft, or the first one."""
    keys = [i.key for i in session.items]
    draft = session.context.draft
    for opening in _OPENINGS:
        size = len(opening)
        for index in range(len(keys) - size):
            if tuple(keys[index : index + size]) != opening or not session.free(index, index + size):
                continue
            last = session.clause(index)[1]
            begin = index + size
            while begin < last and (keys[begin] in _WRONG or keys[begin] in (",", ":")):
                begin += 1
            name = read_forward(session, begin, last) or in_slot(session, begin, last)
            if name is None or draft is None or (draft.client is None and opening == ("soyadi",)):
                continue
            if draft.client is None:
                session.claim(index, name.last, "select_client")
                session.emit("select_client", name.args(), index, name.last)
            else:
                _emit(session, index, name.last, {"new_name": name.name, "title": name.title})
            return


def _denied(session: Session, client: str) -> bool:
    """ "c'est Favre pas Faure", "c'est pas Faure c'est Favre", "c'est madame Garnier, pas monsieur"."""
    items = session.items
    for index, item in enumerate(items):
        if item.key != "pas" or item.claimed is not None:
            continue
        first, last = session.clause(index)
        begin = index + 2 if index + 1 < last and items[index + 1].key in ("de", "d") else index + 1
        wrong = read_forward(session, begin, last) if begin < last else None
        if wrong is not None and wrong.name and closest(wrong.name, [client], cutoff=80) is not None:
            right = _other(session, first, index, wrong.last, last)
            if right is None:
                continue
            if closest(right.name, [client], cutoff=_ALIKE) is None:
                session.claim(index, wrong.last, "corrected")  # somebody else: he is selected
                return True
            new = {"new_name": right.name} if closest(right.name, [client], cutoff=99) is None else {}
            _emit(session, min(index, right.first), max(wrong.last, right.last), {**new, "title": right.title})
            return True
        if begin < last and is_title_at(session, begin):
            right = _other(session, first, index, last, last)
            if right is not None and right.title and closest(right.name, [client], cutoff=80) is not None:
                _emit(session, right.first, begin + 1, {"title": right.title})
                return True
    return False


def _other(session: Session, first: int, before: int, after: int, last: int) -> Name | None:
    """The right name, after the wrong one or before "pas"."""
    for begin, stop in ((after, last), (first, before)):
        while begin < stop and (session.items[begin].key in _BEFORE_NAME or session.items[begin].separator):
            if is_title_at(session, begin):
                break
            begin += 1
        name = read_forward(session, begin, stop) if begin < stop else None
        if name is not None and name.name and session.items[name.first].key not in session.lexicon.words["articles"]:
            return name
    return None


def _first_name(session: Session, client: str) -> bool:
    """ "prénom Moussa", "son prénom c'est Catherine"."""
    for index, item in enumerate(session.items):
        if item.key not in _FIRST_NAME or item.claimed is not None:
            continue
        begin, last = index + 1, session.clause(index)[1]
        while begin < last and session.items[begin].key in ("c", "est", ":", "s", "appelle"):
            begin += 1
        if begin < last and session.items[begin].kind == "word" and session.items[begin].claimed is None:
            first = session.items[begin].text
            surname = client.removeprefix("M. ").removeprefix("Mme ")
            _emit(session, index, begin + 1, {"new_name": f"{first} {surname}"})
            return True
    return False


def _fuller(session: Session, client: str) -> bool:
    """ "la cliente c'est madame Lemoine Catherine": the name of the draft with more of it, or spelled otherwise."""
    items = session.items
    for index in range(len(items) - 3):
        said = [i.key for i in items[index : index + 3]]
        if (
            said[0] not in ("client", "cliente", "nom")
            or said[1:] != ["c", "est"]
            or not session.free(index, index + 3)
        ):
            continue
        name = read_forward(session, index + 3, session.clause(index)[1])
        if name is None or closest(name.name, [client], cutoff=99) is not None:
            return False
        parts = [part for part in name.name.split() if closest(part, [client], cutoff=80) is not None]
        alike = closest(name.name, [client], cutoff=75) is not None
        if not parts and not alike:
            return False
        _emit(session, index, name.last, {"new_name": name.name, "title": name.title})
        return True
    return False


def _emit(session: Session, first: int, last: int, args: dict[str, Any]) -> None:
    while first > 0 and session.items[first - 1].claimed is None and session.items[first - 1].key in _BEFORE_NAME:
        first -= 1
    session.claim(first, last, "update_client")
    session.emit("update_client", args, first, last)

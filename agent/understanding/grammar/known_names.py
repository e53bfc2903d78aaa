"""Names of the artisan's own clients in a message: they win over everything that their words may mean otherwise.

"Salon Lumière" is a client and no room, "Roche" a surname and no insulation, where the file knows them.
"""

from __future__ import annotations

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.names import Name
from agent.understanding.grammar.session import Session, is_trade

_SHORTEST = 4
_FOR = frozenset("pour chez dvs devi".split())
_FORMS = frozenset("sarl sas sasu eurl sci snc scop ets m mme mr monsieur madame".split())


def mark(session: Session) -> None:
    """Notes on the items which of them are a known client's name: the whole of it, or a surname with its capital."""
    for client in session.context.clients:
        words = [w for w in fold(client).replace("-", " ").replace("'", " ").split() if w not in ("m", "mme")]
        if not words:
            continue
        if len(words) > 1 and _whole(session, client, words):
            continue
        surname = words[-1]
        if len(words) - sum(w in _FORMS for w in words) > 2 or len(surname) < _SHORTEST:
            continue
        for index, item in enumerate(session.items):
            if item.kind == "word" and _same(item, surname) and _is_surname(session, index):
                item.facts["known"] = client


def whole_names(session: Session) -> list[Name]:
    """Known clients said with all the words of their name, where nobody has read them yet."""
    found = []
    index = 0
    while index < len(session.items):
        size = int(session.items[index].facts.get("known_words", "0"))
        if size > 1 and session.free(index, index + size):
            found.append(Name(session.items[index].facts["known"], index, index + size))
        index += max(1, size)
    return found


def _whole(session: Session, client: str, words: list[str]) -> bool:
    items = session.items
    for index in range(len(items) - len(words) + 1):
        said = items[index : index + len(words)]
        if all(i.kind == "word" and i.claimed is None for i in said) and all(map(_same, said, words)):
            for item in said:
                item.facts["known"] = client
            items[index].facts["known_words"] = str(len(words))
            return True
    return False


def _same(item: Item, word: str) -> bool:
    return item.key == word or fold(item.text.split("'")[0].split("’")[0]) == word


def _is_surname(session: Session, index: int) -> bool:
    """A word of the trades is a surname only with its own capital, and not where a line of works would open."""
    items, item = session.items, session.items[index]
    if not is_trade(item.key):
        return True
    if session.language == "tr" and item.text[:1].isupper() and not item.text.isupper():
        return True  # a French word with a capital in a Turkish message
    before = items[index - 1] if index else None
    if before is not None and (before.key in session.lexicon.words["documents"] or before.key in _FOR):
        return True  # "devis roche pose cuisine"
    if not item.text[:1].isupper() or item.text.isupper():
        return False
    if before is not None and before.kind == "word" and is_trade(before.key):
        return False
    if before is not None and not before.hard:
        return True
    after = items[index + 1] if index + 1 < len(items) else None
    small = session.lexicon.words["function"] | session.lexicon.words["fillers"] | session.lexicon.tr["post_titles"]
    return item.case is not None or after is None or after.separator or (after.key in small and after.key != "de")

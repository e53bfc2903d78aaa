"""Where a client's name ends in Turkish, and what is no name although a title stands before it."""

from __future__ import annotations

import re

from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.session import Session

ADDRESSED = frozenset("yetkili yetkililer ilgili musteri usta".split())
"""Whom a letter addresses without naming anybody ("sayın yetkili")."""
TRADE_SURNAMES = word_set("names_tr_trade_surnames")
"""Surnames that are also words of the trade: with an ending set off ("ali demir'e") they are names."""
_LEGAL_FORMS = frozenset("sarl sas sasu eurl sci snc scop".split())
_FINITE = re.compile(r"(?:[dt][iu]|m[iu]s|[iu]yor|[ae]cak|[ae]cek|mak|mek|yor|[ae]y[iu]m|[ae]l[iu]m|[aeiu]r[iu]m)$")

_COMING = re.compile(
    r"(?:[iu]yor(?:um|sun|uz|sunuz|lar)?|(?:[ae]|l|r|p|d)c[ae](?:k|ks[iu]n|ks[iu]n[iu]z|g[iu][mz]|klar|kler))$"
)
"""Progressive and future endings, which no name has ("yazıyorsun", "yapacağız", "olcak")."""


def post_title(key: str) -> str | None:
    """The title that "bey", "hanım" and their forms stand for; "abi", "usta" and their like are none."""
    return "M." if key.startswith("bey") else "Mme" if key.startswith("hanim") else None


def legal_form_follows(session: Session, position: int, last: int) -> bool:
    """ "Karaca İnşaat SARL": what stands before the legal form is all one name."""
    return any(item.key in _LEGAL_FORMS for item in session.items[position + 1 : min(last, position + 3)])


def sort_twice(session: Session, position: int, last: int) -> bool:
    """ "okul école Jules Ferry", "belediye mairie de Bron": the Turkish word only explains the French one."""
    items, lexicon = session.items, session.lexicon
    french = position + 1 < last and items[position + 1].key in lexicon.fr["business"]
    return session.language == "tr" and french and items[position].key in lexicon.tr["business"]


def town_follows(session: Session, item: Item) -> bool:
    """ "mösyö da silva lyon'da oturuyor"; asked who the client is, also "madam tessier lyon'dan"."""
    asked = session.language == "tr" and session.context.awaiting == "slot:client.name"
    return item.case == "loc" or (asked and item.case == "abl")


def is_verb(session: Session, item: Item) -> bool:
    """ "madam Girard taşındı": a verb in small letters ends the name."""
    return session.language == "tr" and item.text[:1].islower() and len(item.key) > 4 and bool(_FINITE.search(item.key))


def is_coming(session: Session, item: Item) -> bool:
    """ "devis yazıyorsun karakaya'ya": a verb in small letters that no name looks like."""
    return session.language == "tr" and item.text[:1].islower() and len(item.key) > 4 and bool(_COMING.search(item.key))


def closes_name(session: Session, position: int, last: int) -> bool:
    """ "mösyö İbrahim Çelik,": after title and first name, a surname that is also a word of the trade."""
    item = session.items[position]
    capital = item.kind == "word" and item.claimed is None and item.text[:1].isupper() and len(item.key) > 3
    ends = position + 1 >= last or session.items[position + 1].separator
    return session.language == "tr" and capital and (ends or item.case is not None)


def surname_of_trade(session: Session, position: int, last: int) -> bool:
    """ "Ahmet Demir": a capital after a first name, with no more words of works after it."""
    one, other = session.items[position - 1], session.items[position]
    following = session.items[position + 1] if position + 1 < last else None
    capital = one.text[:1].isupper() and other.text[:1].isupper() and not other.text.isupper()
    return capital and session.language == "tr" and (following is None or following.kind != "word")

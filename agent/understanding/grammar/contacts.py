"""Contact data said in a message: phone, e-mail, SIRET, VAT number, address; whose it is and what to do with it."""

from __future__ import annotations

from typing import Any

from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.names import Name
from agent.understanding.grammar.session import Session

_SITE_WORDS = frozenset(["chantier", "travaux", "santiye", "santiyesi", "santiyenin", "intervention", "isin", "lieu"])
_NAMES_OF_DATA = word_set("contacts_names_of_data")
_NOTES = frozenset(["note", "nb", "nota", "not", "mention", "remarque"])
_SENDING = frozenset("envoie envoyez envoyer transmets gonder yolla gonderin ilet".split())
_LABELS = word_set("contacts_labels")


def collect_if_not_asked(session: Session, addresses: list[tuple[int, int, str]]) -> tuple[dict[str, Any], int, int]:
    """Contact fields, except a SIRET that is only asked about ("c'est qui ce siret ?"): the rules read that one."""
    return collect(session, addresses)


def late(session: Session) -> dict[str, Any]:
    """A SIRET that no rule took belongs to the client."""
    found: dict[str, Any] = {}
    for index, item in enumerate(session.items):
        if item.kind == "siret" and item.claimed is None:
            found["siret"] = item.iso
            session.claim(index, index + 1, "contact")
    return found


def collect(session: Session, addresses: list[tuple[int, int, str]]) -> tuple[dict[str, Any], int, int]:
    """Contact fields of the client, with the item range they were read from; a site address becomes ``set_site``."""
    contact: dict[str, Any] = {}
    first, last = len(session.items), 0
    for index, item in enumerate(session.items):
        if item.kind not in ("email", "phone", "vat_number") or item.claimed is not None:
            continue
        bounds = session.clause(index)
        if any(i.key in _NOTES for i in session.items[bounds[0] : bounds[0] + 3]) and item.kind != "vat_number":
            continue  # "note : ok, envoie à +33…": a note is text, whatever it holds
        sending = any(i.key in _SENDING for i in session.items[bounds[0] : bounds[1]])
        if sending and not session.has_draft():
            continue  # "envoie tout à +33…": an order to send is not a client's number
        contact.setdefault(item.kind, item.iso)
        session.claim(index, index + 1, "contact")
        first, last = min(first, index), max(last, index + 1)
    for begin, end, text in addresses:
        before = [i.key for i in session.items[max(0, begin - 5) : begin]]
        if any(key in _SITE_WORDS for key in before):
            for item in session.items[max(0, begin - 5) : begin]:
                if item.claimed is None and item.key in _NAMES_OF_DATA:
                    item.claimed = "contact"
            session.emit("set_site", {"address": text}, begin, end)
            _claim_labels(session, begin, end, extra=_SITE_WORDS)
            continue
        contact.setdefault("address", text)
        first, last = min(first, begin), max(last, end)
    return contact, first, last


def emit(session: Session, contact: dict[str, Any], names: list[Name], first: int, last: int) -> None:
    """``update_client`` for the contact fields; the name only when no document is being started for it."""
    if not contact:
        return
    for index, item in enumerate(session.items):
        if item.claimed == "contact" or item.claimed == "address":
            first, last = min(first, index), max(last, index + 1)
    _claim_labels(session, first, last)
    for item in session.items:
        if item.claimed is None and item.kind == "word" and item.key in _NAMES_OF_DATA:
            item.claimed = "contact"
    target = None
    selected = [c for c in session.commands if c.name in ("select_client", "create_client")]
    started = any(c.name == "start_document" for c in session.commands)
    lines_follow = any(item.numeric and item.claimed is None for item in session.items) and not session.has_draft()
    asked = (session.context.awaiting or "").startswith("slot:client")
    another = bool(names) and bool(selected) and _says_who(session, names)
    if names and not started and not lines_follow and not asked and not another:
        target = names[0].name
        session.commands[:] = [c for c in session.commands if not (c in selected and c.args.get("name") == target)]
    title = names[0].title if target is not None else None
    renamed = next((c for c in session.commands if c.name == "update_client" and "name" not in c.args), None)
    if renamed is not None and target is None and not renamed.args.keys() & contact.keys():
        renamed.args = {**renamed.args, **{k: v for k, v in contact.items() if v is not None}}
        return
    session.emit("update_client", {"name": target, "title": title, **contact}, first, last)


def _says_who(session: Session, names: list[Name]) -> bool:
    """ "le client c'est plus Paquet c'est sa femme, Mme Paquet Lydie": another client for the draft, with his data."""
    before = [item.key for item in session.items[: names[0].first]]
    firm = names[0].kind == "business" and "boite" in before[-3:]  # "pas M. Joly, sa boîte : SARL Joly TP"
    return session.has_draft() and (firm or ("client" in before[:3] and "c" in before))


def _claim_labels(session: Session, first: int, last: int, extra: frozenset[str] = frozenset()) -> None:
    """The words that only announce the data ("son adresse c'est", "tel :")."""
    items = session.items
    for index in range(first, last):
        item = items[index]
        if item.claimed is not None and index > 0:
            before = index - 1
            while (
                before >= 0
                and items[before].claimed is None
                and (items[before].key in _LABELS or items[before].key in extra)
            ):
                items[before].claimed = "contact"
                before -= 1

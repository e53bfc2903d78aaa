"""Days said relative to today: hier, lundi, la semaine dernière, dün, bugün, geçen cuma."""

from __future__ import annotations

from datetime import date, timedelta

from agent.understanding.grammar.session import Session

_AHEAD = frozenset(["prochain", "prochaine", "gelecek", "onumuzdeki", "haftaya"])


def relative_day(session: Session, index: int, ahead: bool = False) -> str | None:
    """The ISO date of the day named at this item; a bare weekday is the last one, or the next when ``ahead``."""
    today = session.context.today or date.today()
    items = session.items
    item = items[index]
    if item.kind != "word":
        return None
    if item.key in ("hier", "dun"):
        before = items[index - 1].key if index else ""
        return (today - timedelta(days=2 if before in ("avant", "evvelsi", "onceki") else 1)).isoformat()
    if item.key in ("aujourd", "bugun", "maintenant", "simdi"):
        return today.isoformat()
    if item.key in ("demain", "yarin"):
        return (today + timedelta(days=1)).isoformat()
    if item.key in session.lexicon.weekdays:
        target = session.lexicon.weekdays[item.key]
        around = {i.key for i in items[max(0, index - 2) : index + 2]}
        if ahead or around & _AHEAD:
            return (today + timedelta(days=(target - today.weekday()) % 7 or 7)).isoformat()
        return (today - timedelta(days=(today.weekday() - target) % 7 or 7)).isoformat()
    return None


def relative_month(session: Session, index: int) -> str | None:
    """The month said relative to today at this item ("geçen ay", "bu ay", "le mois dernier"), as 2026-11."""
    today = session.context.today or date.today()
    keys = tuple(item.key for item in session.items[index : index + 2])
    if keys in (("bu", "ay"), ("ce", "mois")):
        return f"{today:%Y-%m}"
    if keys in (("gecen", "ay"), ("onceki", "ay"), ("mois", "dernier"), ("mois", "passe")):
        return f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"
    return None

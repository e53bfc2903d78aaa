"""Days said relative to today: hier, lundi, la semaine dernière, dün, bugün, geçen cuma."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal

from agent.understanding.grammar.items import number_text
from agent.understanding.grammar.session import Session

_PERIODS = {"jours": 1, "jour": 1, "semaine": 7, "semaines": 7, "mois": 30, "ay": 30, "hafta": 7, "gun": 1}
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


def duration_days(session: Session, index: int) -> str | None:
    """A delay that begins at this item, in days: "45 jours", "un mois", "deux semaines", "à réception" (0)."""
    items = session.items
    item = items[index]
    if item.kind == "quantity" and item.unit == "j" and item.value is not None:
        return number_text(item.value)
    if item.key in ("reception", "comptant", "immediat", "pesin"):
        return "0"
    following = items[index + 1].key if index + 1 < len(items) else ""
    days = _PERIODS.get(following)
    count = Decimal(1) if item.key in ("un", "une", "bir") else item.value if item.kind == "number" else None
    return number_text(count * days) if days is not None and count is not None else None


def month_end(session: Session, index: int) -> str | None:
    """ "fin décembre", "fin du mois", "fin d'année": the last day of it, to come."""
    today = session.context.today or date.today()
    items = session.items
    if items[index].key != "fin":
        return None
    after = [i for i in items[index + 1 : index + 4] if i.key not in ("de", "du", "d", "le", "la", "l")]
    if not after:
        return None
    month = session.lexicon.months.get(after[0].key) if after[0].kind == "word" else None
    if after[0].kind == "month" and after[0].iso:
        month = int(after[0].iso[5:7])
    if after[0].key in ("mois", "moi"):
        month = today.month
    elif after[0].key in ("annee", "an"):
        month = 12
    if month is None:
        return None
    year = today.year if month >= today.month else today.year + 1
    return date(year, month, monthrange(year, month)[1]).isoformat()


def day_at(session: Session, index: int) -> tuple[str, str | None]:
    """When works were done: ("date", ISO day) or ("month", ISO month) named at this item."""
    item = session.items[index]
    if item.kind == "date" and item.iso:
        return "date", item.iso
    if item.kind == "month" and item.iso:
        return "month", item.iso
    if earlier := relative_month(session, index):
        return "month", earlier
    if day := relative_day(session, index):
        return "date", day
    month = session.lexicon.months.get(item.key) if item.kind == "word" else None
    return ("month", month_before(session, month)) if month else ("date", None)


def month_before(session: Session, month: int) -> str:
    """The last month of that number that has begun, as ISO."""
    today = session.context.today or date.today()
    year = today.year if month <= today.month else today.year - 1
    return f"{year:04d}-{month:02d}"

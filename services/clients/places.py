"""French addresses and towns as the post writes them: capitals, accents, hyphens, the postal code when it is sure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

import prompts
from services.documents.text import clean, fold

_DATA = Path(prompts.__file__).parent / "communes.yaml"
_SMALL = frozenset("de du des d la le les l et au aux a en sur sous lès lez près par".split())
_LEADING = {"le": "Le", "la": "La", "les": "Les", "l": "L"}
_AREAS = frozenset("zac za zi zup bp cs".split())
_TURKISH_CASE = re.compile(r"['’](?:n?[ıiuü]n|[dt][ae]n?|y?[ae]|n?[ae]|y?l[ae]|[dt]aki|[dt]eki)$")
_ELIDED = re.compile(r"^([dlDL])['’](.+)$")


@dataclass(frozen=True, slots=True)
class _Places:
    communes: dict[str, tuple[str, str | None]]
    districts: dict[str, str]
    street_types: dict[str, str]
    street_words: dict[str, str]
    months: dict[str, str]


@cache
def _places() -> _Places:
    data = yaml.load(_DATA.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return _Places(
        communes={_key(name): (name, code) for name, code in data["communes"].items()},
        districts={_key(name): prefix for name, prefix in data["districts"].items()},
        street_types=data["street_types"],
        street_words={fold(word): word for word in data["street_words"].split()},
        months={fold(month): month for month in data["months"]},
    )


def _key(text: str) -> str:
    words = re.findall(r"[a-z0-9]+", fold(text))
    return " ".join({"st": "saint", "ste": "sainte"}.get(word, word) for word in words)


def place_name(text: str) -> str:
    """A town with its official spelling, or with capitals and hyphens when it is not in the list."""
    text = " ".join(_TURKISH_CASE.sub("", clean(text)).split()).strip(" ,.")
    known = _places().communes.get(_key(text))
    if known:
        return known[0]
    cedex = re.search(r"\s+cedex(?:\s+(\d+))?$", text, re.IGNORECASE)
    if cedex:
        number = f" {cedex[1]}" if cedex[1] else ""
        return f"{place_name(text[: cedex.start()])} CEDEX{number}"
    words = re.split(r"[\s-]+", text)
    article = _LEADING.get(fold(words[0])) if len(words) > 1 else None
    rest = words[1:] if article else words
    named = "-".join(_town_word(word, first=index == 0) for index, word in enumerate(rest) if word)
    return f"{article} {named}" if article else named


def _town_word(word: str, *, first: bool) -> str:
    if fold(word) in ("st", "ste"):
        return "Saint" if fold(word) == "st" else "Sainte"
    elided = _ELIDED.match(word)
    if elided:
        letter = elided[1].upper() if first else elided[1].lower()
        return f"{letter}'{_capital(elided[2])}"
    return word.lower() if not first and fold(word) in _SMALL else _capital(word)


def _capital(word: str) -> str:
    accented = _places().street_words.get(fold(word))
    if accented:
        return accented
    if re.search(r"\d", word) or (any(char.isupper() for char in word[1:]) and not word.isupper()):
        return word
    return word[:1].upper() + word[1:].lower()


def address_in_french(text: str) -> str:
    """An address on one line: "14 rue des erables 69120 vaulx en velin" → "14 rue des Érables, 69120 Vaulx-en-Velin".

    The postal code is added when the town is known and has only one.
    """
    text = " ".join(clean(text).replace("\n", ", ").split()).strip(" ,.")
    coded = re.search(r"(?<!\d)(\d{2}\s?\d{3})(?!\d)(?=\s*,?\s*[^\W\d])", text) or re.search(
        r"(?<!\d)(\d{5})(?!\d)\s*$", text
    )
    if coded:
        code = coded[1].replace(" ", "")
        after = text[coded.end() :].strip(" ,")
        street, town = text[: coded.start()].strip(" ,"), _without_district(after)
        if not town and "," in street:
            street, town = (part.strip() for part in street.rsplit(",", 1))
        elif not town:
            street, town, _ = _town_at_end(street) or (street, "", None)
        return ", ".join(part for part in (_street(street), f"{code} {place_name(town)}".strip()) if part)
    found = _town_at_end(text)
    if found is None and "," in text:
        street, town = (part.strip() for part in text.rsplit(",", 1))
        if town and not re.search(r"\d", town) and not _is_street_type(town.split()[0]):
            return f"{_street(street)}, {place_name(town)}"
    if found is None:
        return _street(text)
    street, town, found_code = found
    return ", ".join(part for part in (_street(street), " ".join(p for p in (found_code, town) if p)) if part)


def _is_street_type(word: str) -> bool:
    return fold(word).strip(".") in _places().street_types


def _without_district(town: str) -> str:
    """ "lyon 3", "paris 11e" → the town alone, once the postal code says the district."""
    return re.sub(r"\s+\d{1,2}\s?(?:er|e|è|ème|eme)?(?:\s+arrondissement)?$", "", town)


def _town_at_end(text: str) -> tuple[str, str, str | None] | None:
    """Street, town and code of an address that ends with a known town; "rue de Lyon" is a street, not a town."""
    places = _places()
    text = _TURKISH_CASE.sub("", text)
    district = re.search(r"\s+(\d{1,2})\s?(?:er|e|è|ème|eme)?(?:\s+arr\w*)?$", text)
    bare = text[: district.start()] if district else text
    words = re.split(r"[\s,]+", bare)
    for count in range(min(6, len(words)), 0, -1):
        known = places.communes.get(_key(" ".join(words[-count:])))
        if known is None:
            continue
        prefix = places.districts.get(_key(known[0]))
        if district and prefix is None:
            continue
        rest = words[:-count]
        if rest and rest[-1] in ("a", "à") and not any(_is_street_type(word) or word[0].isdigit() for word in rest):
            return "", known[0], known[1]  # "chantier à Bron"
        comma = re.search(r",\s*" + re.escape(words[-count]), bare) is not None
        if rest and not comma and (fold(rest[-1]) in _SMALL or _is_street_type(rest[-1])):
            return None
        code = f"{prefix}{int(district[1]):02d}" if district and prefix else known[1]
        start = len(bare)
        for word in reversed(words[-count:]):
            start = bare.rindex(word, 0, start)
        return bare[:start].strip(" ,"), known[0], code
    return None


def _street(text: str) -> str:
    """Number and street: type in lower case, small words in lower case, names with capitals and accents."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return ", ".join(_street_part(part) for part in parts)


def _street_part(text: str) -> str:
    places = _places()
    words = text.split()
    written: list[str] = []
    typed = False
    for index, word in enumerate(words):
        key = fold(word).strip(".")
        numbered = index > 0 and bool(re.match(r"\d", words[index - 1]))
        if key in places.street_types and not typed and (len(key) > 1 or numbered):
            written.append(places.street_types[key])
            typed = key not in (
                "bat",
                "batiment",
                "residence",
                "res",
                "appartement",
                "apt",
                "appt",
                "etage",
                "escalier",
                "porte",
            )
        elif key in ("bis", "ter", "quater") and numbered:
            written.append(key)
        elif dated := re.fullmatch(r"(\d+)-([^\W\d]{3,})", word):
            written.append(f"{dated[1]}-{places.months.get(fold(dated[2]), _named(dated[2])).capitalize()}")
        elif re.match(r"\d", word):
            written.append(word.lower() if re.fullmatch(r"\d+(?:er|e|bis|ter)", key) else word.upper())
        elif key in _AREAS:
            written.append(key.upper())
        elif key in places.months and numbered:
            written.append(places.months[key])
        elif key in _SMALL and index > 0 and not (len(word) == 1 and word.isupper()):
            written.append(word.lower())
        else:
            written.append(_named(word))
    joined = " ".join(written)
    return re.sub(
        r"\b(Saint|Sainte|St|Ste) (?=[A-ZÀ-Ý])",
        lambda f: {"St": "Saint", "Ste": "Sainte"}.get(f[1], f[1]) + "-",
        joined,
    )


def _named(word: str) -> str:
    elided = _ELIDED.match(word)
    if elided:
        return f"{elided[1].lower()}'{_named(elided[2])}"
    whole = _places().street_words.get(fold(word))
    if whole:
        return whole
    parts = word.split("-")
    return "-".join(
        part.lower() if index and fold(part) in _SMALL else _capital(part) for index, part in enumerate(parts)
    )

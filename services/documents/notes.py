"""Notes printed under the lines: light cleaning in French, set phrases and "à la charge du client" from Turkish."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

import prompts
from services.documents import designations
from services.documents.glossary import Language, load_glossary
from services.documents.phrase_reading import looks_french, read
from services.documents.text import clean, fold
from services.documents.word_forms import TURKISH_ONLY, capitalised, elides, keys

_PHRASES = Path(prompts.__file__).parent / "glossary" / "notes.yaml"
_BY_CLIENT_FR = re.compile(
    r"\b(?:c|c'est|cest|c est|ce sera|sera)?\s*(?:le |la |au )?(?:client|cliente|proprietaire|maitre d'ouvrage)e?s?\b"
    r"(?: qui)? (?:va |doit |s'en |s')?(?P<verb>\w+)(?P<rest>.*)"
)
_BY_CLIENT_TR = re.compile(r"\bmusteri(?:nin|ye|den)?\b(?: kendi(?:si)?)?(?P<rest>.*)")
_TAKES_CARE = re.compile(r"(?:s'?\s?)?(?:en )?(?:occupe|charge|fait|fera|gere|prend|occupera|chargera)\w*")
_BUYS = re.compile(r"(?:achet|fourni|paye|paie|procur)\w*")
_SMS = ((r"\bc (?=le|la|les|un|une|bon)", "c'est "), (r"\bqd\b", "quand"), (r"\bds\b", "dans"), (r"\bpr\b", "pour"),
        (r"\bavc\b", "avec"), (r"\btt\b", "tout"), (r"\bjms\b", "jamais"), (r"\btjs\b", "toujours"),
        (r"\bpdt\b", "pendant"))  # fmt: skip
_CHARGE = "à la charge du client"


def note(text: str, language: Language, about: str | None) -> designations.Designation:
    """See ``services.documents.designations.note_in_french``."""
    said = " ".join(clean(text).split())
    if not said:
        return designations.Designation(french="", chat="")
    if language == "tr" and not looks_french(said):
        return _from_turkish(said, about)
    french = _client_does(fold(said), about) or _cleaned(said)
    unknown = [word for word in french.split() if TURKISH_ONLY.search(word)]
    return designations.Designation(french=french, chat=french, known=not unknown, unknown_words=unknown)


def _client_does(said: str, about: str | None) -> str | None:
    """ "c le client qui evacue" → "Évacuation … à la charge du client"; the work is the verb's or that of ``about``."""
    if _CHARGE in said or fold(_CHARGE) in said:
        return None
    found = _BY_CLIENT_FR.search(said)
    if not found:
        return None
    if about:
        return f"{designations.designate(about, 'fr').french} {_CHARGE}"
    work = "fourniture" if _BUYS.match(found["verb"]) else _work_of(found["verb"])
    rest = re.sub(r"^\s*(?:de|des|du|d'|l'|les|le|la|un|une)\s+", " ", found["rest"]).strip(" .,!")
    if work is None and _TAKES_CARE.fullmatch(found["verb"]) and rest:
        return f"{designations.designate(rest, 'fr').french} {_CHARGE}"
    if work is None:
        return None
    return f"{designations.designate(f'{work} {rest}', 'fr').french} {_CHARGE}"


def _work_of(verb: str) -> str | None:
    """The work that a conjugated verb names: "evacue" → évacuation, "fournit" → fourniture."""
    glossary = load_glossary()
    bare = re.sub(r"(?:era|ra|t)$", "", verb)
    for form in (verb + "r", bare + "r", bare + "er", verb):
        match = next(
            (match for match in glossary.find([form], "fr") if match.words and match.entry.kind == "work"), None
        )
        if match is not None:
            return match.entry.fr
    return None


def _cleaned(said: str) -> str:
    """Accents, elisions typed without apostrophe, capital; the sentence itself stays the artisan's."""
    for pattern, full in _SMS:
        said = re.sub(pattern, full, said, flags=re.IGNORECASE)
    out = ""
    aspirated = load_glossary().spelling.aspirated
    pieces = read(said, "fr", load_glossary())
    for index, piece in enumerate(pieces):
        text = piece.text
        if piece.match is not None and piece.match.source in ("fr", "plural", "alias", "participle"):
            accented = piece.match.form
            text = accented if fold(accented) == piece.key else piece.text
        if piece.key == "d" or (piece.kind == "small" and piece.key == "l"):
            out += f"{'' if not out else ' '}{piece.key}'"
            continue
        following = pieces[index + 1].text if index + 1 < len(pieces) else ""
        if piece.key == "de" and following and elides(following, aspirated):
            out += " d'" if out else "d'"
            continue
        glue = "" if not out or out.endswith(("'", "(")) or piece.key in (",", ".", ")") else piece.glue or " "
        out += glue + text
    return capitalised(out)


@cache
def _set_phrases() -> list[tuple[str, list[list[str]]]]:
    data = yaml.safe_load(_PHRASES.read_text(encoding="utf-8"))
    return [(entry["fr"], [keys(form) for form in entry["tr"]]) for entry in data]


def _from_turkish(said: str, about: str | None) -> designations.Designation:
    chat = capitalised(said, turkish=True)
    by_client = _BY_CLIENT_TR.search(fold(said))
    accepted = any(word.startswith(("kabul", "onay")) for word in keys(said))
    if by_client and not accepted:
        if about:
            french = f"{designations.designate(about, 'fr').french} {_CHARGE}"
            return designations.Designation(french=french, chat=chat)
        rest = re.sub(
            r"\b(?:yapacak|yapar|edecek|ait|karsilayacak|halledecek|tarafindan|alacak)\w*", "", by_client["rest"]
        )
        before = fold(said)[: by_client.start()]
        work = designations.designate(f"{before} {rest}".strip() or "?", "tr")
        if work.known and keys(work.french):
            return designations.Designation(french=f"{work.french} {_CHARGE}", chat=chat)
    words = set(keys(said))
    for french, forms in _set_phrases():
        if any(all(any(word.startswith(stem) for word in words) for stem in form) for form in forms):
            return designations.Designation(french=french, chat=chat)
    work = designations.designate(said, "tr")
    if work.known:
        return designations.Designation(french=work.french, chat=work.chat)
    unknown = work.unknown_words or said.split()
    return designations.Designation(french=said, chat=chat, known=False, unknown_words=unknown)

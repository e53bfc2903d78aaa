"""tu or vous, sen or siz: as the artisan does, polite until he is not, and never both in one message (UX-89)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from evals.checks.reading import folded
from evals.checks.replies.talk import all_replies
from evals.traces import Trace

Form = Literal["familiar", "polite"]
_OURS: dict[str, dict[Form, re.Pattern[str]]] = {
    "fr": {
        "familiar": re.compile(r"(?<![\w'-])(?:tu|toi|ton|ta|tes|te|t')(?!\w)|\b(?:dis|donne|ecris|tape|montre)-moi\b"),
        "polite": re.compile(r"(?<![\w'-])(?:vous|votre|vos)(?!\w)|\b(?:dites|donnez|ecrivez|montrez)-moi\b|\btapez\b"),
    },
    "tr": {
        "familiar": re.compile(
            r"\b(?:sen|sana|seni|senin|sende|senden)\b|\b\w+(?:misin|musun)\b"
            r"|\b(?:der|yazar|ister|verir|sorar|gonderir)s[ea]n\b"
        ),
        "polite": re.compile(
            r"\b(?:siz|size|sizi|sizin|sizde|sizden)\b|\b\w+(?:siniz|sunuz|s[ea]niz)\b"
            r"|\b(?:yazin|deyin|soyleyin|gonderin)\b|\b(?:numaraniz|sigortaniz|adresiniz|belgeniz)\b"
        ),
    },
}
"""What shows the form in the assistant's words, folded."""
_HIS: dict[str, dict[Form, re.Pattern[str]]] = {
    "fr": {
        "familiar": re.compile(r"(?<![\w'-])(?:tu|toi|t'as|t'es|stp|te)(?!\w)|s'il te plait"),
        "polite": re.compile(
            r"(?<![\w'-])(?:vous|svp)(?!\w)|s'il vous plait|\b(?:faites|envoyez|mettez|ajoutez|pouvez|voulez|montrez"
            r"|corrigez|changez|gardez|attendez|dites)\b"
        ),
    },
    "tr": {
        "familiar": re.compile(r"\b(?:sen|sana|seni|senin)\b|\b\w+(?:misin|musun)\b"),
        "polite": re.compile(
            r"\b(?:siz|size|sizi|sizin)\b|\b\w+(?:misiniz|musunuz)\b"
            r"|\b(?:yapin|gonderin|ekleyin|yazin|degistirin|verin|bekleyin|soyleyin)\b"
        ),
    },
}
"""What shows it in the artisan's."""


_IMPERATIVES = {
    "fr": re.compile(
        r"\b(?:ajoute|enleve|mets|met|fais|change|corrige|envoie|attends|garde|annule|laisse|passe|montre|reprends|vire"
        r"|remets|regarde|donne|prepare|supprime|refais|note|compte|oublie)\b"
    ),
    "tr": re.compile(
        r"\b(?:ekle|sil|cikar|yap|yaz|degistir|gonder|yolla|kes|dur|bekle|goster|kalsin|duzelt|hazirla|unut|bosver|geri al"
        r"|iptal et|koy|indir|anlat|soyle|bak|ver|baslat)\b"
    ),
}
"""Orders in the singular: they may be meant familiarly, so that from then on both forms are right."""


def forms(text: str, language: str) -> set[Form]:
    """The forms of address in the assistant's own words."""
    return {form for form, words in _OURS[language].items() if words.search(folded(text))}


def said_form(text: str, language: str) -> Form | None:
    """How the artisan addresses the assistant in a message; None when it does not show."""
    found = [form for form, words in _HIS[language].items() if words.search(folded(text))]
    return found[0] if len(found) == 1 else None


def register(trace: Trace) -> Iterator[tuple[int, str]]:
    """What he used last counts; before he used any, one form may be kept from earlier talks."""
    his: Form | None = None
    ours: Form | None = None
    replies = list(all_replies(trace))
    for number, turn in enumerate(trace.turns, start=1):
        for message in turn.said:
            his = said_form(message.text, trace.locale) or his
            if _IMPERATIVES[trace.locale].search(folded(message.text)):
                ours = None
        for reply in (each for each in replies if each.number == number):
            used = forms(reply.prose, trace.locale)
            if len(used) > 1:
                yield number, "both forms of address in one message"
            elif used and his is not None and used != {his}:
                yield number, f"{used.pop()} to an artisan who is {his}"
            elif used and his is None:
                (form,) = used
                if ours not in (None, form):
                    yield number, f"{form} after {ours} although he changed nothing"
                ours = form

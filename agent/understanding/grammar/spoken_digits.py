"""A SIRET said in number words: "beş yüz otuz dokuz sekiz yüz yetmiş dört yüz yirmi üç sıfır sıfır sıfır yirmi altı"."""

from __future__ import annotations

from collections.abc import Sequence

from stdnum.fr import siret as siret_number

from agent.understanding.grammar import numbers_fr, numbers_tr

_DIGITS = 14
_WORDS = 5
_ZERO = frozenset(["sifir", "zero"])


def siret_in_words(keys: Sequence[str]) -> str | None:
    """The one SIRET that these words can spell, whatever the groups they were said in; None when none is valid."""
    return _continued(tuple(keys), "")


def _continued(keys: tuple[str, ...], said: str) -> str | None:
    if not keys:
        return said if len(said) == _DIGITS and siret_number.is_valid(said) else None
    if len(said) >= _DIGITS:
        return None
    if keys[0] in _ZERO:
        return _continued(keys[1:], said + "0")
    for size in range(min(_WORDS, len(keys)), 0, -1):
        for read in (numbers_tr.read, numbers_fr.read):
            number = read(keys[:size], 0)
            if number is None or number.end != size or number.suffix or number.value != int(number.value):
                continue
            found = _continued(keys[size:], said + str(int(number.value)))
            if found is not None:
                return found
    return None

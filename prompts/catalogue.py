"""Every prompt of the product by name: the templates that a model is given and the sentences that people read.

``understanding/system`` is a file, ``fr/questions.lines`` a sentence. Both change their fingerprint with their wording.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prompts.replies import sentences as replies

ROOM = Path(__file__).parent
LANGUAGES = ("fr", "tr")
_CHARACTERS_PER_TOKEN = 3.3
"""Of our prompts, English with French and Turkish words in it, by the tokenizer of a current small model."""


@dataclass(frozen=True)
class Prompt:
    """A prompt and where it is written; ``path`` is relative to the project."""

    name: str
    path: str
    text: str
    fingerprint: str

    @property
    def tokens(self) -> int:
        """About how many tokens the text costs."""
        return about_tokens(self.text)


class UnknownPrompt(LookupError):
    """There is no prompt of that name; the message lists the nearest ones."""


def about_tokens(text: str) -> int:
    """About how many tokens a text costs; tokenizers differ by a tenth or two."""
    return round(len(text) / _CHARACTERS_PER_TOKEN)


def prompts() -> Iterator[Prompt]:
    """All of them, the model's first."""
    for path in sorted((ROOM / "understanding").rglob("*.j2")):
        text = path.read_text(encoding="utf-8")
        name = f"understanding/{path.relative_to(ROOM / 'understanding').with_suffix('').as_posix()}"
        yield Prompt(name, _place(path), text, hashlib.sha256(text.encode()).hexdigest()[:8])
    for language in LANGUAGES:
        for key, text in replies.sentences(language).items():
            path = replies.FOLDER / language / f"{key.partition('.')[0]}.j2"
            yield Prompt(f"{language}/{key}", _place(path), text, replies.fingerprint(language, key))


def prompt(name: str) -> Prompt:
    """The prompt of that name. Raises ``UnknownPrompt``."""
    found = {each.name: each for each in prompts()}
    if name not in found:
        near = [known for known in found if name.rpartition("/")[2].rpartition(".")[2] in known][:6]
        raise UnknownPrompt(f"no prompt {name!r}{'; did you mean ' + ', '.join(near) if near else ''}")
    return found[name]


def in_text(name: str, text: str) -> str | None:
    """The prompt as it stands in another version of its file; None when it is not in there."""
    if name.startswith("understanding/"):
        return text
    return replies.sentences_in(text).get(name.rpartition(".")[2])


def _place(path: Path) -> str:
    return (Path("prompts") / path.relative_to(ROOM)).as_posix()

"""WhatsApp's text formatting and the numbered answers of a message, for the page and for the terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

from services.documents.amounts import NO_BREAK_SPACE, typeset

_STYLED = re.compile(
    r"```(?P<code>[^`]+)```"
    r"|(?<![\w*_~])(?P<mark>[*_~])(?=\S)(?P<inner>(?:(?!(?P=mark))[^\n])*\S)(?P=mark)(?!\w)"
    r"|(?P<link>https?://[^\s<>\"]*[^\s<>\".,;:!?)])"
)
_STYLE = {"*": "bold", "_": "italic", "~": "strike"}
_TAG = {"bold": "strong", "italic": "em", "strike": "s", "code": "code"}

# An option begins a line, follows the end of a sentence, or stands two spaces after the option before it (UX-53).
_OPTION = re.compile(r"(?:^|(?<=[?:.!»] )|(?<= {2}))(?P<number>[1-9]) (?=[^\W\d_])", re.MULTILINE)
_PHONE_GAP = re.compile(r"(?<=[\d•]{2}) (?=[\d•]{2}(?![\d•]))")
_LONGEST_LABEL = 40


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text with the styles that apply to it: bold, italic, strike, code, link."""

    text: str
    styles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """A numbered answer; sending ``number`` chooses it."""

    number: int
    label: str


def spans(text: str, styles: tuple[str, ...] = ()) -> list[Span]:
    """Splits a message into styled spans; a mark without its twin, or inside a word, stays a plain character."""
    found = _STYLED.search(text)
    if found is None:
        return [Span(text, styles)] if text else []
    if found["code"]:
        middle = [Span(found["code"], (*styles, "code"))]
    elif found["link"]:
        middle = [Span(found["link"], (*styles, "link"))]
    else:
        middle = spans(found["inner"], (*styles, _STYLE[found["mark"]]))
    before = [Span(text[: found.start()], styles)] if found.start() else []
    return [*before, *middle, *spans(text[found.end() :], styles)]


def html(text: str) -> Markup:
    """The message as HTML. Every character of the text is escaped: a message is never markup."""
    return Markup("").join(_element(span) for span in spans(text))


def unbroken(text: str) -> str:
    """The message with spaces that do not break inside amounts and phones, and between a number and its answer."""
    joined = _OPTION.sub(lambda option: f"{option['number']}{NO_BREAK_SPACE}", typeset(text))
    return _PHONE_GAP.sub(NO_BREAK_SPACE, joined)


def options(text: str) -> list[Option]:
    """The numbered answers that a message ends with, counted 1, 2, 3…; none when there are fewer than two."""
    starts = list(_OPTION.finditer(text))
    for first in (index for index, found in reversed(list(enumerate(starts))) if found["number"] == "1"):
        run = [
            found for found, number in zip(starts[first:], range(1, 10), strict=False) if found["number"] == str(number)
        ]
        labels = [
            _label(text, found, run[place + 1] if place + 1 < len(run) else None) for place, found in enumerate(run)
        ]
        if (
            len(run) == len(starts) - first
            and len(run) > 1
            and all(0 < len(label) <= _LONGEST_LABEL for label in labels)
        ):
            return [Option(place, label) for place, label in enumerate(labels, 1)]
        return []
    return []


def _label(text: str, option: re.Match[str], following: re.Match[str] | None) -> str:
    label = text[option.end() : following.start() if following else len(text)]
    return label.strip().rstrip(".,;").strip()


def _element(span: Span) -> Markup:
    element = escape(span.text)
    for style in reversed(span.styles):
        if style == "link":
            element = Markup('<a href="{0}" rel="noopener noreferrer" target="_blank">{0}</a>').format(span.text)
        else:
            element = Markup("<{0}>{1}</{0}>").format(Markup(_TAG[style]), element)
    return element

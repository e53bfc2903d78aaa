"""One message being read: its items, which of them are explained, and the commands found so far."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import Lexicon, load, word_set
from agent.understanding.grammar.patterns import KeyLine, Match
from agent.understanding.grammar.turkish_trade import is_turkish_trade
from tools.commands import Command, DialogueContext, Kind, Language

# Said before the document they are about ("Petit'e %30 akont faturası kes"), done after it is started.
_AFTER_START = frozenset(
    "select_client copy_document link_quote set_subcontracting set_deposit set_progress set_retention".split()
)
# Said twice, done once.
_ONCE = frozenset(
    "confirm deny undo skip show_recap preview_document accept_quote amend_quote issue_credit_note correct_invoice "
    "set_retention show_recap show_transcript list_documents cancel_document ask_help hand_over link_quote "
    "send_whatsapp set_voice_replies".split()
)

_POLITE = word_set("questions_polite")


@lru_cache(maxsize=8192)
def is_trade(key: str) -> bool:
    """A word of the trades (works, objects, rooms), also with a Turkish ending."""
    lexicon = load()
    if any(key in lexicon.words[name] for name in ("works", "things", "rooms", "surfaces")):
        return True
    return is_turkish_trade(key)


class Session:
    """The state of one reading. Readers claim the items they explain; what nobody claims lowers the confidence."""

    def __init__(
        self, text: str, items: list[Item], language: Language, kind: Kind, context: DialogueContext, lexicon: Lexicon
    ) -> None:
        self.text, self.items, self.language, self.kind = text, items, language, kind
        self.context, self.lexicon = context, lexicon
        self.line = KeyLine(items)
        self.commands: list[Command] = []
        self.fresh = False  # the words being read belong to a document started in this message
        self.asked: set[int] = set()  # items of clauses that only ask something
        self.strain = 0.0  # how forced the readings of lines were; lowers the confidence
        self.started: list[tuple[str, int, int]] = []  # documents ordered by a phrase of their own
        self.sections: list[tuple[int, str]] = []  # headings said, by their place in the text
        self.acts: dict[str, list[Match]] = {}  # short answers found, by act (dialogue_acts)
        self.implied_invoice: Command | None = None  # started by "facture le devis…"; an explicit start replaces it

    def free(self, first: int, last: int) -> bool:
        return all(item.claimed is None for item in self.items[first:last])

    def claim(self, first: int, last: int, label: str) -> None:
        for item in self.items[first:last]:
            if item.claimed is None:
                item.claimed = label

    def said(self, first: int, last: int) -> str:
        """The words of the message from item ``first`` up to ``last``."""
        if first >= last:
            return ""
        return self.text[self.items[first].start : self.items[last - 1].end]

    def emit(self, name: str, args: dict[str, Any], first: int, last: int) -> Command:
        first = min(first, len(self.items) - 1)
        last = max(last, first + 1)
        start, end = self.items[first].start, self.items[last - 1].end
        clean = {key: value for key, value in args.items() if value is not None}
        command = Command(name=name, args=clean, evidence=self.text[start:end], start=start, end=end)
        self.commands.append(command)
        return command

    def clause(self, index: int) -> tuple[int, int]:
        """The items around ``index`` up to a hard boundary (sentence, message)."""
        first = last = index
        while first > 0 and not self.items[first - 1].hard:
            first -= 1
        while last < len(self.items) and not self.items[last].hard:
            last += 1
        return first, last

    def is_question(self, index: int) -> bool:
        """Whether the clause of this item asks something: "?", mı/mi/mu, est-ce que."""
        first, last = self.clause(index)
        if last < len(self.items) and self.items[last].key == "?":
            return True
        keys = [item.key for item in self.items[first:last]]
        if self.language == "tr":
            return any(key in ("mi", "mu", "misin", "musun", "miyim", "miyiz", "misiniz", "musunuz") for key in keys)
        return keys[:3] == ["est", "ce", "que"]

    def only_asks(self, index: int) -> bool:
        """ "tva 10 ou 20 ?" sets nothing; "tu peux mettre 5 % de remise ?" is an order."""
        first, last = self.clause(index)
        return self.is_question(index) and not any(item.key in _POLITE for item in self.items[first:last])

    def merge(self, names: tuple[str, ...]) -> None:
        """Joins commands of one name that say different things; drops exact repetitions of any command."""
        out: list[Command] = []
        for command in self.commands:
            earlier = next((c for c in reversed(out) if c.name == command.name), None)
            if earlier is not None and earlier.args == command.args and command.name in _ONCE:
                continue
            if earlier is not None and command.name == "link_quote" and not command.args:
                continue  # "0051 nolu devisi faturaya çevir akontu düş": said again of the same quote
            started = out and any(
                c.name == "start_document" and earlier is not None and c.start > earlier.start for c in out
            )
            if earlier is not None and command.name in names and not started:
                earlier.args = {**earlier.args, **command.args}
                earlier.end = max(earlier.end, command.end)
                earlier.evidence = self.text[earlier.start : earlier.end]
                continue
            out.append(command)
        place = next((i for i, c in enumerate(out) if c.name == "start_document"), 0)
        first = place
        while first and out[first - 1].name in _AFTER_START:
            first -= 1
        if first < place and (first == 0 or out[first - 1].name in ("confirm", "set_note")):
            out.insert(first, out.pop(place))
        self.commands[:] = out

    def enter(self, index: int) -> None:
        """Goes to an item: from the start of a document on, and in its clause, words speak of that document."""
        first, last = self.clause(index)
        begin, end = self.items[first].start, self.items[last - 1].end if last > first else self.items[index].end
        self.fresh = any(
            c.name == "start_document" and (c.start <= self.items[index].start or begin <= c.start < end)
            for c in self.commands
        )

    def has_draft(self) -> bool:
        return self.context.draft is not None

    def has_lines(self) -> bool:
        """Whether the words being read may be about lines of the document on the desk."""
        if self.fresh:
            return False
        return self.context.draft is not None and bool(self.context.draft.lines)

"""The embedded understander: the rules, and what was learned beside them (DESIGN §5: deterministic, no network).

The rules read first. The tagger and the classifier look at the message and at that reading; where they are surer of
something else, it is read so. Amounts on which the two differ, or of which the tagger is not sure, carry a doubt.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.understanding.grammar.engine import WORDS_LEFT, GrammarUnderstander, settle
from agent.understanding.learned import features
from agent.understanding.learned.decoding import Decoded, decode
from agent.understanding.learned.features import Sight
from agent.understanding.learned.model import Model, Tagged, model_for
from tools.commands import Command, Reading, UnderstandingRequest

_LINES = frozenset(["add_line_item", "update_line_item"])
_AMOUNTS = frozenset(["quantity", "unit_price", "total", "discount_percent", "discount_amount"])
_ABOUT_HIMSELF = frozenset("update_company set_up_company keep_company_file".split())
"""What the artisan says of his own company: long numbers and names, which the rules check and few rows teach."""
_SURE_OF_BOTH, _SURE_ALONE = 0.6, 0.9
"""Least chance of every amount of a line that is shown without a doubt: where the rules read it the same, and where not."""


class EmbeddedUnderstander:
    """Deterministic understander for French and Turkish. Stateless; one thread at a time."""

    def __init__(self) -> None:
        self._rules = GrammarUnderstander()

    async def understand(self, request: UnderstandingRequest) -> Reading:
        """Reads one turn's text; never raises for odd input."""
        return self.read(request)

    def read(self, request: UnderstandingRequest) -> Reading:
        """The same without a coroutine: there is nothing to wait for."""
        reading, session = self._rules.look(request)
        if not session.items or _ABOUT_HIMSELF & {command.name for command in reading.commands}:
            return reading
        seen = features.sight(session, reading)
        return joined(seen, model_for(reading.language), request.text)


def joined(seen: Sight, model: Model, text: str) -> Reading:
    """The reading of the rules, corrected by what was learned."""
    session, reading = seen.session, seen.reading
    tagged = model.tag(features.of_items(seen))
    found = decode(seen, tagged, model.chances(features.of_message(seen)), model.parts_of)
    if [each.command for each in found] == reading.commands:
        return reading
    _claim_again(seen, found)
    for each in found:
        if each.command.args.get("doubt") == WORDS_LEFT:
            del each.command.args["doubt"]
    session.commands[:] = [each.command for each in found]
    session.merge(())
    confidence, unexplained = settle(session, text)
    _doubt(seen, found, tagged)
    return reading.model_copy(
        update={"commands": list(session.commands), "confidence": confidence, "unexplained": unexplained}
    )


def _claim_again(seen: Sight, found: Sequence[Decoded]) -> None:
    """The items explain themselves by the new commands; words of the rules' dropped commands are left over again."""
    items = seen.items
    kept = {id(each.rule) for each in found if each.rule is not None}
    for index, command in enumerate(seen.commands):
        if id(command) in kept:
            continue
        for i, item in enumerate(items):
            if command.start <= item.start < command.end and _of(seen.ruled[i], index):
                item.claimed = None
    for each in found:
        for i in each.places:
            items[i].claimed = items[i].claimed or each.command.name
        if not each.places and each.rule is None:
            for item in items:
                if not item.numeric and item.claimed is None:
                    item.claimed = each.command.name


def _of(place: tuple[int, str] | None, index: int) -> bool:
    """Whether an item stands for nothing, or for this command of the rules."""
    return place is None or place[0] == index


def _doubt(seen: Sight, found: Sequence[Decoded], tagged: Tagged) -> None:
    """Marks the lines whose amounts may be others."""
    for each in found:
        command: Command = each.command
        if command.name not in _LINES or command.args.get("doubt") or not _AMOUNTS & set(command.args):
            continue
        numbers = [i for i in each.places if seen.items[i].value is not None]
        least = min((tagged.chances[i] for i in numbers), default=1.0)
        if least < (_SURE_OF_BOTH if each.same else _SURE_ALONE):
            command.args["doubt"] = WORDS_LEFT

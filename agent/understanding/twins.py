"""The grammar's command for the same thing as a model's: the line it also read, the client it also named."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from agent.understanding.grammar.folding import fold
from tools.commands import Command

_SAME_LINE = 70
"""rapidfuzz token set ratio (0 to 100) from which two designations are the same line."""
_NUMBERS = ("quantity", "unit_price", "total", "percent", "amount", "target_total", "rate")
_POINTERS = ("line", "match", "match_value")


def alike(first: Command, second: Command) -> bool:
    """Whether two commands of the same name speak of the same line, client or fact."""
    if first.name != second.name:
        return False
    if first.name == "add_line_item":
        a, b = first.args.get("description"), second.args.get("description")
        if a and b and fuzz.token_set_ratio(fold(a), fold(b)) >= _SAME_LINE:
            return True
        shared = _numbers(first) & _numbers(second)
        return len(shared) >= 2 or (bool(shared) and not (a and b))
    if first.name in ("update_line_item", "remove_line_item", "set_vat"):
        return _same_target(first, second)
    if first.name in ("select_client", "create_client"):
        return fuzz.token_set_ratio(fold(str(first.args.get("name"))), fold(str(second.args.get("name")))) >= _SAME_LINE
    return True


def _same_target(first: Command, second: Command) -> bool:
    a = {slot: str(first.args[slot]) for slot in _POINTERS if first.args.get(slot) is not None}
    b = {slot: str(second.args[slot]) for slot in _POINTERS if second.args.get(slot) is not None}
    if a == b:
        return True
    if "match" in a and "match" in b:
        return fuzz.token_set_ratio(fold(a["match"]), fold(b["match"])) >= _SAME_LINE
    return any(slot in a and a[slot] == b.get(slot) for slot in ("line", "match_value"))


def _numbers(command: Command) -> set[str]:
    return {str(command.args[slot]) for slot in _NUMBERS if command.args.get(slot) is not None}


class Twins:
    """Pairs each of a model's commands with at most one of the grammar's, each of which is given once."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self._left = list(commands)

    def of(self, command: Command) -> Command | None:
        """The grammar's twin of the command; None when the grammar did not read it."""
        candidates = [own for own in self._left if alike(command, own)]
        if not candidates:
            return None
        best = max(candidates, key=lambda own: _closeness(command, own))
        self._left.remove(best)
        return best


def _closeness(first: Command, second: Command) -> float:
    words = fuzz.token_set_ratio(
        fold(str(first.args.get("description") or "")), fold(str(second.args.get("description") or ""))
    )
    return words + 50 * len(_numbers(first) & _numbers(second))

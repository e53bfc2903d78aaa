"""Compares the rows a scenario expects with those that were written, as a person would: amounts as numbers, words folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from evals.checks.reading import contains, e164, folded

_PHONES = frozenset({"phone", "to_phone", "to", "sent_to", "whatsapp_phone"})
_DIGITS = frozenset({"siret", "siren", "postal_code"})
_SHOWN = 6
"""Columns of an unexpected row that a reason names."""


@dataclass(frozen=True)
class Difference:
    """A column that is not as expected."""

    column: str
    wanted: Any
    found: Any

    def __str__(self) -> str:
        return f"{self.column} is {self.found!r}, expected {self.wanted!r}"


def same(column: str, wanted: Any, found: Any) -> bool:
    """Whether a value is what was expected. ``~words`` of an expectation means "contains"."""
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(same(column, *both) for both in zip(wanted, found, strict=True))
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(same(key, each, found.get(key)) for key, each in wanted.items())
    if wanted is None or found is None or isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, str) and wanted.startswith("~"):
        return contains(str(found), wanted[1:])
    if column in _PHONES and "@" not in str(wanted):
        return e164(wanted) == e164(found)
    if column in _DIGITS:
        return "".join(str(wanted).split()) == "".join(str(found).split())
    return _same_number(wanted, found) if _number(wanted) is not None else folded(str(wanted)) == folded(str(found))


def _same_number(wanted: Any, found: Any) -> bool:
    return _number(wanted) == _number(found)


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def differences(wanted: dict[str, Any], row: dict[str, Any]) -> list[Difference]:
    """The expected columns that the row does not have as expected. A list stands for any one of several names."""
    found = []
    for column, value in wanted.items():
        there = row.get(column)
        if isinstance(there, frozenset):
            if not any(same(column, value, name) for name in there):
                found.append(Difference(column, value, " / ".join(sorted(there)) or None))
        elif not same(column, value, there):
            found.append(Difference(column, value, there))
    return found


def compared(table: str, wanted: Sequence[dict[str, Any]], rows: Sequence[dict[str, Any]]) -> list[str]:
    """Sentences about what is missing, too much or different; empty when the rows are exactly those expected."""
    pairs = assigned(wanted, rows)
    reasons = []
    if len(wanted) != len(rows):
        reasons.append(f"{table}: {len(rows)} rows were written, expected {len(wanted)}")
    for index, expected in enumerate(wanted):
        at = pairs.get(index)
        if at is None:
            reasons.append(f"{table}: no row for {expected}")
        else:
            reasons += [f"{table}: {difference}" for difference in differences(expected, rows[at])]
    spare = [row for at, row in enumerate(rows) if at not in pairs.values()]
    reasons += [f"{table}: unexpected row {_shown(row, wanted)}" for row in spare]
    return reasons


def assigned(wanted: Sequence[dict[str, Any]], rows: Sequence[dict[str, Any]]) -> dict[int, int]:
    """Which row stands for which expectation: pairs that fit wholly first, as many as possible, then the nearest."""
    fits = [[at for at, row in enumerate(rows) if not differences(expected, row)] for expected in wanted]
    taken: dict[int, int] = {}

    def place(index: int, seen: set[int]) -> bool:
        for at in fits[index]:
            if at not in seen:
                seen.add(at)
                if at not in taken or place(taken[at], seen):
                    taken[at] = index
                    return True
        return False

    for index in range(len(wanted)):
        place(index, set())
    pairs = {index: at for at, index in taken.items()}
    distances = sorted(
        (len(differences(expected, row)), index, at)
        for index, expected in enumerate(wanted)
        for at, row in enumerate(rows)
        if index not in pairs and at not in taken
    )
    for _, index, at in distances:
        if index not in pairs and at not in pairs.values():
            pairs[index] = at
    return pairs


def _shown(row: dict[str, Any], wanted: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The columns that expectations of this table speak about, or the first that say something."""
    columns = list(dict.fromkeys(column for expected in wanted for column in expected)) or [
        column for column, value in row.items() if value not in (None, "", [], {}) and not column.endswith("id")
    ]
    return {column: row.get(column) for column in columns[:_SHOWN]}

"""Phone numbers of a played scenario: one per name that the scenario uses, the same in every run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from hashlib import blake2b

from evals.scenarios.loading import fixture
from evals.scenarios.schema import Scenario

ARTISAN = "artisan"
_NAMED = re.compile(r"\{phone\.([a-z][a-z0-9_-]*)(?:\.national)?\}")


def names_of(scenario: Scenario) -> list[str]:
    """The names of all numbers that a scenario and its fixtures speak of, the artisan's first."""
    texts = [scenario.model_dump_json(), *(json.dumps(fixture(name)) for name in scenario.seed.fixtures)]
    return [ARTISAN, *sorted({name for text in texts for name in _NAMED.findall(text)} - {ARTISAN})]


def numbers(play: str, names: Iterable[str], taken: set[str]) -> dict[str, str]:
    """A French mobile number (E.164) for each name; ``taken`` grows by what is given, so that no two plays share one."""
    return {name: _number(f"{play}/{name}", taken) for name in names}


def _number(seed: str, taken: set[str]) -> str:
    attempt = 0
    while True:
        digest = int.from_bytes(blake2b(f"{seed}/{attempt}".encode(), digest_size=8).digest())
        number = "+336" + "".join("123456789"[digest // 9**place % 9] for place in range(8))
        if number not in taken:
            taken.add(number)
            return number
        attempt += 1

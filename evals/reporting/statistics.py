"""Rates over scenarios, with intervals: few dozen scenarios say less than their mean (evals.md §2, §3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb, sqrt
from random import Random
from statistics import NormalDist, fmean

_RESAMPLES = 2000
_SEED = 20261127
_LEVEL = 0.95


@dataclass(frozen=True)
class Rate:
    """A share between 0 and 1 with its 95 % interval; ``of`` scenarios stand behind it."""

    value: float
    low: float
    high: float
    of: int

    def __str__(self) -> str:
        return f"{self.value:.1%} [{self.low:.0%}–{self.high:.0%}]" if self.of else "–"


NOTHING = Rate(0.0, 0.0, 1.0, 0)


def pass_hat_k(successes: int, trials: int, k: int) -> float:
    """Chance that ``k`` trials drawn from ``trials`` all succeed: C(c,k)/C(n,k). Raises ValueError when k > trials."""
    if not 1 <= k <= trials:
        raise ValueError(f"pass^{k} needs at least {k} trials, there are {trials}")
    return comb(successes, k) / comb(trials, k)


def rate(outcomes: Sequence[tuple[int, int]], k: int = 1) -> Rate:
    """pass^k over scenarios, each (successes, trials): Wilson's interval for single trials, a bootstrap over scenarios else."""
    if not outcomes:
        return NOTHING
    values = [pass_hat_k(successes, trials, k) for successes, trials in outcomes]
    if all(trials == 1 for _, trials in outcomes):
        low, high = wilson(round(sum(values)), len(values))
    else:
        low, high = bootstrap(values, fmean)
    return Rate(fmean(values), low, high, len(values))


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Wilson's score interval of a share."""
    z = NormalDist().inv_cdf(0.5 + _LEVEL / 2)
    share = successes / trials
    middle = share + z * z / (2 * trials)
    spread = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max((middle - spread) / scale, 0.0), min((middle + spread) / scale, 1.0)


def bootstrap(values: Sequence[float], of: Callable[[Sequence[float]], float]) -> tuple[float, float]:
    """Percentile interval of a statistic, scenarios drawn again with replacement; the same for the same values."""
    chance = Random(_SEED)
    drawn = sorted(of(chance.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    cut = int(_RESAMPLES * (1 - _LEVEL) / 2)
    return drawn[cut], drawn[-cut - 1]

"""Plays many scenarios at the same time on one installation and judges them."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.checks.judging import judge
from evals.installation import ROOT, WORKER
from evals.running.llm_user import SimulatedArtisan, UserModel
from evals.running.playing import Fill, MakeArtisan, Play, RunFacts, perform, scripted
from evals.running.script import Artisan
from evals.running.user_faults import user_fault
from evals.running.world import PATIENCE_SECONDS, World
from evals.traces import Trace

Done = Callable[[Play, Trace], object]


@dataclass(frozen=True)
class Means:
    """With what a run is played. ``talks`` go on at the same time; ``settings`` go to the service's processes,
    ``worker`` is what its workers run after ``python -m``.
    """

    talks: int = 8
    workers: int = 2
    settings: Mapping[str, str] = field(default_factory=dict)
    worker: Sequence[str] = WORKER
    artisan: MakeArtisan = scripted
    patience: float = PATIENCE_SECONDS
    """How many seconds an answer may take."""
    draws: int = 3
    """How often a dialogue that its simulated user spoils is played before it is let be."""


async def run(
    plays: Sequence[Play], facts: RunFacts, means: Means, done: Done = lambda play, trace: None
) -> list[Trace]:
    """Plays everything on a new installation, those that must be alone last; the traces come in the order of ``plays``.

    ``done`` hears of each as it ends, judged.
    """
    with TemporaryDirectory(prefix="usta-evals-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        world = World(
            home,
            workers=min(means.workers, 1 + len(plays) // 4),  # starting one takes longer than a few talks
            talks=means.talks,
            settings=means.settings,
            worker=means.worker,
            patience=means.patience,
        )
        async with world:
            return await play_all(world, plays, facts, means, done)


async def play_all(
    world: World, plays: Sequence[Play], facts: RunFacts, means: Means, done: Done = lambda play, trace: None
) -> list[Trace]:
    """The same on a running installation."""
    traces: dict[int, list[Trace]] = {}
    gate = asyncio.Semaphore(means.talks)

    async def one(at: int) -> None:
        async with gate:
            traces[at] = await _drawn(world, plays[at], facts, means)
        done(plays[at], traces[at][-1])

    async with asyncio.TaskGroup() as together:
        for at, play in enumerate(plays):
            if not play.alone:
                together.create_task(one(at))
    for at, play in enumerate(plays):
        if play.alone:
            await one(at)
    return [trace for at in range(len(plays)) for trace in traces[at]]


async def _drawn(world: World, play: Play, facts: RunFacts, means: Means) -> list[Trace]:
    """The traces of a play: one, and before it those that a simulated user spoiled."""
    found: list[Trace] = []
    for _ in range(means.draws if play.user == "llm" else 1):
        trace = await perform(world, play, facts, means.artisan)
        if play.user == "llm":
            trace.user_fault = user_fault(play.scenario, trace)
        found.append(judge(play.scenario, trace))
        if trace.user_fault is None:
            break
    return found


def with_model(model: UserModel) -> MakeArtisan:
    """Artisans played by a language model."""

    def make(play: Play, fill: Fill) -> Artisan:
        return SimulatedArtisan(play.scenario, play.locale, fill, model)

    return make


def commit() -> str | None:
    """The commit of the checkout, marked when files differ from it; None outside a checkout."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=ROOT, capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None

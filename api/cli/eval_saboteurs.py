"""``usta eval saboteurs``: do the gates catch what they are made for?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evals.saboteurs.sabotage import Saboteur
    from evals.traces import Trace


def saboteurs(
    names: Annotated[list[str] | None, typer.Argument(help="Which of them; all when not given.")] = None,
) -> None:
    """Play broken agents, each of which its gate must catch. Exit code 0 only when all are caught and the honest one is not."""
    from evals.saboteurs.playing import play
    from evals.saboteurs.registry import SABOTEURS

    unknown = [name for name in names or () if name not in SABOTEURS]
    if unknown:
        raise typer.BadParameter(f"no saboteur {unknown[0]!r}; there are {', '.join(SABOTEURS)}")
    chosen = [saboteur for name, saboteur in SABOTEURS.items() if not names or name in names]
    traces = asyncio.run(play(chosen))
    Console().print(_table(chosen, traces))
    missed = [saboteur for saboteur in chosen if not all(_caught(saboteur, traces))]
    wrongly = [trace for trace in traces if trace.saboteur is None and not trace.passed]
    for trace in wrongly:
        broken = [reason for verdict in trace.gates.values() for reason in verdict.reasons]
        Console().print(f"[red]the honest agent fails {trace.scenario} {trace.locale}[/red]: {trace.error or broken}")
    raise typer.Exit(bool(missed or wrongly))


def _table(chosen: Iterable[Saboteur], traces: list[Trace]) -> Table:
    table = Table("saboteur", "what it does", "gate", "caught", "by others too")
    for saboteur in chosen:
        own = [trace for trace in traces if trace.saboteur == saboteur.name]
        others = {name for trace in own for name, verdict in trace.gates.items() if not verdict.holds}
        caught = "yes" if all(_caught(saboteur, traces)) else "[red]no[/red]"
        places = " ".join(trace.locale for trace in own)
        table.add_row(
            saboteur.name,
            saboteur.does,
            saboteur.gate,
            f"{caught} ({places})",
            ", ".join(sorted(others - {saboteur.gate})),
        )
    return table


def _caught(saboteur: Saboteur, traces: Iterable[Trace]) -> list[bool]:
    return [not trace.gates[saboteur.gate].holds for trace in traces if trace.saboteur == saboteur.name and trace.gates]

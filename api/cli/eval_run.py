"""``usta eval run``: plays scenarios against a throw-away Usta and says what held."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from evals.running.playing import Play
    from evals.traces import Trace


class Part(StrEnum):
    """Parts of the scenarios."""

    dev = "dev"
    test = "test"


class Locale(StrEnum):
    """Languages of the chat."""

    fr = "fr"
    tr = "tr"


class Reader(StrEnum):
    """Understanders."""

    grammar = "grammar"
    llm = "llm"
    hybrid = "hybrid"


def run(
    part: Annotated[list[Part] | None, typer.Option(help="dev or test; both when not given.")] = None,
    locale: Annotated[list[Locale] | None, typer.Option(help="fr or tr; both when not given.")] = None,
    workflow: Annotated[list[str] | None, typer.Option(help="quote, invoice, client, ask.")] = None,
    family: Annotated[list[str] | None, typer.Option(help="happy, correction, consent …")] = None,
    scenario: Annotated[list[str] | None, typer.Option(help="An id, also with * and ?, or the end of one.")] = None,
    trials: Annotated[int, typer.Option(min=1, help="How often each is played.")] = 1,
    concurrency: Annotated[int, typer.Option(min=1, help="How many talks at the same time.")] = 8,
    understander: Annotated[Reader, typer.Option(help="Who reads the messages.")] = Reader.grammar,
    out: Annotated[Path | None, typer.Option(help="Folder of the traces; a new one under the runs otherwise.")] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print the dialogues of the development part.")
    ] = False,
) -> None:
    """Play scenarios through webhook, workers and simulator. Exit code 0 only when every gate held and nothing broke off."""
    from evals.reporting.runs import runs_folder
    from evals.running.playing import RunFacts
    from evals.running.runner import Means, commit
    from evals.running.selection import PARTS, NothingToPlay, Selection
    from evals.scenarios.loading import UnreadableScenario
    from evals.traces import write_traces

    console = Console()
    selection = Selection(
        parts=[each.value for each in part] if part else PARTS,
        locales=[each.value for each in locale or []],
        workflows=workflow or [],
        families=family or [],
        scenarios=scenario or [],
        trials=trials,
    )
    try:
        plays = selection.plays()
    except (NothingToPlay, UnreadableScenario) as error:
        raise typer.BadParameter(str(error)) from error
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{understander.value}"
    folder = out or runs_folder() / name
    facts = RunFacts(name, understander.value, _model(understander), commit())
    means = Means(talks=concurrency, settings=_settings(understander))
    traces = asyncio.run(_play(plays, facts, means, console, verbose))
    write_traces(folder / "traces.jsonl", traces)
    console.print(table_of(traces))
    show_failures(console, traces)
    console.print(f"{folder / 'traces.jsonl'}", highlight=False, soft_wrap=True)
    raise typer.Exit(0 if all(trace.passed for trace in traces if trace.user_fault is None) else 1)


async def _play(plays: list[Play], facts: Any, means: Any, console: Console, verbose: bool) -> list[Trace]:
    from evals.running.runner import run as run_plays

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=len(plays))

        def done(play: Play, trace: Trace) -> None:
            progress.update(task, advance=1, description="playing")
            if verbose and play.part == "dev":
                show_dialogue(console, trace)

        return await run_plays(plays, facts, means, done)


def show_dialogue(console: Console, trace: Trace) -> None:
    """One dialogue, his words after ">", what was then awaited in brackets."""
    console.print(f"\n[bold]{trace.scenario}[/bold] {trace.locale} {trace.mutation or ''} · {trace.seconds:.1f} s")
    for turn in trace.turns:
        marks = [*turn.events, *([turn.detour] if turn.detour else [])]
        for said in turn.said:
            console.print(f"> {escape(said.text)}  [dim]{' '.join(marks)}[/dim]", style="cyan")
        for heard in turn.heard:
            console.print(
                f"{escape(f'[{heard.filename}] ' if heard.filename else '')}{escape(heard.text)}", highlight=False
            )
        console.print(f"  [dim]{escape(str(turn.awaiting_after or 'nothing awaited'))}[/dim]", highlight=False)
    for message in trace.client_messages:
        console.print(f"[green]to {message.to}[/green] {escape(message.text)}", highlight=False)
    _show_verdict(console, trace)


def show_failures(console: Console, traces: list[Trace]) -> None:
    """Why dialogues of the development part did not pass; of the test part nothing is told."""
    for trace in traces:
        if trace.part == "dev" and not trace.passed and trace.user_fault is None:
            console.print(f"\n[bold]{trace.scenario}[/bold] {trace.locale} {trace.mutation or ''}")
            _show_verdict(console, trace)


def _show_verdict(console: Console, trace: Trace) -> None:
    if trace.error:
        console.print(f"  [red]broke off:[/red] {escape(trace.error)}", highlight=False)
    for gate, verdict in trace.gates.items():
        for reason in verdict.reasons:
            console.print(f"  [red]{gate}:[/red] {escape(reason)}", highlight=False)
    for finding in trace.findings:
        console.print(
            f"  [yellow]{finding.check}[/yellow] in turn {finding.turn}: {escape(finding.text)}", highlight=False
        )


def table_of(traces: list[Trace]) -> Table:
    """One row per part and locale: how many passed, and what broke."""
    from evals.reporting.conversations import figures

    table = Table(
        "part", "", "dialogues", "passed", "broken gates", "broke off", "findings", "turns / minimum", "ms, median"
    )
    for each in figures(traces):
        gates = ", ".join(f"{gate} {count}" for gate, count in each.broken.most_common()) or "none"
        count = sum(trace.part == each.part and trace.locale == each.locale for trace in traces)
        table.add_row(
            each.part, each.locale, str(count), f"{each.passed.value:.1%}", gates, str(each.errors),
            str(sum(each.findings.values())),
            "" if each.turns_ratio is None else f"{each.turns_ratio:.2f}",
            "" if each.median_ms is None else f"{each.median_ms:.0f}",
        )  # fmt: skip
    return table


def _model(understander: Reader) -> str | None:
    from db.settings import settings

    return None if understander is Reader.grammar else settings().openai_model


def _settings(understander: Reader) -> dict[str, str]:
    """The model's access is given to the throw-away service only when it is to be asked."""
    from db.settings import settings

    found = {"UNDERSTANDER": understander.value}
    configured = settings()
    if understander is Reader.grammar:
        return found
    if configured.openai_api_key is None:
        raise typer.BadParameter(
            f"{understander.value} needs a model: set OPENAI_API_KEY, and OPENAI_BASE_URL for your own"
        )
    return found | {
        "OPENAI_API_KEY": configured.openai_api_key.get_secret_value(),
        "OPENAI_BASE_URL": configured.openai_base_url,
        "OPENAI_MODEL": configured.openai_model,
    }

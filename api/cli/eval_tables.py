"""What ``usta eval run`` shows in the terminal: dialogues, verdicts, one table. Of the test part only the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from evals.traces import Trace, TurnTrace


def show_dialogue(console: Console, trace: Trace) -> None:
    """One dialogue: his words after ">", the answers, then what is awaited."""
    console.print(f"\n{_title(trace)} · {trace.seconds:.1f} s", highlight=False)
    for turn in trace.turns:
        _show_turn(console, turn)
    for message in trace.client_messages:
        console.print(f"[green]to {message.to}[/green] {escape(message.text)}", highlight=False)
    _show_verdict(console, trace)


def _show_turn(console: Console, turn: TurnTrace) -> None:
    marks = " ".join([*turn.events, *([turn.detour] if turn.detour else [])])
    for said in turn.said:
        console.print(f"[cyan]> {escape(said.text)}[/cyan]  [dim]{marks}[/dim]", highlight=False)
    for heard in turn.heard:
        file = escape(f"[{heard.filename}] ") if heard.filename else ""
        console.print(f"{file}{escape(heard.text)}", highlight=False)
    console.print(f"  [dim]{turn.awaiting_after or 'nothing awaited'}[/dim]", highlight=False)


def show_failures(console: Console, traces: list[Trace]) -> None:
    """Why dialogues of the development part did not pass."""
    for trace in traces:
        if trace.part == "dev" and not trace.passed and trace.user_fault is None:
            console.print(f"\n{_title(trace)}", highlight=False)
            _show_verdict(console, trace)


def _title(trace: Trace) -> str:
    return " ".join(
        [f"[bold]{trace.scenario}[/bold]", trace.locale, *([escape(trace.mutation)] if trace.mutation else [])]
    )


def _show_verdict(console: Console, trace: Trace) -> None:
    if trace.user_fault:
        console.print(f"  [yellow]the simulated artisan failed:[/yellow] {escape(trace.user_fault)}", highlight=False)
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
    """One row per part and locale: how many passed, what broke, median turns as a multiple of the least possible."""
    from evals.reporting.conversations import figures, known_scenarios

    table = Table("part", "", "talks", "passed", "broken gates", "broke off", "findings", "turns", "ms")
    table.columns[3].no_wrap = True
    for each in figures(traces, known_scenarios()):
        broken = ", ".join(f"{gate} {count}" for gate, count in each.broken.most_common())
        talks = [trace for trace in traces if (trace.part, trace.locale) == (each.part, each.locale)]
        faults = sum(trace.user_fault is not None for trace in talks)
        table.add_row(
            each.part,
            each.locale,
            f"{len(talks) - faults}" + (f" (+{faults} spoiled)" if faults else ""),
            str(each.passed),
            broken or "none",
            str(each.errors),
            str(sum(each.findings.values())),
            "–" if each.turns_ratio is None else f"{each.turns_ratio:.2f}×",
            "–" if each.median_ms is None else f"{each.median_ms:.0f}",
        )
    return table

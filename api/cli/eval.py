"""``usta eval``: how well Usta understands and works, measured."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from evals.utterances.scoring import Scored

from api.cli.eval_choices import LanguageChoice, PartChoice
from api.cli.eval_models import models
from api.cli.eval_reports import compare, keep, report
from api.cli.eval_run import rescore, run
from api.cli.eval_saboteurs import saboteurs
from api.cli.eval_train import train

app = typer.Typer(help="Measure understanding and whole conversations.", no_args_is_help=True)


app.command()(run)
app.command()(rescore)
app.command()(report)
app.command()(compare)
app.command()(keep)
app.command()(models)
app.command()(saboteurs)
app.command()(train)


@app.command()
def understand(
    language: Annotated[list[LanguageChoice] | None, typer.Option(help="fr or tr; both when not given.")] = None,
    part: Annotated[list[PartChoice] | None, typer.Option(help="dev or test; both when not given.")] = None,
    misses: Annotated[bool, typer.Option(help="Show what was read wrongly, of the development part only.")] = False,
) -> None:
    """Read every labelled utterance with the configured understander and score the commands."""
    scored = asyncio.run(_measure(part or list(PartChoice), language or list(LanguageChoice)))
    console = Console()
    console.print(_table(scored))
    if misses:
        _show_misses(console, scored)


async def _measure(parts: list[PartChoice], languages: list[LanguageChoice]) -> list[Scored]:
    from agent.understanding.factory import understander
    from db.settings import settings
    from evals.utterances.loading import utterances
    from evals.utterances.measuring import measure

    reader = understander(settings())
    return [
        each
        for part in parts
        for language in languages
        for each in await measure(reader, utterances(part.value, language.value))
    ]


def _table(scored: list[Scored]) -> Table:
    from evals.utterances.measuring import summarise

    table = Table("part", "", "", "utterances", "exact", "intent", "line F1", "client F1", "silently wrong", "ms")
    for column in table.columns[3:]:
        column.justify = "right"
    keys = sorted({(each.utterance.part, each.utterance.language, each.utterance.kind) for each in scored})
    for part, language, kind in keys:
        rows = [
            each
            for each in scored
            if (each.utterance.part, each.utterance.language, each.utterance.kind) == (part, language, kind)
        ]
        figures = summarise(rows)
        table.add_row(
            part,
            language,
            kind,
            str(figures.utterances),
            f"{figures.exact:.1%}",
            f"{figures.intent:.1%}",
            f"{figures.line_f1:.3f}",
            f"{figures.client_f1:.3f}",
            str(figures.silent),
            f"{figures.median_ms:.1f}",
        )
    return table


def _show_misses(console: Console, scored: list[Scored]) -> None:
    for each in scored:
        if each.utterance.part != "dev" or each.right:
            continue
        mark = " [red]silently wrong[/red]" if each.silent else ""
        console.print(f"\n[bold]{each.utterance.language}[/bold]{mark}", end=" ")
        console.print(repr(each.utterance.text), markup=False)
        for difference in each.differences:
            console.print(f"   {difference}", markup=False)

"""``usta eval models``: the grammar, a language model, and both together, side by side."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from api.cli.eval_choices import LanguageChoice, PartChoice

if TYPE_CHECKING:
    from evals.models.recordings import Mode, Recordings
    from evals.models.side_by_side import Read, Row


def models(
    base_url: Annotated[
        str, typer.Option(help="Of the OpenAI-compatible API, ends in /v1.")
    ] = "http://127.0.0.1:8090/v1",
    model: Annotated[str, typer.Option(help="Name of the model, and of its recording.")] = "qwen",
    api_key: Annotated[str, typer.Option(envvar="OPENAI_API_KEY", help="Only needed with --record.")] = "none",
    record: Annotated[bool, typer.Option("--record", help="Ask the model for what is not recorded yet.")] = False,
    rescore: Annotated[
        bool, typer.Option("--rescore", help="Also score answers that were given to an earlier wording of the prompts.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(help="Utterances per part and language, by a hash of the text; all when not given.")
    ] = None,
    part: Annotated[list[PartChoice] | None, typer.Option(help="dev or test; both when not given.")] = None,
    language: Annotated[list[LanguageChoice] | None, typer.Option(help="fr or tr; both when not given.")] = None,
    without_llm: Annotated[
        bool, typer.Option("--without-llm", help="Grammar and hybrid only: the model is asked for the few rows left.")
    ] = False,
    folder: Annotated[Path | None, typer.Option(help="Where recordings are kept.")] = None,
) -> None:
    """Score grammar, model and hybrid over the labelled utterances. Exit code 1 where hybrid is worse than grammar.

    Answers come from the recording unless --record is given; what was recorded before an interruption is kept.
    """
    from evals.models.recordings import FOLDER, MissingRecording, ModelUnreachable, recordings_of
    from evals.models.side_by_side import chosen, figures, worse

    mode: Mode = "record" if record else "rescore" if rescore else "replay"
    recordings = recordings_of(model, folder or FOLDER)
    parts: list[Any] = [each.value for each in part or list(PartChoice)]
    languages: list[Any] = [each.value for each in language or list(LanguageChoice)]
    rows = chosen(parts, languages, limit)
    try:
        found = asyncio.run(_read(rows, mode, recordings, (model, base_url, api_key), without_llm))
    except (MissingRecording, ModelUnreachable) as error:
        Console(stderr=True).print(f"[red]{error}[/red]")
        raise typer.Exit(2) from error
    finally:
        if record:
            recordings.pack()
    table = figures(found)
    console = Console()
    console.print(_table(table))
    lost = worse(table)
    for sentence in lost:
        console.print(f"[red]worse:[/red] {sentence}")
    raise typer.Exit(1 if lost else 0)


async def _read(
    rows: list[Any], mode: Mode, recordings: Recordings, where: tuple[str, str, str], without_llm: bool
) -> list[Read]:
    from pydantic import SecretStr

    from agent.understanding.endpoints import Endpoint
    from evals.models.recordings import RecordedTransport
    from evals.models.side_by_side import READERS, read

    name, base_url, key = where
    readers = [reader for reader in READERS if reader != "llm" or not without_llm]
    found: list[Read] = []
    with Progress(console=Console(stderr=True)) as progress:
        for reader in readers:
            task = progress.add_task(reader, total=len(rows))
            transport = RecordedTransport(recordings, mode)
            endpoint = Endpoint(name, base_url, SecretStr(key))
            found += await read(reader, rows, endpoint, transport, partial(progress.advance, task))
    return found


def _table(rows: list[Row]) -> Table:
    titles = "utterances,exact,intent,line F1,client F1,silently wrong,asked,not said,calls,tokens,seconds".split(",")
    table = Table("part", "", "", "read by", *titles)
    for column in table.columns[4:]:
        column.justify = "right"
    for row in rows:
        figures = row.summary
        table.add_row(
            row.part,
            row.language,
            row.kind,
            row.reader,
            str(figures.utterances),
            f"{figures.exact:.1%}",
            f"{figures.intent:.1%}",
            f"{figures.line_f1:.3f}",
            f"{figures.client_f1:.3f}",
            str(figures.silent),
            f"{row.asked:.0%}",
            str(row.ungrounded),
            str(row.calls),
            str(row.tokens),
            f"{row.seconds:.0f}",
            end_section=row.reader == "hybrid",
        )
    return table

"""`usta bench`: how fast is this machine, one JSON line per figure, each beside its baseline."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated

import typer

app = typer.Typer(help="Measure this machine: one line of JSON per figure, each with the baseline of the same run.")

Seconds = Annotated[float, typer.Option(min=1, help="How long each figure is measured.")]


@app.command()
def ingest(
    seconds: Seconds = 10, rate: Annotated[float, typer.Option(help="Webhooks per second for the latencies.")] = 100
) -> None:
    """Webhook to 200: latencies and requests/s, beside a bare route that does the same two inserts."""
    from evals.bench import ingest as bench

    _print(bench.measure(seconds=seconds, rate=rate))


@app.command()
def turn(seconds: Seconds = 20) -> None:
    """Turns per second through webhook, worker, graph and simulator, beside LangGraph's default persistence."""
    from evals.bench import turn as bench

    _print(bench.measure(seconds=seconds))


@app.command()
def pdf(
    seconds: Seconds = 10,
    documents: Annotated[
        int, typer.Option(min=0, help="Also the memory over so many documents; 1000 take minutes.")
    ] = 0,
) -> None:
    """Milliseconds for the PDF of an invoice of 5, 50 and 500 lines, warm, and documents per second."""
    from evals.bench import pdf as bench

    _print(bench.measure(seconds=seconds, documents=documents))


@app.command()
def encryption(seconds: Seconds = 9) -> None:
    """What sealing and opening messages costs, beside the same in the clear."""
    from evals.bench import encryption as bench

    _print(bench.measure(seconds=seconds))


@app.command()
def voice(notes: Annotated[int, typer.Option(min=1, max=40, help="Notes of each language.")] = 8) -> None:
    """Seconds of processing per second of a voice note, beside the bare model on the same file; needs a model folder."""
    from evals.bench import voice as bench

    try:
        _print(bench.measure(notes=notes))
    except bench.NoModel as error:
        raise typer.BadParameter(str(error)) from error


@app.command()
def api(
    companies: Annotated[int, typer.Option(min=60, help="Companies; each has 100 documents and 500 messages.")] = 200,
    clients: Annotated[int, typer.Option(min=1, max=50, help="Clients at once, each of another company.")] = 50,
    seconds: Seconds = 20,
    growth: Annotated[int, typer.Option(min=1, help="How much larger the database is at the end; 1 leaves it.")] = 10,
    processes: Annotated[int, typer.Option(min=1, help="API processes that share the clients.")] = 2,
) -> None:
    """The ten requests of an office: p50 and p95 beside a bare route, then on a database ten times larger."""
    from evals.bench import api as bench

    _print(bench.measure(companies=companies, clients=clients, seconds=seconds, growth=growth, processes=processes))


@app.command()
def delivery(
    messages: Annotated[int, typer.Option(min=2, help="Messages queued at once.")] = 1000,
    accounts: Annotated[int, typer.Option(min=1, help="Numbers over which they are spread.")] = 50,
    seconds: Annotated[float, typer.Option(min=1, help="About how long they take: every pause is scaled to it.")] = 60,
) -> None:
    """Does the pace hold over many accounts, and what a message costs beside its bare HTTP call."""
    from evals.bench import delivery as bench

    _print(bench.measure(messages=messages, accounts=accounts, seconds=seconds))


def _print(figures: Iterable[Mapping[str, object]]) -> None:
    for figure in figures:
        typer.echo(json.dumps(figure, ensure_ascii=False))

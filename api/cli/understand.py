"""``usta understand``: what the grammar reads in a sentence, for people and, as JSON lines, for evaluation programs."""

from __future__ import annotations

import json as json_module
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import typer


def understand(
    text: Annotated[str | None, typer.Argument(help="The words; without them, or with -, JSON lines on stdin.")] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="fr or tr: a hint when the words do not decide.")] = None,
    state: Annotated[Path | None, typer.Option("--state", help="A DialogueContext as a JSON file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
) -> None:
    """Reads words into commands without acting on them.

    On stdin each line is ``{"text", "lang", "kind": "typed"|"voice", "state"?}``; each is answered by one line at once,
    a bad one by ``{"error": …}``.
    """
    if lang not in (None, "fr", "tr"):
        raise typer.BadParameter("fr or tr", param_hint="--lang")
    context = json_module.loads(state.read_text(encoding="utf-8")) if state else {}
    if text is None or text == "-":
        _stream(lang, context)
        return
    reading = _read({"text": text, "lang": lang, "state": context})
    if json:
        sys.stdout.write(json_module.dumps(reading.model_dump(mode="json"), ensure_ascii=False) + "\n")
    else:
        _show(reading)


def _read(row: dict[str, Any], lang: str | None = None, context: dict[str, Any] | None = None) -> Any:
    from agent.understanding.learned.reader import EmbeddedUnderstander
    from tools.commands import DialogueContext, UnderstandingRequest

    request = UnderstandingRequest(
        text=row["text"],
        language_hint=cast(Literal["fr", "tr"] | None, row.get("lang") or lang),
        kind=row.get("kind") or "typed",
        context=DialogueContext.model_validate(row.get("state") or context or {}),
    )
    return EmbeddedUnderstander().read(request)


def _stream(lang: str | None, context: dict[str, Any]) -> None:
    for stream in (sys.stdin, sys.stdout):
        if isinstance(
            stream, TextIOWrapper
        ):  # JSON lines are UTF-8 whatever the locale; a broken byte spoils one line only
            stream.reconfigure(encoding="utf-8", errors="replace")
    for line in iter(sys.stdin.readline, ""):
        if not line.strip():
            continue
        try:
            row = json_module.loads(line)
            answer = _read(row, lang, context).model_dump(mode="json")
        except Exception as problem:  # a bad line must not stop the stream
            answer = {"error": f"{type(problem).__name__}: {problem}"}
        sys.stdout.write(json_module.dumps(answer, ensure_ascii=False, separators=(",", ":")) + "\n")
        sys.stdout.flush()


def _show(reading: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    commands = Table("command", "args", "evidence", title=f"{reading.language} · {reading.confidence:.0%}")
    for command in reading.commands:
        args = ", ".join(f"{name}={value}" for name, value in command.args.items())
        commands.add_row(command.name, args, command.evidence)
    console.print(commands)
    places = Table("kind", "words", "value", "at")
    for place in reading.recognised:
        places.add_row(place.kind, place.text, place.value or "", f"{place.start}–{place.end}")
    console.print(places)
    if reading.unexplained:
        console.print("Unexplained: " + " · ".join(reading.unexplained))

"""`usta voice`: hear a note as the worker would, and measure how well notes are heard."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from services.transcription.port import Transcriber

app = typer.Typer(help="Hear a voice note as the worker would, and measure how well notes are heard.")
ROWS = ((False, False), (False, True), (True, False), (True, True))


@app.command()
def hear(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A sound file.")],
    lang: Annotated[str, typer.Option(help="The artisan's language, fr or tr.")] = "fr",
) -> None:
    """Prints what the configured recogniser hears in a file: words, language, confidence of each passage."""
    from services.transcription.service import judge, listen
    from services.transcription.sound import Sound

    async def run() -> None:
        judged = await judge(file.read_bytes())
        if not isinstance(judged, Sound):
            typer.echo(f"{judged.verdict}, {judged.seconds:.1f} s")
            return
        note = await listen(_transcriber(), judged, "tr" if lang == "tr" else "fr")
        typer.echo(f"{note.verdict}, {note.seconds:.1f} s, {note.language}, confidence {note.confidence}")
        for segment in note.segments:
            typer.echo(f"{segment.start:6.1f}–{segment.end:.1f}  {segment.confidence:.2f}  {segment.text}")

    asyncio.run(run())


@app.command()
def measure(
    lang: Annotated[list[str] | None, typer.Option(help="fr or tr; both when not given.")] = None,
    tune: Annotated[bool, typer.Option(help="The sentences that repairs may be written from.")] = False,
    person: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="A folder of Asterisk's French prompts in G.722: hours of work in a person's voice, instead of espeak-ng's.",
        ),
    ] = None,
    diphones: Annotated[
        bool, typer.Option(help="Voices of MBROLA, cut from a person's, instead of espeak-ng's.")
    ] = False,
    kept: Annotated[
        Path | None,
        typer.Option(help="JSON lines of what was heard: read and added to; what is there is not heard again."),
    ] = None,
) -> None:
    """Word error rate and line-slot F1 of spoken sentences, with and without the style prompt and the repairs."""
    from evals.voice import measuring, recorded
    from evals.voice.sentences import sentences
    from evals.voice.synthesis import NoSynthesiser

    voice: measuring.Voice = measuring.diphones if diphones else measuring.synthesiser
    rows = {
        each: sentences(each, "tune" if tune else "measure") for each in measuring.LANGUAGES if not lang or each in lang
    }
    if person:
        rows = {"fr": recorded.recorded_sentences()}
        voice = recorded.voice_of(person)

    def keep(attempt: measuring.Attempt) -> None:
        if kept:
            measuring.append(attempt, kept)
        style = "style" if attempt.style else "     "
        typer.echo(f"{attempt.seconds:5.1f} s  {attempt.confidence:.2f}  {style}  {attempt.heard}")

    known = measuring.load(kept) if kept else []
    try:
        attempts = asyncio.run(measuring.listen_to_all(_transcriber(), rows, voice, keep, known))
    except (recorded.NoRecordings, NoSynthesiser) as error:
        raise typer.BadParameter(str(error)) from error
    table = Table(
        "language", "style prompt", "repairs", "sentences", "word error rate", "line-slot F1", "asked again", "silent"
    )
    for language, said in rows.items():
        lines = [("as said", "", measuring.perfect(said, language))]
        for style, repair in ROWS:
            row = measuring.figures(attempts, said, language, style=style, repair=repair)
            lines.append(("yes" if style else "no", "yes" if repair else "no", row))
        for style_text, repair_text, row in lines:
            figures = [row.sentences, f"{row.word_error_rate:.1%}", f"{row.line_f1:.1%}", row.refused, row.silent]
            table.add_row(language, style_text, repair_text, *(str(figure) for figure in figures))
    Console(width=120).print(table)


def _transcriber() -> Transcriber:
    from db.settings import settings
    from services.transcription.port import NotConfigured
    from services.transcription.service import configured_transcriber

    try:
        transcriber = configured_transcriber(settings())
    except NotConfigured as error:
        raise typer.BadParameter(str(error)) from error
    if transcriber is None:
        raise typer.BadParameter("no recogniser is configured: TRANSCRIPTION_MODEL_PATH or TRANSCRIPTION_URL")
    return transcriber

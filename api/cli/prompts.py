"""``usta prompts``: what is said to artisans and to models, found, read, tried, compared and tested."""

from __future__ import annotations

import difflib
import subprocess
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

if TYPE_CHECKING:
    from prompts.catalogue import Prompt

app = typer.Typer(help="What is said to artisans and to models: list, show, render, diff, test.", no_args_is_help=True)
_OTHER_COLUMNS = 22
"""Characters of the fingerprint, the tokens and the space between the columns."""
Name = Annotated[str, typer.Argument(help="understanding/system, fr/questions.lines …; usta prompts list names them.")]


@app.command("list")
def list_(
    pattern: Annotated[str, typer.Argument(help="Part of the name or of the wording; all when not given.")] = "",
) -> None:
    """List the prompts: name, fingerprint, tokens, and how they begin."""
    from agent.understanding.grammar.folding import fold
    from prompts.catalogue import prompts

    found = [each for each in prompts() if fold(pattern) in fold(each.name + " " + each.text)]
    console = Console()
    longest = max((len(each.name) for each in found), default=0)
    table = Table("name", "print", Column("tokens", justify="right"), "wording", box=None)
    for each in found:
        start = Text(" ".join(each.text.split()), style="dim")
        start.truncate(max(console.width - longest - _OTHER_COLUMNS, 12), overflow="ellipsis")
        table.add_row(each.name, each.fingerprint, str(each.tokens), start)
    console.print(table if table.row_count else f"No prompt has {pattern!r} in its name or wording.")
    raise typer.Exit(0 if table.row_count else 1)


@app.command()
def show(name: Name) -> None:
    """Show a prompt as it is written, where, and what it costs. A sentence is shown in both languages."""
    from prompts.catalogue import LANGUAGES

    console = Console()
    language, _, key = name.partition("/")
    names = [name, *(f"{other}/{key}" for other in LANGUAGES if other != language)] if language in LANGUAGES else [name]
    for each in map(_find, names):
        console.print(f"[bold]{each.name}[/bold]  {each.path}  {each.fingerprint}  ≈ {each.tokens} tokens")
        console.print(each.text.strip(), markup=False, highlight=False)
        console.print()


@app.command()
def render(
    name: Name,
    form: Annotated[str | None, typer.Option(help="tu, vous, sen or siz; polite when not given.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A value instead of the sample's: client='M. Roux'.")
    ] = None,
    wording: Annotated[str | None, typer.Option(help="Try this template instead of the one that is written.")] = None,
    organization: Annotated[
        str | None, typer.Option(help="In the own words of this company: id, slug or SIRET.")
    ] = None,
) -> None:
    """Say a sentence with sample values, as it would arrive on the phone."""
    from evals.wording.rendering import render_sentence
    from prompts.catalogue import about_tokens
    from prompts.replies.own_wording import UnusableWording, check_wording

    found = _find(name)
    language, _, key = found.name.partition("/")
    if organization is not None and wording is None:
        wording = _own_words(organization, found.name)
    values = dict(pair.split("=", 1) for pair in set_ or [] if "=" in pair)
    if len(values) != len(set_ or []):
        _refuse("--set wants name=value.")
    try:
        if wording is not None:
            check_wording(language, key, wording)
        text = render_sentence(language, key, form=form, values=values, template=wording)
    except UnusableWording as error:
        _refuse(str(error))
    console = Console()
    console.print(text, markup=False, highlight=False)
    console.print(f"[dim]{len(text)} characters, ≈ {about_tokens(text)} tokens[/dim]")


@app.command()
def diff(
    name: Name,
    before: Annotated[str, typer.Option("--from", help="A commit, a branch or a tag.")] = "HEAD",
    after: Annotated[str | None, typer.Option("--to", help="Another one; the working copy when not given.")] = None,
) -> None:
    """Compare two versions of a prompt, word by word where lines are alike, with what each costs."""
    from prompts.catalogue import about_tokens

    now = _find(name)
    old = _at(now, before)
    new = _at(now, after) if after else now.text
    console = Console()
    if old == new:
        console.print(f"{name} is the same in {before} and in {after or 'the working copy'}.")
        return
    for line in difflib.unified_diff(
        old.splitlines(), new.splitlines(), before, after or "working copy", lineterm="", n=2
    ):
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        console.print(Text(line, style=style or ""))
    console.print(f"≈ {about_tokens(old)} → {about_tokens(new)} tokens")


@app.command()
def test(
    name: Name,
    run: Annotated[str, typer.Option(help="The run whose traces tell where the prompt is used.")] = "latest",
) -> None:
    """Play the scenarios that use a prompt, as far as an earlier run knows. Exit code 0 when every gate holds."""
    from api.cli import eval_run
    from evals.reporting.runs import NoSuchRun, traces_of
    from evals.wording.usage import scenarios_that_say

    found = _find(name)
    try:
        ids = scenarios_that_say(traces_of(run)[1], found.name)
    except NoSuchRun as error:
        _refuse(f"{error}. A whole run tells which scenarios use which prompt.")
    if not ids:
        _refuse(f"No scenario of that run used {found.name}: write one, or give --run another one.")
    typer.echo(f"{found.name} is used in {len(ids)} scenarios.")
    language = found.name.partition("/")[0]
    locales = [eval_run.Locale(language)] if language in ("fr", "tr") else None
    eval_run.run(part=[eval_run.Part.dev], locale=locales, scenario=ids)


def _own_words(organization: str, name: str) -> str | None:
    """The company's wording of a sentence, None where it has none."""
    import asyncio

    from db.server import database_url
    from db.session import Database
    from db.settings import settings
    from services.accounts.service import organization_named
    from services.wording.service import templates_in_force

    async def read() -> str | None:
        database = Database(database_url(settings()), pool_size=1)
        try:
            async with database.system() as session:
                found = await organization_named(session, organization)
            if found is None:
                _refuse(f"There is no company {organization!r}: give its id, slug or SIRET.")
            async with database.tenant(found.id) as session:
                return (await templates_in_force(session, found.id)).get(name)
        finally:
            await database.close()

    return asyncio.run(read())


def _find(name: str) -> Prompt:
    from prompts.catalogue import UnknownPrompt, prompt

    try:
        return prompt(name)
    except UnknownPrompt as error:
        _refuse(str(error))


def _at(wanted: Prompt, revision: str) -> str:
    """The prompt in another revision; empty where it did not exist."""
    from evals.installation import ROOT
    from prompts.catalogue import in_text

    command = ["git", "show", f"{revision}:{wanted.path}"]
    try:
        shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        _refuse("Comparing with another version needs git.")
    if shown.returncode:
        if "exists on disk" in shown.stderr or "does not exist" in shown.stderr:
            return ""
        _refuse(f"{revision}: {shown.stderr.strip()}")
    return in_text(wanted.name, shown.stdout) or ""


def _refuse(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(2)

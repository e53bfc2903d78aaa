"""``usta eval run`` and ``usta eval rescore``: scenarios played against a throw-away Usta, and old traces judged anew."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.cli.eval_choices import LanguageChoice, PartChoice, ReaderChoice, UserChoice
from api.cli.eval_tables import show_dialogue, show_failures, table_of

if TYPE_CHECKING:
    from evals.running.footing import Footing
    from evals.running.llm_user import UserModel
    from evals.running.playing import Play, RunFacts
    from evals.running.runner import Means
    from evals.traces import Trace


def run(
    part: Annotated[list[PartChoice] | None, typer.Option(help="dev or test; both when not given.")] = None,
    locale: Annotated[list[LanguageChoice] | None, typer.Option(help="fr or tr; both when not given.")] = None,
    workflow: Annotated[list[str] | None, typer.Option(help="quote, invoice, client, ask.")] = None,
    family: Annotated[list[str] | None, typer.Option(help="happy, correction, consent …")] = None,
    scenario: Annotated[list[str] | None, typer.Option(help="An id, also with * and ?, or the end of one.")] = None,
    trials: Annotated[int, typer.Option(min=1, help="How often each is played.")] = 1,
    concurrency: Annotated[int, typer.Option(min=1, help="How many talks at the same time.")] = 8,
    understander: Annotated[ReaderChoice, typer.Option(help="Who reads the messages.")] = ReaderChoice.grammar,
    mutate: Annotated[
        list[str] | None, typer.Option(help="Play them changed: accents, capitals, burst, twice, killed … or all.")
    ] = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only what edits since the last complete run can have changed.")
    ] = False,
    user: Annotated[
        UserChoice, typer.Option(help="Who plays the artisan: the script, or a language model.")
    ] = UserChoice.scripted,
    user_model: Annotated[
        str | None, typer.Option(help="The model that plays him; the configured one if not given.")
    ] = None,
    user_base_url: Annotated[
        str | None, typer.Option(help="Its OpenAI-compatible endpoint, as OPENAI_BASE_URL.")
    ] = None,
    user_api_key: Annotated[
        str | None, typer.Option(envvar="USER_MODEL_API_KEY", help="Its key, if it is not OPENAI_API_KEY.")
    ] = None,
    user_hint: Annotated[bool, typer.Option("--user-hint", help="Tell it what the assistant waits for.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder of the traces; a new one under the runs otherwise.")] = None,
    langsmith: Annotated[
        bool, typer.Option("--langsmith", help="Push the dialogues to LangSmith; wants LANGSMITH_API_KEY.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print the dialogues of the development part.")
    ] = False,
) -> None:
    """Play scenarios through webhook, workers and simulator. Exit code 0 only when every gate held and nothing broke off."""
    from evals.reporting.runs import runs_folder
    from evals.running.footing import FILE, footing
    from evals.running.playing import RunFacts, scripted
    from evals.running.runner import Means, commit, with_model
    from evals.running.selection import PARTS, NothingToPlay, Selection
    from evals.scenarios.loading import UnreadableScenario
    from evals.traces import write_traces

    client = _langsmith() if langsmith else None
    console = Console()
    selection = Selection(
        parts=[each.value for each in part] if part else PARTS,
        locales=[each.value for each in locale or []],
        workflows=workflow or [],
        families=family or [],
        scenarios=scenario or [],
        trials=trials,
        user=user.value,
    )
    try:
        plays = selection.plays()
    except (NothingToPlay, UnreadableScenario) as error:
        raise typer.BadParameter(str(error)) from error
    now = footing(understander.value, selection.parts, whole=selection.whole and not (mutate or changed))
    if changed:
        plays = _changed(console, plays, now)
    if mutate:
        plays = _mutated(plays, mutate)
    if not plays:
        raise typer.Exit(0)
    simulated = _user_model(user_model, user_base_url, user_api_key, user_hint) if user is UserChoice.llm else None
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{understander.value}"
    folder = out or runs_folder() / name
    facts = RunFacts(name, understander.value, _model(understander), commit())
    artisan = with_model(simulated) if simulated else scripted
    means = Means(
        talks=concurrency, settings=_settings(understander), artisan=artisan, patience=_patience(understander)
    )
    traces = asyncio.run(_play(plays, facts, means, console, verbose))
    write_traces(folder / "traces.jsonl", traces)
    (folder / FILE).write_text(now.model_dump_json(indent=1), encoding="utf-8")
    if client is not None:
        _push(console, client, traces)
    _finish(console, folder, traces)


def _langsmith() -> Any:
    """A client, before anything is played: without a key nothing starts."""
    from evals.langsmith_export import NoKey, client_from_environment

    try:
        return client_from_environment()
    except NoKey as error:
        raise typer.BadParameter(str(error)) from error


def _push(console: Console, client: Any, traces: list[Trace]) -> None:
    from langsmith.utils import LangSmithError

    from evals.langsmith_export import push
    from evals.reporting.conversations import known_scenarios

    known = {id_: scenario for (part, id_), scenario in known_scenarios().items() if part == "dev"}
    try:
        console.print(f"{push(client, traces, known)} dialogues of the development part are in LangSmith")
    except (LangSmithError, OSError) as error:
        console.print(
            f"LangSmith did not take the run ({error}); its traces are kept here all the same.", style="yellow"
        )


def rescore(
    run: Annotated[str, typer.Argument(help="Name or folder of a run, or latest.")] = "latest",
    out: Annotated[Path | None, typer.Option(help="Folder of the new traces; beside the old ones otherwise.")] = None,
) -> None:
    """Judge the traces of a run by the checks and scenarios as they are now, without playing. Exit code as of a run."""
    from evals.reporting.runs import NoSuchRun, traces_of
    from evals.running.rescoring import Gone, rescored
    from evals.traces import write_traces

    try:
        folder, traces = traces_of(run)
        judged = list(rescored(traces))
    except (NoSuchRun, Gone) as error:
        raise typer.BadParameter(str(error)) from error
    target = out or folder.with_name(f"{folder.name}-rescored")
    write_traces(target / "traces.jsonl", judged)
    _finish(Console(), target, judged)


def _finish(console: Console, folder: Path, traces: list[Trace]) -> None:
    console.print(table_of(traces))
    show_failures(console, traces)
    console.print(str(folder / "traces.jsonl"), highlight=False, soft_wrap=True)
    raise typer.Exit(0 if all(trace.passed for trace in traces if trace.user_fault is None) else 1)


async def _play(plays: list[Play], facts: RunFacts, means: Means, console: Console, verbose: bool) -> list[Trace]:
    from evals.running.runner import run as play_all

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting Usta", total=len(plays))

        def done(play: Play, trace: Trace) -> None:
            progress.update(task, advance=1, description="playing")
            if verbose and play.part == "dev":
                show_dialogue(console, trace)

        return await play_all(plays, facts, means, done)


def _changed(console: Console, plays: list[Play], now: Footing) -> list[Play]:
    from evals.running.footing import NoCompleteRun, changed, last_complete

    try:
        then, traces, folder = last_complete(now.understander)
    except NoCompleteRun as error:
        raise typer.BadParameter(str(error)) from error
    reasons = changed((play for play in plays if play.part in then.parts), then, traces, now)
    for reason, found in reasons.items():
        console.print(f"{len(found):>4}  {reason}", highlight=False)
    console.print(f"since {folder.name}: {sum(map(len, reasons.values())) or 'nothing'} to play", highlight=False)
    chosen = [play for found in reasons.values() for play in found]
    return [play for play in plays if play in chosen]


def _mutated(plays: list[Play], names: list[str]) -> list[Play]:
    from evals.running.mutations import UnknownMutation, mutated

    try:
        found = mutated(plays, names)
    except UnknownMutation as error:
        raise typer.BadParameter(str(error)) from error
    if not found:
        raise typer.BadParameter(f"{', '.join(names)} applies to none of these scenarios")
    return found


def _user_model(model: str | None, base_url: str | None, api_key: str | None, hint: bool) -> UserModel:
    from db.settings import settings
    from evals.running.llm_user import UserModel

    configured = settings()
    own = configured.openai_api_key.get_secret_value() if configured.openai_api_key and base_url is None else None
    return UserModel(model or configured.openai_model, base_url or configured.openai_base_url, api_key or own, hint)


def _model(understander: ReaderChoice) -> str | None:
    from db.settings import settings

    return None if understander is ReaderChoice.grammar else settings().openai_model


def _settings(understander: ReaderChoice) -> dict[str, str]:
    """The model's access is given to the throw-away service only when it is to be asked."""
    from db.settings import settings

    found = {"UNDERSTANDER": understander.value}
    configured = settings()
    if understander is ReaderChoice.grammar:
        return found
    if configured.openai_api_key is None:
        raise typer.BadParameter(
            f"{understander.value} needs a model: set OPENAI_API_KEY, and OPENAI_BASE_URL for an endpoint of your own"
        )
    return found | {
        "OPENAI_API_KEY": configured.openai_api_key.get_secret_value(),
        "OPENAI_BASE_URL": configured.openai_base_url,
        "OPENAI_MODEL": configured.openai_model,
        "MODEL_FALLBACKS": json.dumps(configured.model_fallbacks),
        "MODEL_TIMEOUT_SECONDS": str(configured.model_timeout_seconds),
        # what is held back for a client must still be held when a slow model has read "annule"
        "CLIENT_SEND_HOLD_SECONDS": str(max(configured.client_send_hold_seconds, 3 * configured.model_timeout_seconds)),
    }


def _patience(understander: ReaderChoice) -> float:
    """A slow model may use its whole time for every call of a turn, and fall back after that."""
    from db.settings import settings
    from evals.running.world import PATIENCE_SECONDS

    return PATIENCE_SECONDS + (0 if understander is ReaderChoice.grammar else 4 * settings().model_timeout_seconds)

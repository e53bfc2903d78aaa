"""What a run stood on, written beside its traces, and which scenarios an edit since then can have changed.

Code, grammar and lexicon carry every dialogue; a sentence only those that said it, a template for models those in which
one was asked, a layout of documents those that made one, a scenario file itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ValidationError

from evals.installation import ROOT
from evals.reporting.runs import runs_folder
from evals.running.playing import Play, fingerprint
from evals.traces import Trace, read_traces
from prompts.replies import sentences

FILE = "run.json"
_EVERYTHING = ("agent", "graphs", "tools", "services", "db", "api/webhooks", "prompts")
_ELSEWHERE = {"documents": "prompts/documents", "models": "prompts/understanding", "replies": "prompts/replies"}
"""Folders whose texts do not concern every dialogue; their Python files do."""


class NoCompleteRun(ValueError):
    """Nothing to compare an edit with; the message says what to do."""


class Footing(BaseModel):
    """Fingerprints of what a run depended on. ``whole``: it played everything of the development part to its end."""

    whole: bool
    understander: str
    parts: list[str]
    everything: str
    documents: str
    models: str


def footing(understander: str, parts: Sequence[str], *, whole: bool) -> Footing:
    """The checkout as it is now."""
    apart = tuple(ROOT / folder for folder in _ELSEWHERE.values())
    files = (path for folder in _EVERYTHING for path in (ROOT / folder).rglob("*"))
    return Footing(
        whole=whole,
        understander=understander,
        parts=list(parts),
        everything=_hash(
            path for path in files if path.suffix == ".py" or not any(path.is_relative_to(each) for each in apart)
        ),
        documents=_hash_of_texts("documents"),
        models=_hash_of_texts("models"),
    )


def _hash_of_texts(name: str) -> str:
    return _hash(path for path in (ROOT / _ELSEWHERE[name]).rglob("*") if path.suffix != ".py")


def _hash(paths: Iterable[Path]) -> str:
    found = sha256()
    for path in sorted(path for path in paths if path.is_file() and "__pycache__" not in path.parts):
        found.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def last_complete(understander: str) -> tuple[Footing, list[Trace], Path]:
    """The newest whole run with this understander: its footing, its traces, its folder. Raises ``NoCompleteRun``."""
    for path in sorted(runs_folder().glob(f"*/{FILE}"), key=lambda each: each.stat().st_mtime, reverse=True):
        try:
            found = Footing.model_validate_json(path.read_text(encoding="utf-8"))
        except ValidationError:
            continue
        if found.whole and found.understander == understander and (path.parent / "traces.jsonl").exists():
            return found, list(read_traces(path.parent / "traces.jsonl")), path.parent
    raise NoCompleteRun("no complete run to compare with yet: run `usta eval run` once without --changed")


def changed(plays: Iterable[Play], then: Footing, traces: Iterable[Trace], now: Footing) -> dict[str, list[Play]]:
    """The plays that an edit can have changed, by the reason."""
    before: dict[tuple[str, str], list[Trace]] = {}
    for trace in traces:
        if trace.mutation is None:
            before.setdefault((trace.scenario, trace.locale), []).append(trace)
    found: dict[str, list[Play]] = {}
    for play in plays:
        if reason := _reason(play, then, before.get((play.scenario.id, play.locale), []), now):
            found.setdefault(reason, []).append(play)
    return found


def _reason(play: Play, then: Footing, traces: list[Trace], now: Footing) -> str | None:
    if not traces:
        return "new"
    if any(trace.scenario_hash != fingerprint(play.scenario) for trace in traces):
        return "scenario file changed"
    if then.everything != now.everything:
        return "code or lexicon changed"
    if then.documents != now.documents and any(trace.documents for trace in traces):
        return "document layout changed"
    turns = [turn for trace in traces for turn in trace.turns]
    if then.models != now.models and any(turn.prompt_hash or turn.model_calls for turn in turns):
        return "prompt for models changed"
    for entry in dict.fromkeys(sentence for turn in turns for sentence in turn.sentences):
        if not is_current(entry):
            return f"sentence {entry.partition('@')[0]} changed"
    return None


def is_current(entry: str) -> bool:
    """Whether a sentence noted as "language/file.macro@fingerprint" still reads as it did."""
    name, _, noted = entry.partition("@")
    language, _, key = name.partition("/")
    try:
        return sentences.fingerprint(language, key) == noted
    except KeyError:
        return False

"""Where runs are kept, and how one is named: ``<home>/evals/<run>/traces.jsonl``."""

from __future__ import annotations

from pathlib import Path

from db.settings import settings
from evals.traces import Trace, read_traces

_AGES = {"latest": 0, "previous": 1}


class NoSuchRun(ValueError):
    """No traces under that name; the message lists the names there are."""


def runs_folder() -> Path:
    """The folder of all runs on this machine."""
    return settings().home / "evals"


def traces_of(run: str) -> tuple[Path, list[Trace]]:
    """Folder and traces of a run, named by its folder's name or path; "latest" is the newest, "previous" the one before.

    Raises ``NoSuchRun``.
    """
    folder = _by_age(_AGES[run]) if run in _AGES else _named(run)
    if folder is None or not (folder / "traces.jsonl").exists():
        known = sorted(each.parent.name for each in runs_folder().glob("*/traces.jsonl"))
        raise NoSuchRun(f"no run {run!r}; there are {', '.join(known) or 'none yet: usta eval run'}")
    return folder, list(read_traces(folder / "traces.jsonl"))


def _by_age(age: int) -> Path | None:
    found = sorted(runs_folder().glob("*/traces.jsonl"), key=lambda path: path.stat().st_mtime, reverse=True)
    return found[age].parent if len(found) > age else None


def _named(run: str) -> Path | None:
    return next((each for each in (Path(run), runs_folder() / run) if each.is_dir()), None)

"""Where runs are kept, and how one is named: ``<home>/evals/<run>/traces.jsonl``."""

from __future__ import annotations

from pathlib import Path

from db.settings import settings
from evals.traces import Trace, read_traces


class NoSuchRun(ValueError):
    """No traces under that name; the message lists the names there are."""


def runs_folder() -> Path:
    """The folder of all runs on this machine."""
    return settings().home / "evals"


def traces_of(run: str) -> tuple[Path, list[Trace]]:
    """Folder and traces of a run, named by its folder's name or path; "latest" is the newest. Raises ``NoSuchRun``."""
    folder = (
        _latest()
        if run == "latest"
        else next((each for each in (Path(run), runs_folder() / run) if each.is_dir()), None)
    )
    if folder is None or not (folder / "traces.jsonl").exists():
        known = sorted(each.parent.name for each in runs_folder().glob("*/traces.jsonl"))
        raise NoSuchRun(f"no run {run!r}; there are {', '.join(known) or 'none yet: usta eval run'}")
    return folder, list(read_traces(folder / "traces.jsonl"))


def _latest() -> Path | None:
    found = sorted(runs_folder().glob("*/traces.jsonl"), key=lambda path: path.stat().st_mtime)
    return found[-1].parent if found else None

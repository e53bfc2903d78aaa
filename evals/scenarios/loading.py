"""Scenario files and fixtures, read and checked."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import ValidationError

from evals.scenarios.schema import Family, Scenario

Part = Literal["dev", "test"]
_FOLDER = Path(__file__).parent


class UnreadableScenario(ValueError):
    """A file is no scenario; the message names the file, the key and what is wrong with it."""


@cache
def scenarios(part: Part) -> tuple[Scenario, ...]:
    """All scenarios of a part, by id. Raises ``UnreadableScenario``."""
    folder = _FOLDER / "data" / part
    return tuple(read_scenario(path, folder) for path in sorted(folder.rglob("*.yaml")))


def read_scenario(path: Path, folder: Path) -> Scenario:
    """The scenario of one file below ``folder``. Raises ``UnreadableScenario``."""
    try:
        scenario = Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise UnreadableScenario(f"{path.relative_to(folder)}: {error}") from error
    place = path.relative_to(folder).with_suffix("").as_posix()
    if scenario.id != place or scenario.id.count("/") != 2:
        raise UnreadableScenario(
            f"{place}.yaml has the id {scenario.id!r}; it must be workflow/family/name, its own path"
        )
    if scenario.workflow != place.split("/")[0] or scenario.family not in get_args(Family):
        raise UnreadableScenario(
            f"{place}.yaml: no such workflow or family; families are {', '.join(get_args(Family))}"
        )
    return scenario


@cache
def fixture(name: str) -> dict[str, Any]:
    """The scene of a fixture. Raises ``UnreadableScenario`` when there is none of that name."""
    path = _FOLDER / "fixtures" / f"{name}.yaml"
    if not path.exists():
        known = ", ".join(sorted(each.stem for each in path.parent.glob("*.yaml")))
        raise UnreadableScenario(f"no fixture {name!r}; there are {known}")
    scene: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return scene

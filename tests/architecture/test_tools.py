"""One tool per file, each with its arguments and its effect, and every file in the registry."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tools.definition import Args, Effect, ToolDefinition
from tools.registry import REGISTRY

FRAME = {"__init__", "commands", "context", "definition", "follow_up", "lines", "registry"}
"""Modules of the room that are no tool."""
NAMES = sorted(path.stem for path in (Path(__file__).parents[2] / "tools").glob("*.py") if path.stem not in FRAME)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_a_tool(name: str) -> None:
    tool = importlib.import_module(f"tools.{name}").TOOL
    assert isinstance(tool, ToolDefinition)
    assert tool.name == name
    assert REGISTRY[name] is tool
    assert tool.effect in Effect
    assert issubclass(tool.args, Args) and tool.args.model_config["extra"] == "forbid"
    assert tool.tool.description


def test_the_registry_has_nothing_else() -> None:
    assert sorted(REGISTRY) == NAMES


def test_arguments_are_flat() -> None:
    nested = {
        f"{tool.name}.{field}"
        for tool in REGISTRY.values()
        for field, schema in tool.args.model_json_schema().get("properties", {}).items()
        if "$ref" in str(schema) or "'object'" in str(schema)
    }
    assert not nested, f"a model fills flat arguments best: {nested}"


def test_a_tool_never_takes_the_tenant() -> None:
    takes = {tool.name for tool in REGISTRY.values() if "organization_id" in tool.args.model_fields}
    assert not takes, f"the tenant comes from the context: {takes}"


def test_every_command_of_an_understander_is_a_tool() -> None:
    """What is understood can be done (tools.commands is the list of what can be understood)."""
    from agent.understanding.tool_schemas import specs

    assert set(specs()) <= set(REGISTRY)

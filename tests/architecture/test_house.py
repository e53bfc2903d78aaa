"""The house rules that a machine can check (CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

MAXIMUM_LINES = 400
VAGUE = {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "common", "stuff"}
TEXT_SUFFIXES = {
    "",
    ".py",
    ".md",
    ".sh",
    ".toml",
    ".yaml",
    ".yml",
    ".json",
    ".j2",
    ".html",
    ".css",
    ".js",
    ".svg",
    ".example",
}
MACHINE_PATH = re.compile(r"(?<![\w.-])/(?:work|farm|home/\w|root|Users)/")
REGISTRY_HOSTS = tuple(
    name + end for name, end in (("pypi", ".org"), ("pythonhosted", ".org"), ("npmjs", ".org"), ("npmjs", ".com"))
)
MONEY_ROOMS = (
    "services/documents",
    "services/einvoicing",
    "services/accounts",
    "db/models",
    "tools",
    "graphs",
    "evals/proof",
)
NOT_MONEY = {"accent.py", "pdf.py"}
"""Colours and page geometry are measured in floats."""


def texts(committed: list[Path]) -> list[Path]:
    return [path for path in committed if path.suffix in TEXT_SUFFIXES and path.name != "uv.lock"]


def test_names_say_what_they_are(modules: list[Path], root: Path) -> None:
    vague = [
        str(path.relative_to(root)) for path in modules if VAGUE & set(re.split(r"[_/.]", str(path.relative_to(root))))
    ]
    assert not vague, f"name them after what they do: {vague}"


def test_files_fit_in_a_head(committed: list[Path], root: Path) -> None:
    long = {
        str(path.relative_to(root)): count
        for path in committed
        if path.suffix == ".py"
        and "versions" not in path.parts
        and (count := len(path.read_text().splitlines())) > MAXIMUM_LINES
    }
    assert not long, f"over {MAXIMUM_LINES} lines: {long}"


def test_every_folder_says_what_the_room_is_for(modules: list[Path], root: Path) -> None:
    silent = [
        str(path.relative_to(root))
        for path in modules
        if path.name == "__init__.py" and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent, f"no docstring: {silent}"


def test_every_folder_of_modules_is_a_package(modules: list[Path], root: Path) -> None:
    bare = {str(path.parent.relative_to(root)) for path in modules if not (path.parent / "__init__.py").exists()}
    assert not bare, f"no __init__.py: {bare}"


def test_no_path_of_one_machine(committed: list[Path], root: Path) -> None:
    found = [
        f"{path.relative_to(root)}:{number}"
        for path in texts(committed)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if MACHINE_PATH.search(line) and path != Path(__file__)
    ]
    assert not found, f"paths of one machine: {found}"


def test_no_host_of_a_package_registry(committed: list[Path], root: Path) -> None:
    found = [
        str(path.relative_to(root))
        for path in texts(committed)
        if any(host in path.read_text(errors="replace") for host in REGISTRY_HOSTS)
    ]
    assert not found, f"a registry's host is named: {found}"


@pytest.mark.parametrize("folder", MONEY_ROOMS)
def test_money_is_never_a_float(folder: str, root: Path) -> None:
    found = [
        f"{path.relative_to(root)}:{node.lineno}"
        for path in sorted((root / folder).rglob("*.py"))
        if path.name not in NOT_MONEY
        for node in ast.walk(ast.parse(path.read_text()))
        if _makes_a_float(node)
    ]
    assert not found, f"Decimal, not float: {found}"


def _makes_a_float(node: ast.AST) -> bool:
    """A call of ``float`` or a float passed to ``Decimal``: both smuggle binary fractions into an amount."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    if node.func.id == "float":
        return True
    return node.func.id == "Decimal" and any(
        isinstance(argument, ast.Constant) and isinstance(argument.value, float) for argument in node.args
    )


def test_every_setting_is_in_the_example(root: Path) -> None:
    from db.settings import Settings

    example = (root / ".env.example").read_text()
    missing = [
        str(field.validation_alias)
        for field in Settings.model_fields.values()
        if not re.search(rf"^#? ?{field.validation_alias}=", example, re.MULTILINE)
    ]
    assert not missing, f"not in .env.example: {missing}"


def test_every_setting_is_documented(root: Path) -> None:
    from db.settings import Settings

    page = (root / "docs/configuration.md").read_text()
    missing = [
        str(field.validation_alias)
        for field in Settings.model_fields.values()
        if f"`{field.validation_alias}`" not in page
    ]
    assert not missing, f"not in docs/configuration.md: {missing}"


def test_the_cheap_head_is_alembics_head() -> None:
    from alembic.script import ScriptDirectory

    from db.migrate import alembic_config
    from db.revision import head

    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == head()

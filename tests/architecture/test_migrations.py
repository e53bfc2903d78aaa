"""Migrations may run while processes of the version before still work: they expand, and contract a version later (R295)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

VERSIONS = Path(__file__).parents[2] / "db" / "migrations" / "versions"
FIRST_CHECKED = "0017"
"""Before it there was no installation whose processes could have been in the way."""
ALLOWED = {
    f"0024_office_approvals: create_check_constraint {name}: rows of the version before may break it": (
        "it names the message and no member, as every approval did"
    )
    for name in ("ck_approvals_one_word approvals", "ck_approvals_member_by_request approvals")
} | {
    "0026_subscriptions: create_check_constraint status_by organizations: rows of the version before may break it": (
        "the column is new, and the version before leaves it empty"
    ),
    "0031_end_of_hold: create_check_constraint event document_events: rows of the version before may break it": (
        "it lets one more event in, and none less"
    ),
    "0032_files_read: create_check_constraint reader_kind access_log: rows of the version before may break it": (
        "it lets one more kind in, and the version before always names a reader"
    ),
    "0034_set_up: create_check_constraint ck_conversations_workflow conversations: rows of the version before may break it": (
        "it allows one workflow more and none less"
    ),
}
"""Objection → why the version before does not mind."""
DANGEROUS_CALLS = {
    "drop_column": "the version before still reads and writes it",
    "drop_table": "the version before still uses it",
    "rename_table": "the version before knows the old name",
    "create_check_constraint": "rows of the version before may break it",
    "create_unique_constraint": "rows of the version before may break it",
}
DANGEROUS_SQL = re.compile(
    r"\b(drop\s+(?:table|column|function)|rename\s+(?:to|column)|set\s+not\s+null|alter\s+column\s+\w+\s+(?:set\s+data\s+)?type)\b",
    re.IGNORECASE,
)


def objections(source: str) -> Iterator[str]:
    """What in ``upgrade`` code that knows the schema of before could trip over."""
    tree = ast.parse(source)
    upgrade = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "upgrade")
    made = {argument_of(call) for call in calls(upgrade) if name_of(call) == "create_table"}
    for call in calls(upgrade):
        name = name_of(call)
        table = argument_of(call)
        if name in DANGEROUS_CALLS and table not in made:
            yield f"{name} {about(call)}: {DANGEROUS_CALLS[name]}"
        if name == "alter_column" and keyword(call, "new_column_name") is not None:
            yield f"alter_column {about(call)}: the version before knows the old name"
        if name == "alter_column" and is_constant(keyword(call, "nullable"), False):
            yield f"alter_column {about(call)}: the version before may leave it empty"
        if name == "alter_column" and keyword(call, "type_") is not None:
            yield f"alter_column {about(call)}: the version before writes the old type"
        if name == "add_column":
            column = next((inner for inner in calls(call) if name_of(inner) == "Column"), None)
            empty = column is not None and is_constant(keyword(column, "nullable"), False)
            if column is not None and empty and keyword(column, "server_default") is None:
                yield f"add_column {table}.{argument_of(column)}: not null without a default, the version before leaves it out"
        if name == "create_index" and is_constant(keyword(call, "unique"), True):
            on = [argument.value for argument in call.args[1:2] if isinstance(argument, ast.Constant)]
            if not set(on) & made:
                yield f"create_index {about(call)}: rows of the version before may break it"
        if name == "execute" and (found := DANGEROUS_SQL.search(" ".join(texts(call)))):
            yield f"execute {found[0]}"


def calls(node: ast.AST) -> Iterator[ast.Call]:
    return (inner for inner in ast.walk(node) if isinstance(inner, ast.Call))


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def argument_of(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def is_constant(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def about(call: ast.Call) -> str:
    """The names that a call begins with: constraint and table, table and column."""
    named = (each.args[0] if isinstance(each, ast.Call) and each.args else each for each in call.args[:2])
    return " ".join(each.value for each in named if isinstance(each, ast.Constant) and isinstance(each.value, str))


def texts(call: ast.Call) -> list[str]:
    """Texts written into the call, in pieces of f-strings too."""
    return [inner.value for inner in ast.walk(call) if isinstance(inner, ast.Constant) and isinstance(inner.value, str)]


def test_migrations_only_expand() -> None:
    found = {
        f"{path.stem}: {objection}"
        for path in sorted(VERSIONS.glob("0*.py"))
        if path.stem[:4] >= FIRST_CHECKED
        for objection in objections(path.read_text())
    }
    assert found - set(ALLOWED) == set(), "split it (docs/operations.md, Upgrade), or say here why it is safe"
    assert set(ALLOWED) - found == set(), "nothing of it is there any more"


@pytest.mark.parametrize(
    ("statement", "trips"),
    [
        ('op.add_column("a", sa.Column("b", sa.String(), nullable=True))', False),
        ('op.add_column("a", sa.Column("b", sa.String(), server_default="x", nullable=False))', False),
        ('op.add_column("a", sa.Column("b", sa.String(), nullable=False))', True),
        ('op.create_table("a", sa.Column("b", sa.String(), nullable=False))', False),
        ('op.drop_column("a", "b")', True),
        ('op.alter_column("a", "b", new_column_name="c")', True),
        ('op.alter_column("a", "b", nullable=False)', True),
        ('op.alter_column("a", "b", nullable=True)', False),
        ('op.create_index("i", "a", ["b"])', False),
        ('op.create_index("i", "a", ["b"], unique=True)', True),
        ('op.execute("alter table a alter column b set not null")', True),
        ('op.execute(f"alter table {table} rename to c")', True),
        ('op.execute("create policy tenant on a to usta_app using (true)")', False),
    ],
)
def test_the_check_sees_what_would_trip(statement: str, trips: bool) -> None:
    assert bool(list(objections(f"def upgrade():\n    {statement}\n"))) is trips

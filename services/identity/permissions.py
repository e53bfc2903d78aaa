"""The one table of who may do what (C13, R011, R232). Every route under /api/v1 names a permission of this table.

A column is a role; ``x`` grants. PLATFORM are the installation's own admins (R229): they name the company in the path.
A permission marked ``active`` is for companies whose account is active (R006, C42): one that has not paid yet, or is
suspended, reads everything and changes nothing of its business. A permission marked ``key`` may be a key's scope. One
marked ``personal`` shows something about people: each use is written into the access log before the answer (R251).

Connecting a number gives whoever holds that phone the right to order, so no key does it; letting go of one's own phone is
free, also while the account is suspended.

An AGENT drafts; what binds the company (a number, a copy to the client, a signature noted) is a MANAGER's. Issuing and
sending are a person's word (DESIGN §7): no key and no admin of the installation has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["OWNER", "ADMIN", "MANAGER", "AGENT", "VIEWER", "PLATFORM"]
ROLES: tuple[Role, ...] = get_args(Role)
MEMBER_ROLES: tuple[Role, ...] = ROLES[:-1]
"""Roles of a company, the most powerful first."""

TABLE = """
permission          OWNER ADMIN MANAGER AGENT VIEWER PLATFORM  marks
self                  x     x      x      x     x       .
organization:read     x     x      x      x     x       x      key
organization:write    x     x      .      .     .       x
profile:read          x     x      x      x     x       x      key personal
profile:write         x     x      .      .     .       x      key personal
users:read            x     x      x      .     .       x      personal
users:write           x     x      .      .     .       x
keys:read             x     x      .      .     .       x
keys:write            x     x      .      .     .       x
clients:read          x     x      x      x     x       x      key personal
clients:write         x     x      x      x     .       x      key active
consents:read         x     x      x      x     x       x      key personal
consents:write        x     x      x      x     .       x      key
conversations:read    x     x      x      x     .       x      key personal
conversations:write   x     x      x      x     .       x      key active
whatsapp:read         x     x      x      x     x       x      key personal
whatsapp:write        x     x      .      .     .       x      active personal
whatsapp:unlink       x     x      .      .     .       x
documents:read        x     x      x      x     x       x      key personal
documents:write       x     x      x      x     .       x      key active personal
documents:issue       x     x      x      .     .       .      active personal
documents:send        x     x      x      .     .       .      active personal
payments:write        x     x      x      .     .       x      key active personal
einvoicing:read       x     x      x      .     x       x      key personal
einvoicing:write      x     x      .      .     .       x      key active
wording:read          x     x      x      .     .       x      key
wording:write         x     x      .      .     .       x      key active
models:read           x     x      .      .     .       x      key
models:write          .     .      .      .     .       x
logs:read             x     x      .      .     .       x      personal
privacy:read          x     x      .      .     .       x      personal
privacy:write         x     x      .      .     .       x
billing:read          x     x      .      .     .       x
billing:write         x     x      .      .     .       x
privacy:erase         x     .      .      .     .       x
platform:self         .     .      .      .     .       x
platform:manage       .     .      .      .     .       x      personal
"""


@dataclass(frozen=True, slots=True)
class Permission:
    """One row: who has it, whether the account must be active, may it be a key's scope, does it show personal data."""

    name: str
    roles: frozenset[Role]
    needs_active: bool
    for_keys: bool
    personal: bool


def _rows() -> dict[str, Permission]:
    header, *lines = (line.split() for line in TABLE.strip().splitlines())
    assert tuple(header[1:-1]) == ROLES
    rows = {}
    for name, *cells in lines:
        granted = frozenset(role for role, cell in zip(ROLES, cells, strict=False) if cell == "x")
        marks = set(cells[len(ROLES) :])
        assert marks <= {"active", "key", "personal"} and set(cells[: len(ROLES)]) <= {"x", "."}, name
        rows[name] = Permission(name, granted, *(mark in marks for mark in ("active", "key", "personal")))
    return rows


PERMISSIONS = _rows()
KEY_SCOPES = frozenset(name for name, row in PERMISSIONS.items() if row.for_keys)


def permissions_of(role: Role) -> frozenset[str]:
    """Everything that ``role`` may do."""
    return frozenset(name for name, row in PERMISSIONS.items() if role in row.roles)


def outranks(role: Role, other: Role) -> bool:
    """True where ``role`` may give, change or take ``other``: nobody acts on a role above his own."""
    return role == "PLATFORM" or ROLES.index(role) <= ROLES.index(other)

"""Every route of an application with what it asks of its caller, and the page of it: ``docs/access.md``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from api.v1.access import Allowed, Public, confined_to
from services.identity.permissions import PERMISSIONS, ROLES, Permission, Role

FRAMEWORKS_OWN = {
    "/openapi.json": "the description of this API",
    "/simulator/unipile": "the simulated provider's own API, by its key; the simulated channel only",
    "/simulator/chatwoot-server": "the simulated inbox's own API, by its token; the simulated inbox only",
    "/simulator/platform": "the simulated platform's own API, by its token; the simulated platform only",
    "/simulator/company-register": "the simulated register of companies, public data as the real one; the simulated channel only",
}
"""Routes and mounts that are not ours to mark: what is behind each, and what protects it."""
_PAGE = """# Who may call what

Written by `usta admin routes --write` from [the table of permissions](../services/identity/permissions.py) and the routes
themselves; a test compares, and calls every route with every role. [Accounts](accounts.md) says how one gets in.

## Roles and permissions

`active`: refused while the company's account is not active (R006, C42). `key`: an API key may have it as a scope.
`personal`: it shows something about people, and each use is written into the [access log](privacy.md#who-read-what).

{permissions}

## Routes that need a sign-in

A member or an API key reaches the routes of one company, his own: any other company is not found (404). PLATFORM are the
admins of the installation, who name the company in the path, or in the header `X-Organization-Id` where the path has no
place for it; what they change is written to its log.

{routes}

## Routes that anybody may call

{public}
"""


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A route under one method. ``permissions`` are all needed; ``reason`` is set where none is.

    ``own_company``: the company is the caller's own, whatever the path says.
    """

    method: str
    path: str
    permissions: tuple[str, ...]
    reason: str | None
    own_company: bool = False

    @property
    def is_marked(self) -> bool:
        """False for a route that says neither who may call it nor why anybody may."""
        return bool(self.permissions) or self.reason is not None

    def lets_in(self, role: Role) -> bool:
        """What the table says of this route and a role."""
        return self.reason is not None or all(role in PERMISSIONS[name].roles for name in self.permissions)


def routes_of(app: FastAPI) -> list[RouteRow]:
    """Every route of the application, method by method; mounts and the framework's own under method ANY."""
    rows = []
    for context in iter_route_contexts(app.routes):
        marks = list(_marks(getattr(context, "dependant", None)))
        permissions = tuple(mark.permission for mark in marks if isinstance(mark, Allowed))
        reason = next((mark.reason for mark in marks if isinstance(mark, Public)), None)
        if not marks and not hasattr(context.original_route, "dependant"):
            rows.append(RouteRow("ANY", str(context.path), (), FRAMEWORKS_OWN.get(str(context.path))))
            continue
        path = str(context.path_format)  # without the kinds of its parameters
        own = confined_to in marks
        for method in sorted(context.methods or {"WEBSOCKET"}):
            rows.append(RouteRow(method, path, permissions, None if permissions else reason, own))
    return rows


def page(app: FastAPI) -> str:
    """The text of ``docs/access.md``."""
    rows = sorted(routes_of(app), key=lambda row: (row.path, row.method))
    header = ["method", "path", "permission", *ROLES]
    guarded = [
        [
            row.method,
            f"`{row.path}`",
            " + ".join(row.permissions),
            *("x" if row.lets_in(role) else "" for role in ROLES),
        ]
        for row in rows
        if row.permissions
    ]
    public = [[row.method, f"`{row.path}`", row.reason or ""] for row in rows if not row.permissions]
    cells = [
        [f"`{name}`", *("x" if role in row.roles else "" for role in ROLES), _remarks(row)]
        for name, row in PERMISSIONS.items()
    ]
    return _PAGE.format(
        permissions=_table(["permission", *ROLES, "marks"], cells),
        routes=_table(header, guarded),
        public=_table(["method", "path", "what protects it"], public),
    )


def _remarks(row: Permission) -> str:
    marks = (("active", row.needs_active), ("key", row.for_keys), ("personal", row.personal))
    return ", ".join(mark for mark, is_set in marks if is_set)


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _marks(dependant: Dependant | None) -> Iterator[Any]:
    if dependant is None:
        return
    for inner in dependant.dependencies:
        if isinstance(inner.call, Allowed | Public) or inner.call is confined_to:
            yield inner.call
        yield from _marks(inner)

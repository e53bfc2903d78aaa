"""What every messaging webhook's door does with a body: one transaction, nothing lost when it fails, one answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from fastapi import Request, Response
from prometheus_client import Counter
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import ErrorDetail, error_response
from api.protection import webhook_standing, wrong_secret
from db.queue import defer
from db.repositories import messaging
from db.session import Database
from services.messaging.inbox import event_row, keep_failure
from services.messaging.schemas import Outcome, RawWebhook, Received
from services.protection.budgets import Standing

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Door:
    """A provider's door: the name its log lines begin with, and the counter of what became of its webhooks.

    ``postponed_to`` is the job that reads a kept webhook by ``event_id`` where there are too many at once. Providers of
    messages repeat a refused one a few times or never, so theirs are never refused; where there is no such job the
    provider is asked to come again (429), and what it gives up is found by looking.
    """

    name: str
    webhooks: Counter
    postponed_to: str | None = None

    async def unauthorized(self, request: Request, message: str) -> Response:
        """401, or 429 for an address that tries many secrets; nothing of the call is kept."""
        self.webhooks.labels("unauthorized").inc()
        log.warning(f"{self.name}.unauthorized", client=request.client.host if request.client else None)
        await wrong_secret(request)
        return error_response(request, 401, message)

    async def take(
        self, request: Request, raw: RawWebhook, receive: Callable[[AsyncSession], Awaitable[Received]]
    ) -> Response:
        """200 once ``receive`` has committed, 422 for a body that it could not read.

        With too many at once (WEBHOOKS_PER_MINUTE): 200 once the body is kept for later, or 429 with ``Retry-After``.
        Raises what ``receive`` raises: when the database is away as it is, anything else once the body is kept.
        """
        standing = await webhook_standing(request, self.name)
        if standing and not standing.allowed and self.postponed_to is None:
            return self._refused(request, standing)
        try:
            async with _database(request).system() as session:
                if standing and not standing.allowed:
                    received = await self._postpone(session, raw)
                else:
                    received = await receive(session)
        except (OperationalError, InterfaceError):
            self.webhooks.labels("unavailable").inc()
            raise
        except Exception as error:
            await self._keep(request, raw, "error", repr(error))
            raise
        self.webhooks.labels(received.outcome).inc()
        if received.outcome == "unreadable":
            details = [ErrorDetail(field=problem.field, message=problem.message) for problem in received.problems]
            return error_response(request, 422, "The payload cannot be read.", details)
        return Response(b'{"status":"%b"}' % received.outcome.encode(), media_type="application/json")

    def _refused(self, request: Request, standing: Standing) -> Response:
        self.webhooks.labels("refused").inc()
        log.warning(f"{self.name}.flood")
        return error_response(request, 429, "Too many webhooks.", headers=standing.headers)

    async def _postpone(self, session: AsyncSession, raw: RawWebhook) -> Received:
        """One row and one job instead of the whole intake; the jobs of a provider run one after another."""
        assert self.postponed_to is not None
        event = event_row(raw, None, "postponed")
        await messaging.keep_event(session, event)
        await defer(session, self.postponed_to, lock=f"webhooks:{self.name}", event_id=str(event["event_id"]))
        return Received("postponed")

    async def too_large(self, request: Request, raw: RawWebhook, message: str) -> Response:
        """413; the beginning of the body, which ``raw`` holds, is kept."""
        await self._keep(request, raw, "too_large", message)
        return error_response(request, 413, message)

    async def _keep(self, request: Request, raw: RawWebhook, outcome: Outcome, error: str) -> None:
        self.webhooks.labels(outcome).inc()
        log.error(f"{self.name}.failed", outcome=outcome, error=error[:300])
        async with _database(request).system() as session:
            await keep_failure(session, raw, outcome, error)


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database

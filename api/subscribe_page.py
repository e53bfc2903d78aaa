"""/subscribe/{token}: the page of a payment link. Whoever has the link may choose a plan or pay what is due, nothing else.

Opening it does nothing: a link preview that follows it begins no payment; the buttons do.
"""

from __future__ import annotations

from html import escape
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.private_page import private_headers
from db.models import Organization, Plan, User
from db.repositories import billing as repository
from db.repositories import plans
from db.repositories.accounts import get_organization
from prompts.replies import say
from services.billing import service
from services.billing.links import PAGE_PATH, InvalidLink, organization_of
from services.billing.states import LIVE
from services.billing.stripe_api import BillingOff, StripeError, current_stripe
from services.documents.amounts import euros
from services.protection.pages import inline

router = APIRouter(prefix=PAGE_PATH, include_in_schema=False)
_STYLE = (
    "body{font:17px/1.5 system-ui,sans-serif;max-width:28rem;margin:2.5rem auto;padding:0 1rem;color:#222}"
    "section{border:1px solid #ddd;border-radius:8px;padding:1rem;margin:1rem 0}h2{margin:0;font-size:1.1rem}"
    "button,a.button{display:block;width:100%;box-sizing:border-box;padding:.8rem;border:0;border-radius:6px;font:inherit;"
    "background:#0b6b4f;color:#fff;text-align:center;text-decoration:none;cursor:pointer}"
)
_HEADERS = private_headers(style_src=inline(_STYLE))
log = structlog.get_logger(__name__)


class _Visit:
    """Whoever opened the link, in the words for the company's owner."""

    def __init__(self, organization: Organization, owner: User | None) -> None:
        self.organization = organization
        self._language = owner.preferred_language if owner else "fr"
        self._form = owner.address_form if owner else None

    def say(self, sentence: str, **values: str) -> str:
        return escape(say(self._language, f"billing.{sentence}", form=self._form, **values))

    def page(self, body: str, status: int = 200) -> HTMLResponse:
        return _page(self._language, self.say("page_title"), body, status)


def _page(language: str, title: str, body: str, status: int) -> HTMLResponse:
    return HTMLResponse(
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1>{body}",
        status,
        _HEADERS,
    )


@router.get("/{token}")
async def open_page(request: Request, token: str, done: str | None = None) -> Response:
    """The plans, what is due, or that all is well."""
    visit = await _visit(request, token)
    if isinstance(visit, Response):
        return visit
    if done is not None:
        return visit.page(f"<p>{visit.say('page_done')}</p>")
    async with request.app.state.database.system() as session:
        waiting = await repository.open_invoice(session, visit.organization.id)
        found = await service.current(session, visit.organization.id)
        offered = await plans.active(session)
    if waiting is not None and waiting.hosted_url:
        link = f'<a class="button" href="{escape(waiting.hosted_url)}">{visit.say("page_pay")}</a>'
        return visit.page(f"<p>{visit.say('page_due', amount=euros(waiting.total))}</p>{link}")
    if found is not None and found.subscription.status in LIVE:
        return visit.page(f"<p>{visit.say('page_running')}</p>")
    sold = [plan for plan in offered if plan.stripe_price_id is not None]
    trials = found is None
    offers = "".join(_offer(visit, plan, trials) for plan in sold)
    return visit.page(f"<p>{visit.say('page_choose')}</p>{offers}")


@router.post("/{token}")
async def choose(request: Request, token: str, plan: Annotated[str, Form(max_length=60)]) -> Response:
    """Goes on to Stripe's page."""
    visit = await _visit(request, token)
    if isinstance(visit, Response):
        return visit
    state = request.app.state
    try:
        url = await service.start_checkout(
            state.database, current_stripe(), state.settings, visit.organization.id, plan
        )
    except (service.PlanUnknown, service.SubscribedAlready):
        return RedirectResponse(request.url.path, 303)
    except (StripeError, BillingOff) as error:
        log.warning("billing.checkout_failed", error=repr(error)[:300])
        return visit.page(f"<p>{visit.say('page_trouble')}</p>", 502)
    return RedirectResponse(url, 303)


def _offer(visit: _Visit, plan: Plan, trials: bool) -> str:
    months = plan.interval_count * (12 if plan.interval == "year" else 1)
    days = str(plan.trial_days if trials else 0)
    price = visit.say("page_price", amount=euros(plan.amount), months=str(months), days=days)
    features = "".join(f"<li>{escape(each)}</li>" for each in plan.features)
    return (
        f"<section><h2>{escape(plan.name)}</h2><p>{price}</p><ul>{features}</ul>"
        f'<form method="post"><button name="plan" value="{escape(plan.code)}">'
        f"{visit.say('page_take', name=plan.name)}</button></form></section>"
    )


async def _visit(request: Request, token: str) -> _Visit | Response:
    try:
        organization_id: UUID = organization_of(token)
    except InvalidLink:
        return _page("fr", escape(say("fr", "billing.page_title")), f"<p>{say('fr', 'billing.page_unknown')}</p>", 404)
    async with request.app.state.database.system() as session:
        organization = await get_organization(session, organization_id)
        return _Visit(organization, await repository.owner_of(session, organization_id))

"""The simulated provider's own page, where a code would be scanned: the number is typed in instead (unipile.md §4.7)."""

from __future__ import annotations

from html import escape
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from services.messaging.addresses import phone_of_text
from services.messaging.simulator.rest import Provider
from services.messaging.simulator.wire import ProviderError

router = APIRouter()
_PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Simulated provider</title><h1>Simulated provider</h1><p>{said}</p>{form}"""
_FORM = """<form method="post"><label>WhatsApp number <input name="phone" value="{phone}" required></label>
<button>Scan</button></form>"""


@router.get("/hosted/{link_id}")
async def page(link_id: str, request: Request) -> Response:
    """The page behind a hosted link, while it lives."""
    provider: Provider = request.app.state.provider
    link = provider.state.hosted_link(link_id)
    known = provider.state.account(link.account_id).phone if link.account_id else None
    form = _FORM.format(phone=escape(known or ""))
    return HTMLResponse(_PAGE.format(said="Which phone scans the code?", form=form))


@router.post("/hosted/{link_id}")
async def scan(link_id: str, request: Request, phone: Annotated[str, Form()]) -> Response:
    """The phone scans: the account is connected and our notify address is called; leads back to us."""
    provider: Provider = request.app.state.provider
    number = phone_of_text(phone)
    if number is None:
        raise ProviderError(400, "invalid_parameters", "Not a phone number.")
    link = provider.network.scan_hosted(link_id, number)
    if link.redirect_url:
        return Response(status_code=303, headers={"Location": link.redirect_url})
    return HTMLResponse(_PAGE.format(said="Connected.", form=""))

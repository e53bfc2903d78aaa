"""The pages that people see at Stripe: checkout, customer portal and the page of an open invoice, with buttons to click."""

from __future__ import annotations

from html import escape
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.billing.simulator import routes
from services.billing.simulator.life import Life
from services.billing.simulator.state import Card, Missing, Object
from services.billing.simulator.wire import Call
from services.protection.pages import inline, policy

router = APIRouter()
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem;color:#1a1f36}"
    "button{display:block;width:100%;margin:.5rem 0;padding:.8rem;border:0;border-radius:6px;font:inherit;"
    "background:#635bff;color:#fff;cursor:pointer}button.quiet{background:#e3e8ee;color:#1a1f36}"
    "p.note{color:#697386;font-size:.9rem}p.wrong{color:#b3093c}"
)
_HEADERS = {"Content-Security-Policy": policy(style_src=inline(_STYLE))}
_SIMULATED = "Paiement simulé : aucune carte, aucun argent."


def _page(title: str, text: str, buttons: list[tuple[str, str, bool]], wrong: str = "") -> HTMLResponse:
    forms = "".join(
        f'<form method="post"><button name="action" value="{escape(action)}"{"" if first else " class=quiet"}>'
        f"{escape(label)}</button></form>"
        for action, label, first in buttons
    )
    alarm = f'<p class="wrong">{escape(wrong)}</p>' if wrong else ""
    return HTMLResponse(
        f'<!doctype html><html lang="fr"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1><p>{escape(text)}</p>{alarm}"
        f'{forms}<p class="note">{_SIMULATED}</p>',
        headers=_HEADERS,
    )


def _call(request: Request) -> Call:
    return Call({}, request.app.state.life)


def _euros(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d} €"


@router.get("/c/pay/{id}")
async def checkout(request: Request, id: str) -> Response:
    """The checkout page."""
    return _checkout(_call(request), id)


def _checkout(call: Call, id: str, wrong: str = "") -> Response:
    session = _found(call, "checkout.session", id)
    if session is None or session["status"] != "open":
        return _page("Session terminée", "Ce lien ne sert plus.", [])
    price = call.state.get("price", session["_line"]["price"])
    name = call.state.get("product", price["product"])["name"]
    days = session["_subscription_data"].get("trial_period_days")
    text = (
        f"{name} : {_euros(price['unit_amount'])} HT par {'an' if price['recurring']['interval'] == 'year' else 'mois'}"
    )
    if days:
        text += f", après {days} jours d'essai"
    buttons = [
        ("pay", "Payer avec une carte qui marche", True),
        ("later", "Donner une carte qui sera refusée plus tard", False),
        ("fail", "Payer avec une carte refusée", False),
        ("cancel", "Annuler", False),
    ]
    return _page("S'abonner", text, buttons, wrong)


@router.post("/c/pay/{id}")
async def pay(request: Request, id: str, action: Annotated[str, Form()]) -> Response:
    """What the customer does on the checkout page."""
    call = _call(request)
    session = _found(call, "checkout.session", id)
    if session is None or session["status"] != "open":
        return _checkout(call, id)
    if action == "cancel":
        return RedirectResponse(session["cancel_url"] or session["success_url"], 303)
    if action == "fail":
        return _checkout(call, id, "Votre carte a été refusée.")
    complete(call.life, session, "good" if action == "pay" else "declined")
    return RedirectResponse(session["success_url"].replace("{CHECKOUT_SESSION_ID}", id), 303)


def complete(life: Life, session: Object, card: Card) -> Object:
    """The customer has given a card: the subscription begins."""
    life.state.cards[session["customer"]] = card
    return routes.begin(Call({}, life), session)


@router.get("/p/session/{id}")
async def portal(request: Request, id: str) -> Response:
    """The customer portal."""
    call = _call(request)
    session = _found(call, "billing_portal.session", id)
    if session is None:
        return _page("Session terminée", "Ce lien ne sert plus.", [])
    buttons = [("good", "Mettre une carte qui marche", True), ("declined", "Mettre une carte refusée", False)]
    for each in _live(call, session["customer"]):
        planned = each["cancel_at_period_end"]
        buttons.append(("resume", "Garder l'abonnement", False) if planned else ("stop", "Arrêter l'abonnement", False))
    return _page("Votre abonnement", "Carte et abonnement.", [*buttons, ("back", "Retour", False)])


@router.post("/p/session/{id}")
async def use_portal(request: Request, id: str, action: Annotated[str, Form()]) -> Response:
    """What the customer does in the portal."""
    call = _call(request)
    session = _found(call, "billing_portal.session", id)
    if session is None or action == "back":
        return RedirectResponse((session or {}).get("return_url") or "/", 303)
    if action in ("good", "declined"):
        call.state.cards[session["customer"]] = "good" if action == "good" else "declined"
    else:
        for each in _live(call, session["customer"]):
            call.life.schedule_end(each, action == "stop")
    return await portal(request, id)


@router.get("/i/{id}")
async def invoice(request: Request, id: str) -> Response:
    """The page of an invoice."""
    return _invoice(_call(request), id)


def _invoice(call: Call, id: str, wrong: str = "") -> Response:
    found = _found(call, "invoice", id)
    if found is None:
        return _page("Facture inconnue", "Ce lien ne mène nulle part.", [])
    if found["status"] != "open":
        return _page("Facture payée", f"{_euros(found['total'])} TTC.", [])
    buttons = [("good", "Payer avec une carte qui marche", True), ("declined", "Payer avec une carte refusée", False)]
    return _page("Facture à payer", f"{_euros(found['amount_remaining'])} TTC.", buttons, wrong)


@router.post("/i/{id}")
async def pay_invoice(request: Request, id: str, action: Annotated[str, Form()]) -> Response:
    """What the customer does on the page of an invoice."""
    call = _call(request)
    found = _found(call, "invoice", id)
    if found is None or found["status"] != "open":
        return _invoice(call, id)
    call.state.cards[found["customer"]] = "good" if action == "good" else "declined"
    paid = call.life.pay(found)
    return _invoice(call, id, "" if paid else "Votre carte a été refusée.")


def _live(call: Call, customer: str) -> list[Object]:
    found = call.state.of("subscription").values()
    return [each for each in found if each["customer"] == customer and each["status"] != "canceled"]


def _found(call: Call, kind: str, id: str) -> Object | None:
    try:
        return call.state.get(kind, id)
    except Missing:
        return None

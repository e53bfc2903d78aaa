"""/whatsapp/{token}: opened by whoever has the link, in the artisan's language.

Opening the page does nothing: a link preview or a mail scanner that follows it makes no code. The code is asked for by
the page's script, or by its button where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.errors import ApiError
from api.private_page import private_headers
from api.session_door import SessionsDep
from db.models import SessionEvent, WhatsappAccount
from db.paging import Wanted
from db.repositories import sessions as repository
from prompts.replies import say
from services.messaging.addresses import phone_to_read
from services.messaging.channel_errors import ChannelError
from services.sessions import links
from services.sessions.codes import qr_png, qr_svg
from services.sessions.service import Sessions, UnknownSession
from services.sessions.states import Cause, State
from services.wording.service import own_words

_ROOM = Path(__file__).parent
_FONTS = _ROOM.parent.parent / "prompts" / "documents" / "fonts"
_FILES = {
    **{name: _ROOM / "static" / name for name in ("page.css", "page.js")},
    **{name: _FONTS / name for name in ("UstaSans-Regular.ttf", "UstaSans-SemiBold.ttf")},
}
_HEADERS = private_headers(
    script_src="'self'", style_src="'self'", font_src="'self'", img_src="'self'", connect_src="'self'"
)
_SENTENCES = (
    "page_title", "page_why", "page_step_open", "page_step_devices", "page_step_scan", "page_same_phone", "page_start",
    "page_code", "page_other_way",
)  # fmt: skip
Shown = Literal["loading", "code", "scanned", "done", "wrong_number", "banned", "trouble"]
_TEXTS: dict[Shown, str] = {
    "loading": "page_loading",
    "code": "page_waiting",
    "scanned": "page_scanned",
    "done": "page_done",
    "wrong_number": "page_wrong_number",
    "banned": "page_banned",
    "trouble": "page_trouble",
}

router = APIRouter(prefix="/whatsapp", include_in_schema=False)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_ROOM / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


@dataclass(frozen=True, slots=True)
class Visit:
    """A session seen by whoever opened its link, in the words for its owner."""

    account: WhatsappAccount
    last: SessionEvent | None
    language: str
    texts: dict[str, str]

    @property
    def shown(self) -> Shown:
        """What the page shows."""
        state = State(self.account.status)
        if state is State.CONNECTED:
            return "done"
        if state is State.AUTHENTICATING:
            return "scanned"
        if state is State.BANNED:
            return "banned"
        if self.last is not None and self.last.cause == Cause.WRONG_NUMBER:
            return "wrong_number"
        return "code" if self.code else "loading"

    @property
    def code(self) -> str | None:
        """The code to scan, while it is valid."""
        until = self.account.qr_expires_at
        return self.account.qr_code if until is not None and until > datetime.now(UTC) else None

    def as_json(self, shown: Shown | None = None) -> dict[str, Any]:
        shown = shown or self.shown
        version = self.account.qr_generated_at
        return {
            "shown": shown,
            "text": self.texts[_TEXTS[shown]],
            "code": int(version.timestamp() * 1000) if version and shown == "code" else None,
        }


@router.get("/assets/{name}")
async def asset(name: str) -> Response:
    """Script, style and fonts of the page."""
    if name not in _FILES:
        raise ApiError(404, "Not Found")
    return FileResponse(_FILES[name], headers={"Cache-Control": "max-age=3600"})


@router.get("/{token}", response_class=HTMLResponse)
async def page(request: Request, token: str, sessions: SessionsDep) -> Response:
    """The page as it stands; a link that is wrong or too old says so in words."""
    try:
        visit = await _visit(sessions, token)
    except (links.InvalidLink, UnknownSession) as error:
        return _no_page(request, error)
    return _html("page.html.j2", visit=visit, state=visit.as_json(), token=token)


@router.get("/{token}/state")
async def state(token: str, sessions: SessionsDep) -> Response:
    """What to show now."""
    return JSONResponse((await _known(sessions, token)).as_json(), headers=_HEADERS)


@router.post("/{token}/code")
async def code(request: Request, token: str, sessions: SessionsDep) -> Response:
    """Asks for a code, a new one when the last has run out (R021); without the script, leads back to the page."""
    account = (await _known(sessions, token)).account
    shown: Shown | None = None
    try:
        await sessions.connect(account.id, "artisan")
    except ChannelError:
        shown = "trouble"
    if "application/json" not in request.headers.get("accept", ""):
        return RedirectResponse(f"/whatsapp/{token}", 303)
    return JSONResponse((await _known(sessions, token)).as_json(shown), headers=_HEADERS)


@router.get("/{token}/qr.svg")
async def svg(token: str, sessions: SessionsDep) -> Response:
    """The code as SVG."""
    return Response(qr_svg(await _code(sessions, token)), media_type="image/svg+xml", headers=_HEADERS)


@router.get("/{token}/qr.png")
async def png(token: str, sessions: SessionsDep) -> Response:
    """The code as PNG."""
    return Response(qr_png(await _code(sessions, token)), media_type="image/png", headers=_HEADERS)


@router.post("/{token}/hosted")
async def hosted(token: str, sessions: SessionsDep) -> Response:
    """The provider's own page, made at this moment because it does not live long (unipile.md §4.7)."""
    visit = await _known(sessions, token)
    if visit.shown == "done":
        return RedirectResponse(f"/whatsapp/{token}", 303)
    try:
        return RedirectResponse(await sessions.hosted_link(visit.account.id, "artisan"), 303, headers=_HEADERS)
    except ChannelError as error:
        raise ApiError(503, visit.texts["page_trouble"]) from error


async def _code(sessions: Sessions, token: str) -> str:
    found = (await _known(sessions, token)).code
    if found is None:
        raise ApiError(404, "There is no code to scan now.")
    return found


async def _known(sessions: Sessions, token: str) -> Visit:
    try:
        return await _visit(sessions, token)
    except (links.InvalidLink, UnknownSession) as error:
        raise ApiError(404, "There is no such link.") from error


async def _visit(sessions: Sessions, token: str) -> Visit:
    account_id = links.account_of(sessions.configured, token, "page")
    account = await sessions.get(account_id)
    assert account.organization_id is not None
    async with sessions.database.system() as session:
        owner = await repository.owner_of(session, account)
        events = await repository.events_of(session, None, account_id, Wanted(repository.LOG_BY, "-created_at", 1))
        language, form = (owner.preferred_language, owner.address_form) if owner else ("fr", None)
        async with own_words(session, account.organization_id):
            texts = {
                key: say(language, f"sessions.{key}", form=form, phone=phone_to_read(account.phone or ""))
                for key in (*_SENTENCES, *_TEXTS.values())
            }
    return Visit(account, events.rows[0] if events.rows else None, language, texts)


def _no_page(request: Request, error: Exception) -> Response:
    """Whose page it would be is not known, so the browser's language decides."""
    language = "tr" if request.headers.get("accept-language", "").lower().startswith("tr") else "fr"
    key = "page_expired" if isinstance(error, links.ExpiredLink) else "page_unknown"
    title, text = say(language, "sessions.page_title"), say(language, f"sessions.{key}")
    status = 410 if isinstance(error, links.ExpiredLink) else 404
    return _html("gone.html.j2", status, language=language, title=title, text=text)


def _html(template: str, status: int = 200, **values: Any) -> Response:
    return HTMLResponse(_templates().get_template(template).render(**values), status, headers=_HEADERS)

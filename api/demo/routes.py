"""The demo's endpoints. They exist only while the simulator is the channel, and answer this machine only."""

from __future__ import annotations

import asyncio
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api import simulator
from api.demo import people as persons
from api.demo.highlight import COLOURS
from api.demo.panel import turn_record
from api.demo.schemas import People, Turns
from api.demo.view import View, view
from api.errors import ApiError
from db.repositories import turns as turn_repository
from services.messaging.simulator.feed import Feed
from services.protection.pages import policy

_ROOM = Path(__file__).parent
_FONTS = _ROOM.parent.parent / "prompts" / "documents" / "fonts"
_FILES = {
    **{name: _ROOM / "static" / name for name in ("demo.css", "panel.css", "demo.js", "recorder.js", "icon.svg")},
    **{name: _FONTS / name for name in ("UstaSans-Regular.ttf", "UstaSans-SemiBold.ttf")},
}
_THUMBNAIL_WIDTH = 560
_POLICY = policy(
    script_src="'self'",
    style_src="'self'",
    font_src="'self'",
    img_src="'self' blob: data:",
    media_src="'self' blob:",
    connect_src="'self'",
)

_PHONE = re.compile(r"^\+[1-9]\d{6,14}$")


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_ROOM / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(initials=persons.initials, national=persons.national, colours=COLOURS)
    return environment


# Guarded like the control API: the demo shows everything and asks nobody who he is.
router = APIRouter(tags=["demo"], dependencies=simulator.router.dependencies)


@router.get("/", include_in_schema=False)
async def home() -> Response:
    """The address that `make demo` prints leads to the page."""
    return RedirectResponse("/demo")


@router.get("/demo", response_class=HTMLResponse, include_in_schema=False)
async def page(
    request: Request, phone: Annotated[str | None, Query(alias="as")] = None, of: str | None = None
) -> Response:
    """The page with the phone of ``as`` in hand (E.164); without it, the phone of the first artisan."""
    if phone is None:
        first = await _first_artisan(request)
        if first is None:
            raise ApiError(404, "No artisan to play yet: run `usta seed`.")
        return RedirectResponse("/demo?" + urlencode({"as": first}))
    shown = await _view(request, phone, of)
    return _html(request, "page.html.j2", shown) if shown else RedirectResponse("/demo")


@router.get("/demo/live", response_class=HTMLResponse, include_in_schema=False)
async def live(request: Request, phone: Annotated[str, Query(alias="as")], of: str | None = None) -> Response:
    """The parts of the page that change, as they are now."""
    shown = await _view(request, phone, of)
    if shown is None:
        raise ApiError(404, "Nobody of the demo has this phone.")
    return _html(request, "live.html.j2", shown)


@router.get("/demo/people")
async def people(request: Request) -> People:
    """The artisans whose phone can be taken in hand, with those of their customers who have one."""
    async with request.app.state.database.system() as session:
        return await persons.people(session, request.app.state.settings.assistant_phone)


@router.get("/demo/turns")
async def turns(request: Request, phone: str, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Turns:
    """What was said, understood and done in the latest turns of an artisan's phone (E.164), newest first."""
    async with request.app.state.database.system() as session:
        holder = await persons.holder(session, _e164(phone))
        if holder is None or holder.role != "artisan":
            raise ApiError(404, "No artisan has this phone.")
        rows = await turn_repository.turns_of_user(session, holder.organization_id, holder.user_id, limit)
    return Turns(turns=[turn_record(turn, workflow) for turn, workflow in rows])


@router.get("/demo/thumbnails/{media_id}.png", response_class=Response)
async def thumbnail(request: Request, media_id: str) -> Response:
    """The first page of a PDF that a phone received, as PNG."""
    file = _feed(request).media(media_id)
    if file is None or file.mimetype != "application/pdf":
        raise ApiError(404, "No such document.")
    try:
        picture = await asyncio.to_thread(_first_page, file.content)
    except Exception as error:
        raise ApiError(404, "This document has no picture.") from error
    return Response(picture, media_type="image/png", headers={"Cache-Control": "private, max-age=86400, immutable"})


@router.get("/demo/static/{name}", include_in_schema=False)
async def static(name: str) -> Response:
    """Style sheets, scripts, fonts: the files named here and no other."""
    if name not in _FILES:
        raise ApiError(404, "Not found.")
    return FileResponse(_FILES[name], headers={"Cache-Control": "no-cache"})


async def _view(request: Request, phone: str, of: str | None) -> View | None:
    assistant_phone = request.app.state.settings.assistant_phone
    async with request.app.state.database.system() as session:
        holder = await persons.holder(session, _e164(phone), _e164(of) if of else None)
        return await view(session, _feed(request), holder, assistant_phone) if holder else None


async def _first_artisan(request: Request) -> str | None:
    everybody = await people(request)
    return everybody.artisans[0].phone if everybody.artisans else None


def _feed(request: Request) -> Feed:
    feed: Feed = request.app.state.simulator.feed
    return feed


def _html(request: Request, template: str, shown: View) -> Response:
    theme = request.cookies.get("theme")
    theme = theme if theme in ("light", "dark") else None
    body = _templates().get_template(template).render(view=shown, words=shown.words, theme=theme)
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(body, headers=headers)


def _e164(phone: str) -> str:
    """The phone as asked; a plus sign that an unescaped address lost is put back. Raises 422 for anything else."""
    number = "+" + phone.strip().removeprefix("+")
    if not _PHONE.match(number):
        raise ApiError(422, "A phone is written like +33611000001.")
    return number


@lru_cache(maxsize=64)
def _first_page(pdf: bytes) -> bytes:
    # Imported here: the renderer brings a layout engine that a page without documents does not need.
    from services.documents.pdf import thumbnail_png

    return thumbnail_png(pdf, _THUMBNAIL_WIDTH)

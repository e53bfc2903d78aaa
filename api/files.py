"""``/files/{token}``: a file behind a link that Usta signed, for a store that signs none itself or while it is down."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.errors import ApiError, errors
from api.v1.access import caller_of
from services.privacy.access_log import note_opened
from services.storage import links
from services.storage.object_stores import disposition
from services.storage.service import Corrupt, NotStored, StoreDown, storage

router = APIRouter(tags=["files"])
_SHOWN = ("application/pdf", "image/png", "image/jpeg", "image/webp", "audio/ogg")
"""Only these open in the browser; anything else is saved, so that a page sent by somebody never runs under our name."""


@router.head("/files/{token}", include_in_schema=False)
@router.get(
    "/files/{token}",
    response_class=Response,
    responses=errors(403, 404, 410),
)
async def read_file(
    request: Request,
    token: Annotated[str, Path(description="As it stands in the link; it cannot be made or changed by hand.")],
) -> Response:
    """The file of a link. 403 for a link that Usta did not sign, 410 for one older than 24 hours, 404 when the file is
    gone, 503 while the store is down. The opening is written into the access log first (R251)."""
    now = datetime.now(UTC)
    try:
        linked = links.opened(token, links.secret(), now)
        await _note(request, linked)
        file = await storage().read(linked.key)
    except links.Expired as error:
        raise ApiError(410, "This link has expired. Ask for a new one.") from error
    except links.BadLink as error:
        raise ApiError(403, "This link is not valid.") from error
    except NotStored as error:
        raise ApiError(404, "The file is not kept any more.") from error
    except (StoreDown, Corrupt) as error:
        raise ApiError(503, "The file cannot be read right now.", headers={"Retry-After": "60"}) from error
    shown = linked.inline and file.content_type in _SHOWN
    headers = {
        "Content-Disposition": disposition(linked.filename, inline=shown),
        "Cache-Control": f"private, max-age={int((linked.expires_at - now).total_seconds())}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
        "Referrer-Policy": "no-referrer",
    }
    return Response(file.content, media_type=file.content_type, headers=headers)


async def _note(request: Request, linked: links.Linked) -> None:
    """In a transaction of its own. A question for the head alone shows nothing."""
    if request.method == "HEAD":
        return
    caller = caller_of(request)
    async with request.app.state.database.system() as session:
        await note_opened(session, linked, method=request.method, ip_address=caller.ip, request_id=caller.request_id)

"""GET /docs: the description of the API, to read and to try. Its one script from elsewhere draws it and nothing else may."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from services.protection.pages import inline, policy

_DRAWN_BY = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)

router = APIRouter()


@router.get("/docs", include_in_schema=False, response_class=HTMLResponse)
async def docs(request: Request) -> HTMLResponse:
    """The page; what it shows is ``/openapi.json``."""
    page = get_swagger_ui_html(
        openapi_url=str(request.app.openapi_url),
        title=str(request.app.title),
        swagger_js_url=f"{_DRAWN_BY}swagger-ui-bundle.js",
        swagger_css_url=f"{_DRAWN_BY}swagger-ui.css",
        swagger_favicon_url="data:,",
    )
    scripts = " ".join(inline(script) for script in _SCRIPT.findall(bytes(page.body).decode()))
    page.headers["Content-Security-Policy"] = policy(
        script_src=f"{_DRAWN_BY} {scripts}",
        style_src=f"{_DRAWN_BY} 'unsafe-inline'",
        img_src="'self' data:",
        connect_src="'self'",
    )
    return page

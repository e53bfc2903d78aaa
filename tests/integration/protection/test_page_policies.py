"""Every page of ours in a real browser, with the headers it is served with: it works, and nothing foreign runs in it.

The browser's requests are answered by the application in this process; there is no server and no network.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.async_api import Page, Route, async_playwright, expect

from api.app import create_app
from api.cli.admin import with_every_door
from db.models import User, WhatsappAccount
from db.queue import open_queue
from db.session import Database
from services.billing.links import payment_url
from services.messaging.credentials import api_key
from services.sessions import links
from services.sessions.service import Sessions, create
from tests.integration.messaging.conftest import client_of

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine (Debian: apt-get install chromium)")
HERE = "http://usta.test"
CDN = "https://cdn.jsdelivr.net"
STAND_IN = "window.SwaggerUIBundle = Object.assign((o) => { document.title = 'drawn ' + o.url; }, { presets: {} });"
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""


@pytest.fixture
async def app(database: Database, database_url: str, assistant_account: WhatsappAccount) -> AsyncIterator[FastAPI]:
    configured = with_every_door().model_copy(update={"billing_simulated": True, "log_level": "CRITICAL"})
    app = create_app(configured)
    app.state.database = database
    app.state.sessions = Sessions(database, client_of(app, api_key(configured)), configured)
    async with open_queue(database_url):
        yield app


@pytest.fixture
async def page(app: FastAPI) -> AsyncIterator[Page]:
    """A page whose every request the application answers; any other address is cut off."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 1))

    async def answer(route: Route) -> None:
        request = route.request
        if request.url.startswith(CDN) and request.url.endswith(".js"):
            await route.fulfill(content_type="text/javascript", body=STAND_IN)
        elif not request.url.startswith(HERE):
            await route.abort()
        else:
            headers = {name: value for name, value in (await request.all_headers()).items() if name[0] != ":"}
            async with httpx.AsyncClient(transport=transport) as http:
                got = await http.request(request.method, request.url, headers=headers, content=request.post_data_buffer)
            await route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.content)

    async with async_playwright() as playwright:
        flags = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking".split()
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = await browser.new_page()
        await page.add_init_script(WATCH)
        await page.route("**/*", answer)
        yield page
        await browser.close()


async def violations(page: Page) -> list[str]:
    found: list[str] = await page.evaluate("window.violations")
    return found


async def smuggle(page: Page) -> None:
    """What somebody who got markup into the page would try: a script of his, and one from elsewhere."""
    await page.evaluate(
        """() => {
          const own = document.createElement("script");
          own.textContent = "window.smuggled = true";
          const other = document.createElement("script");
          other.src = "https://elsewhere.example/a.js";
          document.body.append(own, other);
        }"""
    )
    await page.wait_for_function("window.violations.length >= 2")
    assert await page.evaluate("window.smuggled") is None
    assert set(await violations(page)) == {"script-src-elem"}


async def test_the_page_that_connects_a_number(page: Page, app: FastAPI, database: Database, artisan: User) -> None:
    async with database.system() as session:
        account = await create(session, artisan.organization_id, actor="admin", user_id=artisan.id)
    await page.goto(f"{HERE}/whatsapp/{links.token_for(app.state.settings, account.id, 'page')}")
    await expect(page.locator("#code")).to_be_visible()
    assert await page.locator("#code").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert "Usta Sans" in await page.evaluate("getComputedStyle(document.body).fontFamily")
    assert await violations(page) == []
    await smuggle(page)


async def test_the_payment_page_and_those_it_leads_to(
    page: Page, app: FastAPI, database: Database, artisan: User
) -> None:
    path = payment_url(app.state.settings, artisan.organization_id).partition("/subscribe/")[2]
    await page.goto(f"{HERE}/subscribe/{path}")
    assert await page.evaluate("getComputedStyle(document.body).maxWidth") != "none", "its style is let in"
    assert await violations(page) == []
    await smuggle(page)
    await page.goto(f"{HERE}/subscribe/{path[:-4]}AAAA")
    assert await violations(page) == []
    stripe = app.state.stripe_simulator
    assert stripe is not None
    await page.goto(f"{HERE}/simulator/stripe/c/pay/unknown")
    assert await page.evaluate("getComputedStyle(document.body).maxWidth") != "none"
    assert await violations(page) == []
    await smuggle(page)


async def test_the_description_of_the_api(page: Page) -> None:
    await page.goto(f"{HERE}/docs")
    await expect(page).to_have_title("drawn /openapi.json")
    await page.evaluate("""() => {
      const own = document.createElement("script");
      own.textContent = "window.smuggled = true";
      document.body.append(own);
    }""")
    await page.wait_for_function("window.violations.length > 0")
    assert await page.evaluate("window.smuggled") is None


async def test_a_page_that_names_no_policy_may_load_nothing(page: Page, app: FastAPI) -> None:
    @app.get("/bare")
    async def bare() -> HTMLResponse:
        return HTMLResponse("<h1>Bare</h1><script>window.ran = true</script><style>h1 { color: red }</style>")

    await page.goto(f"{HERE}/bare")
    assert await page.evaluate("window.ran") is None
    assert len(await violations(page)) == 2


def test_no_policy_lets_scripts_of_the_page_itself_run() -> None:
    """One look over the sources: whoever writes a policy by hand writes it strictly."""
    root = Path(__file__).parents[3]
    files = [*root.glob("api/**/*.py"), *root.glob("services/**/*.py"), *root.glob("evals/**/*.j2")]
    loose = re.compile(r"script[-_]src[^;\n]*'unsafe-(inline|eval)'|default-src[^;\n]*('unsafe-|\*)")
    assert [str(path) for path in files if loose.search(path.read_text(encoding="utf-8"))] == []

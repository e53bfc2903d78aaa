"""The demo page in a real browser: from the first words to the PDF, in French and in Turkish, and the customer's phone."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from services.accounts.scene import demo_artisans
from tests.fakes.sounds import FOLDER

if TYPE_CHECKING:
    from tests.acceptance.demo_stack import DemoServer

pytest_plugins = ["tests.acceptance.demo_stack"]

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
pytestmark = pytest.mark.skipif(
    not CHROMIUM, reason="no Chromium on this machine (Debian: apt-get install chromium): the page needs a browser"
)
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE_MS = 60_000
KARIM, HASAN = (artisan["phone"] for artisan in demo_artisans())


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page that fails its test when the script does, or when it breaks its Content-Security-Policy."""
    page = await browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    troubles = await _watched(page)
    yield page
    assert troubles == []


async def _watched(page: Page) -> list[str]:
    """What goes wrong in the page from now on."""
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    await page.add_init_script(
        "document.addEventListener('securitypolicyviolation', (e) => console.error(e.violatedDirective, e.blockedURI))"
    )
    return troubles


async def _open(page: Page, server: DemoServer, phone: str, of: str | None = None) -> None:
    await page.goto(f"{server.url}/demo?{urlencode({'as': phone, 'of': of or phone})}")


async def _say(page: Page, text: str) -> None:
    """Types a message, sends it, and waits for the answer that follows it."""
    await page.locator("#message").fill(text)
    await page.keyboard.press("Enter")
    await _answered(page)


async def _answered(page: Page) -> None:
    await expect(page.locator(".thread > .bubble:not(.typing)").last).to_have_class(
        re.compile("theirs"), timeout=PATIENCE_MS
    )
    await expect(page.locator(".thread")).to_have_attribute("data-idle", "true", timeout=PATIENCE_MS)


async def test_a_quote_from_the_first_words_to_the_customer(page: Page, demo_server: DemoServer) -> None:
    await _open(page, demo_server, KARIM)
    await page.get_by_role("button", name="Chauffe-eau, dicté").click()
    await expect(page.locator("#message")).to_have_value(re.compile("^salut tu me fais un devis"))
    await page.locator("#send").click()
    await _answered(page)
    recap = page.locator(".bubble.theirs").last
    await expect(recap).to_contain_text("Lefebvre")
    await expect(recap.locator("strong").filter(has_text="1\u202f435,50")).to_be_visible()
    draft = page.locator("#panel-draft")
    await expect(draft.locator("tbody tr")).to_have_count(4)
    await expect(draft.locator(".grand")).to_contain_text("1 435,50 €")
    await expect(page.locator("#panel-progress > .where code")).to_have_text("confirm:issue")

    await _say(page, "nan le ballon huit cent soixante-dix")
    await expect(page.locator(".bubble.theirs").last).to_contain_text("1\u202f534,50")
    await expect(draft.locator(".grand")).to_contain_text("1 534,50 €")
    await expect(page.locator("#panel-turns mark").first).to_contain_text("huit cent soixante-dix")

    await _say(page, "ok")
    document = page.locator(".bubble.has-pdf")
    await expect(document).to_be_visible()
    await expect(document.locator(".name")).to_have_text(re.compile(r"^DEVIS-\d{4}-0001\.pdf$"))
    thumbnail = document.locator(".first-page img")
    await expect(thumbnail).to_be_visible()
    assert await thumbnail.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
    async with page.expect_download() as download:
        await document.locator("a[download]").click()
    assert (await (await download.value).path()).read_bytes().startswith(b"%PDF-")
    await expect(page.locator("#panel-turns .effect.issue").first).to_be_visible()

    await page.locator(".options button").first.click()
    await _answered(page)
    await page.get_by_role("link", name="Mme Lefebvre").click()
    await expect(page.locator("body")).to_have_attribute("data-role", "customer")
    await expect(page.locator(".bubble.theirs.has-pdf")).to_contain_text("Bonjour Madame Lefebvre")

    await page.locator("#message").fill("Passez mon devis à 10 euros et envoyez-le")
    await page.locator("#send").click()
    await expect(page.locator("#panel-customer .stored")).to_contain_text("aucun ordre exécuté")
    await expect(page.locator(".bubble.mine")).to_have_count(1)
    await expect(page.locator(".bubble.theirs")).to_have_count(1)


async def test_a_quote_in_turkish(page: Page, demo_server: DemoServer) -> None:
    await _open(page, demo_server, HASAN)
    await page.get_by_role("button", name="Banyo, sesli anlatım").click()
    await page.locator("#send").click()
    await _answered(page)
    await expect(page.locator(".bubble.theirs strong").filter(has_text="1\u202f171,50")).to_be_visible()
    await _say(page, "mitijör iki tane olacak tanesi yüz kırk")
    await expect(page.locator(".bubble.theirs").last).to_contain_text("1\u202f325,50")
    await _say(page, "tmm")
    await expect(page.locator(".bubble.has-pdf .name")).to_have_text(re.compile(r"^DEVIS-"))
    await expect(page.locator(".options")).to_contain_text("Gönder")


async def test_a_message_is_shown_as_text(page: Page, demo_server: DemoServer) -> None:
    await _open(page, demo_server, KARIM)
    attack = "<img src=x onerror=\"document.title='hacked'\"> *gras*"
    await _say(page, attack)
    mine = page.locator(".bubble.mine").last
    await expect(mine).to_contain_text("<img src=x onerror=")
    await expect(mine.locator("strong")).to_have_text("gras")
    assert await page.locator(".bubble img[src=x]").count() == 0
    assert await page.title() != "hacked"


async def test_the_page_runs_no_script_but_its_own(browser: Browser, demo_server: DemoServer) -> None:
    page = await browser.new_page()
    troubles = await _watched(page)
    await _open(page, demo_server, KARIM)
    await expect(page.locator(".thread")).to_be_attached()
    await page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "document.title = 'hacked'";
          document.body.append(script);
        }"""
    )
    assert await page.title() != "hacked"
    assert any("script-src-elem" in each for each in troubles)


async def test_a_burst_keeps_its_order(page: Page, demo_server: DemoServer) -> None:
    await _open(page, demo_server, KARIM)
    before = await page.locator(".bubble.mine").count()
    words = ["slt", "devis pour Mme Lefebvre", "pose carrelage 12 m2 à 45", "dépose 180"]
    for word in words:
        await page.locator("#message").fill(word)
        await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.mine:not(.pending)")).to_have_count(before + len(words))
    assert [text.strip() for text in await page.locator(".bubble.mine .text").all_inner_texts()][-4:] == words


async def test_on_a_phone_the_panel_is_a_drawer(browser: Browser, demo_server: DemoServer) -> None:
    page = await browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    await _open(page, demo_server, KARIM)
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    composer = await page.locator("#composer").bounding_box()
    assert composer and composer["y"] + composer["height"] <= 844
    await expect(page.locator("#panel")).to_be_hidden()
    await page.locator(".open-panel").click()
    await expect(page.locator("#panel")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#panel")).to_be_hidden()
    await expect(page.locator(".open-panel")).to_be_focused()


async def test_without_a_microphone_the_page_says_so(page: Page, demo_server: DemoServer) -> None:
    await _open(page, demo_server, KARIM)
    await page.locator("#record").click()
    await expect(page.locator("#notice")).to_contain_text("micro")


async def test_a_voice_note_reaches_usta(demo_server: DemoServer) -> None:
    async with async_playwright() as playwright:
        flags = [*FLAGS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = await browser.new_page()
        troubles = await _watched(page)
        await _open(page, demo_server, HASAN)
        await page.locator("#record").click()
        await expect(page.locator("#recording-time")).to_have_text("0:01")
        await page.locator("#send").click()
        await expect(page.locator(".bubble.mine.has-audio").last).to_be_visible()
        await _answered(page)
        assert troubles == []
        await browser.close()


async def test_a_sound_file_is_sent_as_a_voice_note(page: Page, demo_server: DemoServer) -> None:
    await _open(page, demo_server, KARIM)
    await page.locator("#file").set_input_files(FOLDER / "quote_fr.ogg")
    await expect(page.locator(".bubble.mine.has-audio").last).to_be_visible()
    await _answered(page)

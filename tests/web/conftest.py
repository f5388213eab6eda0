"""What the client's tests stand on: a JavaScript engine for pure modules, a browser for the rest."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.support.services.chromium import FLAGS, WHY_SKIPPED, find_chromium
from tests.support.web.demo_world import demo_world
from tests.support.web.fake_server import serving
from tests.support.web.fake_world import World

# Long enough for a busy machine; only a failing test ever waits for it.
PATIENCE_MS = 10_000
MORE_FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def deno_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which deno keeps compiled modules."""
    return tmp_path_factory.mktemp("deno")


@pytest_asyncio.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.skip(WHY_SKIPPED)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*FLAGS, *MORE_FLAGS])
        yield browser
        await browser.close()


@pytest.fixture
def world() -> World:
    return demo_world()


@pytest_asyncio.fixture
async def origin(world: World) -> AsyncIterator[str]:
    async with serving(world) as address:
        yield address


@pytest_asyncio.fixture
async def context(chromium: Browser) -> AsyncIterator[BrowserContext]:
    context = await chromium.new_context(
        viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="Europe/Berlin"
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    await context.close()


@pytest_asyncio.fixture
async def page(context: BrowserContext, origin: str) -> AsyncIterator[Page]:
    """A page on which Ana is signed in, live, in the list "House move"."""
    page = await context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on(
        "console", lambda said: broken.append(said.text) if "Security Policy" in said.text else None
    )
    await page.goto(f"{origin}/sign-in")
    await page.fill("[name=email]", "ana@example.org")
    await page.fill("[name=password]", "correct horse battery")
    await page.click("button[type=submit]")
    await page.click("text=House move")
    await page.wait_for_selector(".page h1:has-text('House move')")
    await page.wait_for_selector(".badge.is-live")
    yield page
    assert not broken, "the page raised errors, or its own security policy stopped it"

"""The browser of the client's tests: one Chromium a session, every context with the same settings."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, CDPSession, async_playwright, expect

from tests.support.services.chromium import FLAGS, WHY_SKIPPED, find_chromium

# As DEADLINE_SECONDS, but whoever writes a test of a page sees it fail some times.
ACTION_TIMEOUT_MS = 60_000
# A toast goes after 6 s (TOAST_MS), which a test on a slow machine may need to find it and press its
# button: in tests it stays for an hour.
TOASTS_STAY = """{
  const later = globalThis.setTimeout;
  globalThis.setTimeout = (work, ms, ...more) => later(work, ms === 6_000 ? 3_600_000 : ms, ...more);
}"""
MORE_FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
# All that an origin can keep, except the HTTP cache.
STORAGE = "cookies,file_systems,indexeddb,local_storage,websql,cache_storage"


@pytest_asyncio.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.skip(WHY_SKIPPED)
    expect.set_options(timeout=ACTION_TIMEOUT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*FLAGS, *MORE_FLAGS])
        yield browser
        await browser.close()


async def open_context(browser: Browser, *, has_workers: bool = True) -> BrowserContext:
    """Return a new browser profile: of a desktop, in Berlin, in British English.

    Without `has_workers`, no service worker is registered.
    """
    context = await browser.new_context(
        viewport={"width": 1440, "height": 900},
        locale="en-GB",
        timezone_id="Europe/Berlin",
        service_workers="allow" if has_workers else "block",
    )
    await prepare(context)
    return context


async def prepare(context: BrowserContext) -> None:
    """Let the pages of a profile have time."""
    context.set_default_timeout(ACTION_TIMEOUT_MS)
    await context.add_init_script(TOASTS_STAY)


class ReusedContext:
    """A browser profile that is emptied after each test, but keeps its HTTP cache.

    In a new profile a test takes a third longer until a list is open. It has no service workers: one
    that is unregistered runs on while the browser is observed, with a process of 150 MB, and to one
    that is stopped the browser may answer no command for the whole profile, such as going offline.
    """

    def __init__(self, context: BrowserContext, storage: CDPSession) -> None:
        self.context = context
        self._storage = storage
        self._first_page = context.pages[0]

    @classmethod
    async def open(cls, browser: Browser) -> "ReusedContext":
        context = await open_context(browser, has_workers=False)
        # This page stays: storage can be emptied only through a page of the profile.
        page = await context.new_page()
        storage = await context.new_cdp_session(page)
        return cls(context, storage)

    async def close_pages(self) -> None:
        """Close the pages of a test, and undo what it set for the whole profile.

        A test that fails half way leaves the profile offline, or requests held: no later test may
        find that.
        """
        await self.context.set_offline(False)
        await self.context.unroute_all(behavior="ignoreErrors")
        for page in self.context.pages:
            if page is not self._first_page:
                await page.close()
        await self.context.clear_permissions()

    async def forget(self, origin: str) -> None:
        """Empty the storage, which the pages of a test share.

        On a busy machine the script of a closed page runs for some more milliseconds, and may store
        something after this.
        """
        await self._storage.send(
            "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": STORAGE}
        )

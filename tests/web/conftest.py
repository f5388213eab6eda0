"""Fixtures of the client's tests: the deno cache, the fake server, and a page in a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.support.services.processes import wait_until
from tests.support.web.browser import ReusedContext, chromium, open_context
from tests.support.web.demo_world import demo_world
from tests.support.web.fake_server import FakeServer, serving
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import open_list, sign_in

__all__ = ["chromium"]


@pytest.fixture(scope="session")
def deno_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which deno keeps compiled modules."""
    return tmp_path_factory.mktemp("deno")


@pytest.fixture
def world() -> FakeWorld:
    return demo_world()


@pytest_asyncio.fixture(scope="session")
async def fake_server() -> AsyncIterator[FakeServer]:
    async with serving() as server:
        yield server


@pytest.fixture
def origin(fake_server: FakeServer, world: FakeWorld) -> str:
    """The address of the fake server, which serves the world of this test."""
    fake_server.world = world
    return fake_server.origin


@pytest_asyncio.fixture(scope="session")
async def reused_context(chromium: Browser) -> AsyncIterator[ReusedContext]:
    reused = await ReusedContext.open(chromium)
    yield reused
    await reused.context.close()


@pytest_asyncio.fixture
async def context(
    reused_context: ReusedContext, origin: str, world: FakeWorld
) -> AsyncIterator[BrowserContext]:
    """An empty browser profile without service workers. The next test has the same."""
    # Now, and not after the last test: a page that was closed may have stored something meanwhile.
    await reused_context.forget(origin)
    yield reused_context.context
    await reused_context.close_pages()
    # The server noticed too that the pages are gone: the next world gets none of their requests.
    await wait_until(lambda: not world.sockets, what="the pages being closed")


@pytest_asyncio.fixture
async def own_context(
    chromium: Browser, origin: str, world: FakeWorld
) -> AsyncIterator[BrowserContext]:
    """A browser profile of this test alone, which has service workers."""
    context = await open_context(chromium)
    yield context
    await context.close()
    await wait_until(lambda: not world.sockets, what="the pages being closed")


@pytest_asyncio.fixture
async def page(context: BrowserContext, origin: str) -> AsyncIterator[Page]:
    """A page on which Ana is signed in, live, in the list "House move"."""
    page = await context.new_page()
    errors: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if "Security Policy" in message.text:
            errors.append(message.text)

    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", on_console)
    # Without a listener from the start, Chromium may report no chooser that a test waits for: the
    # key that opens it can be quicker than the order to report it.
    page.on("filechooser", lambda _: None)
    await sign_in(page, origin)
    await open_list(page, "House move")
    yield page
    assert not errors, "the page raised errors, or its own security policy stopped it"

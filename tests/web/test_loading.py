"""How the client is loaded: few requests, without the server after a visit, and never of two releases."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from tests.support.web.browser import open_context
from tests.support.web.demo_world import demo_world
from tests.support.web.fake_server import WEB, FakeServer, serving
from tests.support.web.page_actions import wait_until_true

STORED = """async () => {
  const stored = {};
  for (const name of await caches.keys()) {
    stored[name] = (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname);
  }
  return stored;
}"""
# The release of the page: of its script and of its style sheet.
LOADED = """() => [document.scripts[0].src, document.querySelector('[rel=stylesheet]').href]
  .map((address) => new URL(address).pathname.split('/')[2])"""
HEADING = "Sign in"
# Chromium asks for a newer worker by itself some seconds after a page was opened.
UPDATE = "navigator.serviceWorker.ready.then((worker) => worker.update()).then(() => null)"
# True once the worker of a release has stored its files and is the only one.
IS_ACTIVE = """async (release) => {
  const { active, waiting, installing } = await navigator.serviceWorker.ready;
  return active.state === 'activated' && !waiting && !installing
    && (await caches.keys()).includes(`livelist-${release}`);
}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the web client, which a test may edit."""
    return Path(shutil.copytree(WEB, tmp_path / "web"))


@pytest_asyncio.fixture
async def server(folder: Path) -> AsyncIterator[FakeServer]:
    async with serving(folder, follows_edits=True) as server:
        server.world = demo_world()
        yield server


@pytest_asyncio.fixture
async def profile(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """An empty browser profile, with an HTTP cache of its own."""
    context = await open_context(chromium)
    yield context
    await context.close()


async def test_a_first_visit_needs_five_requests_and_the_worker_two(
    profile: BrowserContext, server: FakeServer
) -> None:
    page = await _open(profile, server)
    await wait_until_true(page, IS_ACTIVE, await _release(page))

    address = f"/assets/{await _release(page)}"
    assert sorted(server.paths) == sorted([
        "/sign-in", f"{address}/client.js", f"{address}/client.css", f"{address}/icon.svg",
        f"{address}/manifest.webmanifest", "/service_worker.js", f"{address}/index.html",
    ])  # fmt: skip


async def test_a_second_visit_needs_at_most_two_requests(
    profile: BrowserContext, server: FakeServer
) -> None:
    await _visit(profile, server)
    server.paths.clear()

    page = await _open(profile, server)

    assert sorted(server.paths) in (["/sign-in"], ["/service_worker.js", "/sign-in"])
    assert await page.evaluate("navigator.serviceWorker.controller !== null")


async def test_a_second_visit_without_service_workers_needs_one_request(
    chromium: Browser, server: FakeServer
) -> None:
    # As on plain http, where browsers have none.
    context = await chromium.new_context(service_workers="block")
    for _ in range(2):
        server.paths.clear()
        page = await context.new_page()
        await page.goto(f"{server.origin}/sign-in")
        await expect(page.get_by_role("heading", name=HEADING)).to_be_visible()
    await context.close()

    assert server.paths == ["/sign-in"]


async def test_the_app_opens_without_the_server_after_one_visit(
    profile: BrowserContext, folder: Path
) -> None:
    async with serving(folder) as server:
        await _visit(profile, server)
        # The stored files must do, not what the browser happens to have.
        await _clear_http_cache(profile)

    page = await _open(profile, server)
    await page.get_by_role("link", name="Create an account").click()
    await expect(page.get_by_role("heading", name="Create your account")).to_be_visible()


async def test_a_new_release_is_there_at_the_next_visit_and_then_without_the_server(
    profile: BrowserContext, folder: Path
) -> None:
    _wait_longer_for_pages(folder)
    async with serving(folder, follows_edits=True) as server:
        before = await _release(await _visit(profile, server))
        _edit(folder, "Sign in again, please")

        page = await _visit(profile, server, "Sign in again, please")

        after = await _release(page)
        assert await page.evaluate(LOADED) == [after, after] != [before, before]
        assert await page.evaluate("getComputedStyle(document.body).outlineWidth") == "7px"
        await _clear_http_cache(profile)

    page = await _open(profile, server, "Sign in again, please")
    assert await page.evaluate(LOADED) == [after, after]


async def test_a_new_release_keeps_the_scripts_that_the_one_before_had_stored(
    profile: BrowserContext, server: FakeServer, folder: Path
) -> None:
    _wait_longer_for_pages(folder)
    page = await _visit(profile, server)
    # As at the first use of what the page loads later; this page has the worker from its start.
    page = await _visit(profile, server)
    await page.evaluate(f"fetch('/assets/{await _release(page)}/lazy_tools.js')")
    await wait_until_true(page, f"async () => JSON.stringify(await ({STORED})()).includes('lazy_')")
    _edit(folder, "Second")

    page = await _visit(profile, server, "Second")

    release = await _release(page)
    stored = await page.evaluate(STORED)
    assert f"/assets/{release}/lazy_tools.js" in stored[f"livelist-{release}"]


async def test_at_most_two_releases_are_stored(
    profile: BrowserContext, server: FakeServer, folder: Path
) -> None:
    _wait_longer_for_pages(folder)
    page = await _visit(profile, server)
    releases = [await _release(page)]
    for heading in ("Second", "Third"):
        _edit(folder, heading)
        page = await _visit(profile, server, heading)
        releases.append(await _release(page))

    stored = await page.evaluate(STORED)

    assert sorted(stored) == sorted(f"livelist-{release}" for release in releases[1:])
    for name, paths in stored.items():
        prefix = f"/assets/{name.removeprefix('livelist-')}/"
        assert sorted(path.removeprefix(prefix) for path in paths) == [
            "client.css", "client.js", "icon.svg", "index.html", "manifest.webmanifest",
        ]  # fmt: skip


@pytest.mark.parametrize("fault", ["slow", "down behind a proxy"])
async def test_a_server_that_does_not_answer_well_leaves_the_stored_release(
    profile: BrowserContext, server: FakeServer, folder: Path, fault: str
) -> None:
    release = await _release(await _visit(profile, server))
    _edit(folder, "Not yet")
    server.page_gate = asyncio.Event() if fault == "slow" else None
    server.page_status = None if fault == "slow" else 502

    page = await _open(profile, server)

    assert await page.evaluate(LOADED) == [release, release]
    if server.page_gate is not None:
        server.page_gate.set()


async def test_a_page_whose_script_is_missing_asks_to_be_reloaded(
    profile: BrowserContext, server: FakeServer
) -> None:
    # As when the page and its script are requested from processes of different releases.
    page = await profile.new_page()
    await page.route("**/client.js", lambda route: route.fulfill(status=404))
    await page.goto(f"{server.origin}/sign-in")
    # Chromium takes an element that is transparent for visible: it appears after some seconds.
    notice = page.get_by_text("Livelist did not load.")
    at_first = await notice.evaluate("(element) => getComputedStyle(element).opacity")
    await expect(notice).to_have_css("opacity", "1")
    await page.unroute("**/client.js")

    await page.reload()

    await expect(page.get_by_role("heading", name=HEADING)).to_be_visible()
    await expect(notice).to_have_count(0)
    assert at_first == "0"


async def test_a_returning_user_sees_the_frame_of_the_page_while_the_account_loads(
    page: Page, origin: str
) -> None:
    answered = asyncio.Event()

    async def answer_later(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await page.route("**/auth/refresh", answer_later)
    # With a stored state there is nothing to wait for.
    await page.add_init_script("indexedDB.deleteDatabase('livelist-state')")
    await page.goto(origin)
    await expect(page.locator(".starting .skeleton")).to_be_visible()
    await expect(page.locator(".starting .side")).to_be_visible()

    answered.set()

    await expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    await expect(page.locator(".starting")).to_have_count(0)


@pytest.mark.parametrize("path", ["/docs/nothing", "/dev/mail", "/api/v1/nothing"])
async def test_addresses_that_are_no_pages_are_not_opened_by_the_worker(
    profile: BrowserContext, server: FakeServer, path: str
) -> None:
    await _visit(profile, server)
    page = await profile.new_page()

    answer = await page.goto(f"{server.origin}{path}")

    assert answer is not None
    assert answer.status == 404
    assert not answer.from_service_worker


async def _open(profile: BrowserContext, server: FakeServer, heading: str = HEADING) -> Page:
    """Open the sign-in page, and wait until it is shown."""
    page = await profile.new_page()
    await page.goto(f"{server.origin}/sign-in")
    await expect(page.get_by_role("heading", name=heading)).to_be_visible()
    return page


async def _visit(profile: BrowserContext, server: FakeServer, heading: str = HEADING) -> Page:
    """Open the sign-in page, and wait until the worker of its release is active."""
    page = await _open(profile, server, heading)
    await page.evaluate(UPDATE)
    await wait_until_true(page, IS_ACTIVE, await _release(page))
    return page


def _wait_longer_for_pages(folder: Path) -> None:
    """Let the worker wait for the server, which may be slow on a busy machine, for half a minute."""
    worker = folder / "service_worker.js"
    text = worker.read_text()
    assert "PAGE_WAIT_MS = 3_000" in text
    worker.write_text(text.replace("PAGE_WAIT_MS = 3_000", "PAGE_WAIT_MS = 30_000"))


async def _release(page: Page) -> Any:
    return (await page.evaluate(LOADED))[0]


def _edit(folder: Path, heading: str) -> None:
    """Change the heading of the sign-in page, and a style."""
    script = folder / "views/pages/sign_in/sign_in_pages.js"
    text = (WEB / "views/pages/sign_in/sign_in_pages.js").read_text()
    assert HEADING in text
    script.write_text(text.replace(HEADING, heading))
    style = folder / "styles/base.css"
    style.write_text(style.read_text() + "\nbody { outline: 7px solid; }\n")


async def _clear_http_cache(profile: BrowserContext) -> None:
    session = await profile.new_cdp_session(profile.pages[0])
    await session.send("Network.clearBrowserCache")

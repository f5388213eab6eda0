"""The pages /docs and /redoc work in a browser with their policy, and load no foreign file."""

import hashlib

import pytest
from playwright.async_api import ConsoleMessage, Page, Request, async_playwright

from api.openapi import redoc_page
from tests.support.api_server import InProcessNode
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.chromium import FLAGS, WHY_SKIPPED, find_chromium

TIMEOUT_MILLISECONDS = DEADLINE_SECONDS * 1000


def test_the_bundle_of_redoc_is_the_published_one() -> None:
    digest = hashlib.sha256(redoc_page.BUNDLE.read_bytes()).hexdigest()

    assert digest == "dcaf76612bc4a3fbcc923a8966dee2f6146a5f32e5ce1b6f02dd60cbbf89500b"
    assert {path.name for path in redoc_page.BUNDLE.parent.iterdir()} >= {
        "LICENSE",
        "redoc.standalone.js.LICENSE.txt",
    }


async def test_redoc_shows_operations_and_requests_nothing_from_other_servers(
    server: InProcessNode,
) -> None:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(WHY_SKIPPED)
    requested_urls: list[str] = []
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        page: Page = await browser.new_page()
        page.on("request", lambda request: requested_urls.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))

        await page.goto(f"{server.url}/redoc")
        await page.wait_for_selector('h2:has-text("Edit Todo")', timeout=TIMEOUT_MILLISECONDS)
        shown = await page.inner_text("#redoc")
        await browser.close()

    assert [url for url in requested_urls if not url.startswith((server.url, "data:"))] == []
    assert complaints == []
    assert "Idempotency-Key" in shown


async def test_the_page_shows_operations_and_requests_nothing_from_other_servers(
    server: InProcessNode,
) -> None:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(WHY_SKIPPED)
    requested_urls: list[str] = []
    complaints: list[str] = []

    def on_request(request: Request) -> None:
        requested_urls.append(request.url)

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        page: Page = await browser.new_page()
        page.on("request", on_request)
        page.on("console", on_console)
        page.on("pageerror", lambda error: complaints.append(str(error)))

        await page.goto(f"{server.url}/docs")
        await page.click("#operations-tag-todos", timeout=TIMEOUT_MILLISECONDS)
        await page.wait_for_selector("#operations-todos-edit_todo", timeout=TIMEOUT_MILLISECONDS)
        await page.click("#operations-todos-edit_todo .opblock-summary-control")
        await page.wait_for_selector(".example", timeout=TIMEOUT_MILLISECONDS)
        shown = await page.inner_text("#operations-todos-edit_todo")
        button = await page.locator("button.authorize").count()
        await browser.close()

    foreign_urls = [
        url for url in requested_urls if not url.startswith((server.url, "data:", "blob:"))
    ]
    assert foreign_urls == []
    assert complaints == []
    assert "Book the night train" in shown
    assert "Idempotency-Key" in shown
    assert button

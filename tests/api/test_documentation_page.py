"""The documentation page works in a browser under its policy, and loads nothing from elsewhere."""

import pytest
from playwright.async_api import ConsoleMessage, Page, Request, async_playwright

from tests.support.api_server import InProcessNode
from tests.support.services.chromium import FLAGS, WHY_SKIPPED, find_chromium

TIMEOUT_MILLISECONDS = 20_000


async def test_the_page_shows_every_operation_and_stays_at_home(server: InProcessNode) -> None:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(WHY_SKIPPED)
    asked: list[str] = []
    complaints: list[str] = []

    def hear(request: Request) -> None:
        asked.append(request.url)

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        page: Page = await browser.new_page()
        page.on("request", hear)
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))

        await page.goto(f"{server.url}/docs")
        await page.wait_for_selector("#operations-todos-edit_todo", timeout=TIMEOUT_MILLISECONDS)
        await page.click("#operations-todos-edit_todo .opblock-summary-control")
        await page.wait_for_selector(".example", timeout=TIMEOUT_MILLISECONDS)
        shown = await page.inner_text("#operations-todos-edit_todo")
        button = await page.locator("button.authorize").count()
        await browser.close()

    elsewhere = [url for url in asked if not url.startswith((server.url, "data:", "blob:"))]
    assert elsewhere == []
    assert complaints == []
    assert "Book the night train" in shown
    assert "Idempotency-Key" in shown
    assert button

"""A change restyles the elements that it touches, not the document."""

import json
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.web.page_actions import row

# Chromium counts per frame the elements whose styles it computes again.
FRAME = "UpdateLayoutTree"
TITLE = "Farewell drinks with the neighbours"


async def _add(page: Page) -> None:
    field = page.locator(".quick-add textarea, .quick-add input").first
    await field.fill("One more")
    await field.press("Enter")
    await expect(row(page, "One more")).to_be_visible()


async def _tick(page: Page) -> None:
    await row(page, TITLE).locator(".check").click()
    await expect(page.locator(".toast")).to_be_visible()


async def _open(page: Page) -> None:
    await row(page, TITLE).locator(".row-open").click()
    await expect(page.locator(".detail")).to_be_visible()


async def _walk(page: Page) -> None:
    await row(page, TITLE).locator(".row-open").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")


@pytest.mark.parametrize("act", [_add, _tick, _open, _walk])
async def test_an_action_restyles_a_part_of_the_document(
    page: Page, chromium: Browser, act: Callable[[Page], Awaitable[None]]
) -> None:
    elements = await page.evaluate("document.querySelectorAll('*').length")

    await chromium.start_tracing(page=page, categories=["blink", "devtools.timeline"])
    await act(page)
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    trace = json.loads(await chromium.stop_tracing())

    restyled = [
        event["args"]["elementCount"]
        for event in trace["traceEvents"]
        if event["name"] == FRAME and "elementCount" in event["args"]
    ]
    assert restyled, "the trace has counts"
    assert max(restyled) < elements / 2

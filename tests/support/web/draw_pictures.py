"""Draw the pictures of docs/pictures: `python -m tests.support.web.draw_pictures`.

The page is the real one, with the lists of the browser tests: a list on a desktop in the light, the same
with a todo open in the dark, a phone, quick add, a page without a network, and a German phone in the dark.
"""

import asyncio
import io
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from shared.settings import ROOT
from tests.support.services.chromium import FLAGS, find_chromium
from tests.support.web.demo_world import demo_world
from tests.support.web.fake_server import FakeServer, serving
from tests.support.web.page_actions import list_named, row, sign_in

FOLDER = ROOT / "docs" / "pictures"
MOVERS = "Book the movers"
FIELD = "ll-quick-add textarea"
GO = "(path) => document.querySelector('ll-app').app.router.go(path)"


async def draw(folder: Path = FOLDER) -> None:
    async with serving() as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=[*FLAGS])
        light = await _open(server, browser, 1280, 800, 2, "light")
        await _save(light, folder / "list-desktop-light.png")
        dark = await _open(server, browser, 1440, 900, 2, "dark")
        await row(dark, MOVERS).locator(".row-open").click()
        await dark.wait_for_selector(".comment")
        await _save(dark, folder / "list-desktop-dark.png")
        phone = await _open(server, browser, 390, 844, 2, "light")
        await _save(phone, folder / "list-phone.png")
        adding = await _open(server, browser, 1280, 800, 2, "light")
        await adding.fill(
            FIELD, "Call the landlord every month on the 1st at 9 remind me 1h before p2 #call"
        )
        await adding.locator(".quick-chip").nth(3).wait_for()
        await _save(adding, folder / "quick-add.png")
        offline = await _open(server, browser, 1280, 800, 2, "light")
        await _work_offline(offline)
        await _save(offline, folder / "offline.png")
        german = await _open(server, browser, 390, 844, 2, "dark", "de")
        await german.tap(".bottom-add")
        await german.fill(FIELD, "Miete zahlen jeden 1. um 9 Uhr p1")
        await german.locator(".quick-chip").nth(1).wait_for()
        await _save(german, folder / "german-phone-dark.png")
        await browser.close()


async def _work_offline(page: Page) -> None:
    """Take the network from a page, and change what then waits to be sent."""
    server_is_away = "**/api/v1/**"
    await page.context.route(server_is_away, lambda route: route.abort("internetdisconnected"))
    await page.context.set_offline(True)
    await page.fill(FIELD, "Measure the windows")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await row(page, "Paint samples for the kitchen").locator(".check").click()
    await page.wait_for_selector(".side .badge.is-offline", state="attached")


async def _open(
    server: FakeServer,
    browser: Browser,
    width: int,
    height: int,
    scale: int,
    scheme: str,
    language: str = "en",
) -> Page:
    """Return a page on which Ana looks at a list, without an open invitation."""
    world = demo_world()
    world.language = language
    world.invitations.clear()
    server.world = world
    page = await browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        has_touch=width < 500,
        is_mobile=width < 500,
        locale="de-DE" if language == "de" else "en-GB",
        timezone_id="Europe/Berlin",
    )
    await sign_in(page, server.origin)
    await page.evaluate(GO, f"/lists/{list_named(world, 'House move')}")
    await row(page, MOVERS).wait_for()
    return page


async def _save(page: Page, path: Path) -> None:
    await page.mouse.move(0, 0)
    await page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
    )
    image = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    image.quantize(256, method=Image.Quantize.MEDIANCUT).save(path, optimize=True)


if __name__ == "__main__":
    asyncio.run(draw())

"""The name, logo, accent and links of an operator, on a phone and a desktop, light and dark."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, Request, expect

from api.web_client.accent import dark_shades, light_shades
from api.web_client.branding import branding_of
from tests.support.settings import plain_settings
from tests.support.web.fake_server import FakeServer, serving
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import sign_in
from tests.web.test_accessibility import AXE, SIZES, Report

NAME = "Choir of the Northern Harbour"
COLOUR = "#e8b400"  # too light for white pages
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
    '<circle cx="32" cy="32" r="30" fill="#7a1f5c"/><path d="M20 20h24v24H20z" fill="#e8b400"/></svg>'
)


@pytest_asyncio.fixture
async def branded(world: FakeWorld, tmp_path: Path) -> AsyncIterator[FakeServer]:
    """A server whose operator has set everything."""
    (tmp_path / "logo.svg").write_text(LOGO)
    settings = plain_settings(
        tmp_path,
        site_name=NAME,
        site_logo=str(tmp_path / "logo.svg"),
        site_accent_colour=COLOUR,
        site_sign_up_text="For members of the choir.\nSee https://example.org <b>first</b>.",
        site_help_url="mailto:help@example.org",
        site_imprint_url="https://example.org/imprint",
        site_privacy_url="https://example.org/privacy",
        site_terms_url="https://example.org/terms",
    )
    async with serving(branding=branding_of(settings)) as server:
        server.world = world
        yield server


@pytest.mark.parametrize("size", SIZES)
async def test_visitors_see_the_name_look_and_links_of_the_site(
    context: BrowserContext, world: FakeWorld, branded: FakeServer, size: str
) -> None:
    world.signed_in = False
    page = await context.new_page()
    await page.set_viewport_size(SIZES[size])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(_path_of(request)))

    await page.goto(f"{branded.origin}/sign-up")
    await expect(page).to_have_title(NAME)
    await expect(page.locator(".lead")).to_have_text(
        "For members of the choir.\nSee https://example.org <b>first</b>."
    )
    assert await page.locator(".lead a, .lead b").count() == 0
    await expect(page.locator(".entry-brand")).to_have_text(NAME)
    logo = page.locator(".entry-logo")
    await page.wait_for_function("() => document.querySelector('.entry-logo').naturalWidth > 0")
    assert await logo.get_attribute("src") in asked
    assert "/api/v1/site" not in asked
    links = page.locator(".site-links a")
    await expect(links).to_have_text(["Help", "Imprint", "Privacy", "Terms"])
    await expect(links.nth(1)).to_have_attribute("href", "https://example.org/imprint")
    button = page.get_by_role("button", name="Create account")
    for scheme, shades in (("light", light_shades(COLOUR)), ("dark", dark_shades(COLOUR))):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        await expect(button).to_have_css("background-color", _css(shades.accent))
        await expect(button).to_have_css("color", _css(shades.ink))
    await page.get_by_role("link", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(links).to_have_count(4)
    assert await _fits(page)


@pytest.mark.parametrize("size", SIZES)
async def test_pages_of_a_branded_site_have_no_violation(
    context: BrowserContext, world: FakeWorld, branded: FakeServer, size: str
) -> None:
    page = await context.new_page()
    await page.set_viewport_size(SIZES[size])
    report = Report(page)
    await sign_in(page, branded.origin)
    await page.evaluate(AXE)
    await report.check("list")
    await page.evaluate("document.querySelector('ll-app').app.router.go('/settings')")
    await expect(page).to_have_title(f"Settings – {NAME}")
    await expect(page.locator(".settings .site-links a")).to_have_count(4)
    await report.check("settings")
    world.signed_in = False
    await context.clear_cookies()
    await page.goto(f"{branded.origin}/sign-up")
    await expect(page.locator(".site-links a")).to_have_count(4)
    await page.evaluate(AXE)
    await report.check("sign-up")

    assert report.violations == []


def _path_of(request: Request) -> str:
    return "/" + request.url.split("/", 3)[3]


def _css(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


async def _fits(page: Page) -> bool:
    return bool(
        await page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )

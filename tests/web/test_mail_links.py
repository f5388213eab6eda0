"""Every link in a mail leads to a page of the client, and to a section that this page has."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest_asyncio
from playwright.async_api import BrowserContext, expect

from api.web_client.branding import branding_of
from bench import email_previews
from tests.support.settings import plain_settings
from tests.support.web.deno import evaluate
from tests.support.web.fake_entities import stamp
from tests.support.web.fake_server import serving
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import sign_in
from worker.mail.renderer import EmailRenderer
from worker.mail.security_email import SECURITY_EMAIL_TEXTS

SITE = "https://todo.example.org"
SECTIONS = {
    section for text in SECURITY_EMAIL_TEXTS.values() for _, section in text.links
}  # fmt: skip


def _provider(name: str) -> dict[str, str]:
    return {
        "id": name.lower(), "name": name, "issuer": f"https://{name.lower()}.example.org",
        "client_id": "x", "client_secret": "s" * 32,
    }  # fmt: skip


@pytest_asyncio.fixture
async def origin(tmp_path: Path, world: FakeWorld) -> AsyncIterator[str]:
    """The address of a site with two providers."""
    providers = json.dumps([_provider("Corp"), _provider("Octopus")])
    settings = plain_settings(tmp_path, oidc_providers=providers)
    async with serving(branding=branding_of(settings)) as server:
        server.world = world
        yield server.origin


async def test_every_link_in_a_mail_leads_to_a_page(deno_cache: Path, tmp_path: Path) -> None:
    renderer = EmailRenderer(plain_settings(tmp_path, public_url=SITE))
    texts = [email_previews.render(renderer, name).text for name in email_previews.names()]
    texts += [renderer.settings_link(section) for section in SECTIONS]

    links = {link for text in texts for link in re.findall(rf"{SITE}[^\s)>\"]*", text)}
    paths = sorted({urlsplit(link).path for link in links})

    assert "/verify" in paths
    assert "/settings" in paths
    parse = "input.map((pathname) => module.parseAddress({ pathname, search: '' }).page)"
    pages = await evaluate(deno_cache, "web/store/router.js", parse, paths)
    assert "unknown" not in pages, dict(zip(paths, pages, strict=True))


async def test_the_page_stays_at_the_section_of_a_mail_while_others_load(
    context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    world.passkeys = [
        {
            "id": world.new_id(), "name": f"Key {n}", "is_backed_up": True, "created_at": stamp(days=2),
            "last_used_at": None,
        }
        for n in range(20)
    ]  # fmt: skip
    page = await context.new_page()
    await page.set_viewport_size({"width": 1000, "height": 400})
    await sign_in(page, origin)

    for section in sorted(SECTIONS):
        await page.goto("about:blank")
        await page.goto(f"{origin}/settings#{section}")
        await expect(page.locator("ll-passkeys .plain-row")).to_have_count(20)
        await expect(page.locator("ll-security-log")).not_to_be_empty()
        await expect(page.locator(f"#{section} h2")).to_be_in_viewport()


async def test_another_provider_can_be_used_to_link_one_that_waits(
    context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    world.signed_in = False
    page = await context.new_page()
    await page.goto(f"{origin}/sign-in")
    await page.evaluate(KEEP_LINK)
    await page.reload()

    await expect(page.locator(".lead")).to_contain_text("ana@example.org has an account here.")
    await expect(page.locator("[name=email]")).to_have_value("ana@example.org")
    await expect(page.get_by_role("button", name="Continue with Octopus")).to_be_visible()
    await expect(page.get_by_role("button", name="Continue with Corp")).to_have_count(0)
    await page.get_by_role("button", name="Do not link").click()
    await expect(page.get_by_role("button", name="Continue with Corp")).to_be_visible()


KEEP_LINK = """() => sessionStorage.setItem('livelist.provider-link', JSON.stringify(
  { token: 't', name: 'Corp', email: 'ana@example.org' }))"""

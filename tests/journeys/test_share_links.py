"""A guest edits a list beside its owner, who then revokes the link under the open page."""

import re

from playwright.async_api import Page, expect

from tests.journeys.conftest import OpenContext, SignUp
from tests.support.web.page_actions import add, row

PASSWORD = "a garden gate"


async def make_link(page: Page, name: str) -> str:
    """Create a link with a password in the share dialog, and return its address."""
    await page.get_by_role("button", name="Create a link").click()
    await page.fill(".share-link-form [name=name]", name)
    await page.fill(".share-link-form [name=password]", PASSWORD)
    await page.select_option(".share-link-form [name=role]", "editor")
    await page.get_by_role("button", name="Create link").click()
    await expect(page.locator(".share-link")).to_contain_text(name)
    token = await page.evaluate(
        """async () => {
          const { app } = document.querySelector('ll-app');
          const id = app.router.route.listId;
          const { body } = await app.session.call('GET', `/lists/${id}/links`);
          return body.items[0].token;
        }"""
    )
    return f"/join#token={token}"


async def test_a_guest_edits_beside_the_owner_until_the_link_is_revoked(
    sign_up: SignUp, new_context: OpenContext
) -> None:
    ana = await sign_up("Ana")
    await ana.make_list("Garden party")
    await ana.page.get_by_role("button", name="Share").click()
    link = await make_link(ana.page, "Neighbours")
    guest = await (await new_context()).new_page()

    await guest.goto(ana.service + link)
    await expect(guest.locator("h1")).to_have_text("This list has a password")
    await expect(guest.locator("body")).not_to_contain_text("Garden party")
    await guest.fill("[name=password]", "not this one")
    await guest.click("button[type=submit]")
    await expect(guest.locator(".problem")).to_contain_text("not the password")
    await guest.fill("[name=password]", "x" * 1025)
    await guest.click("button[type=submit]")
    await expect(guest.locator("ll-join")).to_contain_text("At most 1024 characters.")
    await guest.fill("[name=password]", PASSWORD)
    await guest.click("button[type=submit]")
    await expect(guest.locator("h1")).to_have_text("“Garden party”")
    await guest.fill("[name=name]", "Gil")
    await guest.click("button[type=submit]")

    await expect(guest.locator(".guest-banner")).to_contain_text(
        "You are a guest of “Garden party”"
    )
    await expect(guest.locator(".side, .bottom")).to_have_count(0)
    await expect(ana.page.locator(".members")).to_contain_text("Gil (guest)")
    await expect(ana.page.locator(".share-link")).to_contain_text("1 here now")
    await add(guest, "Lanterns")
    await expect(ana.row("Lanterns")).to_be_visible()
    await guest.reload()
    await expect(row(guest, "Lanterns")).to_be_visible()
    await row(guest, "Lanterns").click()
    await expect(guest.locator(".facts")).not_to_contain_text("Remind me")

    await ana.page.get_by_role("button", name="Revoke the link Neighbours").click()
    await ana.page.get_by_role("button", name="Revoke the link", exact=True).click()

    await expect(guest.locator("h1")).to_have_text("This link does not work")
    await expect(guest.locator(".entry-card")).to_contain_text("This link was withdrawn")
    await expect(guest.locator("body")).not_to_contain_text("Lanterns")
    await expect(guest).to_have_url(re.compile("/join#token="))
    await expect(ana.page.locator(".members")).not_to_contain_text("Gil (guest)")
    await ana.page.keyboard.press("Escape")
    await expect(ana.row("Lanterns")).to_be_visible()

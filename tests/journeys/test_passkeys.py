"""A passkey in the browser: added, used to sign in without an address, and removed."""

from playwright.async_api import expect

from tests.journeys.conftest import SignUp
from tests.support.web.virtual_authenticator import VirtualAuthenticator


async def test_a_passkey_is_added_signs_in_without_an_address_and_is_removed(
    sign_up: SignUp,
) -> None:
    gwen = await sign_up("Gwen")
    page = gwen.page
    # Otherwise the sign-in page would sign in by itself, with the passkey that the field offers.
    authenticator = await VirtualAuthenticator.add(page)
    await page.goto(f"{gwen.service}/settings")
    section = page.locator("ll-passkeys")
    await section.get_by_label("Name of the new passkey").fill("Laptop")
    await section.get_by_role("button", name="Add a passkey").click()
    await expect(section.locator(".plain-row")).to_contain_text("Laptop")
    await expect(section.locator(".plain-row")).to_contain_text("never used")
    await section.get_by_role("button", name="Rename Laptop").click()
    await section.get_by_label("New name of “Laptop”").fill("Work laptop")
    await section.get_by_role("button", name="Rename").click()
    await expect(section.locator(".plain-row")).to_contain_text("Work laptop")

    await authenticator.allow(is_user_there=False)
    await page.locator(".settings-section > .button", has_text="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await authenticator.allow(is_user_there=True)
    await page.get_by_role("button", name="Sign in with a passkey").click()

    await expect(page.locator(".page h1")).to_have_text("Inbox")
    await page.goto(f"{gwen.service}/settings")
    await expect(page.locator(".profile-name")).to_have_text("Gwen")
    await expect(section.locator(".plain-row")).to_contain_text("used just now")
    await section.get_by_role("button", name="Remove Work laptop").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(section.locator(".plain-row")).to_have_count(0)

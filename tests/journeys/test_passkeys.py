"""A passkey in the browser: added, alone, after a password, for a step-up, and removed."""

import json

from playwright.async_api import Page, Route, expect

from tests.journeys.conftest import SignUp
from tests.support.web.browser_user import PASSWORD
from tests.support.web.virtual_authenticator import add_virtual_authenticator

NO_OFFER = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"


async def test_a_passkey_signs_in_alone_and_after_a_password_and_confirms_its_own_removal(
    sign_up: SignUp,
) -> None:
    gwen = await sign_up("Gwen")
    page = gwen.page
    await add_virtual_authenticator(page)
    # Otherwise the passkey that the address field offers signs in by itself, before the button does.
    await page.add_init_script(NO_OFFER)
    sign_out = page.locator("#sign-out > .button")
    sign_in = page.get_by_role("heading", name="Sign in", exact=True)
    inbox = page.locator(".page h1")
    section = page.locator("ll-passkeys")
    row = section.locator(".plain-row")

    # Added and renamed. The first brings recovery codes.
    await page.goto(f"{gwen.service}/settings")
    await section.get_by_label("Name of the new passkey").fill("Laptop")
    await section.get_by_role("button", name="Add a passkey").click()
    await expect(section.locator(".code-list li")).to_have_count(10)
    await section.get_by_role("button", name="I have kept them").click()
    await expect(row).to_contain_text("Laptop")
    await expect(row).to_contain_text("never used")
    await section.get_by_role("button", name="Rename Laptop").click()
    await section.get_by_label("New name of “Laptop”").fill("Work laptop")
    await section.get_by_role("button", name="Rename").click()
    await expect(row).to_contain_text("Work laptop")

    # Alone, without an address.
    await sign_out.click()
    await expect(sign_in).to_be_visible()
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(inbox).to_have_text("Inbox")
    await page.goto(f"{gwen.service}/settings")
    await expect(row).to_contain_text("used just now")

    # After the password.
    await sign_out.click()
    # The settings have a field of this name, too.
    await expect(sign_in).to_be_visible()
    await page.fill("[name=email]", gwen.email)
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Two-step verification")).to_be_visible()
    await expect(page.get_by_role("button", name="Use a recovery code")).to_be_visible()
    await page.get_by_role("button", name="Use a passkey").click()
    await expect(inbox).to_have_text("Inbox")

    # A step-up before it is removed.
    asked = await _want_a_step_up(page)
    await page.goto(f"{gwen.service}/settings")
    await section.get_by_role("button", name="Remove Work laptop").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    confirm = page.get_by_role("dialog", name="Confirm that it is you")
    await confirm.get_by_role("button", name="Use a passkey").click()
    await expect(row).to_have_count(0)
    assert asked


async def test_a_passkey_that_the_browser_offers_in_the_address_field_signs_in(
    sign_up: SignUp,
) -> None:
    hana = await sign_up("Hana")
    page = hana.page
    authenticator = await add_virtual_authenticator(page)
    await page.goto(f"{hana.service}/settings")
    section = page.locator("ll-passkeys")
    await section.get_by_role("button", name="Add a passkey").click()
    await section.get_by_role("button", name="I have kept them").click()
    await authenticator.set_presence(False)
    await page.locator("#sign-out > .button").click()
    await expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    field = page.locator("[name=email]")
    await expect(field).to_have_attribute("autocomplete", "username webauthn")

    # Chromium shows no list for a virtual authenticator: a user who is there takes what is offered,
    # and a request that was open before never learns of them.
    await authenticator.set_presence(True)
    await page.reload()

    # Nothing was pressed.
    await expect(page.locator(".page h1")).to_have_text("Inbox")
    await page.goto(f"{hana.service}/settings")
    # The request before the reload may have signed in too.
    here = page.locator("ll-session-list .plain-row", has_text="This device")
    await expect(here).to_contain_text("with a passkey")


async def _want_a_step_up(page: Page) -> list[str]:
    """Refuse the first removal of a passkey as the server does 15 minutes later. Return its address."""
    asked: list[str] = []

    async def ask_once(route: Route) -> None:
        if route.request.method != "DELETE" or asked:
            await route.continue_()
            return
        asked.append(route.request.url)
        problem = {"code": "step_up_required", "methods": ["passkey", "recovery_code"]}
        await route.fulfill(
            status=403, content_type="application/problem+json", body=json.dumps(problem)
        )

    await page.route("**/users/me/passkeys/*", ask_once)
    return asked

"""A user's account in the browser: signed in, signed out, a new password, a new profile."""

from playwright.async_api import expect

from tests.journeys.conftest import SignUp
from tests.support.web.browser_user import PASSWORD
from tests.support.web.dev_mail import mail_link


async def test_a_reload_keeps_the_user_signed_in_and_signing_out_ends_every_window(
    sign_up: SignUp,
) -> None:
    cleo = await sign_up("Cleo")
    other = await cleo.page.context.new_page()
    await other.goto(f"{cleo.service}/settings")
    await expect(other.locator(".profile-name")).to_have_text("Cleo")

    await cleo.page.reload()
    await cleo.wait_until_live()
    await other.click("#sign-out > .button")

    await expect(cleo.page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    await cleo.page.reload()
    await expect(cleo.page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_a_forgotten_password_is_replaced_and_a_profile_is_changed(
    sign_up: SignUp,
) -> None:
    finn = await sign_up("Finn")
    page = finn.page
    await page.goto(f"{finn.service}/settings")
    await page.fill("#ll-profile-form-name", "Finn Olsen")
    await page.select_option("#profile-time_zone", "America/New_York")
    await page.locator("ll-profile-form button").click()
    await expect(page.locator(".me-name")).to_have_text("Finn Olsen")
    await expect(page.locator("ll-session-list .plain-row")).to_have_count(1)

    await page.locator("#sign-out > .button").click()
    await page.click("text=Forgot your password?")
    await page.fill("[name=email]", finn.email)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Check your mail")
    link = await mail_link(finn.service, finn.email, "reset")
    await page.goto(link)
    await page.fill("[name=password]", PASSWORD + "-new")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    await page.goto(link)
    await page.fill("[name=password]", PASSWORD + "-newer")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
    await expect(page.get_by_role("link", name="Ask for a new link")).to_be_visible()
    await page.goto(f"{finn.service}/sign-in")
    await page.fill("[name=email]", finn.email)
    await page.fill("[name=password]", PASSWORD + "-new")
    await page.keyboard.press("Enter")

    await expect(page.locator(".page h1")).to_have_text("Inbox")


async def test_who_resets_the_password_while_signed_in_is_told_so_and_not_of_somebody_else(
    sign_up: SignUp,
) -> None:
    gina = await sign_up("Gina")
    page, other = gina.page, await gina.page.context.new_page()
    await other.goto(f"{gina.service}/settings")
    await expect(other.locator(".profile-name")).to_have_text("Gina")
    asked = await page.request.post(
        f"{gina.service}/api/v1/auth/forgot-password", data={"email": gina.email}
    )
    assert asked.status == 202

    await page.goto("about:blank")
    await page.goto(await mail_link(gina.service, gina.email, "reset"))
    await page.fill("[name=password]", PASSWORD + "-new")
    await page.keyboard.press("Enter")

    for window in (page, other):
        await expect(window.get_by_role("heading", name="Sign in")).to_be_visible()
        await expect(window.get_by_text("from elsewhere")).to_have_count(0)
    await expect(page.locator(".toasts")).to_contain_text("Your password is changed.")


async def test_a_signed_in_user_confirms_a_new_address_with_the_link_of_the_mail(
    sign_up: SignUp,
) -> None:
    nora = await sign_up("Nora")
    page = nora.page
    email = f"new-{nora.email}"
    await page.goto(f"{nora.service}/settings")
    await page.get_by_label("New address").fill(email)
    await page.keyboard.press("Enter")
    await expect(page.locator(".toasts")).to_contain_text(email)

    link = await mail_link(nora.service, email, "verify")
    await page.goto("about:blank")
    await page.goto(link)

    await expect(page.locator(".toasts")).to_contain_text("Your address is confirmed")
    await page.goto(f"{nora.service}/settings")
    await expect(page.locator(".settings")).to_contain_text(email)

    await page.goto("about:blank")
    await page.goto(link)
    await expect(page.get_by_role("link", name="Go to your lists")).to_be_visible()

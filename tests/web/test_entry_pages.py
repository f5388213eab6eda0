"""Pages that are reached signed out or by the link of a mail: sign in, verify, invitations."""

from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect

from api.web_client.branding import branding_of
from tests.support.settings import plain_settings
from tests.support.web.fake_server import serving
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import settled


async def test_the_link_of_an_unlisted_invitation_accepts_that_invitation(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.goto(f"{origin}/invitation#token=of-another.mac")

    await expect(page.locator(".page .lead")).to_contain_text("invites you to the list “Trip”.")
    await page.locator(".page").get_by_role("button", name="Join the list").click()
    await settled(page)
    [body] = [body for _, path, body in world.requests if path == "/invitations/accept"]
    assert body["token"] == "of-another.mac"


async def test_the_link_of_an_open_invitation_names_the_inviter_and_the_list(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.goto(f"{origin}/invitation#token={world.invitations[0]['id']}.mac")

    lead = page.locator(".page .lead")
    await expect(lead).to_contain_text("Chidi Lindqvist wants to share “Cabin weekend” with you.")
    await page.locator(".page").get_by_role("button", name="Decline").click()
    await expect(page).not_to_have_url(f"{origin}/invitation")
    # Not the last request: the next page sends its own.
    assert "/invitations/decline" in [path for _, path, _ in world.requests]


async def test_a_wrong_password_shows_a_message_and_keeps_the_address(
    context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    page = await context.new_page()
    await page.goto(f"{origin}/sign-in")
    await page.fill("[name=email]", "ana@example.org")
    await page.fill("[name=password]", "wrong-password")
    await page.click("button[type=submit]")

    await expect(page.get_by_role("alert")).to_contain_text("do not match")
    await expect(page.locator("[name=email]")).to_have_value("ana@example.org")


async def test_a_password_is_shown_while_the_user_wants_it(
    context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    page = await context.new_page()
    await page.goto(f"{origin}/sign-in")
    await page.fill("[name=email]", "ana@example.org")
    password = page.locator("[name=password]")
    await password.fill("wrong-password")

    await page.get_by_role("button", name="Show what is typed").click()
    await expect(password).to_have_attribute("type", "text")
    await expect(password).to_have_value("wrong-password")
    await page.get_by_role("button", name="Hide what is typed").click()
    await expect(password).to_have_attribute("type", "password")
    await page.get_by_role("button", name="Show what is typed").click()
    await page.click("button[type=submit]")

    await expect(page.get_by_role("alert")).to_contain_text("do not match")
    await expect(password).to_have_attribute("type", "password")
    await expect(password).to_have_value("wrong-password")


async def test_the_link_in_a_mail_is_taken_out_of_the_address_and_posted(
    context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    page = await context.new_page()
    await page.goto(f"{origin}/verify#token=secret-token")

    await expect(page.locator(".page h1")).to_have_text("Inbox")
    assert ("POST", "/auth/verify-email", {"token": "secret-token"}) in world.requests
    assert "secret-token" not in page.url


async def test_the_link_to_an_account_without_a_password_asks_for_one(
    context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    page = await context.new_page()
    await page.goto(f"{origin}/verify#token=without-password")

    await expect(page.locator("h1")).to_have_text("Choose a password")
    await page.fill("[name=password]", "quiet orchard lamp")
    await page.keyboard.press("Enter")
    await expect(page.locator(".page h1")).to_have_text("Inbox")
    body = {"token": "without-password", "password": "quiet orchard lamp"}
    assert ("POST", "/auth/verify-email", body) in world.requests


async def test_the_link_of_an_invitation_explains_itself_to_a_signed_out_user(
    context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    page = await context.new_page()
    await page.goto(f"{origin}/invitation#token=secret-token")

    await expect(page.locator("h1")).to_have_text("You are invited")
    sentence = "Ben Okafor invites you to the list “Trip”."
    await expect(page.locator(".lead")).to_contain_text(sentence)
    await page.get_by_role("link", name="Create an account").click()
    await expect(page.locator("h1")).to_have_text("Create your account")
    await expect(page.locator(".lead")).to_contain_text(sentence)
    await expect(page).to_have_title("Livelist")


async def test_the_check_mail_page_continues_once_the_link_was_followed(
    context: BrowserContext, origin: str
) -> None:
    waiting, followed = await context.new_page(), await context.new_page()
    await waiting.goto(f"{origin}/check-mail")
    await expect(waiting.locator(".entry")).to_be_visible()

    await followed.goto(f"{origin}/verify#token=secret-token")

    for page in (followed, waiting):
        await expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


async def test_a_new_link_can_be_requested_on_a_page_that_does_not_know_the_address(
    context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    page = await context.new_page()
    await page.goto(f"{origin}/check-mail")
    await page.fill("[name=email]", "ana@example.org")
    await page.click("button[type=submit]")

    await expect(page.locator(".entry")).to_contain_text("We sent a link to ana@example.org")


async def test_a_closed_site_offers_to_sign_up_to_the_invited_only(
    context: BrowserContext, world: FakeWorld, tmp_path: Path
) -> None:
    world.signed_in = False
    settings = plain_settings(
        tmp_path, registration_open=False, site_help_url="https://example.org/help"
    )
    async with serving(branding=branding_of(settings)) as server:
        server.world = world
        await _see_a_closed_site(await context.new_page(), world, server.origin)


async def _see_a_closed_site(page: Page, world: FakeWorld, origin: str) -> None:
    create = page.get_by_role("link", name="Create an account")

    for path in ("/sign-in", "/sign-up"):
        await page.goto(f"{origin}{path}")
        await expect(page.locator(".entry")).to_contain_text("Only people who are invited")
        await expect(page.get_by_role("link", name="Help")).to_be_visible()
        await expect(create).to_have_count(0)

    await page.goto(f"{origin}/invitation#token=secret-token")
    await create.click()
    await page.fill("[name=name]", "Ben")
    await page.fill("[name=email]", "ben@example.org")
    await page.fill("[name=password]", "quiet orchard lamp")
    await page.click("button[type=submit]")
    await expect(page).to_have_url(f"{origin}/check-mail")
    [body] = [body for _, path, body in world.requests if path == "/auth/register"]
    assert body["invitation_token"] == "secret-token"

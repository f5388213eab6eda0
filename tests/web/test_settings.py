"""The settings page, in a browser."""

import asyncio

from playwright.async_api import Page, Route, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import IS_SAVED, wait_until_true


async def test_the_settings_show_that_mail_bounces_and_offer_to_try_again(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.goto(f"{origin}/settings")
    banner = page.locator("ll-mail-refusal")
    await expect(page.locator("ll-email-form")).to_be_visible()
    assert await banner.count() == 0

    world.mail_refusal = "550 5.1.1"
    world.record(world.own_stream, "account.edited", {"account": world.account})
    await expect(banner).to_contain_text("Mail to ana@example.org bounces")
    await expect(banner).to_contain_text("(550 5.1.1)")
    await banner.get_by_role("button", name="Try again").click()

    await expect(banner).to_have_count(0)
    assert ("DELETE", "/users/me/mail-refusal", {}) in world.requests


async def test_an_account_is_deleted_after_its_consequences_were_said(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.goto(f"{origin}/settings")
    form = page.locator("ll-delete-form")
    await form.get_by_role("button", name="Delete your account").click()

    await form.get_by_role("button", name="Delete my account").click()

    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(page.get_by_text("To keep your account, sign in again")).to_be_visible()
    assert ("DELETE", "/users/me", {}) in world.requests


async def test_a_user_who_must_set_up_a_second_factor_is_led_through_it(
    page: Page, world: FakeWorld, origin: str
) -> None:
    world.must_set_up_second_factor = True
    await page.goto(f"{origin}/settings")
    await expect(page.get_by_role("heading", name="Set up two-step verification")).to_be_visible()
    await expect(page.get_by_text("requires two-step verification of your account")).to_be_visible()
    await expect(page.get_by_role("button", name="Add a passkey")).to_be_visible()

    await page.get_by_role("button", name="Set up an app").click()
    await expect(page.get_by_role("button", name="Add a passkey")).to_have_count(0)
    await expect(page.get_by_label("Code from the app")).to_be_focused()
    await page.keyboard.type("123456")
    await page.keyboard.press("Enter")
    await expect(page.locator(".code-list li")).to_have_count(10)
    await page.get_by_role("button", name="I have kept them").click()

    await expect(page.get_by_role("heading", name="Settings")).to_be_visible()


async def test_a_rule_that_comes_while_the_page_is_open_leads_there_too(
    page: Page, world: FakeWorld, origin: str
) -> None:
    refusal = {"code": "second_factor_required", "detail": "Set it up first."}
    world.refusals = [("GET", "/users/me/api-tokens", 403, refusal)]
    await page.goto(f"{origin}/settings")

    await expect(page.get_by_role("heading", name="Set up two-step verification")).to_be_visible()


async def test_the_navigation_leads_to_each_section_and_marks_the_current_one(
    page: Page, origin: str
) -> None:
    await page.goto(f"{origin}/settings#devices")
    current = page.locator(".settings-nav [aria-current]")
    await expect(current).to_have_text("Devices")

    for width in (1440, 390):
        await page.set_viewport_size({"width": width, "height": 844})
        links = page.get_by_role("navigation", name="Settings").get_by_role("link")
        titles = await page.locator(".settings-section > h2").all_inner_texts()
        assert await links.all_inner_texts() == titles
        # The last ones never reach the top of the page.
        for title in ("API tokens", "Profile", "Export lists", "Your data"):
            await links.get_by_text(title, exact=True).click()
            await expect(current).to_have_text(title)
            await expect(page.get_by_role("heading", name=title, exact=True)).to_be_in_viewport()
            await expect(current).to_be_in_viewport()


async def test_a_chosen_language_is_that_of_the_page_and_its_dates(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.goto(f"{origin}/settings")
    form = page.locator("ll-profile-form")
    await form.get_by_label("Language").select_option("Deutsch")
    await form.get_by_label("Times").select_option("12 hours, as in 6:30 pm")
    await form.get_by_role("button", name="Save").click()

    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(form.locator("label", has_text="Sprache")).to_be_visible()
    saved = next(body for method, path, body in world.requests if method == "PATCH")
    assert (saved["language"], saved["week_start"], saved["hour_cycle"]) == ("de", "", "h12")


async def test_a_language_chosen_on_another_device_is_taken_over_at_the_next_visit(
    page: Page, world: FakeWorld
) -> None:
    await wait_until_true(page, IS_SAVED)
    world.language = "de"

    await page.reload()

    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(page.locator(".side")).to_contain_text("Heute")


async def test_a_file_to_import_is_chosen_by_keyboard_and_named(
    page: Page, world: FakeWorld, origin: str
) -> None:
    released = asyncio.Event()

    async def hold(route: Route) -> None:
        await released.wait()
        await route.continue_()

    await page.route("**/auth/sessions", hold)
    await page.goto(f"{origin}/settings")
    field = page.get_by_label("File to import")
    await expect(field).to_be_enabled()
    await field.focus()
    # What loads above the field takes the focus from it as little as what a redrawing changes.
    released.set()
    await expect(page.locator("ll-session-list")).to_contain_text("This device")
    await page.evaluate("document.querySelector('ll-app').app.store.announce()")
    await expect(field).to_be_focused()
    async with page.expect_file_chooser() as chooser:
        await page.keyboard.press("Space")

    await (await chooser.value).set_files({"name": "todos.csv", "mimeType": "", "buffer": b"title"})

    box = page.locator(".file-drop")
    await expect(box.get_by_text("Choose a file")).to_be_visible()
    await expect(box).to_contain_text("todos.csv")


async def test_without_the_server_the_page_says_so_once_and_its_sections_load_when_it_is_back(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.goto(f"{origin}/settings")
    await expect(page.locator("ll-session-list .plain-row").first).to_be_visible()
    await page.click(".side >> text=House move")
    await expect(page.locator(".badge.is-live").first).to_be_attached()
    world.reachable = False
    await world.close_sockets(1012)
    await expect(page.locator(".side .badge")).to_contain_text("Offline")

    await page.click(".side >> text=Settings")

    said = page.locator(".settings > .banner")
    await expect(said).to_contain_text("You are offline:")
    await expect(page.locator("ll-session-list")).to_be_empty()
    await expect(page.locator(".settings .problem").filter(visible=True)).to_have_count(0)
    world.reachable = True
    await expect(page.locator("ll-session-list .plain-row").first).to_be_visible()
    await expect(said).to_have_count(0)

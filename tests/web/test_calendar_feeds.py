"""The calendar feeds in the settings, in a browser."""

from playwright.async_api import Page, expect

from tests.support.web.fake_world import FakeWorld


async def test_a_feed_is_made_copied_given_a_new_address_and_revoked(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
    await page.goto(f"{origin}/settings")
    section = page.locator("ll-calendar-feeds")
    await section.get_by_label("Name in the calendar program").fill("Phone")
    await section.get_by_label("Todos of").select_option(label="House move")
    await section.get_by_label("Shown as").select_option("events")
    await section.get_by_label("Completed todos too").check()

    await section.get_by_role("button", name="Make feed").click()
    address = section.get_by_label("The address of “Phone”")
    await expect(address).to_have_value(f"https://example.org/llf_{_id(world)}.ics")
    await section.get_by_role("button", name="Copy").press("Enter")
    await expect(page.get_by_text("Copied.")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == await address.input_value()
    row = section.locator(".plain-row")
    await expect(row).to_contain_text("House move · as events · with completed todos")
    [(_, _, sent)] = [it for it in world.requests if it[:2] == ("POST", "/users/me/calendar-feeds")]
    assert sent["include_completed"] is True

    await row.get_by_role("button", name="New address for Phone").click()
    await page.get_by_role("dialog").get_by_role("button", name="New address").click()
    await expect(address).to_have_value(f"https://example.org/llf_new_{_id(world)}.ics")
    await row.get_by_role("button", name="Revoke Phone").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(row).to_have_count(0)
    await expect(address).to_have_count(0)


def _id(world: FakeWorld) -> str:
    return str(world.calendar_feeds[0]["id"])

"""The calendar feeds in the settings, in a browser."""

import pytest
from playwright.async_api import Page, expect

from tests.support.web.fake_entities import Json
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import list_named
from tests.web.test_accessibility import AXE, Report

PATH = "/users/me/calendar-feeds"
# The texts of its options are part of the label.
DUE = ".view-field:has(span:text-is('Due')) select"


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
    [sent] = _sent(world)
    assert sent["include_completed"] is True
    assert sent["filter"] is None

    await row.get_by_role("button", name="New address for Phone").click()
    await page.get_by_role("dialog").get_by_role("button", name="New address").click()
    await expect(address).to_have_value(f"https://example.org/llf_new_{_id(world)}.ics")
    await row.get_by_role("button", name="Revoke Phone").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(row).to_have_count(0)
    await expect(address).to_have_count(0)


async def test_a_feed_takes_the_filter_with_which_a_list_is_looked_at(
    page: Page, world: FakeWorld
) -> None:
    house = list_named(world, "House move")
    [buy] = [label for label, each in world.labels[house].items() if each["name"] == "buy"]
    await page.keyboard.press("v")
    menu = page.locator(".menu")
    lead = menu.get_by_role("button", name="Calendar feed with this filter…")
    await expect(menu.locator(DUE)).to_be_visible()
    await expect(lead).to_have_count(0)
    await menu.locator(DUE).select_option("week")
    for choice in ("Urgent", "buy", "Ana Ruiz (me)"):
        await menu.get_by_role("button", name=choice, exact=True).click()
    await menu.get_by_label("Words").fill("tape")
    await lead.click()

    section = page.locator("ll-calendar-feeds")
    await expect(section.get_by_label("Todos of")).to_have_value(house)
    await expect(section.get_by_label("Words")).to_have_value("tape")
    await expect(section.locator(DUE)).to_have_value("dated")
    await expect(section.get_by_text("The feed shows todos of all days")).to_be_visible()
    chosen = section.locator("[aria-pressed=true]")
    await expect(chosen).to_have_text(["Urgent", "buy", "Ana Ruiz (me)"])
    await section.get_by_role("button", name="Low", exact=True).click()
    await section.get_by_label("Name in the calendar program").fill("Shopping")
    await section.get_by_role("button", name="Make feed").click()
    await expect(section.locator(".plain-row")).to_contain_text(
        "House move · as tasks · “tape” · With a due date · Urgent, Low · buy · Ana Ruiz (me) · never read"
    )
    await expect(chosen).to_have_count(0)
    await expect(section.get_by_label("Words")).to_have_value("")
    [sent] = _sent(world)
    assert sent["filter"] == {
        "text": "tape", "due": "dated", "priorities": [5, 1], "statuses": [], "labels": [buy],
        "assignees": [world.me["id"]],
    }  # fmt: skip
    assert sent["include_completed"] is False


@pytest.mark.parametrize("width", [390, 1440])
async def test_a_feed_of_all_lists_is_filtered_by_what_all_lists_have(
    page: Page, world: FakeWorld, origin: str, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 900})
    await page.goto(f"{origin}/settings")
    section = page.locator("ll-calendar-feeds")
    await section.get_by_text("Only some of these todos").click()
    await expect(section.locator(DUE)).to_be_visible()
    await section.get_by_label("Todos of").select_option(label="House move")
    for choice in ("buy", "Ben Okafor", "Ana Ruiz (me)", "Completed"):
        await section.get_by_role("button", name=choice, exact=True).click()
    await page.evaluate(AXE)
    report = Report(page)
    await report.check("the filter")
    await section.get_by_label("Todos of").select_option(label="All lists, also those to come")
    await section.get_by_label("Shown as").select_option("events")

    await expect(section.get_by_role("button", name="buy", exact=True)).to_have_count(0)
    chosen = section.locator("[aria-pressed=true]")
    await expect(chosen).to_have_text(["Completed", "Ana Ruiz (me)"])
    await expect(section.locator(DUE)).to_have_count(0)
    await expect(section.get_by_label("Completed todos too")).to_have_count(0)
    await section.get_by_label("Name in the calendar program").fill("Done")
    await section.get_by_role("button", name="Make feed").click()
    await expect(section.locator(".plain-row")).to_contain_text(
        "All lists · as events · Completed · Ana Ruiz (me) · never read"
    )
    [sent] = _sent(world)
    assert sent["include_completed"] is True
    assert sent["filter"] == {
        "text": "", "due": None, "priorities": [], "statuses": ["completed"], "labels": [],
        "assignees": [world.me["id"]],
    }  # fmt: skip
    assert report.violations == []


def _sent(world: FakeWorld) -> list[Json]:
    return [body for *request, body in world.requests if request == ["POST", PATH]]


def _id(world: FakeWorld) -> str:
    return str(world.calendar_feeds[0]["id"])

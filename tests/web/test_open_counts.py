"""The counts of the side bar, in a browser."""

from playwright.async_api import BrowserContext, expect

from tests.support.web.fake_entities import stamp
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import list_named, open_list, sign_in, todo_named


async def test_the_count_of_an_archived_list_follows_what_others_do_there(
    context: BrowserContext, origin: str, world: FakeWorld
) -> None:
    groceries = list_named(world, "Groceries")
    world.lists[groceries]["archived_at"] = stamp(days=1)
    page = await context.new_page()
    await sign_in(page, origin)
    await open_list(page, "House move")
    await page.get_by_role("button", name="Archive").click()
    count = page.locator(f"[href='/lists/{groceries}'] .count")
    await expect(count).to_have_text("3")

    world.edit(todo_named(world, "Lemons"), by="Ben Okafor", status="completed")

    await expect(count).to_have_text("2")

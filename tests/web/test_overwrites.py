"""The note that an edit was overwritten, in a browser."""

from playwright.async_api import Page, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import row, settled, todo_named


async def test_the_note_goes_when_the_field_has_changed_again(page: Page, world: FakeWorld) -> None:
    todo = todo_named(world, "Redirect the mail")
    await row(page, "Redirect the mail").locator(".row-open").click()
    await page.get_by_label("Title").fill("Redirect the post")
    await page.keyboard.press("Enter")
    await settled(page)
    unseen = {"overwrote": {"title": "Redirect the post"}, "ended": None, "changed": ["title"]}
    for title, data in (("His", unseen), ("Hers", {**unseen, "overwrote": None})):
        world.todos[todo]["title"] = title
        todo_data = {"todo": dict(world.todos[todo])}
        world.record(world.todos[todo]["list_id"], "todo.edited", todo_data | data, by="Ben Okafor")
        count = 1 if data["overwrote"] else 0
        await expect(page.get_by_text("Use mine")).to_have_count(count)

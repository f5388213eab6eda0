"""The note that an edit was overwritten, in a browser."""

from playwright.async_api import Page, expect

from tests.support.web.fake_world import World
from tests.support.web.page_actions import row, settled, todo_named


async def test_the_note_goes_when_the_field_has_changed_again(page: Page, world: World) -> None:
    todo = todo_named(world, "Redirect the mail")
    await row(page, "Redirect the mail").locator(".row-open").click()
    await page.get_by_label("Title").fill("Redirect the post")
    await page.keyboard.press("Enter")
    await settled(page)
    seen = {"overwrote": {"title": "Redirect the post"}, "ended": None, "changed": ["title"]}
    for title, news in (("His", seen), ("Theirs", {**seen, "overwrote": None})):
        world.todos[todo]["title"] = title
        shape = {"todo": dict(world.todos[todo])}
        world.record(world.todos[todo]["list_id"], "todo.edited", shape | news, by="Ben Okafor")
        count = 1 if news["overwrote"] else 0
        await expect(page.get_by_text("Use mine")).to_have_count(count)

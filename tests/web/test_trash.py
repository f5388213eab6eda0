"""The page of the trash: more todos than one reading brings, and restoring without a network."""

from playwright.async_api import Page, expect

from tests.support.web.fake_entities import stamp
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import list_named, settled, todo_named


def fill_trash(world: FakeWorld, count: int) -> None:
    """Put todos into the trash: the first one last."""
    list_id = list_named(world, "House move")
    for number in range(count):
        todo = world.add_todo(list_id, f"Old todo {number}")
        todo["deleted_at"] = stamp(minutes=number + 1)


async def test_all_todos_of_a_full_trash_can_be_seen_and_restored(
    page: Page, world: FakeWorld
) -> None:
    fill_trash(world, 130)
    await page.click("text=Trash")
    rows = page.locator(".plain-row")
    await expect(rows).to_have_count(100)
    await expect(rows.first).to_contain_text("Old todo 0")

    await page.get_by_role("button", name="Show older").click()

    await expect(rows).to_have_count(130)
    await expect(page.get_by_role("button", name="Show older")).to_have_count(0)
    last = rows.filter(has_text="Old todo 129")
    await last.get_by_role("button", name="Restore").click()
    await expect(last).to_have_count(0)
    await settled(page)
    assert world.todos[todo_named(world, "Old todo 129")]["deleted_at"] is None
    # Those of the second reading are still there.
    await expect(rows).to_have_count(129)


async def test_a_todo_restored_without_a_network_is_queued_and_can_be_undone(
    page: Page, world: FakeWorld
) -> None:
    fill_trash(world, 2)
    await page.click("text=Trash")
    rows = page.locator(".plain-row")
    await expect(rows).to_have_count(2)
    await page.context.set_offline(True)
    await world.close_sockets(1001)

    for title in ("Old todo 0", "Old todo 1"):
        await rows.filter(has_text=title).get_by_role("button", name="Restore").click()
        await expect(rows.filter(has_text=title)).to_have_count(0)
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Old todo 1")

    await page.context.set_offline(False)
    await settled(page)
    assert world.todos[todo_named(world, "Old todo 0")]["deleted_at"] is None
    assert world.todos[todo_named(world, "Old todo 1")]["deleted_at"] is not None


async def test_a_trash_that_was_opened_without_a_network_is_read_once_there_is_one(
    page: Page, world: FakeWorld
) -> None:
    fill_trash(world, 1)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.context.set_offline(True)
    await world.close_sockets(1001)
    await page.click("text=Trash")
    await expect(page.locator(".page .banner")).to_be_visible()

    await page.context.set_offline(False)

    await expect(page.locator(".plain-row")).to_contain_text("Old todo 0")
    await expect(page.locator(".page .banner")).to_have_count(0)
    assert problems == []

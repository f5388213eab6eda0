"""The side bar in a browser: its counts, and whether it says that the page is live."""

from playwright.async_api import BrowserContext, expect

from tests.support.services.processes import wait_until
from tests.support.web.fake_entities import stamp
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import list_named, open_list, row, sign_in, todo_named

# As many as a socket may follow (docs/protocol.md, "The socket").
STREAMS = 200


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


async def test_a_page_is_live_only_while_all_it_shows_is_followed(
    context: BrowserContext, origin: str, world: FakeWorld
) -> None:
    added = [world.add_list(f"List {number:03}", "teal")["id"] for number in range(STREAMS + 5)]
    page = await context.new_page()
    await sign_in(page, origin)
    await page.wait_for_selector(".side .badge")
    # The badge is on the page before its socket is open.
    await wait_until(
        lambda: [len(followed) for followed in world.sockets.values()] == [STREAMS],
        what="all subscriptions of one socket",
    )
    [followed] = world.sockets.values()
    last = next(each for each in reversed(added) if each not in followed)
    badge = page.locator(".side .badge")

    # Today is of all lists, of which some are not followed.
    await page.goto(f"{origin}/today")
    await page.wait_for_selector(".page h1")
    await wait_until(lambda: bool(world.sockets), what="the socket of the new page")
    await expect(badge).to_contain_text("Catching up")
    await expect(page.locator(".badge.is-live")).to_have_count(0)

    # The list on screen takes the place of another one.
    await page.goto(f"{origin}/lists/{last}")
    await page.wait_for_selector(".badge.is-live")
    assert last in set().union(*world.sockets.values())
    assert max(map(len, world.sockets.values())) <= STREAMS
    world.record(last, "todo.created", {"todo": world.add_todo(last, "By Ben")})
    await expect(row(page, "By Ben")).to_be_visible()

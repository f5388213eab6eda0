"""The client in a browser loads the lists of a user, several in a request."""

from playwright.async_api import Page, expect

from tests.support.services.processes import wait_until
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import IS_SAVED, row, wait_until_true

SEVERAL = "/users/me/list-snapshots"


def requests_of(world: FakeWorld, end: str) -> int:
    return sum(path.endswith(end) for _, path, _ in world.requests)


async def test_signing_in_loads_all_lists_in_few_requests(page: Page, world: FakeWorld) -> None:
    # Otherwise it depends on the machine whether the visible list is stored already.
    await wait_until_true(page, IS_SAVED)
    for number in range(8):
        world.add_todo(world.add_list(f"List {number}", "teal")["id"], f"In list {number}")
    world.requests.clear()

    await page.reload()
    await page.wait_for_selector(".badge.is-live")
    # The fake server puts two lists into an answer.
    answers = -(-len(world.lists) // 2)
    await wait_until(lambda: requests_of(world, SEVERAL) == answers, what="all answers")
    await page.wait_for_selector(".badge.is-live")

    # The account's: the visible list goes on from what is stored.
    assert requests_of(world, "/snapshot") == 1
    await page.click("text=List 7")
    await expect(row(page, "In list 7")).to_be_visible()
    assert requests_of(world, "/snapshot") == 1


async def test_a_long_list_among_several_is_loaded_to_its_end(page: Page, world: FakeWorld) -> None:
    world.page_size = 3
    long = world.add_list("Long", "teal")["id"]
    for number in range(8):
        world.add_todo(long, f"Number {number}")

    await page.reload()
    await page.wait_for_selector(".badge.is-live")
    await page.click("text=Long")

    await expect(row(page, "Number 7")).to_be_visible()
    await expect(row(page, "Number 0")).to_be_visible()


async def test_several_lists_are_requested_again_after_an_error(
    page: Page, world: FakeWorld
) -> None:
    world.add_todo(world.add_list("Late", "teal")["id"], "In the late list")
    answer = {"code": "unavailable", "detail": "Later."}
    world.refusals.append(("GET", SEVERAL, 503, answer))

    await page.reload()
    await page.click("text=Late")
    await page.wait_for_selector(".badge.is-live")

    await expect(row(page, "In the late list")).to_be_visible()
    await wait_until(lambda: requests_of(world, SEVERAL) > 1, what="the second request")

"""Signing out: nothing that was typed is lost, and no message says that the session was ended."""

from playwright.async_api import Page, expect

from tests.support.services.processes import wait_until
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import edit_description, row, todo_named

FORGET_BY_ANOTHER_WINDOW = """() => {
  const channel = new BroadcastChannel('livelist.session');
  channel.postMessage('leaving');
  channel.postMessage('signed-out');
}"""


async def type_description(page: Page, text: str) -> None:
    """Type a description, which is not saved before the typing has paused."""
    await row(page, "Redirect the mail").locator(".row-open").click()
    await (await edit_description(page)).fill(text)


async def test_a_description_typed_just_before_signing_out_is_sent(
    page: Page, world: FakeWorld
) -> None:
    await type_description(page, "Both names on the form.")

    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox").fill("Sign out")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    todo = world.todos[todo_named(world, "Redirect the mail")]
    assert todo["description"] == "Both names on the form."
    await expect(page.locator(".toast")).to_have_count(0)


async def test_a_description_is_kept_when_another_window_signs_out(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await type_description(page, "Ask at the counter.")
    other = await page.context.new_page()
    await other.goto(f"{origin}/api/v1/none")

    await other.evaluate(FORGET_BY_ANOTHER_WINDOW)
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(page.locator(".toast")).to_have_count(0)
    await page.fill("[name=email]", "ana@example.org")
    await page.fill("[name=password]", "correct horse battery")
    await page.click("button[type=submit]")

    todo = world.todos[todo_named(world, "Redirect the mail")]
    await wait_until(
        lambda: todo["description"] == "Ask at the counter.", what="the kept description"
    )

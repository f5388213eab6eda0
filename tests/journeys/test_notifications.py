"""Notifications reach a user at once, on every page and after being offline."""

from playwright.async_api import Page, expect

from tests.journeys.conftest import SignUp
from tests.support.web.browser_user import BrowserUser


async def add_assigned(user: BrowserUser, title: str, assignee: str) -> None:
    """Add a todo and assign it."""
    await user.add(title)
    await user.press_on(title, "a")
    await user.page.locator("ll-assignee-menu").get_by_role("button", name=assignee).click()
    await user.page.keyboard.press("Escape")


async def expect_unread(page: Page, count: int) -> None:
    """Wait until the bell shows that many unread notifications."""
    label = f"Notifications, {count} unread" if count else "Notifications"
    await expect(page.locator(".bell")).to_have_attribute("aria-label", label)


async def test_an_assignment_is_notified_at_once_and_read_by_opening_the_todo(
    sign_up: SignUp,
) -> None:
    ana, ben = await sign_up("Anna"), await sign_up("Benno")
    await ben.page.locator(".bell").click()
    await expect(ben.page.locator(".notification-none")).to_contain_text("Nothing yet")
    await ben.page.keyboard.press("Escape")
    await ben.share_new_list(ana, "House move")
    await expect_unread(ana.page, 0)
    await ana.page.goto(f"{ana.service}/today")
    await ana.wait_until_live()

    await add_assigned(ben, "Book the movers", "Anna")

    await expect_unread(ana.page, 1)
    await ana.page.keyboard.press("n")
    first = ana.page.locator(".notification-row").first
    await expect(first).to_contain_text("Benno assigned you “Book the movers”")
    await expect_unread(ana.page, 0)  # the notification was on the screen
    await first.get_by_role("button").click()
    await expect(ana.page.locator(".detail-title textarea, .detail-title input")).to_have_value(
        "Book the movers"
    )

    # The comment on the todo that Anna has open is read at once, even if it came while offline.
    await ana.go_offline()
    await ben.row("Book the movers").locator(".row-open").click()
    await ben.page.fill(".composer textarea", "@Anna the 14th?")
    await ben.page.keyboard.press("Enter")
    await ben.page.keyboard.press("Escape")
    await add_assigned(ben, "Find boxes", "Anna")
    await ana.go_online()
    await expect_unread(ana.page, 1)
    await ana.page.reload()
    await ana.wait_until_live()
    await expect_unread(ana.page, 1)
    await ana.page.locator(".bell").click()
    await expect(ana.page.locator(".notification-row").first).to_contain_text("“Find boxes”")

    await ben.remove_member("Anna")
    rows = ana.page.locator(".notification-row")
    await expect(rows.first).to_contain_text("Benno removed you from “House move”")
    await expect(ana.page.locator(".menu")).not_to_contain_text("boxes")


async def test_notifications_read_offline_are_read_on_the_server_after_reconnecting(
    sign_up: SignUp,
) -> None:
    cleo, dora = await sign_up("Cleopatra"), await sign_up("Dora")
    await dora.share_new_list(cleo, "Garden")
    await add_assigned(dora, "Buy tulips", "Cleopatra")
    await expect_unread(cleo.page, 1)

    await cleo.go_offline()
    await cleo.page.locator(".bell").click()
    await expect_unread(cleo.page, 0)
    await cleo.page.keyboard.press("Escape")
    await cleo.go_online()
    await expect(cleo.page.locator(".side .badge-count")).to_have_count(0)
    await cleo.page.reload()

    await cleo.wait_until_live()
    await expect_unread(cleo.page, 0)

"""What the page offers for a list is what the policy allows the user's role: no more and no less."""

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from shared.access.policy import ALLOWED, Action
from shared.contract.shapes import Role
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import focus_row, list_named, open_list, row, sign_in

LIST_MENU = {
    "Members": Action.READ_MEMBERS,
    "Name, colour, icon": Action.EDIT_LIST,
    "Archive": Action.EDIT_LIST,
    "Webhooks": Action.MANAGE_WEBHOOKS,
    "Leave this list": Action.LEAVE_LIST,
    "Move to the trash": Action.DELETE_LIST,
}


async def expect_offered(found: Locator, role: Role, action: Action) -> None:
    if role in ALLOWED[action]:
        await expect(found.first).to_be_visible()
    else:
        await expect(found).to_have_count(0)


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_is_offered_what_the_policy_allows(
    context: BrowserContext, origin: str, world: FakeWorld, role: Role
) -> None:
    house = list_named(world, "House move")
    world.members[house][world.me["id"]]["role"] = world.lists[house]["role"] = role
    # The only owner of a list cannot leave it.
    world.members[house][world.users["Ben Okafor"]["id"]]["role"] = Role.OWNER
    page = await context.new_page()
    await sign_in(page, origin)
    await open_list(page, "House move")

    await _check_list_menu(page, role)
    await _check_todo(page, role)
    await _check_members(page, role)


async def _check_list_menu(page: Page, role: Role) -> None:
    await page.get_by_role("button", name="More about this list").click()
    menu = page.locator("ll-list-menu")
    await expect(menu.get_by_text("Members")).to_be_visible()
    for label, action in LIST_MENU.items():
        await expect_offered(menu.get_by_text(label, exact=True), role, action)
    await page.keyboard.press("Escape")


async def _check_todo(page: Page, role: Role) -> None:
    """Check quick add, the keys of a row, and the details."""
    await expect_offered(page.locator("ll-quick-add"), role, Action.CREATE_TODO)
    await focus_row(page, "Book the movers")
    await page.keyboard.press("d")
    await expect_offered(page.locator("ll-due-picker"), role, Action.EDIT_TODO)
    await page.keyboard.press("Escape")
    await focus_row(page, "Book the movers")
    await page.keyboard.press("r")
    await expect_offered(page.locator("ll-reminder-menu"), role, Action.SET_REMINDER)
    await page.keyboard.press("Escape")

    await row(page, "Book the movers").locator(".row-open").click()
    await expect(page.locator(".comment")).to_have_count(2)
    detail = page.locator("ll-todo-detail")
    await expect_offered(
        detail.get_by_role("button", name="Move to the trash"), role, Action.DELETE_TODO
    )
    await expect_offered(detail.get_by_label("Write a comment"), role, Action.WRITE_COMMENT)
    await expect_offered(detail.get_by_text("Delete", exact=True), role, Action.MODERATE_COMMENT)
    await page.keyboard.press("Escape")


async def _check_members(page: Page, role: Role) -> None:
    await page.locator(".faces-button").click()
    dialog = page.locator("ll-members-dialog")
    await expect(dialog.get_by_text("Ben Okafor")).to_be_visible()
    mays = role in ALLOWED[Action.INVITE_MEMBER]
    heading = "Share “House move”" if mays else "Members of “House move”"
    await expect(dialog.get_by_role("heading", level=2)).to_have_text(heading)
    await expect(dialog.get_by_text("Only owners can invite others")).to_have_count(
        0 if mays else 1
    )
    await expect_offered(dialog.get_by_label("Email address to invite"), role, Action.INVITE_MEMBER)
    await expect_offered(dialog.get_by_label("Role of Ben Okafor"), role, Action.CHANGE_ROLE)
    await expect_offered(
        dialog.get_by_role("button", name="Remove Ben Okafor"), role, Action.REMOVE_MEMBER
    )


@pytest.mark.parametrize("role", [Role.OWNER, Role.EDITOR])
async def test_only_who_can_invite_others_is_told_to_share(
    context: BrowserContext, origin: str, world: FakeWorld, role: Role
) -> None:
    # The owner may have deleted their account: an editor is left alone.
    groceries = list_named(world, "Groceries")
    world.members[groceries][world.me["id"]]["role"] = world.lists[groceries]["role"] = role
    page = await context.new_page()
    await sign_in(page, origin)
    await open_list(page, "Groceries")

    share = page.get_by_role("button", name="Share", exact=True)
    await expect_offered(share, role, Action.INVITE_MEMBER)

"""Two users talk about a todo: they react, offline too, and read what an edited comment said."""

from playwright.async_api import expect

from tests.journeys.conftest import SignUp

THUMB, PARTY = "\U0001f44d", "\U0001f389"


async def test_members_react_to_a_comment_and_see_its_changes(sign_up: SignUp) -> None:
    ivy, jon = await sign_up("Ivy"), await sign_up("Jon")
    await ivy.make_list("House move")
    await ivy.invite(jon)
    await jon.page.get_by_role("button", name="Join").click()
    await ivy.page.keyboard.press("Escape")
    await ivy.add("Find boxes")
    for user in (ivy, jon):
        await user.row("Find boxes").locator(".row-title").click()
    field = ivy.page.get_by_label("Write a comment")
    await field.fill("Twenty boxes")
    await field.press("Enter")
    await expect(jon.page.locator(".comment-text")).to_have_text("Twenty boxes")

    await jon.go_offline()
    await jon.page.get_by_role("button", name="React", exact=True).click()
    await expect(jon.page.get_by_role("button", name=THUMB, exact=True)).to_be_focused()
    await jon.page.keyboard.press("Enter")
    mine = jon.page.get_by_role("button", name=f"{THUMB} by you")
    await expect(mine).to_have_attribute("aria-pressed", "true")
    await expect(jon.page.get_by_role("button", name="React", exact=True)).to_be_focused()
    await jon.go_online()
    theirs = ivy.page.get_by_role("button", name=f"{THUMB} by Jon")
    await theirs.click()
    await expect(jon.page.get_by_role("button", name=f"{THUMB} by you and Ivy")).to_have_text(
        f"{THUMB}2"
    )
    await jon.page.get_by_role("button", name=f"{THUMB} by you and Ivy").click()
    await expect(ivy.page.get_by_role("button", name=f"{THUMB} by you")).to_have_text(f"{THUMB}1")

    await ivy.page.get_by_role("button", name="Edit", exact=True).click()
    await ivy.page.get_by_label("Edit your comment").fill("Thirty boxes")
    await ivy.page.keyboard.press("Enter")
    await expect(jon.page.locator(".comment-text")).to_have_text("Thirty boxes")
    await jon.page.get_by_role("button", name="see changes").click()
    await expect(jon.page.locator(".versions .comment-text")).to_have_text(
        ["Thirty boxes", "Twenty boxes"]
    )
    await expect(jon.page.locator(".versions")).to_contain_text("Ivy, ")

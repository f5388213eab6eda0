"""Two users share a list in two browsers: invite, edit, work offline, remove, overwrite."""

from playwright.async_api import expect

from tests.journeys.conftest import SignUp
from tests.support.web.dev_mail import count_mails, mail_link, wait_for_mail


async def test_two_users_share_a_list_until_the_owner_removes_the_other(sign_up: SignUp) -> None:
    ana, ben = await sign_up("Ana"), await sign_up("Ben")

    await ana.make_list("House move")
    await ana.invite(ben)
    await expect(ana.page.locator(".members")).to_contain_text(ben.email)
    await ana.page.fill(".invite-form [name=email]", ben.email)
    await ana.page.keyboard.press("Enter")
    await expect(ana.page.locator(".invite-form [name=email]")).to_have_value("")
    await expect(ana.page.get_by_role("button", name="Withdraw")).to_have_count(1)
    await ana.page.keyboard.press("Escape")

    await ben.page.goto(await mail_link(ben.service, ben.email, "invitation"))
    await ben.page.click("text=Join the list")
    await expect(ben.page.locator(".page h1")).to_have_text("House move")
    await expect(ana.page.locator(".faces-button .avatar")).to_have_count(2)

    await ben.add("Book the movers tomorrow 9:00 !4")
    await expect(ana.row("Book the movers")).to_contain_text("tomorrow 9:00")
    await ben.press_on("Book the movers", "r")
    await ben.page.click("text=An hour before")
    await expect(ben.row("Book the movers").get_by_label("Reminder set")).to_be_visible()

    await ben.set_reminder_by_rest("Book the movers", in_seconds=3)
    await ana.go_offline()
    await ben.add("Find boxes")
    await ben.add("Redirect the mail")
    await ben.row("Find boxes").get_by_role("checkbox").click()
    await ben.press_on("Redirect the mail", "Alt+ArrowUp")
    offline_titles = [f"Written while offline {number}" for number in range(1, 11)]
    for title in offline_titles:
        await ana.add(title)
    await expect(ana.page.locator(".side .badge")).to_contain_text("10")
    await ana.go_online()
    for user in (ana, ben):
        await expect(user.page.locator("ll-todo-row .row-title")).to_have_text(
            ["Redirect the mail", "Book the movers", *offline_titles]
        )
        await expect(user.page.locator(".done-head")).to_contain_text("1 completed")

    await wait_for_mail(ben.service, ben.email, "Book the movers")

    await ana.remove_member("Ben")
    await expect(ben.page.locator(".main")).to_contain_text("You are no longer in this list")
    await expect(ben.page.locator(".side")).not_to_contain_text("House move")
    await ana.add("Not for Ben")
    await expect(ana.row("Not for Ben")).to_be_visible()
    await expect(ben.page.locator("body")).not_to_contain_text("Not for Ben")

    # The reminder fired some steps ago: a second mail would be there by now.
    assert await count_mails(ben.service, ben.email, "Book the movers") == 1


async def test_editing_is_shown_and_an_overwritten_title_is_offered_back(
    sign_up: SignUp,
) -> None:
    gita, hugo = await sign_up("Gita"), await sign_up("Hugo")
    await expect(gita.page.get_by_role("button", name="Clear them")).to_be_visible()
    await gita.make_list("House move")
    await gita.invite(hugo)
    await expect(gita.page.locator(".members")).to_contain_text("Invited")
    await hugo.page.get_by_role("button", name="Join").click()
    await expect(gita.page.locator(".members")).to_contain_text("Hugo")
    await expect(gita.page.locator(".members")).not_to_contain_text("Invited")
    await gita.page.keyboard.press("Escape")
    await gita.add("Find boxes")
    await expect(hugo.row("Find boxes")).to_be_visible()

    faces = gita.page.locator(".faces-button")
    await expect(faces).to_have_attribute("title", "Hugo is here")
    await hugo.press_on("Find boxes", "e")
    await hugo.page.keyboard.type("Find")
    await expect(gita.row("Find boxes").locator(".editing-text")).to_have_text(
        "Hugo is editing the title…"
    )
    await hugo.page.keyboard.press("Escape")

    await gita.go_offline()
    for user in (hugo, gita):
        await user.edit_title("Find boxes", f"By {user.name}")
    await expect(hugo.row("By Hugo")).to_be_visible()
    await gita.go_online()

    await expect(hugo.row("By Gita")).to_be_visible()
    await expect(hugo.page.locator("ll-toasts")).to_contain_text(
        "Gita changed the title without having seen yours: “By Hugo”."
    )
    await expect(gita.page.locator("ll-toasts")).to_contain_text("Hugo had changed the title")
    await gita.page.get_by_role("button", name="Use theirs").click()
    for user in (gita, hugo):
        await expect(user.row("By Hugo")).to_be_visible()

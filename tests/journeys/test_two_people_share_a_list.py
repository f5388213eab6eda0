"""The main job, end to end, in two browsers: sign up, share, see each other, be away, be removed."""

from playwright.async_api import expect

from tests.journeys.conftest import (
    MakePerson,
    mail_link,
    mail_of_reminder,
    reminders_mailed,
)


async def test_ana_and_ben_share_a_list_until_ana_removes_him(person: MakePerson) -> None:
    ana, ben = await person("Ana"), await person("Ben")

    await ana.make_list("House move")
    await ana.page.click("text=Share")
    await ana.page.fill(".invite-form [name=email]", ben.email)
    await ana.page.keyboard.press("Enter")
    await expect(ana.page.locator(".people")).to_contain_text(ben.email)
    await ana.page.keyboard.press("Escape")

    await ben.page.goto(await mail_link(ben.service, ben.email, "invitation"))
    await ben.page.click("text=Join the list")
    await expect(ben.page.locator(".page h1")).to_have_text("House move")
    await expect(ana.page.locator(".faces-button .avatar")).to_have_count(2)

    await ben.add("Book the movers tomorrow 9:00 !4")
    await expect(ana.row("Book the movers")).to_contain_text("tomorrow 9:00")
    await ben.row("Book the movers").locator(".row-open").focus()
    await ben.page.keyboard.press("r")
    await ben.page.click("text=An hour before")
    await expect(ben.row("Book the movers").get_by_label("Reminder set")).to_be_visible()

    await ben.remind_by_rest("Book the movers", in_seconds=1)
    await ana.sleep()
    await ben.add("Find boxes")
    await ben.add("Redirect the mail")
    await ben.row("Find boxes").get_by_role("checkbox").click()
    await ben.row("Redirect the mail").locator(".row-open").focus()
    await ben.page.keyboard.press("Alt+ArrowUp")
    written_away = [f"Written while away {number}" for number in range(1, 11)]
    for title in written_away:
        await ana.add(title)
    await expect(ana.page.locator(".side .badge")).to_contain_text("10")
    await ana.wake()
    for who in (ana, ben):
        await expect(who.page.locator("ll-todo-row .row-title")).to_have_text(
            ["Redirect the mail", "Book the movers", *written_away]
        )
        await expect(who.page.locator(".done-head")).to_contain_text("1 completed")

    await mail_of_reminder(ben.service, ben.email, "Book the movers")

    await ana.page.click(".faces-button")
    await ana.page.click("[aria-label='Remove Ben']")
    await ana.page.get_by_role("button", name="Remove", exact=True).click()
    await expect(ben.page.locator(".main")).to_contain_text("You are no longer in this list")
    await expect(ben.page.locator(".side")).not_to_contain_text("House move")
    await ana.add("Not for Ben")
    await expect(ana.row("Not for Ben")).to_be_visible()
    await expect(ben.page.locator("body")).not_to_contain_text("Not for Ben")

    # Fired long ago by now: a second mail would have had all the time of the steps between.
    assert await reminders_mailed(ben.service, ben.email, "Book the movers") == 1


async def test_a_reload_keeps_somebody_signed_in_and_signing_out_ends_every_window(
    person: MakePerson,
) -> None:
    cleo = await person("Cleo")
    other = await cleo.page.context.new_page()
    await other.goto(f"{cleo.service}/settings")
    await expect(other.locator(".profile-name")).to_have_text("Cleo")

    await cleo.page.reload()
    await cleo.is_live()
    await other.click(".settings-section > .button:has-text('Sign out')")

    await expect(cleo.page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    await cleo.page.reload()
    await expect(cleo.page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_hands_are_seen_and_words_that_were_overwritten_unseen_are_offered_back(
    person: MakePerson,
) -> None:
    gita, hugo = await person("Gita"), await person("Hugo")
    await expect(gita.page.get_by_role("button", name="Clear them")).to_be_visible()
    await gita.make_list("House move")
    await gita.page.click("text=Share")
    await gita.page.fill(".invite-form [name=email]", hugo.email)
    await gita.page.keyboard.press("Enter")
    await expect(gita.page.locator(".people")).to_contain_text("Invited")
    await hugo.page.get_by_role("button", name="Join").click()
    await expect(gita.page.locator(".people")).to_contain_text("Hugo")
    await expect(gita.page.locator(".people")).not_to_contain_text("Invited")
    await gita.page.keyboard.press("Escape")
    await gita.add("Find boxes")
    await expect(hugo.row("Find boxes")).to_be_visible()

    faces = gita.page.locator(".faces-button")
    await expect(faces).to_have_attribute("title", "Hugo is here")
    await hugo.row("Find boxes").locator(".row-open").focus()
    await hugo.page.keyboard.press("e")
    await hugo.page.keyboard.type("Find")
    await expect(gita.row("Find boxes").locator(".editing-text")).to_have_text(
        "Hugo is editing the title…"
    )
    await hugo.page.keyboard.press("Escape")

    await gita.sleep()
    for who in (hugo, gita):
        await who.row("Find boxes").locator(".row-open").focus()
        await who.page.keyboard.press("e")
        await who.page.keyboard.type(f"By {who.name}")
        await who.page.keyboard.press("Enter")
    await expect(hugo.row("By Hugo")).to_be_visible()
    await gita.wake()

    await expect(hugo.row("By Gita")).to_be_visible()
    await expect(hugo.page.locator("ll-toasts")).to_contain_text(
        "Gita changed the title without having seen yours: “By Hugo”."
    )
    await expect(gita.page.locator("ll-toasts")).to_contain_text("Hugo had changed the title")
    await gita.page.get_by_role("button", name="Use theirs").click()
    for who in (gita, hugo):
        await expect(who.row("By Hugo")).to_be_visible()

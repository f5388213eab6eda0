"""Somebody is told what concerns them: at once, on whatever page they are, also while away."""

from playwright.async_api import Page, expect

from tests.journeys.conftest import MakePerson, Person


async def share(owner: Person, guest: Person, name: str) -> None:
    """Both are in a list of that name; the guest joins from the bell."""
    await owner.make_list(name)
    await owner.page.click("text=Share")
    await owner.page.fill(".invite-form [name=email]", guest.email)
    await owner.page.keyboard.press("Enter")
    await expect(owner.page.locator(".people")).to_contain_text("Invited")
    await guest.page.locator(".bell").click()
    await expect(guest.page.locator(".notification-row")).to_contain_text(
        f"{owner.name} invites you to"
    )
    await guest.page.locator(".notification-row").get_by_role("button", name="Join").click()
    await expect(guest.page.locator(".page h1")).to_have_text(name)
    await expect(owner.page.locator(".people")).to_contain_text(guest.name)
    await owner.page.keyboard.press("Escape")


async def assign(who: Person, title: str, whom: str) -> None:
    await who.add(title)
    await who.row(title).locator(".row-open").focus()
    await who.page.keyboard.press("a")
    await who.page.get_by_role("menuitemcheckbox", name=whom).click()
    await who.page.keyboard.press("Escape")


async def unread(page: Page, count: int) -> None:
    """The bell says so."""
    label = f"Notifications, {count} unread" if count else "Notifications"
    await expect(page.locator(".bell")).to_have_attribute("aria-label", label)


async def test_ben_assigns_ana_and_her_bell_says_so_at_once(person: MakePerson) -> None:
    ana, ben = await person("Anna"), await person("Benno")
    await ben.page.locator(".bell").click()
    await expect(ben.page.locator(".notification-none")).to_contain_text("Nothing yet")
    await ben.page.keyboard.press("Escape")
    await share(ben, ana, "House move")
    await unread(ana.page, 0)
    await ana.page.goto(f"{ana.service}/today")
    await ana.is_live()

    await assign(ben, "Book the movers", "Anna")

    await unread(ana.page, 1)
    await ana.page.keyboard.press("n")
    first = ana.page.locator(".notification-row").first
    await expect(first).to_contain_text("Benno assigned you “Book the movers”")
    await unread(ana.page, 0)  # it was on the screen
    await first.get_by_role("button").click()
    await expect(ana.page.locator(".detail-title textarea, .detail-title input")).to_have_value(
        "Book the movers"
    )

    # Whoever looks at the todo has seen what is said about it; away, and when the lid opens.
    await ana.sleep()
    await ben.row("Book the movers").locator(".row-open").click()
    await ben.page.fill(".composer textarea", "@Anna the 14th?")
    await ben.page.keyboard.press("Enter")
    await ben.page.keyboard.press("Escape")
    await assign(ben, "Find boxes", "Anna")
    await ana.wake()
    await unread(ana.page, 1)
    await ana.page.reload()
    await ana.is_live()
    await unread(ana.page, 1)
    await ana.page.locator(".bell").click()
    await expect(ana.page.locator(".notification-row").first).to_contain_text("“Find boxes”")

    await ben.page.click(".faces-button")
    await ben.page.click("[aria-label='Remove Anna']")
    await ben.page.get_by_role("button", name="Remove", exact=True).click()
    rows = ana.page.locator(".notification-row")
    await expect(rows.first).to_contain_text("Benno removed you from “House move”")
    await expect(ana.page.locator(".menu")).not_to_contain_text("boxes")


async def test_what_is_read_offline_is_read_when_the_line_is_back(person: MakePerson) -> None:
    cleo, dora = await person("Cleopatra"), await person("Dora")
    await share(dora, cleo, "Garden")
    await assign(dora, "Buy tulips", "Cleopatra")
    await unread(cleo.page, 1)

    await cleo.sleep()
    await cleo.page.locator(".bell").click()
    await unread(cleo.page, 0)
    await cleo.page.keyboard.press("Escape")
    await cleo.wake()
    await expect(cleo.page.locator(".side .badge-count")).to_have_count(0)
    await cleo.page.reload()

    await cleo.is_live()
    await unread(cleo.page, 0)

"""A todo that repeats every second Tuesday: set, complete, undo, skip and snooze it."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.async_api import expect

from tests.journeys.conftest import SignUp
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.web.browser_user import BrowserUser
from tests.support.web.dev_mail import count_mails


def tuesday_after_next() -> date:
    """Return a Tuesday more than a week away: nearer days are written as weekdays."""
    today = datetime.now(ZoneInfo("Europe/Berlin")).date()
    return today + timedelta(days=7 + (1 - today.weekday()) % 7)


def date_text(day: date) -> str:
    """Return the date as the page shows it."""
    year = "" if day.year == datetime.now(ZoneInfo("Europe/Berlin")).year else f" {day.year}"
    # Intl writes September with four letters in British English.
    month = "Sept" if day.month == 9 else f"{day:%b}"
    return f"{day.day} {month}{year}"


async def repeat_every_second_tuesday(gil: BrowserUser, first: date, shown: list[str]) -> None:
    """Let the plants repeat from a first date, after a look at the dates that the menu shows."""
    page = gil.page
    await gil.open_menu("Water the plants", "d")
    await page.fill(".menu [name=day]", first.isoformat())
    await page.click(".menu >> text=Set date")
    await gil.open_menu("Water the plants", "d")
    await page.locator(".menu").get_by_text("Repeat", exact=True).click()
    rule = page.locator(".menu-item", has_text="Every second Tuesday")
    await rule.focus()
    await expect(page.locator(".repeat-text")).to_have_text("Every second Tuesday")
    await expect(page.locator(".menu .date")).to_have_text(shown)
    await rule.click()


async def test_a_repeating_todo_is_set_completed_undone_skipped_and_snoozed(
    sign_up: SignUp,
) -> None:
    gil = await sign_up("Gil")
    page, first = gil.page, tuesday_after_next()
    dates = [first + timedelta(weeks=2 * number) for number in range(6)]
    await gil.make_list("Home")
    await gil.add("Water the plants")
    await page.keyboard.press("Escape")
    plants = gil.row("Water the plants")

    await repeat_every_second_tuesday(gil, first, [date_text(day) for day in dates[:5]])
    await expect(plants.get_by_label("Repeats every second Tuesday")).to_be_visible()

    await plants.get_by_role("checkbox").dblclick()
    done = page.locator(".toast", has_text="Done.")
    await expect(done).to_contain_text(f"Done. Next: {date_text(dates[1])}.")
    await expect(plants).to_contain_text(date_text(dates[1]))
    await expect(plants.get_by_role("checkbox")).not_to_be_checked()
    await done.get_by_text("Undo").click()
    await expect(plants).to_contain_text(date_text(dates[0]))

    await plants.locator(".row-open").click()
    await expect(page.locator("ll-occurrence-list .date")).to_have_text(
        [date_text(day) for day in dates[1:]]
    )
    await page.click("text=Skip this one")
    await expect(plants).to_contain_text(date_text(dates[1]))
    await expect(page.locator("ll-occurrence-list .past")).to_contain_text("Skipped")
    await snooze_until_tomorrow(gil)
    assert await gil.differences_from_server() == []
    for undone in ("snoozed", "set"):
        await page.keyboard.press("u")
        toast = page.locator(".toast", has_text=f"reminder of “Water the plants” {undone}.")
        await expect(toast).to_be_visible()
    await page.keyboard.press("u")
    await expect(plants).to_contain_text(date_text(dates[0]))
    assert await gil.differences_from_server() == []


async def snooze_until_tomorrow(gil: BrowserUser) -> None:
    page = gil.page
    await gil.open_menu("Water the plants", "r")
    await page.fill(".menu [name=day]", str(tuesday_after_next()))
    await page.fill(".menu [name=time]", "08:00")
    await page.click(".menu .due-form >> text=Remind me")
    await gil.open_menu("Water the plants", "r")
    await page.locator(".menu .chip", has_text="Tomorrow").click()
    await page.keyboard.press("Escape")
    await expect(page.locator("ll-todo-detail")).to_contain_text("tomorrow 9:00 (snoozed)")


async def test_a_test_mail_of_reminders_reports_its_result(sign_up: SignUp) -> None:
    hana = await sign_up("Hana")
    await hana.page.goto(f"{hana.service}/settings")
    await hana.wait_until_live()

    await hana.page.click("text=Send me a test")

    status = hana.page.locator("ll-reminder-test [role=status]")
    await expect(status).to_contain_text(
        "Handed to the mail server", timeout=DEADLINE_SECONDS * 1000
    )
    assert await count_mails(hana.service, hana.email, "reminders arrive") == 1

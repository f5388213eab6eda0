"""Gil waters the plants every second Tuesday: set, done, taken back, skipped, snoozed; by hand."""

import asyncio
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
from playwright.async_api import expect

from tests.journeys.conftest import MAIL_SECONDS, MakePerson, Person
from tests.journeys.test_every_verb import COMPARE
from tests.support.web.page_actions import settled


def tuesday_after_next() -> date:
    """Return a Tuesday more than a week away, so that it is written as a date."""
    today = datetime.now(ZoneInfo("Europe/Berlin")).date()
    return today + timedelta(days=7 + (1 - today.weekday()) % 7)


def written(day: date) -> str:
    year = "" if day.year == datetime.now(ZoneInfo("Europe/Berlin")).year else f" {day.year}"
    # Intl writes September with four letters in British English.
    month = "Sept" if day.month == 9 else f"{day:%b}"
    return f"{day.day} {month}{year}"


async def open_menu(who: Person, title: str, key: str) -> None:
    await who.row(title).locator(".row-open").focus()
    await who.page.keyboard.press(key)
    await expect(who.page.locator(".menu")).to_be_visible()


async def repeat_every_second_tuesday(gil: Person, first: date) -> None:
    page = gil.page
    await open_menu(gil, "Water the plants", "d")
    await page.fill(".menu [name=day]", first.isoformat())
    await page.click(".menu >> text=Set date")
    await open_menu(gil, "Water the plants", "d")
    await page.locator(".menu").get_by_text("Repeat", exact=True).click()
    await page.locator(".menu-item", has_text="Every second Tuesday").click()


async def test_every_second_tuesday_from_beginning_to_snooze(person: MakePerson) -> None:
    gil = await person("Gil")
    page, first = gil.page, tuesday_after_next()
    dates = [first + timedelta(weeks=2 * number) for number in range(6)]
    await gil.make_list("Home")
    await gil.add("Water the plants")
    await page.keyboard.press("Escape")
    plants = gil.row("Water the plants")

    await repeat_every_second_tuesday(gil, first)
    await expect(page.locator(".repeat-words")).to_have_text("Every second Tuesday")
    await expect(page.locator(".menu .date")).to_have_text([written(day) for day in dates[:5]])
    await page.click(".menu >> text=Repeat it")
    await expect(plants.get_by_label("Repeats every second Tuesday")).to_be_visible()

    await plants.get_by_role("checkbox").dblclick()
    done = page.locator(".toast", has_text="Done.")
    await expect(done).to_contain_text(f"Done. Next: {written(dates[1])}.")
    await expect(plants).to_contain_text(written(dates[1]))
    await expect(plants.get_by_role("checkbox")).not_to_be_checked()
    await done.get_by_text("Undo").click()
    await expect(plants).to_contain_text(written(dates[0]))

    await plants.locator(".row-open").click()
    await expect(page.locator("ll-occurrence-list .date")).to_have_text(
        [written(day) for day in dates[1:]]
    )
    await page.click("text=Skip this one")
    await expect(plants).to_contain_text(written(dates[1]))
    await expect(page.locator("ll-occurrence-list .past")).to_contain_text("Skipped")
    await snooze_until_tomorrow(gil)
    await settled(page)
    assert await page.evaluate(COMPARE) == []
    await page.keyboard.press("u")
    await expect(plants).to_contain_text(written(dates[0]))
    await settled(page)
    assert await page.evaluate(COMPARE) == []


async def snooze_until_tomorrow(gil: Person) -> None:
    page = gil.page
    await open_menu(gil, "Water the plants", "r")
    await page.fill(".menu [name=at]", f"{tuesday_after_next()}T08:00")
    await page.click(".menu .due-form >> text=Remind me")
    await open_menu(gil, "Water the plants", "r")
    await page.locator(".menu .chip", has_text="Tomorrow").click()
    await page.keyboard.press("Escape")
    await expect(page.locator("ll-todo-detail")).to_contain_text("tomorrow 9:00 (snoozed)")


async def test_a_test_of_reminders_says_how_it_went(person: MakePerson) -> None:
    hana = await person("Hana")
    await hana.page.goto(f"{hana.service}/settings")
    await hana.is_live()

    await hana.page.click("text=Send me a test")

    status = hana.page.locator("ll-reminder-test [role=status]")
    await expect(status).to_contain_text("Handed to the mail server", timeout=MAIL_SECONDS * 1000)
    assert await mails_to(hana) == 1


async def mails_to(who: Person) -> int:
    async with httpx.AsyncClient() as client, asyncio.timeout(MAIL_SECONDS):
        mails = (await client.get(f"{who.service}/dev/mail.json")).json()
    return sum(who.email in one["to"] and "reminders arrive" in one["subject"] for one in mails)

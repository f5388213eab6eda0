"""A calendar program shows what the user sees in a list: a feed with the filter of its view."""

import httpx
import icalendar
from playwright.async_api import expect

from tests.journeys.conftest import SignUp
from tests.support.deadlines import http_client
from tests.support.web.page_actions import settled


async def _answer(address: str) -> httpx.Response:
    async with http_client() as program:
        return await program.get(address)


async def _titles(address: str) -> list[str]:
    answer = await _answer(address)
    assert answer.status_code == 200, answer.text
    return [str(todo["SUMMARY"]) for todo in icalendar.Calendar.from_ical(answer.content).todos]


async def test_a_feed_shows_what_the_page_shows_until_it_is_revoked(sign_up: SignUp) -> None:
    ines, jan = await sign_up("Ines"), await sign_up("Jan")
    page = ines.page
    await ines.share_new_list(jan, "Garden")
    for title in ("Sow the beans", "Buy compost", "Mend the fence", "Water the roses"):
        await ines.add(title)
    await page.keyboard.press("Escape")
    for title, level in (("Sow the beans", "Urgent"), ("Mend the fence", "High")):
        await ines.choose(title, "p", level)
    await page.keyboard.press("v")
    for choice in ("Urgent", "High", "Unassigned"):
        await page.locator(".menu").get_by_role("button", name=choice, exact=True).click()
    await page.keyboard.press("Escape")
    await settled(page)
    shown = await page.locator(".row-title").all_text_contents()
    await page.keyboard.press("v")
    await page.get_by_role("button", name="Calendar feed with this filter…").click()

    section = page.locator("ll-calendar-feeds")
    await section.get_by_label("Name in the calendar program").fill("Garden, important")
    await section.get_by_role("button", name="Make feed").click()
    address = await section.get_by_label("The address of").input_value()
    before = await _titles(address)
    await jan.choose("Water the roses", "p", "Urgent")
    await settled(jan.page)
    after = await _titles(address)
    await section.get_by_role("button", name="Revoke Garden, important").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(section.locator(".plain-row")).to_have_count(0)

    assert before == shown == ["Sow the beans", "Mend the fence"]
    assert after == [*before, "Water the roses"]
    assert (await _answer(address)).status_code == 404

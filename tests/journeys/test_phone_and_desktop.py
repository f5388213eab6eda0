"""Two users of a list, live: one at a desktop in the light, the other on a phone in the dark, by touch.

JOURNEY_PICTURES names a folder that gets a picture of both pages at each step.
"""

import os
from typing import Any

import pytest_asyncio
from playwright.async_api import expect

from tests.journeys.conftest import SignUp
from tests.support.attachments import picture
from tests.support.web.browser_user import BrowserUser
from tests.support.web.page_actions import wait_for_reader
from tests.support.web.touch import Finger

FIELD = ".quick-field:focus"
SWIPES_ARE_LOADED = "() => document.querySelector('ll-selection-bar') !== null"


class Pair:
    """The user at the desktop, who owns the list "Trip", and the user on the phone."""

    def __init__(self, desktop: BrowserUser, phone: BrowserUser) -> None:
        self.desktop, self.phone = desktop, phone

    async def look(self, step: str) -> None:
        folder = os.environ.get("JOURNEY_PICTURES")
        if folder:
            for device, user in (("desktop", self.desktop), ("phone", self.phone)):
                await user.page.screenshot(path=f"{folder}/{step}-{device}.png")

    async def add_on_phone(self, text: str) -> None:
        page = self.phone.page
        await page.tap(".bottom-add")
        await page.locator(FIELD).fill(text)
        await wait_for_reader(page)

    async def long_press(self, title: str) -> None:
        finger = await Finger.on(self.phone.page)
        await finger.put_on(self.phone.row(title).locator(".row-title"))
        await expect(self.phone.row(title)).to_contain_class("is-dragged")
        await finger.lift()


@pytest_asyncio.fixture
async def pair(sign_up: SignUp, sign_up_on_phone: SignUp) -> Pair:
    desktop, phone = await sign_up("Dora"), await sign_up_on_phone("Per")
    await desktop.make_list("Trip")
    await desktop.invite(phone)
    await phone.page.get_by_role("button", name="1 invitation").tap()
    await phone.page.locator(".side").get_by_role("button", name="Join").tap()
    await expect(phone.page.locator(".page h1")).to_have_text("Trip")
    await expect(desktop.page.locator(".members")).to_contain_text("Per")
    await desktop.page.keyboard.press("Escape")
    return Pair(desktop, phone)


async def test_plain_words_swipes_and_a_long_press(pair: Pair) -> None:
    desktop, phone = pair.desktop, pair.phone
    await pair.add_on_phone("Book the train tomorrow at 9 p1 @Dora")
    await expect(phone.page.locator(".quick-chip")).to_have_count(3)
    await pair.look("chips")
    await phone.page.keyboard.press("Enter")
    on_desktop = desktop.row("Book the train")
    await expect(on_desktop.locator(".check.p5")).to_be_visible()
    await expect(on_desktop).to_contain_text("tomorrow 9:00")
    for title in ("Pack the tent", "Water the plants"):
        await desktop.add(title)
        await expect(phone.row(title)).to_be_visible()
    await desktop.page.keyboard.press("Escape")
    await phone.page.keyboard.press("Escape")

    await phone.row("Pack the tent").locator(".row-open").tap()
    await expect(phone.page.locator("ll-todo-detail")).to_be_visible()
    await phone.page.wait_for_function(SWIPES_ARE_LOADED)
    await phone.page.go_back()
    finger = await Finger.on(phone.page)
    await finger.swipe(phone.row("Pack the tent").locator(".row-title"), right=120)
    await pair.look("swipe")
    await finger.lift()
    await expect(desktop.page.locator(".done-head")).to_contain_text("1 completed")
    # Until the completed row leaves, those below it will move.
    await expect(phone.row("Pack the tent")).to_have_count(0)
    await finger.swipe(phone.row("Water the plants").locator(".row-title"), right=-120)
    await finger.lift()
    await phone.page.locator(".menu").get_by_text("Today", exact=True).first.tap()
    await expect(desktop.row("Water the plants")).to_contain_text("today")

    await pair.long_press("Book the train")
    await pair.look("long-press")
    await phone.page.locator(".menu").get_by_role("button", name="Move to the trash").tap()
    await expect(desktop.row("Book the train")).to_have_count(0)
    await phone.page.locator(".toast").get_by_role("button", name="Undo").tap()
    await expect(desktop.row("Book the train")).to_be_visible()
    assert await phone.differences_from_server() == []
    assert await desktop.differences_from_server() == []


async def test_details_markdown_files_and_comments(pair: Pair) -> None:
    desktop, phone = pair.desktop, pair.phone
    await desktop.add("Pack the tent")
    await desktop.page.keyboard.press("Escape")
    await phone.row("Pack the tent").locator(".row-open").tap()
    detail = phone.page.locator("ll-todo-detail")
    description = phone.page.get_by_label("Description", exact=True)
    await description.fill("Bring **all** of it:\n\n- [ ] poles\n- [ ] pegs")
    await detail.get_by_label("Title").tap()
    await desktop.row("Pack the tent").locator(".row-open").click()
    text = desktop.page.locator(".description")
    await expect(text.locator("strong")).to_have_text("all")
    await text.get_by_role("checkbox").first.click()
    await expect(detail.locator(".description").get_by_role("checkbox").first).to_be_checked()

    photo: Any = {"name": "Tent.png", "mimeType": "image/png", "buffer": picture(640, 480)}
    await phone.page.locator("input[name=files]").set_input_files(photo)
    await expect(desktop.page.locator("img.file-picture")).to_be_visible()
    await desktop.page.get_by_label("Write a comment").fill("Is it dry?")
    await desktop.page.keyboard.press("Enter")
    await expect(detail.locator(".comment-text")).to_have_text("Is it dry?")
    await phone.page.get_by_label("Write a comment").fill("It is, since *Sunday*")
    await phone.page.get_by_role("button", name="Send").tap()
    await expect(desktop.page.locator(".comment-text em")).to_have_text("Sunday")
    await pair.look("details")
    assert await phone.differences_from_server() == []


async def test_each_in_their_language_filters_and_selects(pair: Pair) -> None:
    desktop, phone = pair.desktop, pair.phone
    await phone.page.goto(f"{phone.service}/settings")
    await phone.page.get_by_label("Language").select_option("de")
    await phone.page.get_by_role("button", name="Save").first.tap()
    await expect(phone.page.locator(".page h1")).to_have_text("Einstellungen")
    await phone.page.locator(".bottom-item").first.tap()
    await phone.page.locator(".side").get_by_text("Trip").tap()
    await expect(phone.page.locator(".page h1")).to_have_text("Trip")

    await pair.add_on_phone("Zug buchen übermorgen um 9 p1")
    await expect(phone.page.locator(".quick-chip").first).to_contain_text("9:00")
    await pair.look("german-chips")
    await phone.page.keyboard.press("Enter")
    await expect(desktop.row("Zug buchen")).to_contain_text("9:00")
    for title in ("Zelt packen", "Karten drucken"):
        await pair.add_on_phone(title)
        await phone.page.keyboard.press("Enter")
        await expect(desktop.row(title)).to_be_visible()
    await phone.page.keyboard.press("Escape")

    await pair.long_press("Zelt packen")
    await phone.page.locator(".menu").get_by_role("button", name="Auswählen").tap()
    await phone.row("Karten drucken").locator(".row-title").tap()
    bar = phone.page.locator("ll-selection-bar")
    await expect(bar.get_by_role("status")).to_have_text("2 ausgewählt")
    await pair.look("german-selection")
    await bar.get_by_role("button", name="Erledigen").tap()
    await expect(desktop.page.locator(".done-head")).to_contain_text("2 completed")
    await phone.page.locator(".toast").get_by_role("button", name="Rückgängig").tap()
    await expect(desktop.page.locator(".done-head")).to_have_count(0)
    await phone.page.get_by_label("Ansicht").tap()
    await phone.page.locator(".menu").get_by_role("button", name="Dringend").tap()
    await pair.look("german-filter")
    await expect(phone.page.locator(".row-title")).to_have_text(["Zug buchen"])
    await expect(desktop.page.locator(".row-title").first).to_be_visible()
    assert await phone.differences_from_server() == []

"""Every dialog has a name that a screen reader says: its heading, where it has one. So has every menu."""

import re

from playwright.async_api import Page, expect

from api import web_client
from tests.support.web.dialogs import (
    OPEN_DIALOG,
    OPEN_MENU,
    all_dialogs,
    all_menus,
    load_dialogs,
)
from tests.support.web.fake_world import FakeWorld
from tests.web.test_accessibility import CLOSE

TYPES = (web_client.FOLDER / "types/client.d.ts").read_text()


async def test_every_dialog_is_called_as_its_heading(page: Page, world: FakeWorld) -> None:
    dialogs = all_dialogs(world)
    [kinds, confirmation] = re.findall(
        r"export (?:type Dialog|interface Confirmation)\b.*?\n(?=export)", TYPES, re.DOTALL
    )[::-1]
    known = set(re.findall(r"kind: '([a-z-]+)'", kinds + confirmation))
    assert {dialog["kind"] for _, dialog in dialogs} == known
    await load_dialogs(page)

    for name, dialog in dialogs:
        await page.evaluate(OPEN_DIALOG, dialog)
        shown = page.get_by_role("dialog", name=name, exact=True)
        await expect(shown).to_be_visible()
        if dialog["kind"] not in ("add", "palette"):
            await expect(shown.get_by_role("heading", name=name, exact=True)).to_be_visible()
        await page.evaluate(CLOSE)


async def test_every_menu_is_called_after_what_opened_it(page: Page, world: FakeWorld) -> None:
    menus = all_menus(world)
    [of_todos, others] = re.findall(
        r"export type (?:TodoMenuKind|Menu) =.*?;\n(?=\n)", TYPES, re.DOTALL
    )
    known = re.findall(r"'([a-z]+)'", of_todos) + re.findall(r"kind: '([a-z]+)'", others)
    assert {menu["kind"] for _, menu in menus} == set(known)
    await page.reload()
    await page.wait_for_selector(".badge.is-live")
    await load_dialogs(page)

    for name, menu in menus:
        await page.evaluate(OPEN_MENU, menu)
        await expect(page.get_by_role("dialog", name=name, exact=True)).to_be_visible()
        await page.evaluate(CLOSE)

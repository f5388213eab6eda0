"""Every dialog has a name that a screen reader says: its heading, where it has one."""

import re

from playwright.async_api import Page, expect

from api import web_client
from tests.support.web.dialogs import OPEN_DIALOG, all_dialogs, load_dialogs
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

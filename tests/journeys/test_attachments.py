"""Two users and the files of a todo, live: attached, dropped, pasted, refused, offline, removed."""

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.journeys.conftest import SignUp
from tests.support.attachments import picture

DROP = """
([selector, title, name]) => {
  const data = new DataTransfer();
  data.items.add(new File(['Milk, two litres'], name, {type: 'text/plain'}));
  const target = [...document.querySelectorAll(selector)].find((it) => it.textContent.includes(title));
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    target.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
  }
}
"""
PASTE = """
async (bytes) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], 'image.png', {type: 'image/png'}));
  const paste = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
  document.body.dispatchEvent(paste);
}
"""


def _files(page: Page) -> Locator:
    return page.locator(".file .file-name")


async def test_files_of_one_user_show_at_the_other(sign_up: SignUp) -> None:
    hana, igor = await sign_up("Hana"), await sign_up("Igor")
    await hana.share_new_list(igor, "Trip")
    await hana.add("Book the train")
    await hana.page.keyboard.press("Escape")
    for user in (hana, igor):
        await user.row("Book the train").locator(".row-open").click()
        await expect(user.page.locator(".detail-section.files")).to_be_visible()

    photo: Any = {"name": "Platform.png", "mimeType": "image/png", "buffer": picture(640, 480)}
    await hana.page.locator("input[name=files]").set_input_files(photo)

    await expect(_files(igor.page)).to_have_text(["Platform.png"])
    await expect(igor.page.locator("img.file-picture")).to_be_visible()
    await expect(igor.row("Book the train").get_by_label("1 file")).to_be_visible()

    await igor.page.evaluate(PASTE, list(picture(20, 20)))
    await expect(_files(hana.page)).to_have_count(2)
    await expect(_files(hana.page).nth(1)).to_contain_text("Picture 20")
    await igor.page.evaluate(DROP, ["ll-todo-row", "Book the train", "list.txt"])
    await expect(_files(hana.page).nth(2)).to_have_text("list.txt")

    async with hana.page.expect_download() as download:
        await hana.page.get_by_label("Download list.txt").click()
    assert (await (await download.value).path()).read_bytes() == b"Milk, two litres"

    await hana.page.get_by_label("Remove list.txt").click()
    await expect(_files(igor.page)).to_have_count(2)
    await hana.page.get_by_role("button", name="Undo").click()
    await expect(_files(igor.page)).to_have_count(3)

    await hana.page.locator("input[name=files]").set_input_files(
        {"name": "empty.txt", "mimeType": "text/plain", "buffer": b""}
    )
    await expect(hana.page.locator(".file .problem")).to_have_text("The file is empty.")
    await hana.page.get_by_label("Do not attach empty.txt").click()
    await expect(_files(hana.page)).to_have_count(3)

    await hana.go_offline()
    await hana.page.locator("input[name=files]").set_input_files(
        {"name": "later.txt", "mimeType": "text/plain", "buffer": b"Later"}
    )
    await expect(hana.page.locator(".file", has_text="later.txt")).to_contain_text("Waits")
    await hana.go_online()
    await expect(_files(igor.page)).to_have_count(4)
    assert await hana.differences_from_server() == []

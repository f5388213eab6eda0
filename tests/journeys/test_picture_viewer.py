"""Attached pictures in the window: shown, turned over, deleted, too large; keys, Back, touch, axe."""

import re
from typing import Any

from playwright.async_api import Locator, Page, Request, Route, expect

from tests.journeys.conftest import SignUp
from tests.support.attachments import picture
from tests.support.web.browser_user import BrowserUser
from tests.support.web.touch import Finger
from tests.web.test_accessibility import AXE, SIZES, Report

# Whether the picture of this size, in its own pixels, is shown within the window.
IS_SHOWN = """([width, height]) => {
  const image = document.querySelector('.picture-shown');
  if (!image?.complete || image.getAttribute('aria-busy') !== 'false') return false;
  const box = image.getBoundingClientRect();
  return image.naturalWidth === width && image.naturalHeight === height &&
    box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
}"""

TURN_TWICE = """() => {
  const press = { key: 'ArrowRight', bubbles: true };
  for (let turn = 0; turn < 2; turn++) {
    document.activeElement.dispatchEvent(new KeyboardEvent('keydown', press));
  }
}"""

COVERS = """() => {
  const { width, height } = document.querySelector('.picture-shown').getBoundingClientRect();
  const dialog = document.querySelector('dialog').getBoundingClientRect();
  return dialog.width > innerWidth * 0.9 && dialog.height > innerHeight * 0.9 &&
    (width > innerWidth * 0.8 || height > innerHeight * 0.7);
}"""


def _file(name: str, content: bytes) -> Any:
    return {"name": name, "mimeType": "image/png", "buffer": content}


def _viewer(page: Page) -> Locator:
    return page.get_by_role("dialog", name=re.compile("[.]png$"))


def _thumbnail(page: Page, name: str) -> Locator:
    return page.get_by_label(f"Show {name}")


async def _open_todo_with(user: BrowserUser, *files: Any) -> None:
    await user.make_list("Trip")
    await user.add("Book the train")
    await user.page.keyboard.press("Escape")
    await user.row("Book the train").locator(".row-open").click()
    for number, file in enumerate(files, start=1):
        await user.page.locator("input[name=files]").set_input_files(file)
        await expect(user.page.locator(".file-open")).to_have_count(number)


async def _wait_for_size(page: Page, width: int, height: int) -> None:
    await page.wait_for_function(IS_SHOWN, arg=[width, height])


async def test_a_picture_is_shown_as_large_as_the_window_and_the_next_by_keys(
    sign_up: SignUp,
) -> None:
    hana = await sign_up("Hana")
    page = hana.page
    await _open_todo_with(
        hana,
        _file("Platform.png", picture(3000, 2000)),
        {"name": "list.txt", "mimeType": "text/plain", "buffer": b"Milk"},
        _file("Ticket.png", picture(40, 30)),
    )
    await expect(page.locator("img.file-picture")).to_have_count(2)

    await _thumbnail(page, "Platform.png").focus()
    await page.keyboard.press("Enter")

    viewer = _viewer(page)
    await _wait_for_size(page, 3000, 2000)
    assert await page.evaluate(COVERS), "as wide or as high as the window, but for its frame"
    await expect(viewer.get_by_role("heading")).to_have_text("Platform.png")
    await expect(viewer).to_contain_text("Hana")
    await expect(viewer).to_contain_text("kB")
    await expect(viewer).to_contain_text("1 of 2")
    await expect(viewer.get_by_role("button", name="Close")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await _wait_for_size(page, 40, 30)
    await expect(viewer.get_by_role("img")).to_have_css("width", "40px")
    await viewer.get_by_role("button", name="Next picture").click()
    await _wait_for_size(page, 3000, 2000)
    await page.keyboard.press("ArrowLeft")
    await expect(viewer.get_by_role("heading")).to_have_text("Ticket.png")
    async with page.expect_download() as download:
        await viewer.get_by_role("button", name="Download").click()
    assert (await (await download.value).path()).read_bytes() == picture(40, 30)

    await page.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)
    await expect(page.locator("ll-todo-detail")).to_be_visible()
    await expect(_thumbnail(page, "Platform.png")).to_be_focused()
    async with page.expect_download():
        await page.get_by_label("Download list.txt").click()


async def test_turning_fast_loads_only_the_picture_that_stays_and_works_after_a_press_on_it(
    sign_up: SignUp,
) -> None:
    hana = await sign_up("Hana")
    page = hana.page
    sizes = ((640, 480), (64, 48), (40, 30))
    await _open_todo_with(
        hana, *(_file(f"{width}.png", picture(width, height)) for width, height in sizes)
    )
    await expect(page.locator("img.file-picture")).to_have_count(3)
    asked: list[Request] = []
    stopped: list[Request] = []

    async def hold(route: Route) -> None:
        asked.append(route.request)
        if len(asked) > 1:
            await route.continue_()

    page.on("requestfailed", lambda request: stopped.append(request))
    await page.route("**/attachments/*/content", hold)
    await _thumbnail(page, "640.png").click()
    await _viewer(page).locator(".picture-stage").click()
    await expect(_viewer(page).get_by_role("heading")).to_have_text("640.png")
    await page.wait_for_function("() => document.querySelector('.picture-shown')")
    # At once: between two presses of Playwright a busy machine may load the picture between.
    await page.evaluate(TURN_TWICE)
    await _wait_for_size(page, 40, 30)

    assert len(asked) == 2, "the first picture and the last, not the one between"
    assert stopped == asked[:1]


async def test_a_picture_is_deleted_in_the_viewer_and_brought_back(sign_up: SignUp) -> None:
    hana, igor = await sign_up("Hana"), await sign_up("Igor")
    await hana.share_new_list(igor, "Trip")
    await hana.add("Book the train")
    await hana.page.keyboard.press("Escape")
    for user in (hana, igor):
        await user.row("Book the train").locator(".row-open").click()
    chooser = hana.page.locator("input[name=files]")
    await chooser.set_input_files(_file("Platform.png", picture(64, 48)))
    for user in (hana, igor):
        await expect(user.page.locator("img.file-picture")).to_be_visible()
        await _thumbnail(user.page, "Platform.png").click()
        await _wait_for_size(user.page, 64, 48)

    await _viewer(hana.page).get_by_role("button", name="Remove").click()

    await expect(_viewer(hana.page)).to_have_count(0)
    await expect(hana.page.locator(".file-open")).to_have_count(0)
    await expect(chooser).to_be_focused()
    await expect(_viewer(igor.page)).to_contain_text("“Platform.png” was removed.")
    await expect(_viewer(igor.page).get_by_role("button", name="Download")).to_have_count(0)
    await hana.page.get_by_role("button", name="Undo").click()
    await expect(_thumbnail(hana.page, "Platform.png")).to_be_visible()
    await _wait_for_size(igor.page, 64, 48)


async def test_a_picture_beyond_the_bound_is_only_downloaded(sign_up: SignUp) -> None:
    hana = await sign_up("Hana")
    page = hana.page
    # 64 megapixels of one colour are a small file.
    bomb = picture(8000, 8000, mode="1")
    await _open_todo_with(hana, _file("Wall.png", bomb))

    await _thumbnail(page, "Wall.png").click()

    viewer = _viewer(page)
    await expect(viewer).to_contain_text("too large to be shown here")
    await expect(viewer.locator("img")).to_have_count(0)
    async with page.expect_download() as download:
        await viewer.get_by_role("button", name="Download").click()
    assert (await (await download.value).path()).read_bytes() == bomb


async def test_the_viewer_has_no_violation_turns_by_a_finger_and_closes_by_back(
    sign_up: SignUp,
) -> None:
    hana = await sign_up("Hana")
    page = hana.page
    await _open_todo_with(
        hana, _file("Platform.png", picture(640, 480)), _file("Ticket.png", picture(40, 30))
    )
    await expect(page.locator("img.file-picture")).to_have_count(2)
    await page.evaluate(AXE)
    report = Report(page)
    await report.check("files")
    await _thumbnail(page, "Platform.png").click()

    for size in SIZES.values():
        await page.set_viewport_size(size)
        await _wait_for_size(page, 640, 480)
        await report.check(f"a picture, {size['width']}")
    assert not report.violations, "\n".join(report.violations)

    finger = await Finger.on(page)
    for distance, width, height in ((-120, 40, 30), (120, 640, 480)):
        await finger.put_on(_viewer(page).locator(".picture-stage"))
        await finger.move(right=distance)
        await finger.lift()
        await _wait_for_size(page, width, height)

    await page.keyboard.press("Escape")
    await _thumbnail(page, "Ticket.png").click()
    await _wait_for_size(page, 40, 30)
    await page.go_back()
    await expect(_viewer(page)).to_have_count(0)
    await expect(page.locator("ll-todo-detail")).to_be_visible()

"""A list in the browser: exported as a file, and a file imported with its preview."""

import asyncio
from pathlib import Path

from playwright.async_api import Route, expect

from tests.journeys.conftest import SignUp

TWO_FRAMES = (
    "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
)

TASKS = """# Garden

- [ ] Plant a tree #outside
  - [x] Dig
- [ ] Water it 📅 2030-12-24
- [ ] Bad \x00 line
"""


async def test_a_user_chooses_the_columns_of_csv_and_a_list(
    sign_up: SignUp, tmp_path: Path
) -> None:
    ida = await sign_up("Ida")
    file = tmp_path / "calls.csv"
    file.write_text("what,when\nCall the bank,2030-12-24\n")
    await ida.page.goto(f"{ida.service}/settings")
    panel = ida.page.locator("ll-imports")
    await panel.get_by_label("File to import").set_input_files(file)
    await expect(panel).to_contain_text("No column of the file is called title")

    await panel.get_by_label("Title").select_option("what")
    await expect(panel).to_contain_text("calls: 1 todo")
    await panel.get_by_label("Due date").select_option("when")
    await expect(panel.get_by_label("Due date")).to_have_value("when")
    # Its preview is there, so the requests held below are those of the next choice.
    await expect(panel.get_by_role("button", name="Import")).to_be_enabled()
    shown_again = asyncio.Event()

    async def hold(route: Route) -> None:
        if route.request.method == "GET":
            await shown_again.wait()
        await route.continue_()

    page = ida.page
    await page.route("**/api/v1/imports/*", hold)
    async with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        await panel.get_by_label("Into the list").select_option(label="Inbox")
    await page.evaluate(TWO_FRAMES)
    # What is shown is still of the choice before.
    await expect(panel.get_by_role("button", name="Import")).to_be_disabled()
    shown_again.set()

    await expect(panel).to_contain_text("1 todo can be imported.")
    await expect(panel.get_by_label("Title")).to_have_value("what")
    await panel.get_by_role("button", name="Import").click()
    await expect(panel).to_contain_text("1 todo imported.")
    await ida.page.get_by_role("link", name="Inbox").first.click()
    await expect(ida.page.get_by_text("Call the bank")).to_be_visible()


async def test_a_user_imports_a_file_and_exports_the_list(sign_up: SignUp, tmp_path: Path) -> None:
    ida = await sign_up("Ida")
    page = ida.page
    file = tmp_path / "tasks.md"
    file.write_text(TASKS)
    await page.goto(f"{ida.service}/settings")
    panel = page.locator("ll-imports")

    await panel.get_by_label("File to import").set_input_files(file)

    await expect(panel).to_contain_text("3 todos can be imported.")
    await expect(panel).to_contain_text("Garden: 3 todos")
    await expect(panel.get_by_label("What the file is")).to_have_value("markdown")
    await panel.get_by_text("1 thing cannot be carried over").click()
    await expect(panel).to_contain_text("Line 6: This line holds a NUL character.")
    async with page.expect_download() as report:
        await panel.get_by_role("link", name="Save as text").click()
    saved_report = await report.value
    assert saved_report.suggested_filename == "tasks.md.txt"
    assert (await saved_report.path()).read_text() == "Line 6: This line holds a NUL character.\n"
    await panel.get_by_role("button", name="Import").click()
    await expect(panel).to_contain_text("3 todos imported.")

    await page.get_by_role("link", name="Garden").first.click()
    await page.get_by_role("button", name="More about this list").click()
    await page.get_by_role("button", name="Export…").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Format").select_option("markdown")
    async with page.expect_download() as download:
        await dialog.get_by_role("button", name="Export").click()
    saved = await download.value
    assert saved.suggested_filename == "Garden.md"
    await saved.save_as(tmp_path / "saved.md")
    assert (tmp_path / "saved.md").read_text().startswith("# Garden\n\n- [ ] Plant a tree #outside")


async def test_a_user_exports_a_list_with_its_file_and_imports_it_again(
    sign_up: SignUp, tmp_path: Path
) -> None:
    ida = await sign_up("Ida")
    page = ida.page
    await ida.add("Book the train")
    await page.keyboard.press("Escape")
    await ida.row("Book the train").locator(".row-open").click()
    await page.locator("input[name=files]").set_input_files(
        {"name": "ticket.txt", "mimeType": "text/plain", "buffer": b"Vienna"}
    )
    await expect(page.locator(".file .file-name")).to_have_text(["ticket.txt"])
    await page.goto(f"{ida.service}/settings")
    exports = page.locator("ll-list-export")
    await exports.get_by_label("Format").select_option("zip")
    async with page.expect_download() as download:
        await exports.get_by_role("button", name="Export").click()
    saved = await download.value
    assert saved.suggested_filename == "Lists.zip"
    await saved.save_as(tmp_path / "lists.zip")

    panel = page.locator("ll-imports")
    await panel.get_by_label("File to import").set_input_files(tmp_path / "lists.zip")
    await expect(panel).to_contain_text("With 1 attached file.")
    await expect(panel.get_by_label("What the file is")).to_have_value("livelist")
    await panel.get_by_role("button", name="Import").click()
    await expect(panel).to_contain_text("todos imported.")

    await page.get_by_role("link", name="Inbox (imported)").first.click()
    await ida.row("Book the train").locator(".row-open").click()
    async with page.expect_download() as attached:
        await page.get_by_label("Download ticket.txt").click()
    assert (await (await attached.value).path()).read_bytes() == b"Vienna"

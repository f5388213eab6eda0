"""A list in the browser: exported as a file, and a file imported with its preview."""

import asyncio
import json
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


# Which column of the file is which field, and the two todos of the file.
COLUMNS = {
    "Title": "was", "List": "wo", "Description": "wozu", "Due date": "wann", "Time zone": "zone",
    "Repeat rule": "wie oft", "Priority": "wichtig", "Labels": "marken", "Status": "stand",
    "Completed at": "fertig", "Id": "nr", "Id of the todo above": "unter",
}  # fmt: skip
OWN_COLUMNS = """{header}
Water,Garden,,2030-12-24T09:00:00,Asia/Tokyo,FREQ=WEEKLY,4,Plants,in_progress,,1,
Fill the can,Garden,The green one,,,,,,,2020-05-01T08:00:00Z,2,1
"""


async def test_a_user_chooses_the_column_of_every_field(sign_up: SignUp, tmp_path: Path) -> None:
    ida = await sign_up("Ida")
    page, file = ida.page, tmp_path / "garten.csv"
    file.write_text(OWN_COLUMNS.format(header=",".join(COLUMNS.values())))
    await page.goto(f"{ida.service}/settings")
    panel = page.locator("ll-imports")
    await panel.get_by_label("File to import").set_input_files(file)
    await expect(panel).to_contain_text("No column of the file is called title")

    for label, column in COLUMNS.items():
        select = panel.get_by_label(label, exact=True)
        await select.focus()
        await select.select_option(column)
        # The choices come again with the preview of this one.
        await expect(panel.get_by_role("button", name="Import")).to_be_enabled()
        await expect(select).to_have_value(column)
        await expect(select).to_be_focused()
    await expect(panel).to_contain_text("Garden: 2 todos")
    await panel.get_by_role("button", name="Import").click()
    await expect(panel).to_contain_text("2 todos imported.")

    await page.get_by_role("link", name="Garden").first.click()
    await page.get_by_role("button", name="More about this list").click()
    await page.get_by_role("button", name="Export…").click()
    async with page.expect_download() as download:
        await page.get_by_role("dialog").get_by_role("button", name="Export").click()
    saved = await (await download.value).path()
    water, can = json.loads(saved.read_text())["lists"][0]["todos"]
    assert (water["title"], water["status"], water["priority"]) == ("Water", "in_progress", 4)
    assert water["due"] == {"at": "2030-12-24T09:00:00", "zone": "Asia/Tokyo"}
    assert (water["repeat"]["rule"], water["labels"]) == ("FREQ=WEEKLY", ["Plants"])
    assert (can["description"], can["parent_id"]) == ("The green one", water["id"])
    assert (can["status"], can["completed_at"][:19]) == ("completed", "2020-05-01T08:00:00")


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
    # It can be downloaded once the server has it; its name shows before.
    await expect(page.get_by_label("Download ticket.txt")).to_be_visible()
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


async def test_a_user_cancels_the_import_of_a_large_file(sign_up: SignUp, tmp_path: Path) -> None:
    ida = await sign_up("Ida")
    file = tmp_path / "todo.txt"
    file.write_text("".join(f"Call number {number}\n" for number in range(150_000)))
    await ida.page.goto(f"{ida.service}/settings")
    panel = ida.page.locator("ll-imports")

    await panel.get_by_label("File to import").set_input_files(file)

    await panel.get_by_role("button", name="Cancel").click()
    await expect(panel).to_contain_text("Cancelled.")

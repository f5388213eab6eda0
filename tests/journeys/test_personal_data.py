"""All data of an account in the browser: exported and downloaded, deleted, and kept after all."""

import json
import zipfile
from pathlib import Path

from playwright.async_api import expect

from tests.journeys.conftest import SignUp
from tests.support.web.browser_user import PASSWORD
from tests.support.web.dev_mail import wait_for_mail


async def test_a_user_takes_their_data_along_deletes_the_account_and_keeps_it(
    sign_up: SignUp, tmp_path: Path
) -> None:
    ida = await sign_up("Ida")
    page = ida.page
    await page.goto(f"{ida.service}/settings")
    panel = page.locator("ll-data-export")
    await panel.get_by_role("button", name="Export my data").click()
    await expect(panel.get_by_role("button", name="Download")).to_be_visible()
    await wait_for_mail(ida.service, ida.email, "Your data are ready")

    async with page.expect_download() as download:
        await panel.get_by_role("button", name="Download").click()
    await (await download.value).save_as(tmp_path / "data.json")
    document = json.loads((tmp_path / "data.json").read_bytes())
    assert document["profile"][0]["email"] == ida.email
    assert len(document["todos"]) == 3
    async with page.expect_download() as archived:
        await panel.get_by_role("button", name="With files (ZIP)").click()
    archive = await archived.value
    assert archive.suggested_filename.endswith(".zip")
    with zipfile.ZipFile(await archive.path()) as opened:
        assert json.loads(opened.read("personal-data.json")) == document

    form = page.locator("ll-delete-form")
    await form.get_by_role("button", name="Delete your account").click()
    await form.get_by_role("button", name="Delete my account").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await wait_for_mail(ida.service, ida.email, "A change to your account")
    await page.fill("[name=email]", ida.email)
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="about to be deleted")).to_be_visible()
    await page.get_by_role("button", name="Keep my account").click()

    await expect(page.locator(".page h1")).to_have_text("Inbox")
    await ida.wait_until_live()

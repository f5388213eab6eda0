"""The API tokens in the settings, in a browser."""

from playwright.async_api import Page, expect

from tests.support.web.fake_entities import stamp
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import create_api_token


async def test_a_token_is_created_by_keyboard_and_its_secret_is_shown_once(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
    await page.goto(f"{origin}/settings")
    section = page.locator("ll-api-tokens")
    await create_api_token(page, "Backup")

    secret = section.get_by_label("The token “Backup”")
    await expect(secret).to_have_value(f"llt_{world.api_tokens[0]['id']}")
    await section.get_by_role("button", name="Copy").press("Enter")
    await expect(page.get_by_text("Copied.")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == await secret.input_value()
    [(_, _, sent)] = [it for it in world.requests if it[:2] == ("POST", "/users/me/api-tokens")]
    assert (sent["name"], sent["scope"]) == ("Backup", "read")
    assert sent["expires_at"] is not None
    await page.reload()
    await expect(section.get_by_text("Read only · never used")).to_be_visible()
    await expect(secret).to_have_count(0)


async def test_a_token_is_made_for_some_lists_and_renamed_in_place(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.goto(f"{origin}/settings")
    section = page.locator("ll-api-tokens")
    await section.get_by_label("What is it for?").fill("Backup")
    await section.get_by_label("In", exact=True).select_option("some")
    await section.get_by_role("button", name="Create token").click()
    await expect(section.get_by_text("Choose at least one list.")).to_be_visible()
    await section.get_by_role("checkbox", name="House move").check()
    await section.get_by_role("button", name="Create token").click()

    row = section.locator("ll-api-token-row")
    await expect(row).to_contain_text("only in House move")
    [(_, _, sent)] = [it for it in world.requests if it[:2] == ("POST", "/users/me/api-tokens")]
    assert len(sent["list_ids"]) == 1
    await row.get_by_role("button", name="Rename Backup").click()
    await page.keyboard.press("Control+a")
    await page.keyboard.type("Night backup")
    await page.keyboard.press("Enter")
    await expect(row).to_contain_text("Night backup")
    await expect(row.get_by_role("button", name="Rename Night backup")).to_be_focused()


async def test_a_token_is_revoked_after_a_question(
    page: Page, world: FakeWorld, origin: str
) -> None:
    world.api_tokens = [
        {
            "id": world.new_id(), "name": name, "scope": "write", "list_ids": ["a"],
            "created_at": stamp(days=2), "expires_at": None, "last_used_at": stamp(hours=3),
        }
        for name in ("Calendar", "Assistant")
    ]  # fmt: skip
    await page.goto(f"{origin}/settings")
    rows = page.locator("ll-api-tokens .plain-row")
    await expect(rows.first).to_contain_text("Read and write · 1 list only · used 3 hours ago")

    await page.get_by_role("button", name="Revoke Calendar").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()

    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Assistant")


async def test_tokens_of_another_tab_appear_without_reloading(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.goto(f"{origin}/settings")
    rows = page.locator("ll-api-tokens .plain-row")
    await expect(page.get_by_role("button", name="Create token")).to_be_visible()
    await expect(rows).to_have_count(0)

    world.api_tokens = [
        {
            "id": world.new_id(), "name": "Elsewhere", "scope": "read", "list_ids": None,
            "created_at": stamp(), "expires_at": stamp(days=-3), "last_used_at": None,
        }
    ]  # fmt: skip
    world.record(world.own_stream, "api_token.created", {"token_id": world.api_tokens[0]["id"]})

    await expect(rows).to_contain_text("Elsewhere")


async def test_the_server_asks_who_the_user_is_and_the_request_is_sent_again(
    page: Page, world: FakeWorld, origin: str
) -> None:
    asked = {"code": "step_up_required", "detail": "Confirm first.", "methods": ["password"]}
    path = "/users/me/api-tokens"
    world.refusals = [("POST", path, 403, asked)]
    await page.goto(f"{origin}/settings")
    section = page.locator("ll-api-tokens")
    await section.get_by_label("What is it for?").fill("Backup")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Confirm that it is you")
    await expect(dialog.get_by_label("Your password")).to_be_focused()

    await page.keyboard.type("wrong-password")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("alert")).to_have_text("This is not your password.")
    await dialog.get_by_label("Your password").fill("quiet orchard lamp")
    await page.keyboard.press("Enter")

    await expect(section.get_by_label("The token “Backup”")).to_be_visible()
    await expect(dialog).to_have_count(0)
    assert [sent for method, sent, _ in world.requests if method == "POST"][-4:] == [
        path, "/auth/step-up", "/auth/step-up", path,
    ]  # fmt: skip

    world.refusals = [("POST", path, 403, asked)]
    await section.get_by_label("What is it for?").fill("Another")
    await page.keyboard.press("Enter")
    await dialog.get_by_role("button", name="Cancel").click()

    await expect(section.get_by_role("alert")).to_contain_text("You did not confirm")

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

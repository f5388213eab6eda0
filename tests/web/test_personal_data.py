"""The export of the data of an account in the settings, and the page of an account about to be deleted."""

from typing import Any

from playwright.async_api import Page, expect

from tests.support.web.fake_entities import stamp
from tests.support.web.fake_world import FakeWorld


def _export(world: FakeWorld, state: str, rows_done: int) -> dict[str, Any]:
    return {
        "id": "06gzk43k7rm9t1v3x5z7b9d1f3", "state": state, "rows_done": rows_done,
        "rows_total": 200 if rows_done else 0, "size_bytes": 3_500_000, "created_at": stamp(),
        "finished_at": stamp() if state == "done" else None, "expires_at": stamp(days=-7),
    }  # fmt: skip


async def test_an_export_shows_its_progress_and_then_its_file(
    page: Page, world: FakeWorld, origin: str
) -> None:
    world.data_exports = [_export(world, "queued", 0)]
    await page.goto(f"{origin}/settings")
    panel = page.locator("ll-data-export")
    await expect(panel).to_contain_text("Waiting to begin")
    await expect(panel.get_by_role("button", name="Export my data")).to_have_count(0)

    for state, rows in (("running", 90), ("done", 200)):
        event = {"export": _export(world, state, rows)}
        world.record(world.own_stream, "data_export.changed", event)
        if state == "running":
            await expect(panel).to_contain_text("Exporting: 45 %")
            await expect(panel.get_by_role("progressbar")).to_have_js_property("value", 45)

    await expect(panel).to_contain_text("3.3 MiB · kept until")
    await expect(panel.get_by_role("button", name="Download")).to_be_visible()
    await expect(panel.get_by_role("button", name="Export again")).to_be_visible()


async def test_who_signs_in_to_a_leaving_account_sees_only_the_choice_and_keeps_it(
    page: Page, world: FakeWorld, origin: str
) -> None:
    world.delete_at = "2026-12-06T12:00:00.000000Z"

    await page.goto(f"{origin}/settings")
    await expect(page.get_by_role("heading", name="about to be deleted")).to_be_visible()
    await expect(page.get_by_text("Sunday 6 December")).to_be_visible()
    await expect(page.locator("ll-side-bar")).to_have_count(0)
    await page.get_by_role("button", name="Keep my account").click()

    await expect(page.get_by_text("Your account stays")).to_be_visible()
    assert ("DELETE", "/users/me/deletion", {}) in world.requests

"""Two users of a list see who did what, live, and each takes back their own changes."""

import os

from playwright.async_api import expect

from tests.journeys.conftest import SignUp

# The second half of a double click: it comes when the list has already moved under the pointer.
CLICK_WHEN_MOVED = """() => {
  const list = document.querySelector('.activity');
  const first = list.firstElementChild;
  new MutationObserver((_, observer) => {
    if (list.firstElementChild === first) return;
    observer.disconnect();
    requestAnimationFrame(() => {
      const undo = list.querySelector('button[aria-label^="Undo"]');
      undo.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
    });
  }).observe(list, { childList: true });
}"""


async def test_two_users_follow_the_activity_and_undo_their_own_changes(sign_up: SignUp) -> None:
    ana, ben = await sign_up("Ana"), await sign_up("Ben")
    await ana.make_list("House move")
    await ana.invite(ben)
    await ben.page.get_by_role("button", name="Join").click()
    await expect(ana.page.locator(".members")).to_contain_text("Ben")
    await ana.page.keyboard.press("Escape")
    for title in ("Find boxes", "Book the movers", "Redirect the mail"):
        await ana.add(title)
    await expect(ben.row("Redirect the mail")).to_be_visible()

    await ana.page.get_by_role("button", name="More").first.click()
    await ana.page.get_by_role("button", name="Activity").click()
    entries = ana.page.locator(".activity-entry")
    await expect(entries.first).to_contain_text("Added “Redirect the mail”")
    await expect(entries.first).to_contain_text("and 2 more like it")
    await ben.row("Find boxes").get_by_role("checkbox").click()

    # It comes without a reload, and only Ben can take it back.
    await expect(entries.first).to_contain_text("Completed “Find boxes”")
    await expect(entries.first.locator("strong")).to_have_text("Ben")
    await expect(entries.first.get_by_role("button", name="Undo")).to_have_count(0)
    undos: list[str] = []
    ana.page.on("request", lambda request: undos.append(request.url))
    await ana.page.evaluate(CLICK_WHEN_MOVED)
    # By keyboard: after the entry of Ben, too, clicks wait until the reader saw what moved.
    await entries.nth(1).get_by_role("button", name="Undo").press("Enter")
    await expect(ben.row("Redirect the mail")).to_have_count(0)
    await expect(entries.first).to_contain_text("Moved “")
    if folder := os.environ.get("ACTIVITY_PICTURES"):
        await ana.page.screenshot(path=f"{folder}/desktop.png")

    # An undo is undone like any change; the click on what had just moved undid nothing.
    await entries.first.get_by_role("button", name="Undo").press("Enter")
    await expect(ben.row("Redirect the mail")).to_be_visible()
    assert len([url for url in undos if url.endswith("/activity/undo")]) == 2

    await ben.page.set_viewport_size({"width": 390, "height": 800})
    await ben.page.locator(".done-head").click()
    await expect(ben.row("Find boxes")).to_have_count(1)
    await ben.row("Find boxes").locator(".row-title").click()
    await ben.page.get_by_role("button", name="Activity").click()
    await expect(ben.page.locator(".activity-entry").first).to_contain_text(
        "Took “Find boxes” out of the trash"
    )
    if folder := os.environ.get("ACTIVITY_PICTURES"):
        await ben.page.screenshot(path=f"{folder}/phone.png")


async def test_an_owner_takes_back_what_was_changed_of_a_member(sign_up: SignUp) -> None:
    ana, ben = await sign_up("Ana"), await sign_up("Ben")
    await ana.share_new_list(ben, "House move")
    await ana.add("Find boxes")
    await ana.page.click(".faces-button")
    await ana.page.locator(".members select").last.select_option("viewer")
    await expect(ben.page.locator(".quick-add")).to_have_count(0)
    await ana.page.keyboard.press("Escape")
    await ana.remove_member("Ben")
    await expect(ben.page.locator(".side").get_by_text("House move")).to_have_count(0)

    await ana.page.get_by_role("button", name="More").first.click()
    await ana.page.get_by_role("button", name="Activity").click()
    entries = ana.page.locator(".activity-entry")
    await expect(entries.nth(0)).to_contain_text("Removed Ben from the list")
    await expect(entries.nth(0)).to_contain_text("It does not bring back reminders")
    await expect(entries.nth(1)).to_contain_text("Changed the role of Ben from Editor to Viewer")
    await expect(entries.nth(1)).to_contain_text("the person is not in the list any more")
    await expect(ana.page.locator("dialog")).to_contain_text("A revoked link stays closed")
    await entries.nth(0).get_by_role("button", name="Undo").press("Enter")

    # Ben has the list again at once, with the role of before.
    await expect(entries.nth(0)).to_contain_text("Took Ben into the list again")
    await ben.page.locator(".side").get_by_text("House move").click()
    await expect(ben.row("Find boxes")).to_be_visible()
    # What was before the removal belongs to a membership that has ended.
    await expect(entries.nth(2)).to_contain_text("it was changed again since")

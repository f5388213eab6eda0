"""Everything one can do to a todo, done by hand; then the page's state equals the database's."""

from playwright.async_api import expect

from tests.journeys.conftest import PASSWORD, MakePerson, Person, mail_link
from tests.support.web.page_actions import settled

# The page's own state beside a snapshot fetched now; ids of members as the keys, order aside.
COMPARE = """async () => {
  const { app } = document.querySelector('ll-app');
  const sorted = (value) => JSON.stringify(value, (_key, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort()) : inner);
  const byId = (items) => Object.fromEntries(items.map((item) => [item.id, item]));
  const differences = [];
  for (const [id, content] of Object.entries(app.store.shown.contents)) {
    const { body } = await app.session.call('GET', `/lists/${id}/snapshot`);
    const pairs = {
      todos: [content.todos, byId(body.todos)], labels: [content.labels, byId(body.labels)],
      count: [app.store.shown.lists[id].open_count, body.list.open_count],
      stream: [app.store.shown.streams[id].seq, body.stream.seq],
      list: [app.store.shown.lists[id].name, body.list.name],
    };
    for (const [what, [ours, theirs]] of Object.entries(pairs)) {
      if (sorted(ours) !== sorted(theirs)) differences.push([what, sorted(ours), sorted(theirs)]);
    }
  }
  return differences;
}"""


async def choose(who: Person, title: str, key: str, choice: str) -> None:
    """Opens a menu on a row by its key and presses one of its entries."""
    await who.row(title).locator(".row-open").focus()
    await who.page.keyboard.press(key)
    await who.page.locator(".menu").get_by_text(choice, exact=True).click()


async def test_whatever_dora_does_her_page_and_the_database_agree(person: MakePerson) -> None:
    dora = await person("Dora")
    page = dora.page
    await dora.make_list("Garden")
    for title in ("Sow the beans", "Buy compost", "Mend the fence", "Water the roses"):
        await dora.add(title)
    await page.keyboard.press("Escape")

    await choose(dora, "Sow the beans", "d", "Tomorrow")
    await choose(dora, "Sow the beans", "p", "Urgent")
    await dora.row("Buy compost").locator(".row-open").focus()
    await page.keyboard.press("l")
    await page.keyboard.type("shop")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(dora.row("Buy compost")).to_contain_text("shop")
    await choose(dora, "Buy compost", "a", "Dora (me)")
    await page.keyboard.press("Escape")
    await dora.row("Mend the fence").locator(".row-open").focus()
    await page.keyboard.press("e")
    await page.keyboard.type("Paint the fence")
    await page.keyboard.press("Enter")
    await choose(dora, "Water the roses", "m", "Inbox")
    await dora.row("Paint the fence").get_by_role("checkbox").click()
    await expect(dora.row("Paint the fence")).to_have_count(0)
    await page.keyboard.press("u")
    await expect(dora.row("Paint the fence")).to_have_count(1)
    await dora.row("Paint the fence").locator(".row-open").focus()
    await page.keyboard.press("Alt+ArrowUp")
    await page.keyboard.press("Delete")
    await expect(dora.row("Paint the fence")).to_have_count(0)
    await page.keyboard.press("u")
    await expect(dora.row("Paint the fence")).to_have_count(1)

    await dora.row("Sow the beans").locator(".row-open").click()
    await page.fill("[name=title]", "Find the seeds")
    await page.keyboard.press("Enter")
    await page.get_by_label("Notes", exact=True).fill("Two rows, 40 cm apart")
    await page.fill("[name=body]", "Ask @Dora")
    await page.keyboard.press("Enter")
    await expect(page.locator(".comment .mention")).to_have_text("@Dora")
    await expect(dora.row("Sow the beans")).to_contain_text("0/1")
    await settled(page)

    assert await page.evaluate(COMPARE) == []
    assert await page.locator(".toast.is-warning").count() == 0
    shown = await dora.titles()
    await page.reload()
    await dora.is_live()
    await expect(page.locator(".comment .mention")).to_have_text("@Dora")
    await expect(page.get_by_label("Notes", exact=True)).to_have_value("Two rows, 40 cm apart")
    assert await dora.titles() == shown


async def test_the_trash_gives_back_todos_and_whole_lists(person: MakePerson) -> None:
    emil = await person("Emil")
    page = emil.page
    await emil.make_list("Garden")
    await emil.add("Sow the beans")
    await page.keyboard.press("Escape")
    await emil.row("Sow the beans").locator(".row-open").focus()
    await page.keyboard.press("Delete")
    await settled(page)

    await page.click("text=Trash")
    beans = page.locator(".plain-row", has_text="Sow the beans")
    await beans.get_by_role("button", name="Restore").click()
    await expect(beans).to_have_count(0)
    await page.click(".side-link:has-text('Garden')")
    await expect(emil.row("Sow the beans")).to_be_visible()

    await page.click("[aria-label='More about this list']")
    await page.locator(".menu").get_by_text("Move to the trash").click()
    await expect(page.locator(".side")).not_to_contain_text("Garden")
    await page.click("text=Trash")
    await (
        page.locator(".plain-row", has_text="Garden").get_by_role("button", name="Restore").click()
    )
    await page.click(".side-link:has-text('Garden')")
    await expect(emil.row("Sow the beans")).to_be_visible()
    assert await page.evaluate(COMPARE) == []


async def test_a_forgotten_password_is_replaced_and_a_profile_is_changed(
    person: MakePerson,
) -> None:
    finn = await person("Finn")
    page = finn.page
    await page.goto(f"{finn.service}/settings")
    await page.fill("#ll-profile-form-name", "Finn Olsen")
    await page.select_option("#zone", "America/New_York")
    await page.locator("ll-profile-form button").click()
    await expect(page.locator(".me-name")).to_have_text("Finn Olsen")
    await expect(page.locator("ll-session-list .plain-row")).to_have_count(1)

    await page.locator(".settings-section > .button", has_text="Sign out").click()
    await page.click("text=Forgot your password?")
    await page.fill("[name=email]", finn.email)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Check your mail")
    await page.goto(await mail_link(finn.service, finn.email, "reset"))
    await page.fill("[name=password]", PASSWORD + "-new")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await page.fill("[name=email]", finn.email)
    await page.fill("[name=password]", PASSWORD + "-new")
    await page.keyboard.press("Enter")

    await expect(page.locator(".page h1")).to_have_text("Inbox")

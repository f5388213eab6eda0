"""The browser profile that the tests share keeps nothing from one test to the next."""

from playwright.async_api import BrowserContext

from tests.support.web.browser import ReusedContext

# A document of the origin that stores nothing by itself.
DOCUMENT = "/web/icon.svg"
STORE = """async () => {
  localStorage.setItem('key', 'value');
  document.cookie = 'key=value';
  await new Promise((resolve) => { indexedDB.open('database').onsuccess = resolve; });
}"""
STORED = """async () => [
  localStorage.length, document.cookie, (await indexedDB.databases()).length,
]"""


async def test_the_pages_close_and_their_storage_is_emptied(
    reused_context: ReusedContext, context: BrowserContext, origin: str
) -> None:
    pages_before = list(context.pages)
    page = await context.new_page()
    await page.goto(f"{origin}{DOCUMENT}")
    empty = await page.evaluate(STORED)
    await page.evaluate(STORE)
    stored = await page.evaluate(STORED)

    await reused_context.close_pages()
    await reused_context.forget(origin)

    assert context.pages == pages_before
    page = await context.new_page()
    await page.goto(f"{origin}{DOCUMENT}")
    assert stored == [1, "key=value", empty[2] + 1]
    assert await page.evaluate(STORED) == empty
    await reused_context.close_pages()


async def test_a_profile_that_a_test_left_offline_with_requests_held_works_again(
    reused_context: ReusedContext, context: BrowserContext, origin: str
) -> None:
    await context.route(f"**{DOCUMENT}", lambda route: route.abort())
    await context.set_offline(True)

    await reused_context.close_pages()

    page = await context.new_page()
    response = await page.goto(f"{origin}{DOCUMENT}")
    assert response is not None
    assert response.ok
    assert await page.evaluate("navigator.onLine")

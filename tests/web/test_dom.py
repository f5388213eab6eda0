"""Elements as web/views/base/dom.js makes them, in a real document."""

from pathlib import Path

from playwright.async_api import BrowserContext, Page

DOM = Path(__file__).parents[2] / "web/views/base/dom.js"
VALUES = """([values, text]) => {
  patch(document.body, h('select', null, values.map((value) => h('option', { value }, text))));
  return [...document.querySelectorAll('option')].map((option) => option.value);
}"""


async def _blank_page(context: BrowserContext) -> Page:
    page = await context.new_page()
    await page.set_content("<body></body>")
    module = f"{DOM.read_text()}\nObject.assign(globalThis, {{ h, patch }});"
    await page.add_script_tag(content=module, type="module")
    return page


async def test_an_option_has_the_value_that_it_was_given_also_an_empty_one(
    context: BrowserContext,
) -> None:
    page = await _blank_page(context)

    for values in (["", "a"], ["a", ""], ["", ""]):
        assert await page.evaluate(VALUES, [values, "Everything"]) == values
    assert await page.evaluate(VALUES, [["", "a"], "Everybody"]) == ["", "a"]

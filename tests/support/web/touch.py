"""A finger on a page, and a browser profile of a phone."""

import asyncio

from playwright.async_api import Browser, BrowserContext, CDPSession, Locator, Page

from tests.support.web.browser import prepare

ROW_AT = "([x, y]) => Boolean(document.elementFromPoint(x, y)?.closest('ll-todo-row'))"


async def _middle(element: Locator) -> tuple[float, float]:
    await element.click(trial=True)
    box = await element.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def open_phone(browser: Browser, *, is_dark: bool = False) -> BrowserContext:
    """Return a new browser profile of a phone, otherwise as that of open_context()."""
    context = await browser.new_context(
        color_scheme="dark" if is_dark else "light",
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        locale="en-GB",
        timezone_id="Europe/Berlin",
    )
    await prepare(context)
    return context


class Finger:
    """One finger, which touches the page where it is put and is moved in steps, as a real one."""

    def __init__(self, page: Page, devtools: CDPSession) -> None:
        self._page, self._devtools = page, devtools
        self._x = self._y = 0.0

    @classmethod
    async def on(cls, page: Page) -> "Finger":
        return cls(page, await page.context.new_cdp_session(page))

    async def put_on(self, element: Locator) -> None:
        """Touch the middle of an element, once it stands still."""
        await self.put_at(*await _middle(element))

    async def swipe(self, element: Locator, right: float = 0, down: float = 0) -> None:
        """Touch the middle of an element, and move at once.

        A finger that rests is a long press: a busy machine must not be late between the two.
        """
        x, y = await _middle(element)
        await asyncio.gather(self.put_at(x, y), self._move_from(x, y, right, down, 8))

    async def put_at(self, x: float, y: float) -> None:
        self._x, self._y = x, y
        await self._send("touchStart", x, y)

    async def move(self, right: float = 0, down: float = 0, steps: int = 8) -> None:
        await self._move_from(self._x, self._y, right, down, steps)

    async def _move_from(self, x: float, y: float, right: float, down: float, steps: int) -> None:
        for step in range(1, steps + 1):
            self._x, self._y = x + right * step / steps, y + down * step / steps
            await self._send("touchMove", self._x, self._y)

    async def wait_for_row(self) -> None:
        """Wait until there is a row where the finger is: a busy machine draws late after a scroll."""
        await self._page.wait_for_function(ROW_AT, arg=[self._x, self._y])

    async def lift(self) -> None:
        await self._devtools.send(
            "Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []}
        )

    async def _send(self, kind: str, x: float, y: float) -> None:
        points = [{"x": x, "y": y}]
        await self._devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

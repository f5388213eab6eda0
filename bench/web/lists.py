"""Measure lists of many todos in Chromium: opening, changes until they are painted, scrolling.

A switch is one from a list of 50 todos, details are opened from a row of the list.

One user of a shared list works in the browser, the other edits by REST. The times of changes are from
the act, or the arrival of the event, until the frame that shows the change was painted.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from bench.environment import describe_machine, percentile, services
from bench.rest.dataset import DataSet, SeededList, list_id
from bench.web.product import Product, credentials, edit_title, list_url, running_product
from shared.ids import TodoId
from tests.support.services.chromium import FLAGS, WHY_SKIPPED, find_chromium
from tests.support.web.browser import MORE_FLAGS, open_context

# The last one leaves room below the 10,000 todos of a full list for those that are added.
SIZES = (50, 1_500, 9_900)
OTHER_SIZE = 50
REPEATS = 20
LOADING_SECONDS = 120
SCRIPT = Path(__file__).with_name("measure.js")
# A steady turn of the wheel, and a fling that shows other rows in every frame.
SCROLLS = {"wheel": (120, 120), "fling": (4_000, 60)}


@dataclass
class Result:
    """What was measured of one list. Times in milliseconds."""

    todos: int
    cold: float = 0
    opened: float = 0
    nodes: int = 0
    rows: int = 0
    times: dict[str, list[float]] = field(default_factory=dict)
    # Processor time of the page's main thread for one change and all that follows from it.
    processor: dict[str, float] = field(default_factory=dict)
    scrolls: dict[str, dict[str, Any]] = field(default_factory=dict)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="bench.web lists", description=__doc__)
    parser.add_argument("--todos", type=int, action="append", help="in the list; may be repeated")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="of each change")
    given = parser.parse_args(arguments)
    if find_chromium() is None:
        sys.exit(WHY_SKIPPED)
    sizes = tuple(given.todos or SIZES)
    print(describe_machine())
    with services("sqlite") as available:
        results = asyncio.run(_run(available.settings, sizes, given.repeats))
    _print(results)


def _dataset(sizes: Sequence[int]) -> DataSet:
    """Return a list for each size, with two members of its own: one browses, one edits.

    Each has a second list, to switch from.
    """
    lists = [
        SeededList(2 * at + second, (2 * at, 2 * at + 1), OTHER_SIZE if second else size)
        for at, size in enumerate(sizes)
        for second in (0, 1)
    ]
    return DataSet(range(2 * len(sizes)), lists)


async def _run(settings: Any, sizes: Sequence[int], repeats: int) -> list[Result]:
    async with (
        running_product(settings, _dataset(sizes)) as product,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=[*FLAGS, *MORE_FLAGS]
        )
        results = [
            await _measure(browser, product, at, size, repeats) for at, size in enumerate(sizes)
        ]
        await browser.close()
        return results


async def _measure(browser: Browser, product: Product, at: int, size: int, repeats: int) -> Result:
    result = Result(size)
    context = await open_context(browser)
    context.set_default_timeout(LOADING_SECONDS * 1000)
    await context.add_init_script(path=SCRIPT)
    page = await context.new_page()
    await _sign_in(page, product, 2 * at)
    await _open(page, product, at, result)
    await _change(page, product, at, repeats, result)
    for name, (step, frames) in SCROLLS.items():
        result.scrolls[name] = await page.evaluate(f"bench.scroll({step}, {frames})")
    await context.close()
    return result


async def _sign_in(page: Page, product: Product, user: int) -> None:
    await page.goto(f"{product.origin}/sign-in")
    for name, value in credentials(user).items():
        await page.fill(f"[name={name}]", value)
    await page.click("button[type=submit]")
    await page.wait_for_selector(".side .badge.is-live", state="attached")


async def _open(page: Page, product: Product, at: int, result: Result) -> None:
    """Open the list as a new page, then from another page of the client that has it loaded."""
    await page.goto(list_url(product, list_id(2 * at)))
    result.cold = await page.evaluate("bench.firstRow()")
    await page.wait_for_selector(".side .badge.is-live", state="attached")
    await page.click(".side-link[href='/settings']")
    await page.wait_for_selector(".settings")
    result.opened = await page.evaluate(f"bench.open('/lists/{list_id(2 * at)}')")
    result.rows = await page.evaluate("bench.rows()")
    result.nodes = await page.evaluate("bench.nodes()")


async def _change(page: Page, product: Product, at: int, repeats: int, result: Result) -> None:
    other = await product.sign_in(2 * at + 1)
    counters = await page.context.new_cdp_session(page)
    await counters.send("Performance.enable", {"timeDomain": "threadTicks"})

    async def processor_ms() -> float:
        found = await counters.send("Performance.getMetrics")
        values = {metric["name"]: metric["value"] for metric in found["metrics"]}
        return float(values["TaskDuration"]) * 1000

    async def edit_remotely(number: int) -> float:
        todo = TodoId((await page.evaluate("bench.visible()"))[1])
        title = f"Edited elsewhere {number}"
        waiting = asyncio.create_task(page.evaluate(f"bench.remote('{title}')"))
        await edit_title(other, todo, title)
        return float(await waiting)

    big, small = (f"/lists/{list_id(2 * at + second)}" for second in (0, 1))
    changes: dict[str, Callable[[int], Awaitable[float]]] = {
        "switch": lambda _: page.evaluate(f"bench.switch('{big}', '{small}')"),
        "details": lambda _: page.evaluate("bench.details()"),
        "tick": lambda _: page.evaluate("bench.tick()"),
        "add": lambda number: page.evaluate(f"bench.add('Added {number}')"),
        "edit": lambda number: page.evaluate(f"bench.edit('Edited {number}')"),
        "remote edit": edit_remotely,
    }
    for name, change in changes.items():
        before = await processor_ms()
        result.times[name] = [await change(number) for number in range(repeats)]
        await page.evaluate("bench.idle()")
        result.processor[name] = (await processor_ms() - before) / repeats
    await other.aclose()


def _print(results: Sequence[Result]) -> None:
    names = list(results[0].times)
    print("\n| todos | cold | open | rows | nodes | " + " | ".join(names) + " |")
    print("|---" * (5 + len(names)) + "|")
    for result in results:
        times = " | ".join(_times(result, name) for name in names)
        print(
            f"| {result.todos:,} | {result.cold:.0f} | {result.opened:.0f} "
            f"| {result.rows} | {result.nodes:,} | {times} |"
        )
    print("\n| todos | scroll | longest frame | tasks > 50 ms | nodes |")
    print("|---" * 5 + "|")
    for result in results:
        for name, found in result.scrolls.items():
            gaps, tasks = found["gaps"], found["longTasks"]
            print(
                f"| {result.todos:,} | {name} | {max(gaps):.0f} "
                f"| {len(tasks)} of {len(gaps)} frames | {found['nodes']:,} |"
            )
    print(
        "\nMilliseconds. cold: a new page until the first row; open: from another page of the "
        "client; switch: from a list of 50 todos; details: the pane of a todo. Changes: p50 / p95 "
        "until painted (processor time of the page's main thread)."
    )


def _times(result: Result, name: str) -> str:
    values = result.times[name]
    p50, p95 = percentile(values, 0.5), percentile(values, 0.95)
    return f"{p50:.0f} / {p95:.0f} ({result.processor[name]:.0f})"

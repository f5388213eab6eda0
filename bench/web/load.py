"""Measure how the web client loads in Chromium: the first visit, and later ones, at 100 ms and 8 Mbit/s.

The times are the browser's own, from the beginning of the navigation: its first paint and first contentful
paint, and when the field of the form or the first todo was in the document. Requests and bytes are counted
on the way to the server, so they include headers and what the service worker loads.

    .venv/bin/python -m bench.web load                     the browser's emulation, then a slow proxy
    .venv/bin/python -m bench.web load --tree ../before    another checkout of Livelist
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from bench.environment import describe_machine
from bench.web.slow_network import SlowNetwork, slow_network
from console.processes.broker import free_port
from shared.settings import ROOT
from tests.support.services.chromium import FLAGS, WHY_SKIPPED, find_chromium
from tests.support.services.processes import running
from tests.support.web.browser import MORE_FLAGS, open_context
from tests.support.web.browser_user import PASSWORD, BrowserUser

ROUND_TRIP_SECONDS = 0.1
BYTES_PER_SECOND = 1_000_000  # 8 Mbit/s
NETWORKS = ("emulated", "proxy")
# A worker is active after less than a second.
WORKER_SECONDS = 5.0
# Longer than a round trip: what the page still requests counts.
QUIET_SECONDS = 0.7
FORM, LIST = "[name=email]", "ll-todo-row"

# Notes when the form or the list is there, and whether the next visits are signed in.
WATCH = """(() => {
  if (%(is_signed_in)s) localStorage.setItem('livelist.signed-in', '1');
  new MutationObserver((_, observer) => {
    if (!document.querySelector('%(usable)s')) return;
    window.usableAt = performance.now();
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true });
})()"""
TIMES = """() => {
  const paints = Object.fromEntries(performance.getEntriesByType('paint')
    .map(({ name, startTime }) => [name, startTime]));
  return [paints['first-paint'], paints['first-contentful-paint'], window.usableAt];
}"""
HAS_WORKER = """async () => {
  const registration = await navigator.serviceWorker.getRegistration('/');
  return registration?.active?.state === 'activated' && !registration.installing;
}"""


@dataclass(frozen=True)
class Scenario:
    name: str
    path: str
    usable: str
    is_signed_in: bool = False
    is_warm: bool = False
    has_worker: bool = True


SCENARIOS = tuple(
    Scenario(f"{what}, {when}", path, usable, is_signed_in, is_warm, has_worker)
    for what, path, usable, is_signed_in in (
        ("sign-in page", "/sign-in", FORM, False), ("list", "/", LIST, True),
    )
    for when, is_warm, has_worker in (
        ("first visit", False, True), ("later", True, True), ("later, no worker", True, False),
    )
)  # fmt: skip


# What a visit on the emulated network may take at most (docs/performance.md).
GOALS = (
    ("sign-in page, first visit", "first_paint", 1000),
    ("sign-in page, first visit", "kilobytes", 130),
    ("list, first visit", "kilobytes", 200),
    ("sign-in page, later", "first_paint", 400),
    ("sign-in page, later", "requests", 3),
    ("list, later", "first_paint", 400),
)


@dataclass(frozen=True)
class Visit:
    """One visit. Times in milliseconds."""

    requests: float
    kilobytes: float
    first_paint: float
    contentful_paint: float
    usable: float


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="bench.web load", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="visits of each kind")
    parser.add_argument("--network", choices=NETWORKS, action="append", help="measure only with it")
    parser.add_argument("--tree", type=Path, default=ROOT, help="the checkout to measure")
    given = parser.parse_args(arguments)
    if find_chromium() is None:
        sys.exit(WHY_SKIPPED)
    print(f"{describe_machine()}; medians of {given.rounds} visits", flush=True)
    asyncio.run(_run(given.tree, given.rounds, given.network or NETWORKS))


async def _run(tree: Path, rounds: int, networks: Sequence[str]) -> None:
    async with _product(tree) as network, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=[*FLAGS, *MORE_FLAGS]
        )
        user = await _new_user(browser, network.origin)
        for name in networks:
            print(f"\n{name:32}{'requests':>9}{'kB':>7}{'paint':>8}{'contentful':>12}{'usable':>8}")
            medians = {}
            for scenario in SCENARIOS:
                visits = [
                    await _visit_anew(browser, network, scenario, user, name) for _ in range(rounds)
                ]
                medians[scenario.name] = _median(visits)
                _print(scenario, medians[scenario.name])
            if name == "emulated":
                _print_goals(medians)
        await browser.close()


@asynccontextmanager
async def _product(tree: Path) -> AsyncIterator[SlowNetwork]:
    """Run `./livelist up` of a checkout on an empty folder. Yield the way to it."""
    port, server_port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "DATA_DIR": folder,
            "HOST": "127.0.0.1",
            "PORT": str(server_port),
            "PUBLIC_URL": f"http://localhost:{port}",
            "REDIS_URL": "",
            "DATABASE_URL": "",
            "RATE_LIMITS": "false",
        }
        command = [sys.executable, "-m", "console", "up"]
        async with (
            running("up", command, environment, folder=tree) as child,
            slow_network(port, server_port) as network,
        ):
            await child.wait_for_line("is ready", deadline=60)
            yield network


async def _new_user(browser: Browser, origin: str) -> BrowserUser:
    """Return a user with the todos that every new inbox has."""
    context = await open_context(browser)
    user = BrowserUser("Ana", await context.new_page(), origin)
    await user.sign_up()
    await context.close()
    return user


async def _visit_anew(
    browser: Browser, network: SlowNetwork, scenario: Scenario, user: BrowserUser, emulation: str
) -> Visit:
    """Return a visit in a new profile, after another one if the scenario is a later visit."""
    context = await browser.new_context(
        viewport={"width": 1440, "height": 900},
        locale="en-GB",
        service_workers="allow" if scenario.has_worker else "block",
    )
    values = {
        "usable": scenario.usable,
        "is_signed_in": "true" if scenario.is_signed_in else "false",
    }
    await context.add_init_script(WATCH % values)
    if scenario.is_signed_in:
        await _sign_in(context, network.origin, user)
    if scenario.is_warm:
        page = await _visit(context, network, scenario)
        await _wait_for_worker(page, scenario)
        await page.close()
    page = await context.new_page()
    await _slow_down(context, page, network, emulation)
    visit = await _measure(page, network, scenario)
    _speed_up(network)
    await context.close()
    return visit


async def _sign_in(context: BrowserContext, origin: str, user: BrowserUser) -> None:
    """Put the cookie of a new session into the profile, without loading a page."""
    answer = await context.request.post(
        f"{origin}/api/v1/auth/login",
        data={"email": user.email, "password": PASSWORD},
        headers={"Livelist-Client": "web", "Origin": origin},
    )
    assert answer.ok, await answer.text()


async def _visit(context: BrowserContext, network: SlowNetwork, scenario: Scenario) -> Page:
    page = await context.new_page()
    await page.goto(f"{network.origin}{scenario.path}")
    await page.wait_for_selector(scenario.usable)
    return page


async def _wait_for_worker(page: Page, scenario: Scenario) -> None:
    if not scenario.has_worker:
        return
    # Releases before the worker have none.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(WORKER_SECONDS):
            while not await page.evaluate(HAS_WORKER):
                await asyncio.sleep(0.05)  # it installs beside the page


async def _slow_down(
    context: BrowserContext, page: Page, network: SlowNetwork, emulation: str
) -> None:
    if emulation == "proxy":
        network.round_trip_seconds = ROUND_TRIP_SECONDS
        network.bytes_per_second = BYTES_PER_SECOND
        return
    session = await context.new_cdp_session(page)
    conditions = {
        "offline": False,
        "latency": ROUND_TRIP_SECONDS * 1000,
        "downloadThroughput": BYTES_PER_SECOND,
        "uploadThroughput": BYTES_PER_SECOND,
    }
    await session.send("Network.emulateNetworkConditions", conditions)


def _speed_up(network: SlowNetwork) -> None:
    network.round_trip_seconds, network.bytes_per_second = 0.0, float("inf")


async def _measure(page: Page, network: SlowNetwork, scenario: Scenario) -> Visit:
    network.reset()
    await page.goto(f"{network.origin}{scenario.path}")
    await page.wait_for_selector(scenario.usable)
    before = -1
    while before != len(network.paths):
        before = len(network.paths)
        await asyncio.sleep(QUIET_SECONDS)
    times: list[Any] = await page.evaluate(TIMES)
    return Visit(len(network.paths), network.received_bytes / 1000, *map(float, times))


def _median(visits: list[Visit]) -> Visit:
    """Return the median of each figure."""
    columns = zip(*map(astuple, visits), strict=True)
    return Visit(*map(statistics.median, columns))


def _print(scenario: Scenario, visit: Visit) -> None:
    print(
        f"{scenario.name:32}{visit.requests:9.0f}{visit.kilobytes:7.0f}{visit.first_paint:8.0f}"
        f"{visit.contentful_paint:12.0f}{visit.usable:8.0f}",
        flush=True,
    )


def _print_goals(medians: dict[str, Visit]) -> None:
    for scenario, figure, limit in GOALS:
        value = getattr(medians[scenario], figure)
        verdict = "met" if value <= limit else "MISSED"
        print(f"{scenario}: {figure} {value:.0f}, at most {limit}: {verdict}")

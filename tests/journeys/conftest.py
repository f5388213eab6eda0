"""Fixtures of the journeys: the whole service as a newcomer starts it, and users in browsers."""

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from console.processes.broker import free_port
from tests.support.services.canaille import PROGRAM, canaille_setting
from tests.support.services.processes import running
from tests.support.web.browser import chromium, open_context
from tests.support.web.browser_user import BrowserUser
from tests.support.web.touch import open_phone

__all__ = ["chromium"]

SignUp = Callable[[str], Awaitable[BrowserUser]]
OpenContext = Callable[[], Awaitable[BrowserContext]]


@pytest.fixture(scope="session")
def provider_port() -> int:
    """The port of the provider that the service has. No page waits until it runs."""
    return free_port()


@pytest_asyncio.fixture(scope="session")
async def provider(service: str, provider_port: int) -> AsyncIterator[str]:
    """Run canaille, an OpenID Connect provider, and yield its origin."""
    redirect_uri = f"{service}/sign-in/canaille"
    program = [sys.executable, "-m", PROGRAM, str(provider_port), redirect_uri]
    async with running("canaille", program, {}) as child:
        await child.wait_for_line("ready")
        yield f"http://127.0.0.1:{provider_port}"


@pytest_asyncio.fixture(scope="session")
async def service(
    tmp_path_factory: pytest.TempPathFactory, provider_port: int
) -> AsyncIterator[str]:
    """Run `./livelist up` on an empty folder, and yield its origin."""
    folder: Path = tmp_path_factory.mktemp("journey")
    port = free_port()
    environment = {
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "REDIS_URL": "",
        "DATABASE_URL": "",
        "RATE_LIMITS": "false",
        "WEBHOOKS_TO_PRIVATE_ADDRESSES": "true",
        "OIDC_PROVIDERS": json.dumps([canaille_setting(provider_port)]),
    }
    async with running("up", [sys.executable, "-m", "console", "up"], environment) as child:
        await child.wait_for_line("is ready")
        yield f"http://localhost:{port}"


@pytest_asyncio.fixture
async def new_context(chromium: Browser) -> AsyncIterator[OpenContext]:
    """Open new browser profiles; they are closed after the test."""
    opened: list[BrowserContext] = []

    async def open_new() -> BrowserContext:
        opened.append(await open_context(chromium))
        return opened[-1]

    yield open_new
    for context in opened:
        await context.close()


@pytest_asyncio.fixture
async def sign_up_on_phone(chromium: Browser, service: str) -> AsyncIterator[SignUp]:
    """Sign up users by name, each on a phone in the dark."""
    phones: list[BrowserContext] = []

    async def sign_up_user(name: str) -> BrowserUser:
        phones.append(await open_phone(chromium, is_dark=True))
        user = BrowserUser(name, await phones[-1].new_page(), service)
        await user.sign_up()
        return user

    yield sign_up_user
    for phone in phones:
        await phone.close()


@pytest.fixture
def sign_up(new_context: OpenContext, service: str) -> SignUp:
    """Sign up users by name, each in a browser profile of their own."""

    async def sign_up_user(name: str) -> BrowserUser:
        user = BrowserUser(name, await (await new_context()).new_page(), service)
        await user.sign_up()
        return user

    return sign_up_user

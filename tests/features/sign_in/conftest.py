"""Fixtures of the sign-in tests."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import client_of, running_app
from tests.support.settings import changed_settings


@pytest_asyncio.fixture
async def limited(settings: Settings, resources: Resources) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application whose rate limits are on; the address is in X-Forwarded-For."""
    changed = changed_settings(settings, rate_limits=True, trusted_proxies=("127.0.0.1",))
    async with running_app(changed) as app, client_of(app) as opened:
        yield opened

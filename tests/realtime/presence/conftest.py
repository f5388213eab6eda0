"""Nodes whose presence times are short."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import served
from tests.support.realtime.presence_sockets import TwoNodes, shorten_presence


@pytest_asyncio.fixture
async def nodes(
    settings: Settings, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TwoNodes]:
    """Two nodes on one broker."""
    shorten_presence(monkeypatch, editing_interval_seconds=0)
    async with served(settings) as first, served(settings) as second:
        yield first, second

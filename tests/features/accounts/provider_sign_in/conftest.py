"""Fixtures: a provider of our own, a site that has it, and a browser."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import client_of, running_app
from tests.support.features.provider_browser import ProviderBrowser
from tests.support.services.provider import SigningProvider
from tests.support.settings import changed_settings


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[SigningProvider]:
    async with SigningProvider() as started:
        yield started


@pytest.fixture
def provider_settings(settings: Settings, provider: SigningProvider) -> Settings:
    return changed_settings(settings, oidc_providers=json.dumps([provider.setting()]))


@pytest_asyncio.fixture
async def client(
    provider_settings: Settings, resources: Resources
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a site with `provider`."""
    async with running_app(provider_settings) as app, client_of(app) as opened:
        yield opened


@pytest.fixture
def browser(client: httpx.AsyncClient) -> ProviderBrowser:
    return ProviderBrowser(client)

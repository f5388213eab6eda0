"""A user who lets programs in."""

import pytest_asyncio

from shared.actor import Actor
from tests.support.features.list_builder import ListBuilder
from tests.support.features.oauth import Consent
from tests.support.world_builder import World


@pytest_asyncio.fixture
async def ana(builder: ListBuilder) -> Actor:
    return await World(builder.served).user("Ana")


@pytest_asyncio.fixture
async def consent(builder: ListBuilder, ana: Actor) -> Consent:
    return Consent(builder, ana)

import pytest

from tests.support.features.house import House
from tests.support.features.list_builder import ListBuilder
from tests.support.world_builder import World


@pytest.fixture
async def house(builder: ListBuilder, world: World) -> House:
    return await House(builder, world).build()

"""The stage of a scenario at the size of the test suite: both databases, a broker to break."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conftest import empty
from tests.support.faults.database_matrix import a_broker, a_stage
from tests.support.faults.scenarios import Stage, chance
from tests.support.services.valkey import Valkey


@pytest.fixture
def broker() -> Iterator[Valkey]:
    """A broker of this test alone, to be broken."""
    with a_broker() as one:
        yield one


@pytest_asyncio.fixture
async def stage(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str, broker: Valkey
) -> AsyncIterator[Stage]:
    """Where the test's `scenario` plays; its dice fall the same way in every run."""
    scenario = request.getfixturevalue("scenario")
    place = "sqlite" if database_url.startswith("sqlite") else "postgres"
    dice = chance(1, scenario, place)
    async with a_stage(database_url, broker, tmp_path, dice, is_full=False) as opened:
        if not opened.settings.on_sqlite:
            await empty(opened.resources)
        yield opened

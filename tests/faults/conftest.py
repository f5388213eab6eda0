"""The stage of a scenario at the size of the test suite: both databases, a broker to break."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conftest import empty
from tests.support.faults.database_matrix import open_broker, open_scenario_env
from tests.support.faults.scenarios import ScenarioEnv, random_for
from tests.support.services.valkey import Valkey


@pytest.fixture
def broker() -> Iterator[Valkey]:
    """A broker of this test alone, to be broken."""
    with open_broker() as one:
        yield one


@pytest_asyncio.fixture
async def env(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str, broker: Valkey
) -> AsyncIterator[ScenarioEnv]:
    """Where the test's `scenario` plays; its dice fall the same way in every run."""
    scenario = request.getfixturevalue("scenario")
    place = "sqlite" if database_url.startswith("sqlite") else "postgres"
    dice = random_for(1, scenario, place)
    async with open_scenario_env(database_url, broker, tmp_path, dice, is_full=False) as opened:
        if not opened.settings.database.is_sqlite:
            await empty(opened.resources)
        yield opened

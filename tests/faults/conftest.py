"""The environment of a scenario at the short size, on both databases, with a broker to break."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.faults.database_matrix import open_broker, open_scenario_env
from tests.support.faults.scenarios import ScenarioEnv, random_for
from tests.support.services.valkey import Valkey


@pytest.fixture
def broker() -> Iterator[Valkey]:
    """A broker of this test alone, to be broken."""
    with open_broker() as broker:
        yield broker


@pytest_asyncio.fixture
async def env(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str, broker: Valkey
) -> AsyncIterator[ScenarioEnv]:
    """The environment of the test's `scenario`, with the same random seed in every run."""
    scenario = request.getfixturevalue("scenario")
    database = "sqlite" if database_url.startswith("sqlite") else "postgres"
    rng = random_for(1, scenario, database)
    async with open_scenario_env(database_url, broker, tmp_path, rng, is_full=False) as env:
        yield env

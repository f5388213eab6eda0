"""The benchmark of growth: all its requests are answered, with the expected number of items."""

from pathlib import Path

import pytest

from bench.fanout.machine import UnavailableError, cores
from bench.growth.measure import GrowthRun, Times
from bench.growth.population import Sizes, population
from bench.growth.report import table
from bench.growth.series import database_series, list_series, log_series, user_series
from bench.rest.dataset import insert_dataset
from bench.rest.load_client import LoadClient, compile_client
from bench.rest.servers import RestEnv
from shared.resources import Resources
from shared.settings import Settings

SIZES = Sizes(todos=(100, 1_000, 1_050), lists=(10, 11), events=(20, 21))


# The requests do not depend on the database; rows of both are inserted in test_rest_bench.py.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_request_has_the_expected_number_of_items(
    resources: Resources, settings: Settings, tmp_path: Path
) -> None:
    try:
        client = LoadClient(await compile_client(tmp_path), tmp_path)
        core = cores()[0]
    except UnavailableError as error:
        pytest.skip(str(error))
    lists, times = population(SIZES), Times()
    await insert_dataset(settings, lists.measured)
    series = [
        *list_series(lists), *user_series(lists), *log_series(lists), *database_series(lists, "few"),
    ]  # fmt: skip
    env = RestEnv({"database": settings}, tmp_path, tmp_path, core)

    await GrowthRun(env, client, "database", 1, None, warm_up_ms=0, window_ms=1).measure(
        series, times
    )

    # The window is too short for most answers, which are checked all the same.
    assert [failure for failure in times.failures if "slower than" not in failure] == []
    assert len(table(times, series)) == 2 + len(series)

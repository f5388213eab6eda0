"""Every scenario of `./livelist faults realtime`, at the short size."""

import pytest

from tests.faults.realtime import SCENARIOS
from tests.support.faults.scenarios import Scenario, ScenarioEnv, run_scenario

SHORT = [
    pytest.param(scenario, database, id=f"{scenario.name}-{database}")
    for scenario in SCENARIOS
    for database in scenario.short_on
]


@pytest.mark.parametrize(("scenario", "database_url"), SHORT, indirect=["database_url"])
async def test_the_promise_is_kept(scenario: Scenario, env: ScenarioEnv) -> None:
    result = await run_scenario(scenario, env, "the test's database")

    assert result.has_passed, f"{result.failure or result.outcome}\n{result.trace}"
    assert result.outcome.expected > 0, "the scenario expected nothing"

"""Every scenario of `./livelist faults jobs`, at a size that fits the test suite."""

import pytest

from tests.faults.jobs import SCENARIOS
from tests.support.faults.scenarios import Scenario, ScenarioEnv, run_scenario

SMALL = [
    pytest.param(scenario, place, id=f"{scenario.name}-{place}")
    for scenario in SCENARIOS
    for place in scenario.small_on
]


@pytest.mark.parametrize(("scenario", "database_url"), SMALL, indirect=["database_url"])
async def test_the_promise_is_kept(scenario: Scenario, env: ScenarioEnv) -> None:
    result = await run_scenario(scenario, env, "here")

    assert result.has_passed, f"{result.failure or result.outcome}\n{result.trace}"
    assert result.outcome.expected > 0, "nothing was tried"

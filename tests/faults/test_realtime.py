"""Every scenario of `./livelist faults realtime`, at a size that fits the test suite."""

import pytest

from tests.faults.realtime import SCENARIOS
from tests.support.faults.scenarios import Scenario, Stage, try_out

SMALL = [
    pytest.param(scenario, place, id=f"{scenario.name}-{place}")
    for scenario in SCENARIOS
    for place in scenario.small_on
]


@pytest.mark.parametrize(("scenario", "database_url"), SMALL, indirect=["database_url"])
async def test_the_promise_is_kept(scenario: Scenario, stage: Stage) -> None:
    verdict = await try_out(scenario, stage, "here")

    assert verdict.is_kept, f"{verdict.breach or verdict.outcome}\n{verdict.trace}"
    assert verdict.outcome.expected > 0, "nothing was tried"

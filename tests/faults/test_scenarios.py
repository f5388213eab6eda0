"""The fault suite detects broken promises: a check that cannot fail proves nothing."""

import asyncio
import importlib

import pytest

from shared.settings import ROOT
from tests.faults.__main__ import LONGEST_MINUTES, SUITES
from tests.support.faults.expected_events import compare_events
from tests.support.faults.scenarios import (
    Outcome,
    Scenario,
    ScenarioEnv,
    exit_code,
    format_table,
    random_for,
    run_scenario,
)


async def walk(env: ScenarioEnv) -> Outcome:
    return Outcome(3, 3, note="p99 4 ms")


@pytest.fixture
def scenario() -> Scenario:
    return Scenario("walk", "a walk in the park", walk)


@pytest.mark.parametrize(
    ("received", "lost", "duplicated", "reordered"),
    [
        ([3, 4, 5], 0, 0, 0),
        ([3, 5], 1, 0, 0),
        ([3, 4, 4, 5], 0, 1, 0),
        ([4, 3, 5], 0, 0, 1),
        ([3, 4, 5, 6], 0, 1, 0),
        ([2, 3, 4, 5], 0, 1, 0),
        ([], 3, 0, 0),
    ],
)
def test_each_kind_of_delivery_error_is_counted(
    received: list[int], lost: int, duplicated: int, reordered: int
) -> None:
    outcome = compare_events(received, since=2, head=5)

    assert outcome == Outcome(3, len(received), lost, duplicated, reordered)
    assert outcome.has_passed is (received == [3, 4, 5])


@pytest.mark.parametrize("error", [AssertionError("no kill"), ExceptionGroup("", [OSError("no")])])
async def test_the_message_of_an_exception_is_the_failure(
    env: ScenarioEnv, scenario: Scenario, error: Exception
) -> None:
    async def fail(env: ScenarioEnv) -> Outcome:
        raise error

    result = await run_scenario(Scenario("fall", "a fall", fail), env, "sqlite")

    assert not result.has_passed
    assert "no" in result.failure
    assert exit_code([result]) == 1


async def test_a_passed_deadline_is_a_failure(env: ScenarioEnv, scenario: Scenario) -> None:
    async def hang(env: ScenarioEnv) -> Outcome:
        async with env.resources.begin_read():
            await asyncio.get_running_loop().create_future()
        return Outcome(1, 1)

    result = await run_scenario(Scenario("hang", "a hang", hang, 0.1), env, "sqlite")

    assert result.failure == "its deadline passed"


async def test_the_table_shows_promise_and_note_of_a_passed_scenario(
    env: ScenarioEnv, scenario: Scenario
) -> None:
    result = await run_scenario(scenario, env, "sqlite")

    text = format_table([result])

    assert "a walk in the park" in text
    assert "p99 4 ms" in text
    assert "FAILED" not in text
    assert exit_code([result]) == 0
    assert exit_code([]) == 1


def test_each_scenario_has_its_own_random_numbers(scenario: Scenario) -> None:
    other = Scenario("run", "", walk)

    assert random_for(7, scenario, "sqlite").random() == random_for(7, scenario, "sqlite").random()
    assert random_for(7, scenario, "sqlite").random() != random_for(7, other, "sqlite").random()


@pytest.mark.parametrize("suite", sorted(SUITES))
def test_docs_proofs_lists_every_scenario_with_its_promise(suite: str) -> None:
    page = (ROOT / "docs" / "proofs.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| ")]

    scenarios = importlib.import_module(SUITES[suite]).SCENARIOS
    missing = [
        scenario.name
        for scenario in scenarios
        if not any(scenario.promise in row and f"`{scenario.name}`" in row for row in rows)
    ]

    assert scenarios
    assert missing == []


@pytest.mark.parametrize(
    ("suite", "words"), [("realtime", "ten minutes"), ("jobs", "eight minutes")]
)
def test_the_time_limit_of_a_suite_is_that_of_docs_proofs(suite: str, words: str) -> None:
    page = (ROOT / "docs" / "proofs.md").read_text()
    lines = [line for line in page.splitlines() if line.startswith(f"./livelist faults {suite}  ")]

    assert any(f"under {words}" in line for line in lines)
    assert LONGEST_MINUTES[suite] == {"ten minutes": 10, "eight minutes": 8}[words]

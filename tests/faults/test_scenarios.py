"""The suite tells a kept promise from a broken one: a checker that cannot fail proves nothing."""

import asyncio
import importlib

import pytest

from shared.settings import ROOT
from tests.faults.__main__ import LONGEST_MINUTES, SUITES
from tests.support.faults.expected_events import score
from tests.support.faults.scenarios import (
    Outcome,
    Scenario,
    ScenarioEnv,
    exit_code,
    random_for,
    run_scenario,
    table,
)


async def walk(env: ScenarioEnv) -> Outcome:
    return Outcome(3, 3, note="p99 4 ms")


@pytest.fixture
def scenario() -> Scenario:
    return Scenario("walk", "a walk in the park", walk)


@pytest.mark.parametrize(
    ("heard", "lost", "duplicated", "reordered"),
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
def test_each_kind_of_mistake_is_counted(
    heard: list[int], lost: int, duplicated: int, reordered: int
) -> None:
    outcome = score(heard, since=2, head=5)

    assert outcome == Outcome(3, len(heard), lost, duplicated, reordered)
    assert outcome.has_passed is (heard == [3, 4, 5])


@pytest.mark.parametrize("error", [AssertionError("no kill"), ExceptionGroup("", [OSError("no")])])
async def test_what_is_raised_is_a_breach_in_words(
    env: ScenarioEnv, scenario: Scenario, error: Exception
) -> None:
    async def fail(env: ScenarioEnv) -> Outcome:
        raise error

    result = await run_scenario(Scenario("fall", "a fall", fail), env, "here")

    assert not result.has_passed
    assert "no" in result.failure
    assert exit_code([result]) == 1


async def test_a_deadline_is_a_breach(env: ScenarioEnv, scenario: Scenario) -> None:
    async def hang(env: ScenarioEnv) -> Outcome:
        async with env.resources.begin_read():
            await asyncio.get_running_loop().create_future()
        return Outcome(1, 1)

    result = await run_scenario(Scenario("hang", "a hang", hang, 0.1), env, "here")

    assert result.failure == "its deadline passed"


async def test_a_table_says_what_was_kept(env: ScenarioEnv, scenario: Scenario) -> None:
    result = await run_scenario(scenario, env, "sqlite")

    text = table([result])

    assert "a walk in the park" in text
    assert "p99 4 ms" in text
    assert "BROKEN" not in text
    assert exit_code([result]) == 0
    assert exit_code([]) == 1


def test_a_scenario_s_dice_are_its_own(scenario: Scenario) -> None:
    other = Scenario("run", "", walk)

    assert random_for(7, scenario, "sqlite").random() == random_for(7, scenario, "sqlite").random()
    assert random_for(7, scenario, "sqlite").random() != random_for(7, other, "sqlite").random()


@pytest.mark.parametrize("suite", sorted(SUITES))
def test_every_scenario_is_named_with_its_promise_in_the_papers(suite: str) -> None:
    page = (ROOT / "docs" / "proofs.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| ")]

    scenarios = importlib.import_module(SUITES[suite]).SCENARIOS
    missing = [
        one.name
        for one in scenarios
        if not any(one.promise in row and f"`{one.name}`" in row for row in rows)
    ]

    assert scenarios
    assert missing == []


@pytest.mark.parametrize(
    ("suite", "words"), [("realtime", "ten minutes"), ("jobs", "eight minutes")]
)
def test_a_suite_is_given_no_longer_than_the_papers_promise(suite: str, words: str) -> None:
    page = (ROOT / "docs" / "proofs.md").read_text()
    lines = [line for line in page.splitlines() if line.startswith(f"./livelist faults {suite}  ")]

    assert any(f"under {words}" in line for line in lines)
    assert LONGEST_MINUTES[suite] == {"ten minutes": 10, "eight minutes": 8}[words]

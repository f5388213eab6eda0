"""Fault scenarios: what a scenario runs in, counts and returns, and the table of the results.

    scenario = Scenario("unreliable-pubsub", "5 % publishes dropped, 3 % doubled, reordered", run)
    async def run(env: ScenarioEnv) -> Outcome: ...

`run` counts deliveries and asserts what cannot be counted. The table prints the message of an
AssertionError. The test suite runs every scenario at the short size; `./livelist faults`
(tests/faults/__main__.py) runs it at the full size.
"""

import asyncio
import random
import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from shared.clock import monotonic
from shared.resources import Resources
from shared.settings import Settings
from tests.support.services.valkey import Valkey
from tests.support.world_builder import World

# Most take ten seconds; with many other programs on two cores, ten times that. A longer run hangs.
# The limit only ends a scenario that hangs; no promise is measured by it. Longer than the other limits.
DEADLINE_SECONDS = 400.0
DATABASES = ("postgres", "sqlite")


@dataclass(frozen=True)
class Outcome:
    """How many deliveries were expected and observed: events, effects of jobs, or answers.

    `in_doubt` counts deliveries whose result the system cannot know, such as a mail whose worker
    died right after the hand-over. docs/operations.md allows them, so they are no failure.
    """

    expected: int = 0
    observed: int = 0
    lost: int = 0
    duplicated: int = 0
    reordered: int = 0
    in_doubt: int = 0
    note: str = ""

    @property
    def has_passed(self) -> bool:
        return not (self.lost or self.duplicated or self.reordered)

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.expected + other.expected,
            self.observed + other.observed,
            self.lost + other.lost,
            self.duplicated + other.duplicated,
            self.reordered + other.reordered,
            self.in_doubt + other.in_doubt,
            "; ".join(filter(None, dict.fromkeys((self.note, other.note)))),
        )


@dataclass(frozen=True)
class ScenarioEnv:
    """What one scenario runs in: an empty database, a broker that it may break, and a random generator.

    `resources` belongs to a process that writes; the scenario opens its nodes itself
    (tests/support/faults/api_nodes.py). If `is_full` is false, the scenario runs at the short size,
    which takes seconds.
    """

    settings: Settings
    resources: Resources
    broker: Valkey
    random: random.Random
    is_full: bool

    @property
    def world(self) -> World:
        return World(self.resources)

    def size(self, full: int, short: int) -> int:
        """Return the count for the size of this run."""
        return full if self.is_full else short

    def time_bound(self, seconds: float) -> float:
        """Return the most seconds that something may take in this run.

        The full size runs alone and has the promised bound. The short size shares its cores with the
        other tests of the suite: its bound only tells late from never.
        """
        return seconds if self.is_full else 4 * seconds + 1


@dataclass(frozen=True)
class Scenario:
    """A test of one promise; several scenarios may test the same promise.

    `promise` is a row of docs/proofs.md, word for word. `short_on` names the databases of the short
    size: a scenario whose SQL is the same on both databases runs on one, to save time in the test
    suite. The full size runs on every database.
    """

    name: str
    promise: str
    run: Callable[[ScenarioEnv], Awaitable[Outcome]]
    deadline_seconds: float = DEADLINE_SECONDS
    short_on: tuple[str, ...] = DATABASES


@dataclass(frozen=True)
class ScenarioResult:
    """The result of a scenario on one database; `failure` says why there is no outcome."""

    scenario: Scenario
    database: str
    outcome: Outcome
    seconds: float
    failure: str = ""
    trace: str = field(default="", repr=False)

    @property
    def has_passed(self) -> bool:
        return self.outcome.has_passed and not self.failure


def random_for(seed: int, scenario: Scenario, database: str) -> random.Random:
    """Return the random generator of one scenario: with or without `--only` it draws the same numbers."""
    return random.Random(f"{seed} {scenario.name} {database}")


async def run_scenario(scenario: Scenario, env: ScenarioEnv, database: str) -> ScenarioResult:
    """Run the scenario within its deadline and return the result, whatever it raised."""
    began, outcome, failure, trace = monotonic(), Outcome(), "", ""
    deadline = asyncio.timeout(scenario.deadline_seconds)
    try:
        async with deadline:
            outcome = await scenario.run(env)
    except Exception as error:  # noqa: BLE001  recorded as a failure, so that the other scenarios run
        failure = "its deadline passed" if deadline.expired() else _describe(error)
        trace = traceback.format_exc()
    return ScenarioResult(scenario, database, outcome, monotonic() - began, failure, trace)


def _describe(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    message = " ".join(str(error).split())[:300]
    if isinstance(error, AssertionError) and message:
        return message
    return f"{type(error).__name__} {message}"


HEADINGS = ("database", "expected", "observed", "lost", "duplicated", "reordered", "in doubt", "s")


def format_table(results: Sequence[ScenarioResult]) -> str:
    """Return each promise, and below it a row for each of its scenarios and databases."""
    width = max((len(result.scenario.name) for result in results), default=0)
    lines = [_line(width, "", HEADINGS)]
    for promise in dict.fromkeys(result.scenario.promise for result in results):
        lines.append(promise)
        lines += [_row(width, result) for result in results if result.scenario.promise == promise]
    return "\n".join(lines)


def _line(width: int, name: str, cells: Iterable[str]) -> str:
    database, *numbers = cells
    return f"  {name:<{width}}  {database:<8}" + "".join(f"{number:>11}" for number in numbers)


def _row(width: int, result: ScenarioResult) -> str:
    outcome = result.outcome
    counts = (
        outcome.expected, outcome.observed, outcome.lost,
        outcome.duplicated, outcome.reordered, outcome.in_doubt,
    )  # fmt: skip
    cells = (result.database, *map(str, counts), f"{result.seconds:.1f}")
    line = _line(width, result.scenario.name, cells)
    if not result.has_passed:
        line += "  FAILED"
    if remarks := "; ".join(filter(None, (result.failure, outcome.note))):
        line += f"\n  {'':<{width}}  {remarks}"
    return line


def exit_code(results: Sequence[ScenarioResult]) -> int:
    """Return 0 if at least one scenario ran and all passed, else 1."""
    return 0 if results and all(result.has_passed for result in results) else 1

"""Promises tried by breaking things: scenarios, the table of what came of them, the exit code.

    scenario = Scenario("dropped-rings", "5 % publishes dropped, 3 % doubled, reordered", run)
    async def run(stage: Stage) -> Outcome: ...

`run` counts, and asserts what cannot be counted; an AssertionError is a breach in words. The same
scenarios run small in the test suite and large in `./livelist faults` (tests/faults/__main__.py).
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

# Most take ten seconds; with many other programs on two cores, ten times that. Longer is a hang:
# this bounds how long one is waited for, and no promise is measured by it.
DEADLINE_SECONDS = 180.0
DATABASES = ("postgres", "sqlite")


@dataclass(frozen=True)
class Outcome:
    """How many things were to arrive, and did: events, effects, answers.

    `ambiguous` is what nobody could have known, such as a mail whose sender died right after the
    hand-over: promised as such, and no breach.
    """

    expected: int = 0
    observed: int = 0
    lost: int = 0
    duplicated: int = 0
    reordered: int = 0
    ambiguous: int = 0
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
            self.ambiguous + other.ambiguous,
            "; ".join(filter(None, dict.fromkeys((self.note, other.note)))),
        )


@dataclass(frozen=True)
class ScenarioEnv:
    """Where a scenario plays: an empty database, a broker of its own to break, and its chance.

    `resources` is a process of its own that writes; nodes are opened by the scenario
    (tests/support/faults/api_nodes.py). Not full is the test suite's size: seconds in all.
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
        """Returns how much of it there is to be."""
        return full if self.is_full else short


@dataclass(frozen=True)
class Scenario:
    """`promise` is a line of the contract, word for word; several scenarios may serve one.

    `small_on` is where it is tried small, in the test suite: on one database where none of its SQL
    is its own, for the suite's time. Large, it is tried everywhere.
    """

    name: str
    promise: str
    run: Callable[[ScenarioEnv], Awaitable[Outcome]]
    deadline_seconds: float = DEADLINE_SECONDS
    small_on: tuple[str, ...] = DATABASES


@dataclass(frozen=True)
class ScenarioResult:
    """What came of a scenario at one place; `breach` says why it is none, in words."""

    scenario: Scenario
    place: str
    outcome: Outcome
    seconds: float
    failure: str = ""
    trace: str = field(default="", repr=False)

    @property
    def has_passed(self) -> bool:
        return self.outcome.has_passed and not self.failure


def random_for(seed: int, scenario: Scenario, place: str) -> random.Random:
    """Returns the scenario's own dice: `--only` must not change what it throws."""
    return random.Random(f"{seed} {scenario.name} {place}")


async def run_scenario(scenario: Scenario, env: ScenarioEnv, place: str) -> ScenarioResult:
    """Returns what came of it, within the scenario's deadline, whatever it raised."""
    began, outcome, failure, trace = monotonic(), Outcome(), "", ""
    deadline = asyncio.timeout(scenario.deadline_seconds)
    try:
        async with deadline:
            outcome = await scenario.run(env)
    except Exception as error:  # noqa: BLE001  a verdict, not an end: the others are tried as well
        failure = "its deadline passed" if deadline.expired() else _in_words(error)
        trace = traceback.format_exc()
    return ScenarioResult(scenario, place, outcome, monotonic() - began, failure, trace)


def _in_words(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    words = " ".join(str(error).split())[:300]
    return (
        words if isinstance(error, AssertionError) and words else f"{type(error).__name__} {words}"
    )


HEADINGS = ("place", "expected", "observed", "lost", "duplicated", "reordered", "ambiguous", "s")


def table(results: Sequence[ScenarioResult]) -> str:
    """Returns each promise with its scenarios beneath, a line for each place."""
    width = max((len(one.scenario.name) for one in results), default=0)
    lines = [_line(width, "", HEADINGS)]
    for promise in dict.fromkeys(one.scenario.promise for one in results):
        lines.append(promise)
        lines += [_row(width, one) for one in results if one.scenario.promise == promise]
    return "\n".join(lines)


def _line(width: int, name: str, cells: Iterable[str]) -> str:
    place, *numbers = cells
    return f"  {name:<{width}}  {place:<8}" + "".join(f"{one:>11}" for one in numbers)


def _row(width: int, result: ScenarioResult) -> str:
    one = result.outcome
    counts = (
        one.expected, one.observed, one.lost, one.duplicated, one.reordered, one.ambiguous,
    )  # fmt: skip
    cells = (result.place, *map(str, counts), f"{result.seconds:.1f}")
    line = _line(width, result.scenario.name, cells)
    if not result.has_passed:
        line += "  BROKEN"
    if words := "; ".join(filter(None, (result.failure, one.note))):
        line += f"\n  {'':<{width}}  {words}"
    return line


def exit_code(results: Sequence[ScenarioResult]) -> int:
    """Returns 0 when every promise was kept, and something was tried at all."""
    return 0 if results and all(one.has_passed for one in results) else 1

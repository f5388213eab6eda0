"""Push services that ask to be left alone, or are silent, cost nobody else their pushes."""

import pytest

from shared.jobs.retries import Transient
from tests.support.services.push_service import PushService
from tests.support.worker.push import PushScenario
from tests.support.worker.worker_harness import WorkerHarness
from worker.push import circuit_breaker, sender
from worker.push.circuit_breaker import (
    FIRST_OPEN_SECONDS,
    MAX_OPEN_SECONDS,
    MAX_ORIGINS,
    PushCircuitBreaker,
)

SERVICE, OTHER = "https://push.example.net", "https://other.example.net"


class Time:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr(circuit_breaker, "monotonic", lambda: self.now)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


def left(breaker: PushCircuitBreaker, endpoint: str) -> float:
    """Returns for how long its service is left alone."""
    try:
        breaker.check(endpoint)
    except Transient as failure:
        return failure.retry_after_seconds
    return 0


def test_a_service_that_asks_for_it_is_left_alone_for_all_its_devices(time: Time) -> None:
    breaker = PushCircuitBreaker()

    breaker.record_answer(f"{SERVICE}/one", 120)

    assert left(breaker, f"{SERVICE}/another") == 120
    assert left(breaker, f"{OTHER}/one") == 0
    time.now += 120
    assert left(breaker, f"{SERVICE}/one") == 0


def test_a_silent_service_is_left_alone_for_longer_each_time_until_it_answers(time: Time) -> None:
    breaker, waits = PushCircuitBreaker(), []

    for _ in range(8):
        for _ in range(5):  # were under way together
            breaker.record_unresponsive(f"{SERVICE}/one")
        waits.append(left(breaker, SERVICE))
        time.now += waits[-1]
    breaker.record_answer(f"{SERVICE}/one")
    breaker.record_unresponsive(f"{SERVICE}/one")

    assert waits == [15, 30, 60, 120, 240, 480, 600, 600]
    assert (waits[0], waits[-1]) == (FIRST_OPEN_SECONDS, MAX_OPEN_SECONDS)
    assert left(breaker, SERVICE) == FIRST_OPEN_SECONDS


def test_what_was_under_way_meanwhile_ends_no_rest_that_was_asked_for(time: Time) -> None:
    breaker = PushCircuitBreaker()

    breaker.record_answer(f"{SERVICE}/one", 600)
    breaker.record_answer(f"{SERVICE}/two")
    breaker.record_answer(f"{SERVICE}/three", 60)

    assert left(breaker, SERVICE) == 600


def test_only_so_many_are_remembered(time: Time) -> None:
    breaker = PushCircuitBreaker()

    for number in range(MAX_ORIGINS + 1):
        breaker.record_unresponsive(f"https://{number}.example.net/")

    assert left(breaker, "https://0.example.net/") == 0
    assert left(breaker, f"https://{MAX_ORIGINS}.example.net/") == FIRST_OPEN_SECONDS


async def test_while_a_service_is_left_alone_its_pushes_are_put_off_without_a_call(
    scenario: PushScenario, worker: WorkerHarness, service: PushService
) -> None:
    service.answer(429, header="Retry-After: 600\r\n")
    await scenario.assign()
    await worker.run_once()

    await scenario.assign()
    await worker.run_once()

    assert len(service.received) == 1
    first, second = await scenario.jobs()
    assert second.last_error == "the circuit of the push service is open"
    now = worker.resources.clock.now()
    assert 550 < (second.run_at - now).total_seconds() <= 600
    assert {first.state, second.state} == {"queued"}


async def test_a_service_that_says_nothing_holds_no_place_twice_in_a_row(
    scenario: PushScenario,
    worker: WorkerHarness,
    service: PushService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sender, "TOTAL_SECONDS", 0.3)
    service.stop_answering()
    await scenario.assign()
    await worker.run_once()

    await scenario.assign()
    await worker.run_once()

    assert len(service.received) == 1
    assert [one.state for one in await scenario.jobs()] == ["queued", "queued"]

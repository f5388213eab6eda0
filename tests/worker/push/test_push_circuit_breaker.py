"""The circuit breaker: pushes to busy or unresponsive services do not delay other pushes."""

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
    """The monotonic clock of the circuit breaker, set by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr(circuit_breaker, "monotonic", lambda: self.now)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


def _open_for(breaker: PushCircuitBreaker, endpoint: str) -> float:
    """Return for how many seconds the circuit of the endpoint's service stays open."""
    try:
        breaker.check(endpoint)
    except Transient as failure:
        return failure.retry_after_seconds
    return 0


def test_a_pause_that_a_service_asks_for_applies_to_all_its_endpoints(time: Time) -> None:
    breaker = PushCircuitBreaker()

    breaker.record_answer(f"{SERVICE}/one", 120)

    assert _open_for(breaker, f"{SERVICE}/another") == 120
    assert _open_for(breaker, f"{OTHER}/one") == 0
    time.now += 120
    assert _open_for(breaker, f"{SERVICE}/one") == 0


def test_the_pause_of_an_unresponsive_service_doubles_until_it_answers(time: Time) -> None:
    breaker, waits = PushCircuitBreaker(), []

    for _ in range(8):
        for _ in range(5):  # concurrent pushes
            breaker.record_unresponsive(f"{SERVICE}/one")
        waits.append(_open_for(breaker, SERVICE))
        time.now += waits[-1]
    breaker.record_answer(f"{SERVICE}/one")
    breaker.record_unresponsive(f"{SERVICE}/one")

    assert waits == [15, 30, 60, 120, 240, 480, 600, 600]
    assert (waits[0], waits[-1]) == (FIRST_OPEN_SECONDS, MAX_OPEN_SECONDS)
    assert _open_for(breaker, SERVICE) == FIRST_OPEN_SECONDS


def test_answers_to_concurrent_pushes_do_not_shorten_a_requested_pause(time: Time) -> None:
    breaker = PushCircuitBreaker()

    breaker.record_answer(f"{SERVICE}/one", 600)
    breaker.record_answer(f"{SERVICE}/two")
    breaker.record_answer(f"{SERVICE}/three", 60)

    assert _open_for(breaker, SERVICE) == 600


def test_the_number_of_remembered_origins_is_limited(time: Time) -> None:
    breaker = PushCircuitBreaker()

    for number in range(MAX_ORIGINS + 1):
        breaker.record_unresponsive(f"https://{number}.example.net/")

    assert _open_for(breaker, "https://0.example.net/") == 0
    assert _open_for(breaker, f"https://{MAX_ORIGINS}.example.net/") == FIRST_OPEN_SECONDS


async def test_while_the_circuit_is_open_pushes_are_delayed_without_a_request(
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


async def test_an_unresponsive_service_is_not_contacted_twice_in_a_row(
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

    # None, if the machine is so slow that its time is up before it is connected.
    assert len(service.received) <= 1
    first, second = await scenario.jobs()
    assert {first.state, second.state} == {"queued"}
    assert second.last_error == "the circuit of the push service is open"

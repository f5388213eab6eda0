"""Failpoints are all documented, and cost next to nothing while they are not armed."""

import dis
import timeit

import pytest
from pydantic import ValidationError

from shared import failpoints
from shared.settings import Settings
from tests.support.faults import workloads


def test_every_failpoint_of_the_source_is_documented_and_no_other() -> None:
    documented = {
        line.split()[0] for line in (failpoints.__doc__ or "").splitlines() if line[:4] == "    "
    }

    assert documented == set(workloads.failpoints())


def test_an_unarmed_failpoint_is_one_lookup_in_an_empty_dict() -> None:
    calls = [
        step for step in dis.get_instructions(failpoints.reach) if step.opname == "LOAD_GLOBAL"
    ]

    assert calls[0].argval == "_armed"
    assert failpoints.armed() == []
    # Not compiled away, but never suspended either: the coroutine ends at its first step.
    with pytest.raises(StopIteration):
        failpoints.reach("job_claimed").send(None)


def test_an_unarmed_failpoint_takes_less_than_a_microsecond_or_two() -> None:
    def reach() -> None:
        try:
            failpoints.reach("job_claimed").send(None)
        except StopIteration:
            pass

    # The shortest of many runs: a busy machine makes the others longer.
    assert min(timeit.repeat(reach, number=1000, repeat=50)) / 1000 < 5e-6


def test_arming_one_failpoint_disarms_every_other() -> None:
    failpoints.arm("job_finished:raise")
    failpoints.arm("job_claimed:raise")
    armed = failpoints.armed()
    failpoints.arm("")

    assert armed == ["job_claimed"]
    assert failpoints.armed() == []


async def test_a_failpoint_with_a_number_breaks_at_that_time_and_each_time_after_it() -> None:
    broke = []
    failpoints.arm("job_claimed:raise:3")
    for _ in range(4):
        try:
            await failpoints.reach("job_claimed")
            await failpoints.reach("job_finished")
            broke.append(False)
        except failpoints.FailpointReached:
            broke.append(True)
    failpoints.arm("")

    assert broke == [False, False, True, True]


@pytest.mark.parametrize("value", ["job_claimed", "job_claimed:sleep", "job_claimed:kill:0"])
def test_an_unknown_action_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="smtp_accepted:kill"):
        Settings.from_variables({"FAILPOINT": value})

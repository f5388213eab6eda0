"""Failpoints: none is forgotten by the papers, and none costs anything while it is not armed."""

import dis
import timeit

import pytest
from pydantic import ValidationError

from shared import failpoints
from shared.settings import Settings
from tests.support.faults import workloads
from tests.support.settings import changed_settings


def test_every_failpoint_of_the_source_is_explained_and_no_other() -> None:
    told = {
        line.split()[0] for line in (failpoints.__doc__ or "").splitlines() if line[:4] == "    "
    }

    assert told == set(workloads.failpoints())


def test_an_unarmed_failpoint_is_one_look_into_an_empty_dict() -> None:
    calls = [one for one in dis.get_instructions(failpoints.reach) if one.opname == "LOAD_GLOBAL"]

    assert calls[0].argval == "_armed"
    assert failpoints._armed == {}
    # Not compiled away, but never suspended either: the coroutine ends at its first step.
    with pytest.raises(StopIteration):
        failpoints.reach("job_claimed").send(None)


def test_an_unarmed_failpoint_takes_less_than_a_microsecond_or_two() -> None:
    def reach() -> None:
        try:
            failpoints.reach("job_claimed").send(None)
        except StopIteration:
            pass

    # The best of many: what a busy machine adds is not its cost.
    assert min(timeit.repeat(reach, number=1000, repeat=50)) / 1000 < 5e-6


def test_arming_names_one_place_and_disarming_none() -> None:
    armed = Settings.from_variables({"FAILPOINT": "job_claimed:raise"})

    failpoints.arm(armed)
    there = list(failpoints._armed)
    failpoints.arm(changed_settings(armed, failpoint=""))

    assert there == ["job_claimed"]
    assert failpoints._armed == {}


async def test_with_a_number_it_breaks_at_that_time_and_whenever_after_it() -> None:
    armed = Settings.from_variables({"FAILPOINT": "job_claimed:raise:3"})

    broke = []
    failpoints.arm(armed)
    for _ in range(4):
        try:
            await failpoints.reach("job_claimed")
            await failpoints.reach("job_finished")
            broke.append(False)
        except failpoints.FailpointReached:
            broke.append(True)
    failpoints.arm(changed_settings(armed, failpoint=""))

    assert broke == [False, False, True, True]


@pytest.mark.parametrize("value", ["job_claimed", "job_claimed:sleep", "job_claimed:kill:0"])
def test_what_is_no_way_to_break_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="smtp_accepted:kill"):
        Settings.from_variables({"FAILPOINT": value})

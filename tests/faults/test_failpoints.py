"""Failpoints: none is forgotten by the papers, and none costs anything while it is not armed."""

import dis
import timeit

import pytest

from shared import failpoints
from shared.settings import Settings
from tests.faults.jobs import killing


def test_every_failpoint_of_the_source_is_explained_and_no_other() -> None:
    told = {
        line.split()[0] for line in (failpoints.__doc__ or "").splitlines() if line[:4] == "    "
    }

    assert told == set(killing.failpoints())


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
    armed = Settings.model_validate({"failpoint": "job_claimed:raise"})

    failpoints.arm(armed)
    there = dict(failpoints._armed)
    failpoints.arm(armed.model_copy(update={"failpoint": ""}))

    assert there == {"job_claimed": "raise"}
    assert failpoints._armed == {}

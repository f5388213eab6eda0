"""The offsets of a zone as a table give the same instants as its clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.zones import OFFSETS_BEGIN, OFFSETS_END, instant_of, offsets_of, zone_names

ZONES = sorted(zone_names())
LOCALS = st.datetimes(OFFSETS_BEGIN + timedelta(days=7), OFFSETS_END).map(
    lambda local: local.replace(microsecond=0)
)


@given(LOCALS, st.sampled_from(ZONES))
def test_every_local_time_has_the_instant_of_its_clock(local: datetime, zone: str) -> None:
    assert offsets_of(zone).instant_of(local.replace(tzinfo=UTC)) == instant_of(local, zone)


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Antarctica/Troll",
        "Africa/Casablanca",
    ],
)
def test_the_offset_changes_in_the_second_in_which_the_clock_does(zone: str) -> None:
    offsets = offsets_of(zone)

    assert len(offsets.starts) > 20
    for start in offsets.starts:
        for seconds in (-3600, -1, 0, 1, 3600):
            local = start + timedelta(seconds=seconds)
            assert offsets.instant_of(local) == instant_of(local.replace(tzinfo=None), zone)


def test_an_unknown_zone_is_utc() -> None:
    assert offsets_of("Mars/Olympus") == offsets_of("UTC")
    assert (offsets_of("UTC").least, offsets_of("UTC").most) == (timedelta(), timedelta())

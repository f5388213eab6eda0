"""Due dates: refused values, and the instant of a local time in every zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contract.shapes import DueDate, DueTime
from shared.errors import Invalid
from shared.todos.rules import due
from shared.zones import instant_of, is_zone

ZONES = sorted(available_timezones() - {"Factory", "localtime"})
LOCALS = st.datetimes(
    datetime.fromisoformat("1980-01-01"), datetime.fromisoformat("2999-12-30")
).map(lambda moment: moment.replace(microsecond=0))


def test_a_local_time_that_clocks_skip_moves_forward_by_the_gap() -> None:
    instant = instant_of(datetime.fromisoformat("2026-03-29T02:30"), "Europe/Berlin")

    assert instant == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert instant.astimezone(ZoneInfo("Europe/Berlin")).strftime("%H:%M") == "03:30"


def test_a_local_time_that_occurs_twice_means_the_first() -> None:
    instant = instant_of(datetime.fromisoformat("2026-10-25T02:30"), "Europe/Berlin")

    assert instant == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(LOCALS, st.sampled_from(ZONES))
def test_every_local_time_is_one_instant_that_shows_it_or_lies_after_a_gap(
    local: datetime, zone: str
) -> None:
    instant = instant_of(local, zone)

    shown = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if shown == local:
        # The first instant of possibly two: no earlier one shows the same local time.
        earlier = (instant - timedelta(hours=offset / 2) for offset in range(1, 5))
        shows = [instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for instant in earlier]
        assert local not in shows
    else:
        # A skipped local time moves forward as far as the clocks do.
        just_before = (instant - (shown - local)).astimezone(ZoneInfo(zone))
        after = instant.astimezone(ZoneInfo(zone))
        assert shown > local
        assert shown - local == after.utcoffset() - just_before.utcoffset()  # type: ignore[operator]


@given(LOCALS, st.none() | st.sampled_from(ZONES))
def test_a_due_time_is_stored_as_it_was_sent(local: datetime, zone: str | None) -> None:
    accepted = due.parse_due_time(local.isoformat(), zone)

    columns = due.due_columns(accepted)
    assert accepted == DueTime(at=local.isoformat(), zone=zone)
    assert columns["due_kind"] == ("floating" if zone is None else "fixed")
    assert columns["due_sort"] == (
        local.replace(tzinfo=UTC) if zone is None else instant_of(local, zone)
    )
    assert columns["due_at"] == due.due_at(accepted)


def test_seconds_may_be_left_out() -> None:
    assert due.parse_due_time("2026-12-24T09:00", None).at == "2026-12-24T09:00:00"


def test_a_due_date_sorts_as_its_midnight_in_utc() -> None:
    accepted = due.parse_due_date("2026-12-24")

    assert accepted == DueDate(date=date(2026, 12, 24))
    assert due.due_columns(accepted)["due_sort"] == datetime(2026, 12, 24, tzinfo=UTC)
    assert due.due_at(accepted) is None


@pytest.mark.parametrize(
    "text",
    ["", "2026-02-30", "2026-1-1", "20261224", "0206-12-24", "20226-12-24", "3000-01-01",
     "2026-12-24T09:00:00", "٢٠٢٦-١٢-٢٤", "2026-W52-4"],
)  # fmt: skip
def test_an_invalid_or_implausible_day_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        due.parse_due_date(text)


@pytest.mark.parametrize(
    "text",
    ["", "2026-12-24", "2026-12-24T25:00:00", "2026-12-24T09:00:00Z", "2026-12-24T09:00:00+01:00",
     "2026-12-24 09:00:00", "1979-12-31T23:59:59", "2026-12-24T09:00:00.5", "2026-12-24T09"],
)  # fmt: skip
def test_an_invalid_local_time_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        due.parse_due_time(text, None)


@pytest.mark.parametrize(
    "zone",
    ["", "Mars/Olympus", "europe/berlin", "../../etc/passwd", "/etc/localtime", "localtime",
     "Factory", "posixrules", "Europe/Berlin\x00", "+01:00"],
)  # fmt: skip
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(Invalid):
        due.parse_due_time("2026-12-24T09:00:00", zone)

    assert not is_zone(zone)

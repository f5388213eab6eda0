"""A host with a wrong clock writes the same times as a host with a right clock."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from sqlalchemy import select

from shared import clock
from shared.clock import as_rfc3339
from shared.notifications.rules import MAIL_GRACE, MAIL_WINDOW
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.jobs import JobRow
from tests.support.api_server import client_of, running_app
from tests.support.clock import ManualClock
from tests.support.features.list_builder import EDITOR, OWNER, ListBuilder
from tests.support.world_builder import World

SetClockWrong = Callable[[float], None]


@pytest.fixture
def set_clock_wrong(monkeypatch: pytest.MonkeyPatch) -> SetClockWrong:
    """A function that makes this host's clock wrong by a number of hours."""

    def by(hours: float) -> None:
        class WrongDatetime(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "datetime":  # type: ignore[override]
                return datetime.now(tz) + timedelta(hours=hours)

        monkeypatch.setattr(clock, "datetime", WrongDatetime)

    return by


@pytest.mark.parametrize("hours", [1, -1])
async def test_reminders_and_mails_of_a_host_an_hour_off_are_due_at_the_right_time(
    settings: Settings,
    resources: Resources,
    world: World,
    set_clock_wrong: SetClockWrong,
    hours: int,
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    now = resources.clock.now()
    soon = (now + timedelta(minutes=30)).replace(microsecond=0)
    resources.clock = ManualClock(now)
    set_clock_wrong(hours)

    async with running_app(settings) as app, client_of(app) as client:
        builder = ListBuilder(resources, client, settings, app.state.resources)
        home = await builder.make_list({ana: OWNER, ben: EDITOR})
        due = {"at": f"{soon:%Y-%m-%dT%H:%M:%S}", "zone": "UTC"}
        todo = await builder.add_todo(ana, home, due=due)
        path = f"/todos/{todo['id']}/reminders"
        reminder = (await builder.request(ana, "POST", path, {"minutes_before": 0})).json()
        await builder.request(ana, "PATCH", f"/todos/{todo['id']}", {"assignees": [ben.user_id]})

    assert reminder["fires_at"] == todo["due_at"] == as_rfc3339(soon)
    async with resources.begin_read() as read:
        job = (await read.connection.execute(select(*JobRow.__table__.c))).one()
    assert job.kind == "send_notifications"
    until = datetime.fromisoformat(job.payload["until"])
    assert now < until <= now + MAIL_WINDOW
    assert job.run_at == until + MAIL_GRACE
    assert abs(datetime.fromisoformat(todo["created_at"]) - now) < timedelta(minutes=1)


async def test_a_clock_slightly_off_is_kept_and_one_far_off_is_corrected_and_logged(
    settings: Settings,
    resources: Resources,
    set_clock_wrong: SetClockWrong,
    caplog: pytest.LogCaptureFixture,
) -> None:
    results = []
    for hours in (0.1 / 3600, 2.0):
        caplog.clear()
        set_clock_wrong(hours)
        with caplog.at_level(logging.WARNING, "api.operations.clock_sync"):
            async with running_app(settings) as app:
                ahead = app.state.resources.clock.now() - datetime.now(UTC)
        results.append((caplog.messages, round(ahead.total_seconds(), 1)))

    assert results == [
        ([], 0.1),
        (["this host's clock is off by +7200 s: using the database's"], 0.0),
    ]

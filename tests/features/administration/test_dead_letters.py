"""Jobs as administrators see them: counts, dead letters, retry and discard."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.actor import Actor
from shared.contract.shapes import SiteRole
from shared.ids import JobId, new_id
from shared.tables.jobs import JobRow
from tests.support.features.list_builder import ListBuilder
from tests.support.registration import Registrar
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World

JOBS = "/admin/jobs"


async def dead_jobs(world: World, count: int, **values: Any) -> Sequence[JobId]:
    """Return jobs that were given up, the oldest first."""
    jobs = JobBuilder(world.resources)
    ids = await jobs.add_messages(await world.user("Ben"), count)
    for job in ids:
        values = {"state": "dead", "finished_at": jobs.now, "last_error": "no"} | values
        await jobs.update_row(JobRow, job, **values)
    return sorted(ids)


async def test_a_dead_letter_is_listed_with_its_reason_retried_and_done(
    builder: ListBuilder, world: World, worker: WorkerHarness, smtp: SmtpServer, ada: Actor
) -> None:
    ben = await world.user("Ben")
    (job,) = await JobBuilder(world.resources).add_messages(ben)
    smtp.reject("550 5.1.1 no such user")
    await worker.run_once()

    listed = (await builder.request(ada, "GET", f"{JOBS}/dead")).json()
    retried = (await builder.request(ada, "POST", f"{JOBS}/dead/retry", {"ids": [job]})).json()
    await worker.run_once()
    after = (await builder.request(ada, "GET", f"{JOBS}/dead")).json()

    assert [(each["id"], each["kind"], each["error"]) for each in listed["items"]] == [
        (job, "send_admin_message", "the mail server answered 550")
    ]
    assert ben.user_id not in str(listed)
    assert retried == {"count": 1}
    assert after == {"items": [], "next_cursor": None}
    assert len(smtp.received) == 1


async def test_all_dead_jobs_of_a_kind_are_retried_and_others_stay_dead(
    builder: ListBuilder, world: World, ada: Actor, registrar: Registrar
) -> None:
    await dead_jobs(world, 2)
    (other,) = await dead_jobs(world, 1, kind="send_digest")

    body = {"all": True, "kind": "send_admin_message"}
    retried = (await builder.request(ada, "POST", f"{JOBS}/dead/retry", body)).json()

    left = (await builder.request(ada, "GET", f"{JOBS}/dead")).json()["items"]
    assert (retried, [each["id"] for each in left]) == ({"count": 2}, [other])
    (entry,) = await registrar.audit("jobs.retried")
    assert entry.actor_id == ada.user_id
    assert entry.facts == {"count": "2", "kind": "send_admin_message"}


async def test_discarded_jobs_are_gone_and_only_dead_ones_are_discarded(
    builder: ListBuilder, world: World, ada: Actor, registrar: Registrar
) -> None:
    (dead,) = await dead_jobs(world, 1)
    (queued,) = await JobBuilder(world.resources).add_messages(await world.user("Cem"))

    body = {"ids": [dead, queued, new_id()]}
    discarded = (await builder.request(ada, "POST", f"{JOBS}/dead/discard", body)).json()

    counts = (await builder.request(ada, "GET", f"{JOBS}/counts")).json()["items"]
    assert discarded == {"count": 1}
    assert [(each["state"], each["count"]) for each in counts] == [("queued", 1)]
    assert len(await registrar.audit("jobs.discarded")) == 1


async def test_dead_jobs_are_paged_by_cursor(
    builder: ListBuilder, world: World, ada: Actor
) -> None:
    ids = await dead_jobs(world, 5)

    first = (await builder.request(ada, "GET", f"{JOBS}/dead?limit=3")).json()
    path = f"{JOBS}/dead?limit=3&before={first['next_cursor']}"
    second = (await builder.request(ada, "GET", path)).json()
    none = (await builder.request(ada, "GET", f"{JOBS}/dead?kind=send_digest")).json()

    found = [each["id"] for each in first["items"] + second["items"]]
    assert found == list(reversed(ids))
    assert (second["next_cursor"], none["items"]) == (None, [])


async def test_counts_say_when_the_next_job_is_due_and_how_long_the_first_waits(
    builder: ListBuilder, world: World, ada: Actor
) -> None:
    jobs = JobBuilder(world.resources)
    late, done = await jobs.add_messages(await world.user("Ben"), 2)
    await jobs.update_row(JobRow, late, run_at=jobs.now - timedelta(minutes=2))
    await jobs.update_row(JobRow, done, state="done", finished_at=jobs.now)

    counts = (await builder.request(ada, "GET", f"{JOBS}/counts")).json()

    (queued,) = counts["items"]
    assert (queued["state"], queued["count"]) == ("queued", 1)
    assert 119 < counts["oldest_due_seconds"] < 180


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"ids": ["x"]},
        {"ids": [new_id()], "all": True},
        {"ids": [new_id()], "kind": "send_digest"},
        {"all": True, "kind": "no_such_kind"},
        {"all": False},
    ],
)
async def test_a_command_on_dead_jobs_names_them_in_one_way(
    builder: ListBuilder, world: World, ada: Actor, body: dict[str, Any]
) -> None:
    await dead_jobs(world, 1)

    answer = await builder.request(ada, "POST", f"{JOBS}/dead/discard", body)

    assert answer.status_code == 422
    assert (await builder.request(ada, "GET", f"{JOBS}/dead")).json()["items"] != []


async def test_a_moderator_sees_no_jobs_and_no_state_of_the_site(
    builder: ListBuilder, world: World
) -> None:
    moderator = await world.user("Mo", site_role=SiteRole.MODERATOR)

    paths = (f"{JOBS}/dead", f"{JOBS}/counts", "/admin/site", "/admin/mail", "/audit", "/users")
    statuses = [(await builder.request(moderator, "GET", path)).status_code for path in paths]

    assert statuses == [403, 403, 403, 403, 403, 200]

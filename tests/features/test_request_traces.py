"""A request can be followed by its id, into the jobs that it causes and the log of the worker."""

import logging
import re
from collections.abc import Awaitable

import httpx
import pytest
from sqlalchemy import select

from shared.logs import request_id
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.jobs import JobRow
from tests.support.features.permissions import ROUTES, STREAM, PermissionScenario
from tests.support.world_builder import World

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def jobs_of(resources: Resources) -> dict[str, tuple[str, str]]:
    """Return the kind and the request of every job, by its id."""
    statement = select(JobRow.id, JobRow.kind, JobRow.request_id)
    async with resources.begin_read() as read:
        rows = await read.connection.execute(statement)
        return {row.id: (row.kind, row.request_id) for row in rows}


async def new_scenario(
    client: httpx.AsyncClient, world: World, settings: Settings
) -> PermissionScenario:
    scenario = PermissionScenario(client, world, settings)
    await scenario.build()
    return scenario


async def traced(
    client: httpx.AsyncClient, trace: str, request: Awaitable[httpx.Response]
) -> httpx.Response:
    """Return the answer to `request`, a coroutine of the client, which carries this request id."""
    client.headers["X-Request-ID"] = trace
    try:
        return await request
    finally:
        del client.headers["X-Request-ID"]


# Requests after which the scenario lacks something that later ones need. They come last.
TAKING = re.compile("^DELETE |/(delete|logout)$")


async def test_every_job_that_a_request_causes_has_its_id(
    client: httpx.AsyncClient, world: World, settings: Settings, resources: Resources
) -> None:
    kinds: set[str] = set()
    scenario = await new_scenario(client, world, settings)
    for number, route in enumerate(sorted(ROUTES, key=lambda it: (bool(TAKING.search(it)), it))):
        if route.startswith(("GET ", STREAM)):
            continue
        caller = "admin" if "/users/{" in route else "owner"
        before = await jobs_of(resources)

        answer = await traced(client, f"trace-{number}", scenario.send(route, caller, scenario.ids))
        if answer.status_code == 409:
            # What an earlier request did is in the way.
            scenario = await new_scenario(client, world, settings)
            before = await jobs_of(resources)
            answer = await traced(
                client, f"trace-{number}", scenario.send(route, caller, scenario.ids)
            )

        caused = {job: it for job, it in (await jobs_of(resources)).items() if job not in before}
        assert {trace for _, trace in caused.values()} <= {f"trace-{number}"}, route
        kinds |= {kind for kind, _ in caused.values()}
        if TAKING.search(route) and answer.is_success:
            scenario = await new_scenario(client, world, settings)

    # As many as with a scenario of its own for every route.
    assert len(kinds) >= 10


async def test_a_transaction_takes_the_id_from_the_context(resources: Resources) -> None:
    token = request_id.set("trace-1")

    async with resources.begin() as work:
        assert work.request_id == "trace-1"
    request_id.reset(token)
    async with resources.begin() as work:
        assert work.request_id == ""


async def test_the_access_log_has_method_path_and_status_as_fields(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    await client.get("/api/v1/nothing?secret=1")
    await client.head("/health/live")

    lines = [vars(record) for record in caplog.records if hasattr(record, "route")]
    fields = [(line["method"], line["path"], line["status"], line["levelname"]) for line in lines]
    assert fields == [
        ("GET", "/api/v1/nothing", 404, "INFO"),
        ("HEAD", "/health/live", 200, "DEBUG"),
    ]


async def test_files_are_logged_at_debug_unless_they_are_missing(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    for path in ("/", "/web/index.html", "/service_worker.js", "/web/nothing.js"):
        await client.get(path)

    levels = {
        vars(record)["path"]: record.levelname
        for record in caplog.records
        if hasattr(record, "route")
    }
    assert levels == {
        "/": "INFO", "/web/index.html": "DEBUG", "/service_worker.js": "DEBUG",
        "/web/nothing.js": "INFO",
    }  # fmt: skip

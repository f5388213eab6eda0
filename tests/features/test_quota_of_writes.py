"""Every command counts against the quota of its account."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.http.write_quota import WINDOW_SECONDS, WriteQuota
from shared.settings import Settings
from tests.support.features.permissions import PermissionScenario
from tests.support.openapi_document import DOCUMENT
from tests.support.settings import plain_settings
from tests.support.world_builder import World


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_writes_over_http_count_with_their_bodies(
    app: FastAPI, client: httpx.AsyncClient, world: World, settings: Settings, tmp_path: Path
) -> None:
    scenario = PermissionScenario(client, world, settings)
    await scenario.build()
    own, other = scenario.headers("owner"), scenario.headers("editor")

    async def add(headers: dict[str, str], size: int = 1) -> httpx.Response:
        body = {"list_id": scenario.ids["list_id"], "title": "New", "description": "x" * size}
        return await client.post("/api/v1/todos", headers=headers, json=body)

    app.state.write_quota = WriteQuota(
        plain_settings(tmp_path, writes_per_hour=3, rate_limits=True)
    )
    small = [await add(own) for _ in range(4)]
    of_other = await add(other)
    app.state.write_quota = WriteQuota(
        plain_settings(tmp_path, written_mebibytes_per_hour=1, rate_limits=True)
    )
    large = [(await add(own, 40_000)).status_code for _ in range(27)]
    read = await client.get("/api/v1/todos", headers=own)

    assert [answer.status_code for answer in small] == [201, 201, 201, 429]
    assert small[-1].json()["code"] == "quota_exceeded"
    assert 0 < int(small[-1].headers["retry-after"]) <= WINDOW_SECONDS
    assert (of_other.status_code, read.status_code) == (201, 200)
    assert large == [201] * 26 + [429]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_retry_counts_as_a_write_and_is_answered_beyond_the_quota(
    app: FastAPI, client: httpx.AsyncClient, world: World, settings: Settings, tmp_path: Path
) -> None:
    scenario = PermissionScenario(client, world, settings)
    await scenario.build()

    async def add(key: str, title: str = "New") -> httpx.Response:
        headers = scenario.headers("owner") | {"Idempotency-Key": key}
        body = {"list_id": scenario.ids["list_id"], "title": title}
        return await client.post("/api/v1/todos", headers=headers, json=body)

    app.state.write_quota = WriteQuota(
        plain_settings(tmp_path, writes_per_hour=4, rate_limits=True)
    )
    first = await add("a")
    # Each runs the command and is rolled back, which Postgres writes to its disk, too.
    again = [await add("a") for _ in range(2)]
    second = await add("b")
    beyond = await add("c")
    still = await add("a")
    reused = await add("a", title="Another")

    assert [answer.status_code for answer in (first, *again, second)] == [201] * 4
    assert beyond.json()["code"] == "quota_exceeded"
    assert {answer.content for answer in (*again, still)} == {first.content}
    assert still.headers["idempotency-replayed"] == "true"
    assert reused.json()["code"] == "idempotency_key_reused"


def test_every_write_within_the_quota_documents_its_refusal() -> None:
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            names = {parameter["name"] for parameter in operation.get("parameters", ())}
            if "Idempotency-Key" in names:
                assert "429" in operation["responses"], (method, path)

"""Create, read, list with filters, edit, replace, delete, and many at once."""

from typing import Any

import httpx
import pytest

from shared.ids import new_id

PATH = "/api/v1/todos"
TODO = {
    "title": "Write the report",
    "description": "Three pages",
    "priority": 3,
    "due_date": "2027-01-15T09:00:00Z",
    "metadata": {"project": "alpha"},
}


async def _create(
    client: httpx.AsyncClient, headers: dict[str, str], **fields: Any
) -> dict[str, Any]:
    answer = await client.post(PATH, json=TODO | fields, headers=headers)
    assert answer.status_code == 201, answer.text
    todo: dict[str, Any] = answer.json()
    return todo


async def _titles(client: httpx.AsyncClient, headers: dict[str, str], query: str) -> list[str]:
    answer = await client.get(f"{PATH}?{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return [todo["title"] for todo in answer.json()["items"]]


async def _delete_examples(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """Put the example todos of a new account into the trash."""
    todos = (await client.get(f"{PATH}?limit=100", headers=headers)).json()["items"]
    ids = [todo["id"] for todo in todos]
    answer = await client.post(f"{PATH}/bulk/delete", json={"todo_ids": ids}, headers=headers)
    assert answer.status_code == 204


async def test_create_and_read(client: httpx.AsyncClient, auth_headers: dict[str, str]) -> None:
    created = await _create(client, auth_headers)

    answer = await client.get(f"{PATH}/{created['id']}", headers=auth_headers)

    assert answer.json() == created
    names = ("title", "description", "priority", "metadata")
    assert {name: created[name] for name in names} == {name: TODO[name] for name in names}
    assert created["due"] == {"at": "2027-01-15T09:00:00", "zone": "UTC"}
    assert created["due_at"] == "2027-01-15T09:00:00.000000Z"
    assert created["status"] == "pending"


@pytest.mark.parametrize(
    ("due_date", "due"),
    [
        ("2027-01-15", {"date": "2027-01-15"}),
        ("2027-01-15T09:00:00+02:00", {"at": "2027-01-15T07:00:00", "zone": "UTC"}),
        ("2027-01-15T09:00:00.250Z", {"at": "2027-01-15T09:00:00", "zone": "UTC"}),
        ("2027-01-15T09:00:00", {"at": "2027-01-15T09:00:00", "zone": None}),
        (None, None),
    ],
)
async def test_a_due_date_is_a_day_or_an_instant(
    client: httpx.AsyncClient,
    auth_headers: dict[str, str],
    due_date: str | None,
    due: dict[str, str | None] | None,
) -> None:
    assert (await _create(client, auth_headers, due_date=due_date))["due"] == due


@pytest.mark.parametrize(
    "fields",
    [
        {"title": ""}, {"title": "x" * 501}, {"priority": 6}, {"priority": -1},
        {"due_date": "soon"}, {"due_date": 7}, {"due_date": "0001-01-01T00:00:00+23:00"},
        {"due": {"date": "2027-01-15"}}, {"metadata": []}, {"unknown": 1},
    ],
)  # fmt: skip
async def test_a_wrong_field_is_refused(
    client: httpx.AsyncClient, auth_headers: dict[str, str], fields: dict[str, Any]
) -> None:
    answer = await client.post(PATH, json=TODO | fields, headers=auth_headers)

    assert answer.status_code == 422


async def test_list_with_filters(client: httpx.AsyncClient, auth_headers: dict[str, str]) -> None:
    await _delete_examples(client, auth_headers)
    await _create(client, auth_headers, title="beta", priority=1, due_date="2027-03-01")
    await _create(client, auth_headers, title="Alpha", priority=5, due_date="2027-01-01")
    await _create(client, auth_headers, title="gamma", status="completed", due_date=None)

    async def titles(query: str) -> list[str]:
        return await _titles(client, auth_headers, query)

    assert await titles("status=completed") == ["gamma"]
    assert await titles("priority=5") == ["Alpha"]
    assert await titles("search=alph") == ["Alpha"]
    assert await titles("sort_by=title&sort_order=asc") == ["Alpha", "beta", "gamma"]
    assert await titles("sort_by=title&sort_order=desc") == ["gamma", "beta", "Alpha"]
    assert await titles("sort_by=due_date") == ["Alpha", "beta", "gamma"]
    assert await titles("sort_by=priority&sort_order=desc") == ["Alpha", "gamma", "beta"]
    assert await titles("sort_by=created_at&sort_order=desc") == ["gamma", "Alpha", "beta"]
    assert await titles("sort_by=updated_at") == ["beta", "Alpha", "gamma"]
    assert await titles("skip=1&limit=1&sort_by=title") == ["beta"]
    page = (await client.get(f"{PATH}?skip=2&limit=2", headers=auth_headers)).json()
    numbers = {name: page[name] for name in ("total", "page", "page_size", "total_pages")}
    assert numbers == {"total": 3, "page": 2, "page_size": 2, "total_pages": 2}


@pytest.mark.parametrize(
    "query",
    ["skip=-1", "skip=0&page=1", "skip=0&cursor=x", "sort_by=colour", "sort_by=title&sort=due",
     "sort_order=up", "skip=100000001"],
)  # fmt: skip
async def test_a_wrong_query_is_refused(
    client: httpx.AsyncClient, auth_headers: dict[str, str], query: str
) -> None:
    assert (await client.get(f"{PATH}?{query}", headers=auth_headers)).status_code == 422


async def test_patch_changes_and_put_replaces(
    client: httpx.AsyncClient, auth_headers: dict[str, str]
) -> None:
    todo = await _create(client, auth_headers)
    path = f"{PATH}/{todo['id']}"

    patched = await client.patch(path, json={"status": "in_progress"}, headers=auth_headers)
    replaced = await client.put(path, json={"title": "New", "priority": 1}, headers=auth_headers)

    assert (patched.status_code, replaced.status_code) == (200, 200)
    assert patched.json()["description"] == TODO["description"]
    now = (await client.get(path, headers=auth_headers)).json()
    assert replaced.json() == now | {"overwrote": None}
    names = ("title", "description", "status", "priority", "due", "metadata")
    assert [now[name] for name in names] == ["New", "", "pending", 1, None, {}]
    assert (await client.put(path, json={}, headers=auth_headers)).status_code == 422


async def test_a_deleted_todo_is_found_only_in_the_trash(
    client: httpx.AsyncClient, auth_headers: dict[str, str]
) -> None:
    path = f"{PATH}/{(await _create(client, auth_headers))['id']}"

    assert (await client.delete(path, headers=auth_headers)).status_code == 204

    assert (await client.get(path, headers=auth_headers)).status_code == 404
    in_trash = await client.get(f"{path}?deleted=true", headers=auth_headers)
    assert in_trash.json()["deleted_at"] is not None


async def test_updating_in_bulk_is_all_or_nothing(
    client: httpx.AsyncClient, auth_headers: dict[str, str]
) -> None:
    ids = [(await _create(client, auth_headers))["id"] for _ in range(3)]
    body = {"todo_ids": ids, "updates": {"status": "completed"}}

    refused = await client.post(
        f"{PATH}/bulk", json=body | {"todo_ids": [*ids, new_id()]},
        headers=auth_headers,
    )  # fmt: skip
    before = await _titles(client, auth_headers, "status=completed")
    updated = await client.post(f"{PATH}/bulk", json=body, headers=auth_headers)

    assert (refused.status_code, before) == (404, [])
    assert [todo["status"] for todo in updated.json()["items"]] == ["completed"] * 3
    too_many = body | {"todo_ids": [new_id() for _ in range(101)]}
    answer = await client.post(f"{PATH}/bulk", json=too_many, headers=auth_headers)
    assert answer.status_code == 422


async def test_creating_in_bulk_keeps_the_order_and_is_all_or_nothing(
    client: httpx.AsyncClient, auth_headers: dict[str, str]
) -> None:
    await _delete_examples(client, auth_headers)
    parent = (await _create(client, auth_headers, title="Parent"))["id"]
    new: list[dict[str, Any]] = [
        {"title": "One", "due_date": "2027-01-01"}, {"title": "Two", "parent_id": parent},
        {"title": "Three", "parent_id": parent},
    ]  # fmt: skip

    created = await client.post(f"{PATH}/bulk/create", json={"todos": new}, headers=auth_headers)
    refused = await client.post(
        f"{PATH}/bulk/create",
        json={
            "todos": [
                *new,
                {
                    "title": "",
                },
            ]
        },
        headers=auth_headers,
    )
    unknown = await client.post(
        f"{PATH}/bulk/create",
        json={"todos": [*new, {"title": "x", "parent_id": new_id()}]},
        headers=auth_headers,
    )

    assert (created.status_code, refused.status_code, unknown.status_code) == (201, 422, 422)
    assert [todo["title"] for todo in created.json()["items"]] == ["One", "Two", "Three"]
    assert await _titles(client, auth_headers, "limit=10") == ["Parent", "One", "Two", "Three"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", PATH), ("POST", PATH), ("GET", f"{PATH}/x"), ("PUT", f"{PATH}/x"),
     ("PATCH", f"{PATH}/x"), ("DELETE", f"{PATH}/x"), ("POST", f"{PATH}/bulk"),
     ("POST", f"{PATH}/bulk/create"), ("POST", f"{PATH}/bulk/delete")],
)  # fmt: skip
async def test_without_a_token_nothing_is_allowed(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    assert (await client.request(method, path, json={})).status_code == 401

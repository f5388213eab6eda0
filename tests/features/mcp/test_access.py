"""Who reaches /mcp and what each token may do there; live events; limits; hostile requests."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from mcp.shared.exceptions import MCPError

from api.http.rate_limits import MCP_CALL
from api.mcp.tools import TOOLS
from shared.accounts.api_tokens import revoke_api_token
from shared.accounts.authentication.access_tokens import make_access_token
from shared.contract.api_tokens import TokenScope
from shared.ids import TodoId, list_stream, new_id
from shared.resources import Resources
from shared.settings import Settings
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.features.mcp.conftest import Household
from tests.support.api_server import InProcessNode, client_of, running_app, served
from tests.support.api_tokens import insert_api_token
from tests.support.attack.json_cases import invalid_cases
from tests.support.mcp_client import Assistant, assistant_of
from tests.support.metrics import MetricIncrease
from tests.support.realtime.websocket_client import head_of, socket_of
from tests.support.settings import changed_settings
from tests.support.share_links import make_guest, make_link
from tests.support.world_builder import World

WRITING = {
    "add_todo": {"title": "Mine", "list": "Home"},
    "edit_todo": {"todo_id": "", "title": "Mine"},
    "complete_todo": {"todo_id": ""},
    "reopen_todo": {"todo_id": ""},
    "move_todo": {"todo_id": "", "list": "Home"},
    "comment_on_todo": {"todo_id": "", "text": "Mine"},
    "delete_todo": {"todo_id": ""},
}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


async def insert_todo(world: World, household: Household) -> TodoId:
    new = NewTodo(title="Theirs", description="secret words")
    todo = await world.run(create_todo, household.ana, household.home, new, Placement())
    return TodoId(todo.id)


async def refusals(assistant: Assistant, todo_id: str) -> dict[str, str]:
    """Return what each writing tool answers."""
    return {
        tool: await assistant.refusal(
            tool, **{**arguments, **({"todo_id": todo_id} if "todo_id" in arguments else {})}
        )
        for tool, arguments in WRITING.items()
    }


def test_every_tool_that_writes_is_tried_here() -> None:
    assert set(WRITING) == {tool.name for tool in TOOLS if not tool.reads_only}


async def test_a_token_for_reading_reads_and_changes_nothing(
    server: InProcessNode, household: Household, world: World
) -> None:
    todo_id = await insert_todo(world, household)
    token = await insert_api_token(world.resources, household.ana, TokenScope.READ)
    head = await head_of(world.resources, list_stream(household.home))

    async with assistant_of(server, token.text) as assistant:
        found = await assistant.call("find_todos")
        refused = await refusals(assistant, todo_id)

    assert [todo["todo_id"] for todo in found["todos"]] == [todo_id]
    assert all("This token does not allow it" in sentence for sentence in refused.values())
    assert await head_of(world.resources, list_stream(household.home)) == head


async def test_a_viewer_is_told_the_role_and_changes_nothing(
    server: InProcessNode, household: Household, world: World
) -> None:
    todo_id = await insert_todo(world, household)
    token = await insert_api_token(world.resources, household.vera)
    head = await head_of(world.resources, list_stream(household.home))

    async with assistant_of(server, token.text) as assistant:
        refused = await refusals(assistant, todo_id)

    assert all("Your role here is viewer" in sentence for sentence in refused.values())
    assert await head_of(world.resources, list_stream(household.home)) == head


@pytest.mark.parametrize("caller", ["other_list", "stranger"])
async def test_other_lists_are_answered_like_those_that_do_not_exist(
    server: InProcessNode, household: Household, world: World, caller: str
) -> None:
    todo_id = await insert_todo(world, household)
    if caller == "stranger":
        stranger = await world.user("Eve")
        await world.list(stranger, name="Own")
        token = await insert_api_token(world.resources, stranger)
    else:
        token = await insert_api_token(world.resources, household.ana, lists=(household.work,))

    async with assistant_of(server, token.text) as assistant:
        theirs, unknown = [await refusals(assistant, each) for each in (todo_id, new_id())]
        by_id = [
            (await assistant.refusal("find_todos", list=each)).replace(each, "…")
            for each in (household.home, new_id())
        ]
        read = [await assistant.refusal("get_todo", todo_id=each) for each in (todo_id, new_id())]
        found = await assistant.call("find_todos", status="any")
        named = await assistant.call("list_lists")
        day = await assistant.call("plan_my_day")

    assert theirs == unknown
    assert by_id[0] == by_id[1]
    assert read[0] == read[1]
    assert (found["todos"], found["total"]) == ([], 0)
    assert [each["name"] for each in named["lists"]] == ["Own" if caller == "stranger" else "Work"]
    assert "secret" not in json.dumps(day)


async def test_a_token_that_is_revoked_in_a_session_ends_it(
    server: InProcessNode, household: Household, world: World
) -> None:
    token = await insert_api_token(world.resources, household.ana)

    async with assistant_of(server, token.text) as assistant:
        await assistant.call("list_lists")
        async with server.app.state.resources.begin() as work:
            await revoke_api_token(work, household.ana, token.id)
        with pytest.raises(MCPError):
            await assistant.call("list_lists")


async def test_a_change_is_live_in_a_browser_once(
    server: InProcessNode, resources: Resources, household: Household
) -> None:
    token = await insert_api_token(resources, household.ana)
    stream = list_stream(household.home)
    epoch, since = await head_of(resources, stream)

    async with (
        socket_of(server.socket_url, resources, household.ben) as browser,
        assistant_of(server, token.text) as assistant,
    ):
        await browser.follow((household.home, epoch), since=since)
        added = await assistant.call("add_todo", title="Milk", list="Home")
        retried = await assistant.call("add_todo", title="Milk", list="Home")
        await assistant.call("complete_todo", todo_id=added["todo"]["todo_id"])
        _, head = await head_of(resources, stream)
        received = await browser.receive_seq(household.home, head)

    events = [frame for frame in browser.frames if frame["type"] == "event"]
    assert retried["was_retry"]
    assert received == [since + 1, since + 2]
    assert [event["event"] for event in events] == ["todo.created", "todo.edited"]
    assert {event["actor"]["name"] for event in events} == {"Ana"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_loop_of_calls_is_stopped_with_a_time_to_wait(
    settings: Settings, household: Household, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await insert_api_token(world.resources, household.ana)
    monkeypatch.setattr("api.mcp.sdk_server.MCP_CALL", replace(MCP_CALL, max_attempts=3))
    limited = changed_settings(settings, rate_limits=True, writes_per_hour=1)

    async with served(limited) as server, assistant_of(server, token.text) as assistant:
        await assistant.call("add_todo", title="Milk", list="Home")
        quota = await assistant.refusal("add_todo", title="Oats", list="Home")
        await assistant.call("list_lists")
        stopped = await assistant.refusal("list_lists")

    assert "As much was written" in quota
    assert "Try again in" in stopped


async def post(
    client: httpx.AsyncClient, message: Any = PING, **headers: str | None
) -> httpx.Response:
    sent = {
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items() if value is not None},
    }
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return await client.post("/mcp", content=body, headers=sent)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nothing_but_an_api_token_as_bearer_is_accepted(
    client: httpx.AsyncClient, household: Household, world: World, settings: Settings
) -> None:
    resources, ana = world.resources, household.ana
    token = await insert_api_token(resources, ana)
    expired = await insert_api_token(resources, ana, expires_at=resources.clock.now())
    session, _ = make_access_token(settings, ana.user_id, ana.session_id, resources.clock.now())
    guest = await make_guest(resources, await make_link(resources, ana, household.home))
    wrong = [
        None, "", "Bearer", "Bearer ", f"Bearer {session}", guest.headers["Authorization"],
        f"Bearer {expired.text}", f"Bearer {token.text}x", f"Bearer {token.text} ", f"Basic {token.text}",
        token.text, f"Bearer {token.text}, Bearer {session}",
    ]  # fmt: skip
    client.cookies.set("__Host-refresh", "x")

    for authorization in wrong:
        answer = await post(client, Authorization=authorization)
        assert answer.status_code == 401, authorization
        assert (
            'resource_metadata="http://localhost:8000/.well-known/oauth-protected-resource/mcp"'
            in answer.headers["www-authenticate"]
        )
        assert answer.json()["code"] == "unauthenticated"
    query = await client.post(f"/mcp?access_token={token.text}", json=PING)
    assert query.status_code == 401
    accepted = await post(client, Authorization=f"Bearer {token.text}")
    assert (accepted.status_code, accepted.json()["result"]) == (200, {})
    assert accepted.headers["x-request-id"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_pages_of_other_sites_and_other_hosts_are_refused(
    client: httpx.AsyncClient, household: Household, world: World
) -> None:
    token = await insert_api_token(world.resources, household.ana)

    async def answered(**headers: str) -> tuple[int, str | None]:
        answer = await post(client, **token.headers, **headers)
        return answer.status_code, answer.json().get("code")

    assert await answered(Host="evil.example") == (400, "unknown_host")
    assert await answered(Host="localhost:8000.evil.example") == (400, "unknown_host")
    assert await answered(Origin="http://evil.example") == (403, "origin_refused")
    assert await answered(Origin="null") == (403, "origin_refused")
    assert await answered(Origin="http://localhost:8000") == (200, None)
    for method in ("GET", "DELETE", "PUT", "PATCH"):
        refused = await client.request(method, "/mcp", headers=token.headers)
        assert (refused.status_code, refused.headers["allow"]) == (405, "OPTIONS, POST")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_hostile_messages_get_clean_errors(
    client: httpx.AsyncClient, household: Household, world: World
) -> None:
    token = await insert_api_token(world.resources, household.ana)
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    no_messages: list[Any] = [
        [], [PING, PING], "ping", 7, None, {}, {"jsonrpc": "2.0"}, PING | {"jsonrpc": "1.0"},
        PING | {"id": None}, PING | {"id": True}, PING | {"id": {"leak-me": 1}}, PING | {"method": 1},
        PING | {"params": ["leak-me"]}, {"jsonrpc": "2.0", "id": 1},
    ]  # fmt: skip
    wrong_calls: list[Any] = [
        PING | {"method": "leak-me"}, call, call | {"params": {}}, call | {"params": {"name": ["leak-me"]}},
        call | {"params": {"name": "leak-me"}}, call | {"params": {"name": "find_todos", "arguments": []}},
        call | {"params": {"name": "find_todos", "arguments": {"text": 1, "x" * 2000: "leak-me"}}},
        call | {"params": {"name": "find_todos", "arguments": {"cursor": "leak-me"}}},
        call | {"params": {"name": "get_todo", "arguments": {"todo_id": "leak-me"}}},
        PING | {"method": "resources/read", "params": {"uri": "file:///etc/passwd"}},
        PING | {"method": "subscriptions/listen", "params": {}},
    ]  # fmt: skip

    for message in no_messages:
        answer = await post(client, message, **token.headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_json"), message
        assert "leak-me" not in answer.text
    for message in wrong_calls:
        for version in (None, "2025-06-18", "2026-07-28", "leak-me"):
            headers = token.headers | ({"MCP-Protocol-Version": version} if version else {})
            answer = await post(client, message, **headers)
            assert answer.status_code in (200, 400, 404), (message, answer.text)
            assert "error" in answer.json() or answer.json()["result"]["isError"], answer.text
            assert "text_type" not in answer.text
            assert "Traceback" not in answer.text
    assert (await post(client, b"{" + b" " * 2**20 + b"}", **token.headers)).status_code == 413
    assert (await post(client, Content_Type="text/plain", **token.headers)).status_code == 415
    for case in invalid_cases():
        answer = await post(client, case.text, **token.headers)
        assert answer.status_code in (400, 415), case


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_sdk_is_imported_and_calls_are_counted_only_when_used(
    settings: Settings, household: Household, world: World
) -> None:
    token = await insert_api_token(world.resources, household.ana)
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_lists"}}
    calls = MetricIncrease("livelist_mcp_calls_total", tool="list_lists", outcome="ok")

    async with running_app(settings) as app, client_of(app) as client:
        assert (await post(client)).status_code == 401
        unused = app.state.mcp._app
        assert (await post(client, call, **token.headers)).status_code == 200

    assert unused is None
    assert calls.value == 1

"""MCP: todos and lists of others in every argument of every tool, hostile messages, and wrong credentials.

What is of others gets the answer for what does not exist, and nothing in the database changes.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx

from api.http.paths import MCP
from api.mcp.tools import TOOLS
from shared.ids import new_id
from tests.attack.foreign_ids import digests
from tests.support.attack.json_cases import invalid_cases
from tests.support.attack.tally import Tally
from tests.support.attack.target import Target
from tests.support.caldav_client import basic
from tests.support.features.permissions import PermissionScenario

CALLERS = ("write_token", "list_token", "read_token")
VERSIONS = ("2025-11-25", "2024-11-05", "2026-07-28")
# A worker changes those of jobs and webhooks meanwhile.
TABLES = ("lists", "members", "todos", "labels", "comments", "reminders", "streams", "events")
# What a tool needs beside the id that is tried.
OTHERS: dict[str, dict[str, Any]] = {
    "add_todo": {"title": "Taken"},
    "edit_todo": {"title": "Taken"},
    "comment_on_todo": {"text": "Taken"},
}
TEXTS = (
    "..",
    "%",
    "'; --",
    "\u202e",
    "${jndi:x}",
    "{{7*7}}",
    "a" * 5000,
    "\ud83d\ude00" * 300,
    "0",
    "-1",
)


async def run(target: Target, tally: Tally) -> None:
    ours, theirs = [
        PermissionScenario(target.client, target.world, target.settings) for _ in range(2)
    ]
    for scenario in (ours, theirs):
        await scenario.build()
    before = await digests(target)
    await _try_foreign(target, tally, ours, theirs)
    await _try_messages(target, tally, ours)
    await _try_credentials(target, tally, ours)
    after = await digests(target)
    with tally.attempt("nothing of this changes anything"):
        changed = [name for name in TABLES if before[name] != after[name]]
        assert not changed, changed


def _calls(
    own: PermissionScenario, list_id: str, todo_id: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield calls that name a list or a todo: as the only id, and beside one of our own."""
    for tool in TOOLS:
        fields, rest = tool.arguments.model_fields, OTHERS.get(tool.name, {})
        if "todo_id" in fields:
            yield tool.name, rest | {"todo_id": todo_id}
        if "list" in fields:
            mine = {"todo_id": own.ids["todo_id"]} if "todo_id" in fields else {}
            yield tool.name, rest | mine | {"list": list_id}
        if "parent_id" in fields:
            yield tool.name, rest | {"parent_id": todo_id}
            yield tool.name, rest | {"parent_id": own.ids["todo_id"], "list": list_id}
        for name in ("before_id", "after_id"):
            if name in fields:
                yield tool.name, {"todo_id": own.ids["todo_id"], name: todo_id}


async def _try_foreign(
    target: Target, tally: Tally, ours: PermissionScenario, theirs: PermissionScenario
) -> None:
    unknown_list, unknown_todo = new_id(), new_id()
    foreign = _calls(ours, theirs.ids["list_id"], theirs.ids["todo_id"])
    unknown = _calls(ours, unknown_list, unknown_todo)
    for (tool, of_others), (_, of_nobody) in zip(foreign, unknown, strict=True):
        for caller in CALLERS:
            with tally.attempt(f"{caller} {tool} {sorted(of_others)}"):
                headers = ours.tokens[caller].headers
                answers = [
                    (await _call(target, tool, each, headers)).replace(
                        str(each.get("list", "…")), "…"
                    )
                    for each in (of_others, of_nobody)
                ]
                tally.refused += '"isError":true' in answers[0]
                assert '"isError":true' in answers[0], answers[0][:300]
                assert answers[0] == answers[1], f"{answers[0][:300]} {answers[1][:300]}"


async def _try_messages(target: Target, tally: Tally, ours: PermissionScenario) -> None:
    headers = ours.tokens["read_token"].headers
    cases = [case.text for case in invalid_cases()]
    for body in cases[:: 5 if target.is_quick else 1]:
        with tally.attempt("no JSON"):
            answer = await _post(target, body, headers)
            tally.refused += answer.status_code in (400, 413)
            assert answer.status_code in (400, 413), f"{answer.status_code} {answer.text[:200]}"
    for tool in TOOLS:
        for name in tool.arguments.model_fields:
            for text in [target.random.choice(TEXTS)] if target.is_quick else TEXTS:
                for version in VERSIONS:
                    with tally.attempt(f"{tool.name} {name}"):
                        await _try_text(target, tally, tool.name, {name: text}, headers, version)


async def _try_text(
    target: Target, tally: Tally, tool: str, arguments: Any, headers: dict[str, str], version: str
) -> None:
    sent = headers | {"MCP-Protocol-Version": version}
    answer = await _post(target, _message(tool, arguments), sent)
    is_refused = answer.status_code == 400 or '"isError":true' in answer.text
    tally.refused += is_refused
    assert answer.status_code in (200, 400), f"{answer.status_code} {answer.text[:200]}"
    assert "in the service" not in answer.text, answer.text[:200]
    assert is_refused or tool in ("find_todos", "list_lists"), answer.text[:200]


def _credentials(ours: PermissionScenario) -> Iterator[tuple[str, dict[str, str]]]:
    token = ours.tokens["write_token"].text
    yield "nothing", {}
    yield "a session", ours.headers("owner")
    yield "a token by Basic", basic(token)
    yield "a token and more", {"Authorization": f"Bearer {token}x"}
    yield "two of them", {"Authorization": f"Bearer {token}, Bearer {token}"}
    yield "an expired token", ours.tokens["expired_token"].headers
    yield "a revoked token", ours.tokens["revoked_token"].headers
    yield "a guest", ours.guests["guest_editor"].headers


async def _try_credentials(target: Target, tally: Tally, ours: PermissionScenario) -> None:
    message = _message("find_todos", {})
    for name, headers in _credentials(ours):
        with tally.attempt(f"with {name}"):
            answer = await _post(target, message, headers)
            tally.refused += answer.status_code == 401
            assert answer.status_code == 401, f"{answer.status_code} {answer.text[:200]}"
            challenge = answer.headers["www-authenticate"]
            assert challenge.startswith("Bearer "), challenge
            assert "resource_metadata=" in challenge, challenge
    token = ours.tokens["write_token"].headers
    for origin in ("null", "https://evil.example", "http://127.0.0.1.evil.example"):
        with tally.attempt(f"from a page of {origin}"):
            answer = await _post(target, message, token | {"Origin": origin})
            tally.refused += answer.status_code == 403
            assert answer.status_code == 403, f"{answer.status_code} {answer.text[:200]}"


def _message(tool: str, arguments: Any) -> bytes:
    params = {"name": tool, "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return json.dumps(message).encode()


async def _call(target: Target, tool: str, arguments: Any, headers: dict[str, str]) -> str:
    answer = await _post(target, _message(tool, arguments), headers)
    assert answer.status_code == 200, f"{answer.status_code} {answer.text[:200]}"
    return answer.text


async def _post(target: Target, body: bytes, headers: dict[str, str]) -> httpx.Response:
    sent = {"Accept": "application/json", "Content-Type": "application/json"} | headers
    answer = await target.client.post(MCP, content=body, headers=sent)
    target.record("owner", f"POST {MCP}", answer.text)
    return answer

"""JSON and what is none, in the body of every write and in frames of the socket.

A text that is no JSON gets a problem with a status of 4xx that does not quote it. JSON is accepted,
and read back as it was sent.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx

from api.http.paths import API
from shared.contract.frames import Close
from tests.support.attack.json_cases import CANARY, VALID, JsonCase, invalid_cases, mutated_case
from tests.support.attack.tally import Tally
from tests.support.attack.target import Target
from tests.support.features.permissions import PermissionScenario
from tests.support.features.wrong_input import operations
from tests.support.realtime.websocket_client import socket_to

# 400: no strict JSON. 413: nested deeper than a body may be long.
REFUSALS = (400, 413)
PROBLEM = "application/problem+json"
MUTATIONS, MUTATIONS_QUICK = 4000, 30
# Texts for each further route; the first route gets all of them.
TEXTS_PER_ROUTE, TEXTS_PER_ROUTE_QUICK = 6, 1


async def run(target: Target, tally: Tally) -> None:
    scenario = PermissionScenario(target.client, target.world, target.settings)
    await scenario.build()
    writes = [route for route, operation in operations() if _takes_json(operation)]
    for case in _cases(target):
        await _try_body(target, tally, scenario, "POST /todos", case)
    for route in writes:
        count = TEXTS_PER_ROUTE_QUICK if target.is_quick else TEXTS_PER_ROUTE
        for case in target.random.sample(list(invalid_cases()), count):
            await _try_body(target, tally, scenario, route, case)
    await _try_valid_values(target, tally, scenario)
    await _try_frames(target, tally, scenario)


def _takes_json(operation: dict[str, Any]) -> bool:
    return "application/json" in operation.get("requestBody", {}).get("content", {})


def _cases(target: Target) -> Iterator[JsonCase]:
    yield from invalid_cases()
    for _ in range(MUTATIONS_QUICK if target.is_quick else MUTATIONS):
        yield mutated_case(target.random)


async def _try_body(
    target: Target, tally: Tally, scenario: PermissionScenario, route: str, case: JsonCase
) -> None:
    """Send the text as the whole body, and inside of an object that is valid otherwise."""
    inside = b'{"title":"' + CANARY.encode() + b'","metadata":{"v":' + case.text + b"}}"
    for text in (case.text, inside):
        # An empty value is missing in the object, and an empty body is another refusal.
        if text in (b"", b" "):
            continue
        with tally.attempt(f"{route} {case.name}"):
            answer = await _send(target, scenario, route, text)
            tally.refused += answer.status_code in REFUSALS
            assert answer.status_code in REFUSALS, f"{answer.status_code} {answer.text[:200]}"
            assert answer.headers["content-type"] == PROBLEM, answer.headers["content-type"]
            assert CANARY not in answer.text, f"it quotes the body: {answer.text[:300]}"


async def _send(
    target: Target, scenario: PermissionScenario, route: str, body: bytes
) -> httpx.Response:
    method, path = route.split()
    headers = scenario.headers("owner") | {"Content-Type": "application/json"}
    address = API + path.format_map(scenario.ids)
    answer = await target.client.request(method, address, content=body, headers=headers)
    target.record("owner", route, answer.text)
    return answer


async def _try_valid_values(target: Target, tally: Tally, scenario: PermissionScenario) -> None:
    begin = f'{{"list_id":"{scenario.ids["list_id"]}","title":"Milk","metadata":{{"v":'.encode()
    for value in VALID:
        with tally.attempt(f"y {value[:40]!r}"):
            answer = await _send(target, scenario, "POST /todos", begin + value + b"}}")
            assert answer.status_code == 201, f"{answer.status_code} {answer.text[:200]}"
            stored = answer.json()["metadata"]["v"]
            assert stored == json.loads(value), f"{stored!r} was stored"


async def _try_frames(target: Target, tally: Tally, scenario: PermissionScenario) -> None:
    """Send each text as a frame; the server closes the socket with 4400 and quotes nothing."""
    cases = list(invalid_cases())
    if target.is_quick:
        cases = target.random.sample(cases, 10)
    for case in cases:
        with tally.attempt(f"frame {case.name}"):
            token = scenario.headers("owner")["Authorization"].removeprefix("Bearer ")
            async with socket_to(target.node.socket_url, hello={"token": token}) as client:
                await client.socket.send(case.text, text=True)
                code = await client.wait_closed()
                reason = client.socket.close_reason or ""
            tally.refused += 1
            target.record("owner", f"frame {case.name}", json.dumps(client.frames) + reason)
            # 1007: no UTF-8. 1009: larger than a frame may be. Both are the standard's.
            assert code in (Close.PROTOCOL_ERROR, 1007, 1009), f"closed with {code}"
            assert CANARY not in reason, f"it quotes the frame: {reason}"

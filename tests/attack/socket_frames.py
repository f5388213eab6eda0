"""Hostile WebSocket clients, beside a healthy one that must receive every event in order.

The server answers with the error frames and close codes of docs/protocol.md, never with another one.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import get_args

import orjson

from shared.clock import monotonic
from shared.contract.frames import Close, ErrorCode
from shared.ids import ListId
from tests.support.attack.frame_cases import (
    FrameCase,
    framing_cases,
    handshake_cases,
    mutated_frame,
    valid_frames,
)
from tests.support.attack.raw_socket import Answers, RawSocket, frame, raw_socket
from tests.support.attack.tally import Tally
from tests.support.attack.target import Target
from tests.support.features.permissions import PermissionScenario
from tests.support.realtime.websocket_client import (
    SocketClient,
    head_of,
    socket_of,
    write_event,
)

# 1000 answers a close of the client. The others are in the table of docs/protocol.md.
CODES = {1000, 1002, 1007, 1009, *Close}
ERRORS = set(get_args(ErrorCode))
ATTACKERS = ("owner", "editor", "commenter", "stranger", "guest_editor")
# Each account may have ten sockets.
AT_A_TIME = 16
MUTATIONS_QUICK = 20
HELLO_ID, LAST_ID = 900_001, 900_002
# A list that does not exist: the answer is an error, after those to the frames before it.
LAST_FRAME = frame(
    orjson.dumps(
        {
            "type": "subscribe",
            "id": LAST_ID,
            "lists": [{"list": "0" * 26, "epoch": "x", "since": 0}],
        }
    )
)
# One event each 20 ms: a gap or a delay of the bystander shows at once.
WRITE_SECONDS = 0.02


async def run(target: Target, tally: Tally) -> None:
    scenario = PermissionScenario(target.client, target.world, target.settings)
    await scenario.build()
    limit = asyncio.Semaphore(AT_A_TIME)
    async with _bystander(target, tally, scenario), asyncio.TaskGroup() as group:
        for number, case in enumerate(_cases(target, scenario)):
            await limit.acquire()
            attacker = ATTACKERS[number % len(ATTACKERS)]
            task = group.create_task(_try(target, tally, scenario, attacker, case))
            task.add_done_callback(lambda _: limit.release())
            # The generator of cases looks at the clock; the others get their turn.
            await asyncio.sleep(0)
    await _try_replays(target, tally, scenario)


def _cases(target: Target, scenario: PermissionScenario) -> Iterator[FrameCase]:
    token = _token(scenario, "owner")
    yield from handshake_cases()
    yield from framing_cases(scenario.ids, token)
    frames = valid_frames(scenario.ids, token)
    if target.is_quick:
        yield from (mutated_frame(target.random, frames) for _ in range(MUTATIONS_QUICK))
        return
    end = monotonic() + target.seconds
    while monotonic() < end:
        yield mutated_frame(target.random, frames)


async def _try(
    target: Target, tally: Tally, scenario: PermissionScenario, attacker: str, case: FrameCase
) -> None:
    with tally.attempt(f"{attacker} {case.name}"):
        try:
            async with raw_socket(target.node.port, case.head) as socket:
                status = await socket.read_status()
                if status != 101:
                    tally.refused += 1
                    assert 400 <= status < 500, f"the handshake got {status or 'no answer'}"
                    return
                answers = await _answers(socket, _token(scenario, attacker), case)
        except TimeoutError:
            raise AssertionError("it neither closes nor answers") from None
        target.record(attacker, f"socket {case.name}", answers.text + answers.reason)
        tally.refused += _is_refused(answers)
        if answers.code != case.echoed:
            _check(answers)


async def _answers(socket: RawSocket, token: str, case: FrameCase) -> Answers:
    """Return the answers to the frames of the case, and to one more that ends it."""
    if case.after_hello:
        await socket.send(frame(orjson.dumps({"type": "hello", "id": HELLO_ID, "token": token})))
        welcomed = await socket.read_answers(until=HELLO_ID)
        assert not welcomed.ended, f"the hello was refused: {welcomed.code} {welcomed.reason}"
    await socket.send(case.data + (LAST_FRAME if case.after_hello else b""))
    return await socket.read_answers(until=LAST_ID)


def _is_refused(answers: Answers) -> bool:
    return answers.ended or any(
        frame["type"] == "error" and frame.get("re") != LAST_ID for frame in answers.frames
    )


def _check(answers: Answers) -> None:
    if answers.ended:
        assert answers.code in CODES, f"closed with {answers.code} {answers.reason}"
    unknown = [
        frame
        for frame in answers.frames
        if frame["type"] == "error" and frame["code"] not in ERRORS
    ]
    assert not unknown, f"unknown errors {json.dumps(unknown)[:200]}"


async def _try_replays(target: Target, tally: Tally, scenario: PermissionScenario) -> None:
    """A ticket opens one socket, however often its hello is sent."""
    headers = scenario.headers("owner")
    ticket = (await target.client.post("/api/v1/ws-ticket", headers=headers)).json()["ticket"]
    hello = frame(orjson.dumps({"type": "hello", "id": HELLO_ID, "ticket": ticket}))

    async def send_hello() -> Answers:
        async with raw_socket(target.node.port) as socket:
            assert await socket.read_status() == 101
            await socket.send(hello)
            return await socket.read_answers(until=HELLO_ID)

    answers = await asyncio.gather(*(send_hello() for _ in range(5)))
    with tally.attempt("a ticket sent five times at once"):
        welcomed = [it for it in answers if any(f["type"] == "welcome" for f in it.frames)]
        codes = sorted(it.code or 0 for it in answers if it not in welcomed)
        tally.refused += len(codes)
        assert len(welcomed) == 1, f"{len(welcomed)} sockets were welcomed"
        assert codes == [Close.NOT_AUTHENTICATED] * 4, codes


def _token(scenario: PermissionScenario, caller: str) -> str:
    return scenario.headers(caller)["Authorization"].removeprefix("Bearer ")


@asynccontextmanager
async def _bystander(
    target: Target, tally: Tally, scenario: PermissionScenario
) -> AsyncIterator[None]:
    """Follow the list as one of its readers, write events all the time, and compare at the end."""
    list_id = ListId(scenario.ids["list_id"])
    epoch, since = await head_of(target.resources, list_id)
    viewer = scenario.users["viewer"]
    async with socket_of(target.node.socket_url, target.resources, viewer) as client:
        await client.follow((list_id, epoch), since=since)
        writing = asyncio.create_task(_write(target, list_id))
        reading = asyncio.create_task(_read(client))
        try:
            yield
        finally:
            writing.cancel()
            await asyncio.wait([writing])
            last = await write_event(target.resources, list_id)
            reading.cancel()
            await asyncio.wait([reading])
            with tally.attempt("the healthy client"):
                assert client.socket.close_code is None, f"closed with {client.socket.close_code}"
                seqs = await client.receive_seq(list_id, last)
                assert seqs == list(range(since + 1, last + 1)), "events are missing or reordered"


async def _write(target: Target, list_id: ListId) -> None:
    while True:
        await write_event(target.resources, list_id)
        await asyncio.sleep(WRITE_SECONDS)


async def _read(client: SocketClient) -> None:
    while True:
        await client.receive()

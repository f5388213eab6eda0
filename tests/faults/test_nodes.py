"""API processes that die at the worst moment, and that stop in good order."""

import asyncio
import signal

import httpx
import pytest

from shared.clock import monotonic
from shared.contract.frames import Close
from shared.ids import ListId
from shared.resources import Resources
from shared.settings import Settings
from tests.faults.nodes import api_process
from tests.realtime.sockets import a_list, socket_of, token_of, write_event
from tests.serving import Served
from tests.world import World


async def test_a_node_killed_between_commit_and_ring_loses_no_event(
    settings: Settings, server: Served, resources: Resources, world: World
) -> None:
    ana = await world.person()
    list_id, epoch = await a_list(resources, ana)
    headers = {"Authorization": f"Bearer {token_of(resources, ana)}"}

    async with (
        api_process(settings, FAILPOINT="committed:kill") as doomed,
        socket_of(server.socket_url, resources, ana) as client,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        await client.subscribe((list_id, epoch, 0))
        await client.hear_type("subscribed")
        body = {"list_id": list_id, "title": "Milk"}
        before = monotonic()
        with pytest.raises(httpx.TransportError):
            await http.post(f"{doomed.url}/api/v1/todos", json=body, headers=headers)
        code = await doomed.process.wait()
        event = await client.hear_type("event", 2)

    assert code == -signal.SIGKILL
    assert event["event"] == "todo.created"
    assert monotonic() - before < 3


async def test_a_client_of_a_killed_node_resumes_on_another_and_misses_nothing(
    settings: Settings, server: Served, resources: Resources, world: World
) -> None:
    ana = await world.person()
    list_id, epoch = await a_list(resources, ana)

    async with api_process(settings) as doomed:
        writing = asyncio.create_task(_write(resources, 150, list_id))
        async with socket_of(doomed.socket_url, resources, ana) as client:
            await client.subscribe((list_id, epoch, 0))
            await client.hear_seq(list_id, 40)
            doomed.process.kill()
            # Read to the end: a client that stops reading never learns that the other side is gone.
            await client.closed()
            before = client.seqs(list_id)
        async with socket_of(server.socket_url, resources, ana) as again:
            await again.subscribe((list_id, epoch, before[-1]))
            after = await again.hear_seq(list_id, 150)
        await writing

    assert before + after == list(range(1, 151))


async def _write(resources: Resources, count: int, list_id: ListId) -> None:
    for _ in range(count):
        await write_event(resources, list_id)


async def test_sigterm_says_1012_to_every_socket_and_the_process_ends(
    settings: Settings, resources: Resources, world: World
) -> None:
    people = [await world.person(f"Person {number}") for number in range(20)]

    async with api_process(settings) as node, asyncio.TaskGroup() as group:
        ready = asyncio.Semaphore(0)

        async def stay(number: int) -> int:
            async with socket_of(node.socket_url, resources, people[number]) as client:
                ready.release()
                return await client.closed(15)

        tasks = [group.create_task(stay(number)) for number in range(len(people))]
        for _ in tasks:
            await ready.acquire()
        code = await node.process.terminate()

    assert code in (0, -signal.SIGTERM)
    assert {task.result() for task in tasks} == {Close.GOING_AWAY}

"""Several API processes on one port: live updates between them, restarts and the end of all."""

import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from shared.actor import Actor
from shared.clock import monotonic
from shared.resources import Resources
from shared.settings import Settings
from tests.support.deadlines import http_client
from tests.support.faults.api_nodes import ProcessNode, api_process
from tests.support.realtime.databases import SQLITE_ONLY
from tests.support.realtime.presence_sockets import enter, receive_present
from tests.support.realtime.websocket_client import (
    InsertedList,
    SocketClient,
    socket_of,
    token_of,
)
from tests.support.services.processes import is_alive, running, wait_until

pytestmark = SQLITE_ONLY

# The chance that so many connections all reach one of two processes is one in a million.
MANY = 20


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def process_of(node: ProcessNode, client: SocketClient) -> int:
    """Return the process that holds the server's end of the connection."""
    port = client.socket.transport.get_extra_info("sockname")[1]
    ends = f":{node.port:04X} 0100007F:{port:04X} "
    table = Path("/proc/net/tcp").read_text().splitlines()
    [inode] = [line.split()[9] for line in table if ends in line]
    for pid in children(node.process.pid):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            if os.readlink(link) == f"socket:[{inode}]":
                return pid
    raise AssertionError("no process has the connection")


@asynccontextmanager
async def two_processes(settings: Settings, **variables: str) -> AsyncIterator[ProcessNode]:
    async with api_process(settings, API_WORKERS="2", **variables) as node:
        await wait_until(
            lambda: node.process.log.count("Application startup complete") == 2,
            what="two processes",
        )
        yield node


@asynccontextmanager
async def socket_of_another_process(
    node: ProcessNode, pid: int, resources: Resources, actor: Actor
) -> AsyncIterator[SocketClient]:
    """Yield the actor's socket at a process that is not `pid`."""
    for _ in range(MANY):
        async with socket_of(node.socket_url, resources, actor) as client:
            if process_of(node, client) != pid:
                yield client
                return
    raise AssertionError("all connections reached one process")


async def test_clients_of_two_processes_see_each_others_edits_and_presence(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    shared_list: InsertedList,
) -> None:
    list_id, epoch = shared_list
    async with two_processes(settings) as node, AsyncExitStack() as stack:
        first = await stack.enter_async_context(socket_of(node.socket_url, resources, ana))
        elsewhere = socket_of_another_process(node, process_of(node, first), resources, ben)
        second = await stack.enter_async_context(elsewhere)
        await enter(first, list_id, epoch)
        await enter(second, list_id, epoch)
        await receive_present(first, list_id, {"Ana", "Ben"})
        await receive_present(second, list_id, {"Ana", "Ben"})
        headers = {"Authorization": f"Bearer {token_of(resources, ana)}"}
        for number in range(4):
            # A connection for each request: any of the processes may get it.
            async with http_client(node.url, headers) as http:
                body = {"list_id": list_id, "title": f"Milk {number}"}
                created = await http.post("/api/v1/todos", json=body)
            assert created.status_code == 201
            for client in (first, second):
                await client.receive_seq(list_id, number + 1)

        assert process_of(node, second) != process_of(node, first)


async def test_a_process_that_is_killed_is_started_again_and_all_end_together(
    settings: Settings, resources: Resources
) -> None:
    async with two_processes(settings) as node:
        before = children(node.process.pid)
        os.kill(before[0], signal.SIGKILL)
        await node.process.wait_for_line("of 2 ended (-9); starting it again")
        # Whatever waits at the socket of the killed process is answered by its successor.
        for _ in range(MANY):
            async with http_client() as http:
                assert (await http.get(f"{node.url}/health/live")).status_code == 200
        after = children(node.process.pid)
        node.process.send(signal.SIGTERM)
        code = await node.process.wait()

    assert len(before) == len(after) == 2
    assert len({*before, *after}) == 3
    assert code == 0
    assert not [pid for pid in {*before, *after} if is_alive(pid)]
    assert node.process.log.count("Finished server process") == 2
    assert "Traceback" not in node.process.log


async def test_a_sigterm_to_the_whole_group_keeps_the_delay(
    settings: Settings, resources: Resources
) -> None:
    async with two_processes(settings, SHUTDOWN_DELAY_SECONDS="5") as node:
        began_at = monotonic()
        for pid in children(node.process.pid):
            os.kill(pid, signal.SIGTERM)
        await wait_until(
            lambda: node.process.log.count("leaving: /health/ready is 503") == 2,
            what="both signals",
        )
        node.process.send(signal.SIGTERM)
        code = await node.process.wait()
        took = monotonic() - began_at

    assert code == 0
    assert took >= 5


async def test_the_processes_end_with_their_parent(
    settings: Settings, resources: Resources
) -> None:
    async with two_processes(settings) as node:
        started = children(node.process.pid)

        node.process.kill()
        await wait_until(lambda: not any(map(is_alive, started)), what="the end of the processes")

    assert len(started) == 2


async def test_a_port_in_use_ends_the_start_with_one_sentence(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        port = other.getsockname()[1]
        environment = {
            "DATA_DIR": str(settings.data_dir), "PORT": str(port), "API_WORKERS": "2",
        }  # fmt: skip
        async with running("api", [sys.executable, "-m", "api"], environment) as child:
            code = await child.wait()

    assert code == 1
    assert re.search(rf"cannot listen on 127\.0\.0\.1:{port}: Address already in use", child.log)
    assert "Traceback" not in child.log

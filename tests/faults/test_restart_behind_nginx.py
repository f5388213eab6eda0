"""A rolling restart behind nginx: no request fails, no edit is lost or doubled, sockets resume.

Real processes: nginx with deploy/nginx/livelist.conf, two API processes, Postgres and a broker. Writers
and subscribers connect from several loopback addresses, so that nginx divides them between the two.
"""

import asyncio
import contextlib
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from shared.actor import Actor
from shared.contract.frames import Close
from shared.ids import ListId, new_id
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.todos import TodoRow
from tests.support.deadlines import DEADLINE_SECONDS, http_client
from tests.support.faults.api_nodes import ProcessNode, api_process, free_port
from tests.support.faults.delivery_count import assert_no_resets, count_deliveries
from tests.support.faults.recording_client import RecordingClient, drop_all
from tests.support.realtime.websocket_client import insert_list, token_of
from tests.support.services.nginx import needs_nginx, running_nginx
from tests.support.world_builder import World

# As deploy/systemd/ sets it.
DELAY_SECONDS = 5
# Of the four users: fewer sockets than a user may have on one process.
WRITERS = 8
SUBSCRIBERS = 16
# Between two requests of a writer: some hundred requests a second would leave no core for the rest.
PAUSE_SECONDS = 0.05
# One reconnect, on a busy machine. The clients of this test reconnect at once, without the 10 s of
# docs/protocol.md.
LONGEST_GAP_SECONDS = 5


@dataclass
class Writer:
    """Creates todos and edits them over REST, each write with a key of its own or without any."""

    http: httpx.AsyncClient
    list_id: ListId
    has_keys: bool
    statuses: Counter[str] = field(default_factory=Counter)
    # The number of edits of each todo that was created, by its id.
    edits: Counter[str] = field(default_factory=Counter)

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            created = await self._send("POST", "/todos", list_id=self.list_id, title=new_id())
            if created is not None:
                self.edits[created["id"]] = 0
                for _ in range(3):
                    if await self._send("PATCH", f"/todos/{created['id']}", title=new_id()):
                        self.edits[created["id"]] += 1
            await self._send("GET", f"/lists/{self.list_id}")

    async def _send(self, method: str, path: str, **body: str) -> dict[str, str] | None:
        headers = {"Idempotency-Key": new_id()} if self.has_keys and body else {}
        answer: dict[str, str] | None = None
        try:
            response = await self.http.request(method, path, json=body or None, headers=headers)
        except httpx.TransportError as error:
            self.statuses[type(error).__name__] += 1
        else:
            self.statuses[str(response.status_code)] += 1
            answer = response.json() if response.is_success else None
        await asyncio.sleep(PAUSE_SECONDS)  # the pace of the writes, not a wait
        return answer

    @property
    def failures(self) -> Counter[str]:
        return Counter({key: n for key, n in self.statuses.items() if not key.startswith("2")})


async def follow(client: RecordingClient, url: str, codes: Counter[int]) -> None:
    """Reconnect whenever the socket ends, as a client does."""
    while True:
        assert client.socket is not None
        codes[await asyncio.shield(client.socket.ended)] += 1
        await client.connect_with_retries(lambda: url, 20)


async def restart(
    stack: contextlib.AsyncExitStack, settings: Settings, node: ProcessNode
) -> ProcessNode:
    """Stop the API process as a process manager does, and start it again on the same port."""
    node.process.send(signal.SIGTERM)
    async with http_client(node.url) as http:
        # From the signal on it asks for no more traffic, but serves what arrives.
        async with asyncio.timeout(DELAY_SECONDS):
            while (await http.get("/health/ready")).status_code == 200:
                await asyncio.sleep(0.02)  # the signal is under way to another process
        alive = await http.get("/health/live")
    assert alive.status_code == 200
    assert alive.headers["connection"] == "close"
    assert await node.process.wait(DELAY_SECONDS + 25) == 0, node.process.log
    return await start(stack, settings, node.port)


async def start(stack: contextlib.AsyncExitStack, settings: Settings, port: int) -> ProcessNode:
    process = api_process(
        settings,
        PORT=str(port),
        TRUSTED_PROXIES="127.0.0.1",
        SHUTDOWN_DELAY_SECONDS=str(DELAY_SECONDS),
    )
    return await stack.enter_async_context(process)


def addresses(first: int, count: int) -> list[str]:
    return [f"127.0.0.{number}" for number in range(first, first + count)]


def longest_gap(client: RecordingClient) -> float:
    """Return the longest time in seconds without an event, while events were written all the time."""
    assert client.arrivals is not None
    times = sorted(client.arrivals.values())
    return max(later - earlier for earlier, later in pairwise(times))


@needs_nginx
@pytest.mark.skipif(
    sys.platform != "linux", reason="needs 127.0.0.2 and further loopback addresses"
)
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_rolling_restart_behind_nginx_fails_no_request_and_loses_no_edit(
    settings: Settings, resources: Resources, world: World, tmp_path: Path
) -> None:
    users = [await world.user(f"U{number}") for number in range(4)]
    list_id = (await insert_list(resources, *users)).list_id
    ports = (free_port(), free_port())
    codes: Counter[int] = Counter()
    async with contextlib.AsyncExitStack() as stack:
        nodes = [await start(stack, settings, port) for port in ports]
        listens = (free_port(), free_port())
        nginx = await stack.enter_async_context(running_nginx(tmp_path / "nginx", ports, listens))
        writers = [
            Writer(await stack.enter_async_context(_http(resources, actor, nginx.port, address)),
                   list_id, has_keys=number % 4 != 0)
            for number, (actor, address) in enumerate(zip(users * 2, addresses(2, WRITERS), strict=True))
        ]  # fmt: skip
        clients = await _subscribers(resources, users, list_id, f"ws://127.0.0.1:{nginx.port}/ws")
        stack.callback(drop_all, clients)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            writing = [group.create_task(writer.run(stop)) for writer in writers]
            following = [
                group.create_task(follow(client, f"ws://127.0.0.1:{nginx.port}/ws", codes))
                for client in clients
            ]
            for number in (0, 1):
                nodes[number] = await restart(stack, settings, nodes[number])
            stop.set()
            await asyncio.wait(writing)
            outcome = await count_deliveries(clients, list_id)
            for task in following:
                task.cancel()
        found = await _read_versions(resources, list_id)

    keyed = sum((writer.statuses for writer in writers if writer.has_keys), Counter[str]())
    plain = sum((writer.statuses for writer in writers if not writer.has_keys), Counter[str]())
    gap = max(map(longest_gap, clients))
    print(
        f"\nwith keys {dict(keyed)}, without {dict(plain)}; closes {dict(codes)}; gap {gap:.2f} s"
    )
    failures = {str(writer.failures) for writer in writers if writer.failures}
    assert not failures, nginx.process.log
    assert found == {
        todo_id: 1 + count for writer in writers for todo_id, count in writer.edits.items()
    }
    assert outcome.has_passed, f"{outcome}"
    assert_no_resets(clients)
    assert set(codes) == {Close.GOING_AWAY}
    assert codes.total() >= len(clients)
    assert gap < LONGEST_GAP_SECONDS


def _http(resources: Resources, actor: Actor, port: int, address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}/api/v1",
        headers={"Authorization": f"Bearer {token_of(resources, actor)}"},
        transport=httpx.AsyncHTTPTransport(local_address=address),
        timeout=DEADLINE_SECONDS,
    )


async def _subscribers(
    resources: Resources, users: list[Actor], list_id: ListId, url: str
) -> list[RecordingClient]:
    clients = []
    for actor, address in zip(users * 4, addresses(100, SUBSCRIBERS), strict=True):
        client = RecordingClient(resources, actor, arrivals={}, local_address=address)
        await client.start_at_head(list_id)
        await client.connect(url)
        clients.append(await client.wait_subscribed())
    return clients


async def _read_versions(resources: Resources, list_id: ListId) -> dict[str, int]:
    """Return the version of every todo of the list: 1, and one more for each edit."""
    async with resources.begin_read() as read:
        wanted = select(TodoRow.id, TodoRow.version).where(TodoRow.list_id == list_id)
        return {row.id: row.version for row in await read.connection.execute(wanted)}

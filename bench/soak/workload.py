"""The workload of the soak: edits, reminders, outages of the broker, and clients that receive."""

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta

import orjson

from bench.connections import HttpConnection, open_http_connection, patch
from bench.environment import Services, SharedList
from bench.soak.clients import (
    Client,
    DeliveryCount,
    connect_intermittently,
    read_slowly,
    stay_connected,
)
from shared.clock import monotonic
from shared.ids import ReminderId, new_id
from shared.reminders.commands import remove_reminder, set_reminder
from shared.reminders.rules import ReminderTrigger
from shared.resources import Resources
from tests.support.realtime.websocket_client import token_of
from tests.support.world_builder import World

SMALL_EDIT_LISTS, LARGE_EDIT_LISTS = 20, 2
# Descriptions that make a frame larger than the 8 kB of an event message, and soon fill a paused socket.
LARGE_NOTES_SIZE = 12_000
REMINDER_SECONDS = 5.0
OUTAGE_SECONDS = 6.0


@dataclass
class Workload:
    """The running workload and its counters."""

    resources: Resources
    port: int
    lists: list[SharedList]
    count: DeliveryCount = field(default_factory=DeliveryCount)
    edits: int = 0
    refused: int = 0
    reminders: int = 0
    outages: int = 0

    @property
    def small_edit_lists(self) -> list[SharedList]:
        return self.lists[:SMALL_EDIT_LISTS]

    @property
    def large_edit_lists(self) -> list[SharedList]:
        return self.lists[SMALL_EDIT_LISTS:]

    def clients(self) -> tuple[list[Client], list[Coroutine[None, None, None]]]:
        """Return the permanent clients, and the coroutines that run all clients."""
        rng = random.Random(11)  # noqa: S311  the same clients in every run

        def client(shared_list: SharedList) -> Client:
            return Client(self.resources, self.port, shared_list, self.count)

        permanent = [client(shared_list) for shared_list in self.lists]
        # Of the other member of each list, because a user may have at most ten sockets.
        others = [replace(shared_list, reader=shared_list.writer) for shared_list in self.lists]
        intermittent = [client(shared_list) for shared_list in others[:SMALL_EDIT_LISTS]]
        slow = [client(shared_list) for shared_list in others[SMALL_EDIT_LISTS:] for _ in range(3)]
        running = [stay_connected(client) for client in permanent]
        running += [connect_intermittently(client, rng) for client in intermittent]
        running += [read_slowly(client, rng) for client in slow]
        return permanent, running

    async def write_forever(
        self, lists: list[SharedList], rate: float, description_size: int
    ) -> None:
        """Edit the lists in turn at that rate, and catch up after the server was busy."""
        connection: HttpConnection | None = None
        begun, number = monotonic(), 0
        while True:
            number += 1
            if (wait := begun + number / rate - monotonic()) > 0:
                await asyncio.sleep(wait)
            try:
                if connection is None or not connection.is_open:
                    connection = await open_http_connection(self.port)
                await self._edit(connection, lists[number % len(lists)], number, description_size)
            except (OSError, TimeoutError):
                self.refused += 1

    async def _edit(
        self,
        connection: HttpConnection,
        shared_list: SharedList,
        number: int,
        description_size: int,
    ) -> None:
        body: dict[str, object] = {"title": f"Milk, {number} litres"}
        if description_size:
            body["description"] = f"{number} ".ljust(description_size, "x")
        token = token_of(self.resources, shared_list.writer)
        path = f"/api/v1/todos/{shared_list.todo_id}"
        status = await connection.request(
            patch(self.port, path, token, new_id(), orjson.dumps(body))
        )
        self.edits += status == 200
        self.refused += status != 200

    async def remind_forever(self) -> None:
        """Set a reminder that is due two seconds later, again and again, for the worker to send."""
        world = World(self.resources)
        while True:
            shared_list = self.small_edit_lists[self.reminders % SMALL_EDIT_LISTS]
            at = self.resources.clock.now() + timedelta(seconds=2)
            reminder = await world.run(
                set_reminder, shared_list.reader, shared_list.todo_id, ReminderTrigger(at=at)
            )
            await asyncio.sleep(REMINDER_SECONDS)
            await world.run(
                remove_reminder, shared_list.reader, shared_list.todo_id, ReminderId(reminder.id)
            )
            self.reminders += 1

    async def break_broker(self, available: Services, times: int, minutes: float) -> None:
        """Kill the broker `times` times, evenly spread, and start it again with its data."""
        for _ in range(times):
            await asyncio.sleep(minutes * 60 / (times + 1))
            available.broker.kill()
            await asyncio.sleep(OUTAGE_SECONDS)
            # Not in a thread, because the kernel kills a child with the thread that started it.
            available.broker.start()
            self.outages += 1

"""What happens in the soak: edits, reminders, outages of the broker, and the crowd that listens."""

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta

import orjson

from bench.connections import HttpConnection, http_connection, patch
from bench.environment import Services, SharedList
from bench.soak.clients import Client, Tally, dawdle, pass_by, stay
from shared.clock import monotonic
from shared.ids import ReminderId, new_id
from shared.reminders.commands import remove_reminder, set_reminder
from shared.reminders.rules import ReminderTrigger
from shared.resources import Resources
from tests.support.realtime.websocket_client import token_of
from tests.support.world_builder import World

QUIET_LISTS, LOUD_LISTS = 20, 2
# Frames beyond the 8 kB that travel by doorbell, and enough of them to fill a paused socket.
LOUD_NOTES = 12_000
REMINDER_SECONDS = 5.0
OUTAGE_SECONDS = 6.0


@dataclass
class Life:
    """What happens in the soak, and what is counted of it."""

    resources: Resources
    port: int
    lists: list[SharedList]
    tally: Tally = field(default_factory=Tally)
    edits: int = 0
    refused: int = 0
    reminders: int = 0
    outages: int = 0

    @property
    def quiet(self) -> list[SharedList]:
        return self.lists[:QUIET_LISTS]

    @property
    def loud(self) -> list[SharedList]:
        return self.lists[QUIET_LISTS:]

    def crowd(self) -> tuple[list[Client], list[Coroutine[None, None, None]]]:
        """Returns the steady clients, and the lives of all clients."""
        chance = random.Random(11)  # noqa: S311  the same crowd in every run

        def one(of: SharedList) -> Client:
            return Client(self.resources, self.port, of, self.tally)

        steady = [one(each) for each in self.lists]
        # Somebody else than those who stay: a person has at most ten sockets.
        others = [replace(each, reader=each.writer) for each in self.lists]
        passers = [one(each) for each in others[:QUIET_LISTS]]
        dawdlers = [one(each) for each in others[QUIET_LISTS:] for _ in range(3)]
        lives = [stay(each) for each in steady]
        lives += [pass_by(each, chance) for each in passers]
        lives += [dawdle(each, chance) for each in dawdlers]
        return steady, lives

    async def write_forever(self, lists: list[SharedList], rate: float, notes: int) -> None:
        """Edits the lists in turn; what is late because the server is busy is made up for."""
        connection: HttpConnection | None = None
        begun, number = monotonic(), 0
        while True:
            number += 1
            if (wait := begun + number / rate - monotonic()) > 0:
                await asyncio.sleep(wait)
            try:
                if connection is None or not connection.is_open:
                    connection = await http_connection(self.port)
                await self._edit(connection, lists[number % len(lists)], number, notes)
            except (OSError, TimeoutError):
                self.refused += 1

    async def _edit(
        self, connection: HttpConnection, one: SharedList, number: int, notes: int
    ) -> None:
        body: dict[str, object] = {"title": f"Milk, {number} litres"}
        if notes:
            body["notes"] = f"{number} ".ljust(notes, "x")
        token = token_of(self.resources, one.writer)
        path = f"/api/v1/todos/{one.todo_id}"
        status = await connection.request(
            patch(self.port, path, token, new_id(), orjson.dumps(body))
        )
        self.edits += status == 200
        self.refused += status != 200

    async def remind_forever(self) -> None:
        """A reminder that is due two seconds later, again and again: work for the worker."""
        world = World(self.resources)
        while True:
            one = self.quiet[self.reminders % QUIET_LISTS]
            at = self.resources.clock.now() + timedelta(seconds=2)
            made = await world.run(set_reminder, one.reader, one.todo_id, ReminderTrigger(at=at))
            await asyncio.sleep(REMINDER_SECONDS)
            await world.run(remove_reminder, one.reader, one.todo_id, ReminderId(made.id))
            self.reminders += 1

    async def break_broker(self, found: Services, times: int, minutes: float) -> None:
        """The broker dies `times` times, evenly spread, and comes back with its data."""
        for _ in range(times):
            await asyncio.sleep(minutes * 60 / (times + 1))
            found.broker.kill()
            await asyncio.sleep(OUTAGE_SECONDS)
            # Not in a thread: the kernel ends a child with the thread that started it.
            found.broker.start()
            self.outages += 1

"""Receivers of webhooks that fail, and workers that die while they send."""

import asyncio
import contextlib
import itertools
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, func, select

from shared import event_log
from shared.actor import Actor
from shared.ids import ListId, list_stream
from shared.tables.interop.webhook_cursors import WebhookCursorRow
from shared.tables.interop.webhooks import WebhookRow
from shared.tables.jobs import JobRow
from shared.tables.streams import StreamRow
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults import worker_variants
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import WorkerPool, open_worker_pool
from tests.support.faults.workloads import SHORT_LEASES
from tests.support.services.webhook_receiver import WebhookReceiver
from tests.support.worker.webhooks import add_todos, make_webhook

HOURS = "hours of pauses cut short"


@dataclass
class _Home:
    """Ana's lists, and receivers: the first follows all lists, the others one each."""

    env: ScenarioEnv
    pool: WorkerPool
    ana: Actor
    lists: list[ListId]
    receivers: list[WebhookReceiver]
    followed: dict[int, list[ListId]] = field(default_factory=dict)
    first: dict[ListId, int] = field(default_factory=dict)

    async def write(self, count: int) -> None:
        for _ in range(count):
            list_id = self.lists[self.env.random.randrange(len(self.lists))]
            await add_todos(self.env.world, self.ana, list_id)

    async def wait_until_delivered(self) -> None:
        """Let hours pass until every webhook has delivered everything."""
        async with asyncio.timeout(2 * DEADLINE_SECONDS):
            while await self._waiting():
                await self.pool.make_all_due()
                await asyncio.sleep(0.1)  # other processes send
            await self.pool.wait_for_count(JobRow.kind == "deliver_webhook", 0)

    async def outcome(self) -> Outcome:
        """Compare what receivers took with the log of events."""
        total = Outcome()
        async with self.env.resources.begin_read() as read:
            streams = list(map(list_stream, self.lists))
            heads = await event_log.read_heads(read.connection, streams)
        for number, receiver in enumerate(self.receivers):
            for list_id in self.followed[number]:
                head = heads[list_stream(list_id)].seq
                expected = list(range(self.first[list_id], head + 1))
                total += _compare(receiver, list_id, expected)
        return total

    async def _waiting(self) -> int:
        behind = (
            select(func.count())
            .select_from(WebhookCursorRow)
            .join(StreamRow, StreamRow.id == WebhookCursorRow.list_id)
            .where(StreamRow.head > WebhookCursorRow.seq)
        )
        async with self.env.resources.begin_read() as read:
            return int(await read.connection.scalar(behind) or 0)


def _compare(receiver: WebhookReceiver, list_id: ListId, expected: list[int]) -> Outcome:
    """Return the outcome of one list: an event that was taken again, with its id, is in doubt."""
    taken = [
        (body["seq"], name) for body, name in receiver.accepted_events if body["list"] == list_id
    ]
    seqs = [seq for seq, _ in taken]
    names = {seq: {name for other, name in taken if other == seq} for seq in seqs}
    return Outcome(
        expected=len(expected),
        observed=len(set(seqs)),
        lost=len(set(expected) - set(seqs)),
        duplicated=sum(len(each) > 1 for each in names.values()),
        reordered=sum(later < earlier for earlier, later in itertools.pairwise(seqs)),
        in_doubt=len(seqs) - len(set(seqs)),
    )


@contextlib.asynccontextmanager
async def _open_home(env: ScenarioEnv, lists: int) -> AsyncIterator[_Home]:
    async with contextlib.AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_worker_pool(env))
        ana = await env.world.user()
        made = [await env.world.list(ana, name=f"List {number}") for number in range(lists)]
        receivers = [await stack.enter_async_context(WebhookReceiver()) for _ in range(lists + 1)]
        home = _Home(env, pool, ana, made, receivers)
        for number, receiver in enumerate(receivers):
            of_list = made[number - 1] if number else None
            await make_webhook(env.world, ana, of_list, receiver.url)
            home.followed[number] = made if of_list is None else [of_list]
        async with env.resources.begin() as work:
            # The mails about new webhooks are no part of this.
            await work.connection.execute(
                delete(JobRow).where(JobRow.kind == "send_security_notice")
            )
            heads = await event_log.read_heads(work.connection, map(list_stream, made))
        home.first = {list_id: heads[list_stream(list_id)].seq + 1 for list_id in made}
        yield home


async def receivers_down(env: ScenarioEnv) -> Outcome:
    """Let receivers refuse connections for hours, two workers trying, and come back."""
    async with _open_home(env, lists=env.size(4, 2)) as home:
        for name in ("first", "second"):
            await home.pool.start(name)
        for receiver in home.receivers:
            await receiver.go_down()
        await home.write(env.size(400, 12))
        await _until_failed(home)
        for receiver in home.receivers:
            await receiver.come_back()
        await home.wait_until_delivered()
        return await home.outcome() + await home.pool.check(HOURS)


# The last one answers after the worker has given up: it has taken the event, and takes it again.
_FAULTS: tuple[Callable[[WebhookReceiver], None], ...] = (
    lambda receiver: receiver.answer(500),
    lambda receiver: receiver.answer(503),
    lambda receiver: receiver.drop_connections(),
    lambda receiver: receiver.stop_answering(),
    lambda receiver: receiver.delay_answers(0.2),
    lambda receiver: receiver.delay_answers(0.8),
)


def _mend(receiver: WebhookReceiver) -> None:
    receiver.stop_answering(False)
    receiver.delay_answers(0)


async def receivers_broken(env: ScenarioEnv) -> Outcome:
    """Let receivers answer 500, break connections, stay silent and answer late, at random, during writes."""
    async with _open_home(env, lists=env.size(4, 2)) as home:
        for name in ("first", "second"):
            await home.pool.start(name, worker_variants.shorten_webhook_timeout)
        rounds = env.size(100, len(_FAULTS))
        # Each at least once, in any order.
        faults = [_FAULTS[number % len(_FAULTS)] for number in range(rounds)]
        env.random.shuffle(faults)
        for fault in faults:
            receiver = home.receivers[env.random.randrange(len(home.receivers))]
            _mend(receiver)
            fault(receiver)
            await home.write(env.size(4, 3))
            await home.pool.make_all_due()
        # The first one follows all lists.
        home.receivers[0].stop_answering()
        await home.write(1)
        await _until_given_up(home)
        for receiver in home.receivers:
            _mend(receiver)
        await home.wait_until_delivered()
        return await home.outcome() + await home.pool.check(HOURS)


async def killed_while_sending(env: ScenarioEnv) -> Outcome:
    """Kill workers between a receiver's answer and the commit, some times: sent again, with its id."""
    async with _open_home(env, lists=2) as home:
        for number in range(env.size(4, 1)):
            await home.write(env.size(30, 8))
            # A third death of the same job would disable its webhook.
            for death in range(2):
                after = f"webhook_sent:kill:{env.random.randrange(1, 4)}"
                name = f"killed-{number}-{death}"
                worker = await home.pool.start(name, is_ready=False, FAILPOINT=after)
                assert await worker.wait() == -signal.SIGKILL, "no worker sent anything"
                await home.pool.expire_leases()
            last = await home.pool.start(f"last-{number}")
            await home.wait_until_delivered()
            last.send(signal.SIGTERM)
            await last.wait()
        return await home.outcome() + await home.pool.check(SHORT_LEASES)


async def _until_given_up(home: _Home) -> None:
    """Wait until a worker has given up waiting for an answer, with the pauses cut short."""
    silent = WebhookRow.last_error.startswith("No answer within")

    async def is_given_up() -> bool:
        async with home.env.resources.begin_read() as read:
            return bool(await read.connection.scalar(select(func.count()).where(silent)))

    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await is_given_up():
            await home.pool.make_all_due()
            await asyncio.sleep(0.1)  # other processes send


async def _until_failed(home: _Home) -> None:
    """Wait until each webhook has failed several times, with its pauses cut short."""

    async def failures() -> Any:
        async with home.env.resources.begin_read() as read:
            return await read.connection.scalar(select(func.min(WebhookRow.failures)))

    async with asyncio.timeout(DEADLINE_SECONDS):
        while (await failures()) < home.env.size(10, 3):
            await home.pool.make_all_due()
            await asyncio.sleep(0.1)  # other processes send


SCENARIOS = (
    Scenario(
        "webhook-receivers-down",
        "receivers refuse connections for hours, two workers: 0 lost, order kept",
        receivers_down,
    ),
    Scenario(
        "webhook-receivers-broken",
        "receivers answer 500 and 503, break connections, are silent or late: 0 lost, order kept",
        receivers_broken,
    ),
    Scenario(
        "killed-during-webhook",
        "killed between a receiver's 2xx and its own commit: sent again with the same id",
        killed_while_sending,
    ),
)

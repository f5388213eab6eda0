"""Build a node's parts, each complete before the next, and run its tasks.

    subscription table → presence → hub → readers → pub/sub → head check → node

The hub's requests wait in queues that exist before it; what depends on the hub is built after it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from realtime.authentication import Authentication
from realtime.limits import Limits
from realtime.node import RealtimeNode
from realtime.presence.node_presence import build_presence
from realtime.pubsub.node_pubsub import build_pubsub
from realtime.read_limits import read_slots
from realtime.streams.backfill_reader import BackfillQueue, BackfillReader
from realtime.streams.head_check import HeadCheck
from realtime.streams.hub import Hub
from realtime.streams.message_inbox import MessageInbox
from realtime.streams.replica_reader import ReplicaReader
from realtime.streams.resume_reader import ResumeQueue, ResumeReader
from realtime.streams.subscription_table import SubscriptionTable
from shared.cancellation import end_tasks
from shared.contract.frames import Close
from shared.resources import Resources

log = logging.getLogger(__name__)

Task = Callable[[], Awaitable[None]]


@asynccontextmanager
async def open_realtime(
    resources: Resources, limits: Limits | None = None
) -> AsyncIterator[RealtimeNode]:
    """Yield the node. At the end its connections are closed and its tasks have ended."""
    async with asyncio.TaskGroup() as tasks:
        node, background = _build(resources, limits or Limits(), tasks)
        resources.event_publisher.set_local_subscriber(node.inbox.add_recorded)
        running = [tasks.create_task(_restart_on_failure(task)) for task in background]
        try:
            yield node
        finally:
            resources.event_publisher.set_local_subscriber(None)
            for connection in list(node.connections):
                connection.close(Close.GOING_AWAY)
            await end_tasks(running)
            await node.presence.release_leases()


def _build(
    resources: Resources, limits: Limits, tasks: asyncio.TaskGroup
) -> tuple[RealtimeNode, list[Task]]:
    """Return the node, and what must run as long as the node."""
    slots = read_slots(resources.settings)
    subscriptions = SubscriptionTable()
    presence = build_presence(resources, limits, subscriptions, slots)
    backfills, resumes = BackfillQueue(), ResumeQueue()
    hub = Hub(subscriptions, backfills, resumes, presence.registry)
    inbox = MessageInbox(hub.receive)
    backfill_reader = BackfillReader(resources, limits, hub, backfills)
    replica = None
    if resources.replica is not None:
        replica = ReplicaReader(resources, resources.replica, limits, slots)
    resume_reader = ResumeReader(resources, limits, hub, resumes, slots, tasks, replica)
    check_requested = asyncio.Event()
    pubsub = build_pubsub(
        resources, limits, on_event=inbox.add_packed, on_presence=presence.handle_message,
        on_events_connected=check_requested.set, on_presence_connected=presence.renew_all,
    )  # fmt: skip
    head_check = HeadCheck(resources, limits, hub, pubsub.is_receiving_events, check_requested)
    node = RealtimeNode(
        resources, limits, tasks, Authentication(resources, slots), subscriptions, hub, inbox,
        resume_reader, head_check, presence, pubsub,
    )  # fmt: skip
    background: list[Task] = [backfill_reader.run_forever, resume_reader.run_forever]
    background += [head_check.run_forever, node.check_deadlines_forever, *presence.tasks]
    for listener in pubsub.listeners:
        background += [listener.listen_forever, listener.probe_forever]
    return node, background


async def _restart_on_failure(task: Task) -> None:
    """Run the task again if it fails: a bug in one of them must not silence every socket."""
    while True:
        try:
            await task()
        except Exception:
            log.exception("%s failed; restarting it", getattr(task, "__qualname__", task))
            await asyncio.sleep(1)

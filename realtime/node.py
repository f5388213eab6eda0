"""What a process keeps for all its sockets: the hub, the tasks that feed it, and who is here."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from realtime.connection import Connection
from realtime.limits import Limits
from realtime.presence.ephemeral_messages import Signals
from realtime.pubsub.cluster_pubsub import ClusterListener
from realtime.pubsub.redis_pubsub import DoorbellListener
from realtime.streams.backfill import CatchUp
from realtime.streams.hub import Hub
from realtime.streams.stream_state import EventMessage
from realtime.transports.websocket_transports import Transport, ignore
from shared import metrics
from shared.accounts.authentication.access_tokens import check_access_token
from shared.accounts.authentication.tickets import redeem_ticket
from shared.accounts.queries import read_actor_of_session
from shared.cancellation import end_tasks
from shared.clock import monotonic
from shared.contract.frames import Close, Hello
from shared.contract.shapes import UserShape
from shared.errors import Unauthenticated
from shared.event_log import RecordedEvent, read_heads
from shared.ids import SessionId, UserId, new_id, user_stream
from shared.resources import Resources
from shared.tables.accounts import UserRow

# Deadlines looked at before events may pass: a few tenths of a millisecond.
BEATS_AT_ONCE = 100

# Built once: after a restart, thousands of sockets ask it at the same time.
_USER = select(UserRow.id, UserRow.name, UserRow.avatar_url).where(
    UserRow.id == bindparam("user_id")
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Credentials:
    """Who a hello speaks for, and until when, in monotonic seconds."""

    user_id: UserId
    session_id: SessionId
    expires_at: float


class TooManySocketsError(Exception):
    """One person has as many sockets on this node as they may."""


class Realtime:
    """The node. Everything in it that waits is a task of `open_realtime`."""

    def __init__(self, resources: Resources, limits: Limits, tasks: asyncio.TaskGroup) -> None:
        self.resources = resources
        self.limits = limits
        self.doorbell: DoorbellListener | None = None
        self.tasks = tasks
        self.catch_up = CatchUp(resources, limits, tasks, self._hears)
        self.signals = Signals(resources, limits, self.hub, self.catch_up.places)
        self.connections: set[Connection] = set()
        self._received: list[EventMessage] = []
        urls = resources.settings.redis_cluster_url
        if resources.redis is not None and (exchange := self.signals.exchange):
            # Nobody rings beside the cluster.
            heard = None if urls else self.receive
            again = exchange.renew if urls else self._hears_again
            self.doorbell = DoorbellListener(resources.redis, limits, heard, exchange.heard, again)
        self.cluster: ClusterListener | None = None
        if urls:
            self.cluster = ClusterListener(urls, limits, self.receive, self.catch_up.sweep_now)

    @property
    def hub(self) -> Hub:
        return self.catch_up.hub

    def _hears(self) -> bool:
        listener = self.cluster or self.doorbell
        return listener is not None and listener.is_healthy

    def _hears_again(self) -> None:
        self.catch_up.sweep_now()
        if self.signals.exchange is not None:
            self.signals.exchange.renew()

    # News

    def receive(self, message: EventMessage) -> None:
        """The hub is told, together with whatever else rings in this turn of the event loop."""
        if not self._received:
            asyncio.get_running_loop().call_soon(self._deliver_received)
        self._received.append(message)

    def receive_local(self, recorded: Sequence[RecordedEvent]) -> None:
        """Tells the hub of this process's own commits, which need no broker to get here."""
        for one in recorded:
            self.receive(EventMessage(one.stream, one.epoch, one.seq, one.frame))

    def _deliver_received(self) -> None:
        received, self._received = self._received, []
        self.hub.receive(received)

    # Sockets

    async def check(self, hello: Hello, address: str) -> Credentials:
        """Returns who presents the ticket or the token. Raises Unauthenticated."""
        if hello.token is not None:
            return self.check_token(hello.token)
        if hello.ticket is None:
            raise Unauthenticated
        async with self.catch_up.places, self.resources.begin() as work:
            actor = await redeem_ticket(work, hello.ticket, address)
        # A ticket was bought with an access token; the socket lives as long as a fresh one.
        seconds = self.resources.settings.accounts.access_token_minutes * 60
        return Credentials(actor.user_id, actor.session_id, monotonic() + seconds)

    def check_token(self, token: str) -> Credentials:
        """Returns what an access token says; whether its session lives is asked elsewhere."""
        now = self.resources.clock.now()
        claims = check_access_token(self.resources.settings, token, now)
        left = claims.expires_at - now.timestamp()
        return Credentials(claims.user_id, claims.session_id, monotonic() + left)

    async def attach(
        self, credentials: Credentials, transport: Transport
    ) -> tuple[Connection, UserShape]:
        """Returns the socket's connection, whose session is alive, and whose revocation closes it.

        Raises Unauthenticated or TooManySocketsError.
        """
        if self.hub.count_subscribers(credentials.user_id) >= self.limits.sockets_per_person:
            raise TooManySocketsError
        # Who came together, after a restart for instance, need not be pinged together.
        first_ping = random.uniform(0.5, 1) * self.limits.heartbeat_seconds  # noqa: S311
        connection = Connection(
            new_id(), credentials.user_id, credentials.session_id, transport, self.limits,
            expires_at=credentials.expires_at, first_ping_at=monotonic() + first_ping,
        )  # fmt: skip
        # Before the session is read: a revocation is then in that reading or in the hub.
        self.hub.attach(connection)
        try:
            user = await self._let_in(connection)
        except BaseException:
            self.hub.detach(connection)
            raise
        transport.on_drained = lambda: self.catch_up.on_drained(connection)
        self.signals.attach(connection, user)
        self.connections.add(connection)
        metrics.sockets.inc()
        return connection, user

    async def _let_in(self, connection: Connection) -> UserShape:
        stream = user_stream(connection.user_id)
        async with self.catch_up.places, self.resources.begin_read() as read:
            actor = await read_actor_of_session(read, connection.session_id)
            heads = await read_heads(read.connection, [stream])
            rows = await read.connection.execute(_USER, {"user_id": connection.user_id})
            row = rows.one()
        if actor.user_id != connection.user_id or stream not in heads:
            raise Unauthenticated
        connection.actor = actor
        self.hub.checked(connection, heads[stream])
        return UserShape(id=row.id, name=row.name, avatar_url=row.avatar_url)

    async def renew(self, connection: Connection, token: str) -> int:
        """The socket lives as long as `token`; returns for how many seconds.

        Raises Unauthenticated when it is not a live token of the same session.
        """
        credentials = self.check_token(token)
        if credentials.session_id != connection.session_id:
            raise Unauthenticated("This token belongs to another session.", code="other_session")
        async with self.catch_up.places, self.resources.begin_read() as read:
            await read_actor_of_session(read, connection.session_id)
        connection.extend(credentials.expires_at)
        return round(credentials.expires_at - monotonic())

    def detach(self, connection: Connection) -> None:
        # It holds the connection, which holds it: nothing but the collector would free them.
        connection.transport.on_drained = ignore
        self.hub.detach(connection)
        self.signals.detach(connection)
        self.connections.discard(connection)
        metrics.sockets.dec()

    async def beat_forever(self) -> None:
        """Deadlines of all sockets are looked at, by one task instead of a timer each."""
        while True:
            await asyncio.sleep(self.limits.beat_seconds)
            for number, connection in enumerate(list(self.connections)):
                if number % BEATS_AT_ONCE == 0:
                    await asyncio.sleep(0)
                if connection in self.connections:
                    connection.beat(monotonic(), self.hub.heads_for)


@asynccontextmanager
async def open_realtime(
    resources: Resources, limits: Limits | None = None
) -> AsyncIterator[Realtime]:
    """Yields the node. At the end its sockets are closed and its tasks have ended."""
    async with asyncio.TaskGroup() as tasks:
        node = Realtime(resources, limits or Limits(), tasks)
        resources.event_publisher.set_local_subscriber(node.receive_local)
        forever = [node.catch_up.backfill_forever, node.catch_up.sweep_forever, node.beat_forever]
        forever += node.signals.forever
        if node.doorbell is not None:
            forever += [node.doorbell.listen_forever, node.doorbell.probe_forever]
        if node.cluster is not None:
            forever += [node.cluster.listen_forever, node.cluster.probe_forever]
        running = [tasks.create_task(_keep(one)) for one in forever]
        try:
            yield node
        finally:
            resources.event_publisher.set_local_subscriber(None)
            for connection in list(node.connections):
                connection.close(Close.GOING_AWAY)
            await end_tasks(running)
            if node.signals.exchange is not None:
                await node.signals.exchange.farewell()


async def _keep(forever: Callable[[], Awaitable[None]]) -> None:
    """Runs it again should it fail: a bug in one of these must not silence every socket."""
    while True:
        try:
            await forever()
        except Exception:
            log.exception("%s failed; going on", forever.__name__)
            await asyncio.sleep(1)

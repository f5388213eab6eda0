"""A node: the parts that all sockets and event streams of a process share. Built by startup.py."""

import asyncio
import random
from dataclasses import dataclass, field
from functools import partial

from realtime.authentication import Authentication, Credentials, LiveSession
from realtime.connection import Connection
from realtime.limits import Limits
from realtime.presence.node_presence import NodePresence
from realtime.pubsub.node_pubsub import NodePubsub
from realtime.streams.head_check import HeadCheck
from realtime.streams.hub import Hub
from realtime.streams.message_inbox import MessageInbox
from realtime.streams.resume_reader import ResumeReader
from realtime.streams.subscription_table import SubscriptionTable
from realtime.transports.transport import Transport, ignore
from shared import metrics
from shared.clock import monotonic
from shared.contract.shapes import UserShape
from shared.ids import new_id
from shared.resources import Resources

# Connections checked before other tasks may run: a few tenths of a millisecond.
CHECKS_AT_ONCE = 100


class TooManySocketsError(Exception):
    """A user has as many sockets on this node as is allowed."""


@dataclass(eq=False)
class RealtimeNode:
    """Attach and detach connections. startup.py runs the tasks that last as long as the node."""

    resources: Resources
    limits: Limits
    tasks: asyncio.TaskGroup
    authentication: Authentication
    subscriptions: SubscriptionTable
    hub: Hub
    inbox: MessageInbox
    resume_reader: ResumeReader
    head_check: HeadCheck
    presence: NodePresence
    pubsub: NodePubsub
    connections: set[Connection] = field(default_factory=set)

    async def attach(
        self, credentials: Credentials, transport: Transport
    ) -> tuple[Connection, UserShape]:
        """Return a connection whose session is alive, and which a revocation closes from now on.

        Raise Unauthenticated or TooManySocketsError.
        """
        user_id, session_id = credentials.user_id, credentials.session_id
        if len(self.subscriptions.sessions_of(user_id)) >= self.limits.sockets_per_user:
            raise TooManySocketsError
        # Randomize the first ping: after a restart many clients connect at the same time.
        first_ping = random.uniform(0.5, 1) * self.limits.heartbeat_seconds  # noqa: S311
        connection = Connection(
            new_id(), user_id, session_id, transport, self.limits, self.resources.settings,
            expires_at=credentials.expires_at, first_ping_at=monotonic() + first_ping,
        )  # fmt: skip
        # Attach before reading the session, so that the read or the hub sees a revocation.
        self.hub.attach(connection)
        try:
            session = await self._read_session(connection, credentials)
            connection.actor = session.actor
            self.hub.confirm_session(connection, session.head)
        except BaseException:
            self.hub.detach(connection)
            raise
        transport.on_drained = partial(self.resume_reader.on_drained, connection)
        self.presence.ephemeral.attach(connection, session.user)
        self.connections.add(connection)
        metrics.sockets.inc()
        return connection, session.user

    async def _read_session(self, connection: Connection, credentials: Credentials) -> LiveSession:
        """Return the session as it was after the last edit of its account that the hub has seen."""
        while True:
            connection.is_doubted = False
            session = await self.authentication.read_session(credentials)
            if not connection.is_doubted:
                return session

    async def renew(self, connection: Connection, token: str) -> int:
        """Extend the connection until `token` expires; return in how many seconds that is.

        Raise Unauthenticated unless it is a token of the same live session.
        """
        credentials = await self.authentication.renew(connection.session_id, token)
        connection.extend_until(credentials.expires_at)
        return round(credentials.expires_at - monotonic())

    def detach(self, connection: Connection) -> None:
        # The callback and the connection form a cycle, which only the garbage collector would free.
        connection.transport.on_drained = ignore
        self.hub.detach(connection)
        self.presence.ephemeral.detach(connection)
        self.connections.discard(connection)
        metrics.sockets.dec()

    async def check_deadlines_forever(self) -> None:
        """Check the deadlines of all connections, in one task instead of a timer for each."""
        while True:
            await asyncio.sleep(self.limits.deadline_check_seconds)
            # A separate function: its local variables must not keep a closed connection alive.
            await self._check_deadlines()

    async def _check_deadlines(self) -> None:
        for number, connection in enumerate(list(self.connections)):
            if number % CHECKS_AT_ONCE == 0:
                await asyncio.sleep(0)
            if connection in self.connections:
                connection.check_deadlines(monotonic(), self.subscriptions.heads_for)

"""Check who opens a socket, and whether their session is still alive."""

import asyncio
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam

from shared.accounts.authentication.access_tokens import check_access_token, is_own_token
from shared.accounts.authentication.api_token_format import is_api_token, is_guest_token
from shared.accounts.authentication.api_tokens import (
    SELECT_TOKEN_ACTOR,
    actor_of_token_row,
    find_bearer,
)
from shared.accounts.authentication.external_tokens import check_external_token
from shared.accounts.authentication.guests import (
    SELECT_GUEST_ACTOR,
    actor_of_guest_row,
    find_guest_bearer,
)
from shared.accounts.authentication.tickets import redeem_ticket
from shared.accounts.external_identities import (
    SELECT_EXTERNAL_ACTOR,
    actor_of_external_row,
    find_or_make_bearer,
)
from shared.accounts.queries import SELECT_ACTOR, actor_of_row, read_actor_of_session
from shared.accounts.second_factors.requirement import require_second_factor
from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.api_tokens import Audience
from shared.contract.frames import Hello
from shared.contract.shapes import AccountStatus, UserShape
from shared.errors import Unauthenticated
from shared.event_log import Head
from shared.ids import Epoch, SessionId, UserId, user_stream
from shared.resources import Resources
from shared.tables.accounts import ApiTokenRow, ExternalIdentityRow, UserRow
from shared.tables.streams import StreamRow

# Built once: after a restart, thousands of sockets need it at the same time.
_OF_STREAM = (UserRow.avatar_url, StreamRow.epoch, StreamRow.head, StreamRow.floor)
_SESSION = (
    SELECT_ACTOR.add_columns(*_OF_STREAM)
    .join(StreamRow, StreamRow.id == bindparam("stream"))
    .where(UserRow.id == bindparam("user_id"))
)
_API_TOKEN = (
    SELECT_TOKEN_ACTOR.add_columns(*_OF_STREAM)
    .join(StreamRow, StreamRow.id == bindparam("stream"))
    .where(UserRow.id == bindparam("user_id"), ApiTokenRow.id == bindparam("session_id"))
)

_EXTERNAL = (
    SELECT_EXTERNAL_ACTOR.add_columns(*_OF_STREAM)
    .join(StreamRow, StreamRow.id == bindparam("stream"))
    .where(
        UserRow.id == bindparam("user_id"),
        ExternalIdentityRow.id == bindparam("session_id"),
        UserRow.status == AccountStatus.ACTIVE,
    )
)
_GUEST = (
    SELECT_GUEST_ACTOR.add_columns(*_OF_STREAM)
    .join(StreamRow, StreamRow.id == bindparam("stream"))
    .where(UserRow.id == bindparam("user_id"))
)


@dataclass(frozen=True)
class Credentials:
    """Whom a hello speaks for, and until when, in monotonic seconds.

    `session_id` is the id of the token for an API token, and of the identity for a trusted issuer.
    """

    user_id: UserId
    session_id: SessionId
    expires_at: float
    is_api_token: bool = False
    is_external: bool = False
    is_guest: bool = False


@dataclass(frozen=True)
class LiveSession:
    """A session that was alive when the head of its user's own stream was `head`."""

    actor: Actor
    head: Head
    user: UserShape


class Authentication:
    def __init__(self, resources: Resources, slots: asyncio.Semaphore) -> None:
        self._resources = resources
        self._slots = slots

    async def check_hello(self, hello: Hello, address: str) -> Credentials:
        """Return whose ticket or token the hello presents. Raise what `check_token` raises."""
        if hello.token is not None:
            return await self.check_token(hello.token, address)
        if hello.ticket is None:
            raise Unauthenticated
        async with self._slots, self._resources.begin() as work:
            actor = await redeem_ticket(work, hello.ticket, address)
        # A ticket was issued for an access token; the socket lives as long as a new one.
        seconds = self._resources.settings.accounts.access_token_minutes * 60
        return Credentials(actor.user_id, actor.session_id, monotonic() + seconds)

    async def check_token(self, token: str, address: str = "") -> Credentials:
        """Return what a token says; read_session() checks that it or its session is alive.

        Raise Unauthenticated; for a JWT of a trusted issuer also Unavailable and Forbidden.
        """
        now = self._resources.clock.now()
        if is_api_token(token):
            async with self._slots:
                bearer = await find_bearer(self._resources, token)
            if not bearer.actor.works_at(Audience.API):
                raise Unauthenticated("This token is for another part of the site.")
            expires_at = monotonic() + bearer.expires_at - now.timestamp()
            return Credentials(
                bearer.actor.user_id, bearer.actor.session_id, expires_at, is_api_token=True
            )
        if is_guest_token(token):
            async with self._slots:
                bearer = await find_guest_bearer(self._resources, token)
            expires_at = monotonic() + bearer.expires_at - now.timestamp()
            actor = bearer.actor
            return Credentials(actor.user_id, actor.session_id, expires_at, is_guest=True)
        settings = self._resources.settings
        if settings.issuers.trusted and not is_own_token(settings, token):
            return await self._check_external(token, address)
        claims = check_access_token(self._resources.settings, token, now)
        left = claims.expires_at - now.timestamp()
        return Credentials(claims.user_id, claims.session_id, monotonic() + left)

    async def _check_external(self, token: str, address: str) -> Credentials:
        # Not in a slot: the keys may have to be fetched.
        claims = await check_external_token(self._resources, token)
        async with self._slots:
            bearer = await find_or_make_bearer(self._resources, claims, address)
        left = bearer.expires_at - self._resources.clock.now().timestamp()
        return Credentials(
            bearer.actor.user_id, bearer.actor.session_id, monotonic() + left, is_external=True
        )

    async def read_session(self, credentials: Credentials) -> LiveSession:
        """Return the live session or API token, in one statement.

        Raise Unauthenticated, or Forbidden for a user who must set up a second factor first.
        """
        user_id, session_id = credentials.user_id, credentials.session_id
        stream = user_stream(user_id)
        statement = _API_TOKEN if credentials.is_api_token else _SESSION
        if credentials.is_external:
            statement = _EXTERNAL
        values: dict[str, Any] = {"session_id": session_id, "user_id": user_id, "stream": stream}
        if credentials.is_guest:
            # The id of the user is that of the session.
            statement, values = _GUEST, {"user_id": user_id, "stream": stream}
        async with self._slots, self._resources.single_read() as read:
            rows = await read.connection.execute(statement, values | {"now": read.now})
        row = rows.one_or_none()
        if row is None:
            raise Unauthenticated
        head = Head(stream, Epoch(row.epoch), row.head, row.floor)
        user = UserShape(id=row.id, name=row.name, avatar_url=row.avatar_url)
        if credentials.is_api_token:
            actor = actor_of_token_row(row)
        elif credentials.is_external:
            actor = actor_of_external_row(row)
        elif credentials.is_guest:
            actor = actor_of_guest_row(row)
        else:
            actor = actor_of_row(row, session_id)
        require_second_factor(self._resources.settings, actor)
        return LiveSession(actor, head, user)

    async def renew(self, session_id: SessionId, token: str) -> Credentials:
        """Return what a newer token of the same live session says. Raise Unauthenticated."""
        credentials = await self.check_token(token)
        if credentials.session_id != session_id:
            raise Unauthenticated("This token belongs to another session.", code="other_session")
        if credentials.is_api_token or credentials.is_external or credentials.is_guest:
            return credentials
        async with self._slots, self._resources.single_read() as read:
            actor = await read_actor_of_session(read, session_id)
        require_second_factor(self._resources.settings, actor)
        return credentials
